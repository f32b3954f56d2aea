//! Who looked at a case: the audit rows, for its owner.
use jiff::Timestamp;
use policy::{Action, Purpose};
use serde::Serialize;

use super::Error;
use crate::app::App;
use crate::auth::described::{ActionWord, PurposeWord};
use crate::auth::{self, Act, Official};
use crate::id::PublicId;
use crate::people::store;

/// The newest; the whole is in the audit table.
const MAX_LISTED: i64 = 500;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::people) struct AccessEntry {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    by: AccessedBy,
    #[schema(value_type = ActionWord)]
    action: String,
    #[schema(value_type = PurposeWord)]
    purpose: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AccessedBy {
    /// The official's name, or what else acted: `participant`, `kiosk`, `system`.
    name: String,
    institution: String,
}

pub(in crate::people) async fn access(
    app: &App,
    official: &Official,
    case: PublicId,
) -> Result<Vec<AccessEntry>, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = store::case_ref(&mut tx, case).await?.ok_or(Error::NotFound)?;
    auth::allow(app, &mut tx, official, Act::new(Action::ReadAccess, Purpose::Oversight, case.id)).await?;
    let rows = store::access(&mut tx, case.id, MAX_LISTED).await?;
    tx.commit().await?;
    let entry = |row: store::AccessRow| AccessEntry {
        at: row.at.to_jiff(),
        by: AccessedBy { name: row.actor_name.unwrap_or(row.actor_kind), institution: row.institution_name },
        action: row.action,
        purpose: row.purpose,
    };
    Ok(rows.into_iter().map(entry).collect())
}
