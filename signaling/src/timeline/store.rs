//! Reads that cross modules.
use uuid::Uuid;

use crate::claim::{ClaimKind, Level};
use crate::db::Tx;
use crate::id::CaseId;

/// The highest level among a case's links; contradicted only where nothing stands.
pub(super) struct LinkLevel {
    pub case_id: Uuid,
    pub level: Level,
}

/// Of every case that the scope sees.
pub(super) async fn link_levels(tx: &mut Tx) -> Result<Vec<LinkLevel>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select case_id, coalesce(max(level) filter (where level <> 'x'), 'x') as "level!" from claims
           where kind = 'link' group by case_id"#
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok(LinkLevel { case_id: row.case_id, level: Level::of_column(&row.level)? })).collect()
}

pub(super) struct ClaimRow {
    pub public_id: Uuid,
    pub kind: ClaimKind,
    pub statement: String,
    pub level: Level,
    pub contact_public_id: Option<Uuid>,
}

/// In the order in which they were made.
pub(super) async fn claims(tx: &mut Tx, case: CaseId) -> Result<Vec<ClaimRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.public_id, l.kind, l.statement, l.level, c.public_id as "contact_public_id?"
           from claims l left join contacts c on c.id = l.contact_id where l.case_id = $1 order by l.opened_at, l.id"#,
        case.uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ClaimRow {
                public_id: row.public_id,
                kind: ClaimKind::of_column(&row.kind)?,
                statement: row.statement,
                level: Level::of_column(&row.level)?,
                contact_public_id: row.contact_public_id,
            })
        })
        .collect()
}
