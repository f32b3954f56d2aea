//! Reads that cross modules.
use uuid::Uuid;

use crate::db::Tx;

/// The highest level among a case's links; contradicted only where nothing stands.
pub(super) struct LinkLevel {
    pub case_id: Uuid,
    pub level: String,
}

/// Of every case that the scope sees.
pub(super) async fn link_levels(tx: &mut Tx) -> Result<Vec<LinkLevel>, sqlx::Error> {
    sqlx::query_as!(
        LinkLevel,
        r#"select case_id, coalesce(max(level) filter (where level <> 'x'), 'x') as "level!" from claims
           where kind = 'link' group by case_id"#
    )
    .fetch_all(tx.conn())
    .await
}
