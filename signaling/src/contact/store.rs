//! SQL of contacts.
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::state::{ContactRefusal, Relation, SecondChannel};
use crate::db::Tx;
use crate::id::{CaseId, ContactId, OfficialId, PublicId};

pub(super) struct ContactRow {
    pub id: Uuid,
    pub public_id: Uuid,
    pub case_id: Uuid,
    pub case_public_id: Uuid,
    pub names_sealed: Vec<u8>,
    pub phone_sealed: Vec<u8>,
    pub relation: String,
    pub second_channel: String,
    pub language: String,
    pub country: String,
    pub zone: String,
    pub named_at: jiff_sqlx::Timestamp,
    pub named_by: Uuid,
    pub state: String,
    pub decided_at: Option<jiff_sqlx::Timestamp>,
    pub decided_by: Option<Uuid>,
    pub decided_by_public_id: Option<Uuid>,
    pub decided_by_name: Option<String>,
    pub named_by_public_id: Uuid,
    pub named_by_name: String,
    pub refusal_reason: Option<String>,
    pub refusal_text_sealed: Option<Vec<u8>>,
    pub claim_public_id: Option<Uuid>,
    pub claim_level: Option<String>,
}

pub(super) struct NewContactRow<'a> {
    pub id: ContactId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub names_sealed: Vec<u8>,
    pub phone_sealed: Vec<u8>,
    pub phone_index: Vec<u8>,
    pub relation: Relation,
    pub second_channel: SecondChannel,
    pub language: &'a str,
    pub country: &'a str,
    pub zone: &'a str,
    pub named_by: OfficialId,
}

pub(super) async fn insert(tx: &mut Tx, row: &NewContactRow<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into contacts (id, public_id, case_id, names_sealed, phone_sealed, phone_index, relation,
            second_channel, language, country, zone, named_at, named_by, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'named')",
        row.id.uuid(),
        row.public_id.uuid(),
        row.case.uuid(),
        row.names_sealed,
        row.phone_sealed,
        row.phone_index,
        row.relation.as_str(),
        row.second_channel.as_str(),
        row.language,
        row.country,
        row.zone,
        now.to_sqlx(),
        row.named_by.uuid()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which contacts are asked for.
pub(super) enum Which {
    ById(ContactId),
    ByPublicId(PublicId),
    OfCase(CaseId),
}

/// In the order in which they were named. The link's claim belongs to `verification`; its id and level are shown with
/// the contact, read only. One statement per question: a condition that may be left out is planned again each time,
/// and planning under the policies takes ten times as long as running.
macro_rules! contacts {
    ($tx:expr, $which:literal, $id:expr) => {
        sqlx::query_as!(
            ContactRow,
            r#"select c.id, c.public_id, c.case_id, s.public_id as case_public_id, c.names_sealed, c.phone_sealed,
                c.relation, c.second_channel, c.language, c.country, c.zone, c.named_at, c.named_by, c.state, c.decided_at,
                c.decided_by, d.public_id as "decided_by_public_id?", d.name as "decided_by_name?",
                n.public_id as named_by_public_id, n.name as named_by_name, c.refusal_reason, c.refusal_text_sealed,
                l.public_id as "claim_public_id?", l.level as "claim_level?"
             from contacts c join cases s on s.id = c.case_id join officials n on n.id = c.named_by
                left join officials d on d.id = c.decided_by
                left join claims l on l.contact_id = c.id and l.kind = 'link' where "# + $which,
            $id
        )
        .fetch_all($tx.conn())
        .await
    };
}

pub(super) async fn find(tx: &mut Tx, which: Which) -> Result<Vec<ContactRow>, sqlx::Error> {
    match which {
        Which::ById(id) => contacts!(tx, "c.id = $1", id.uuid()),
        Which::ByPublicId(id) => contacts!(tx, "c.public_id = $1", id.uuid()),
        Which::OfCase(id) => contacts!(tx, "c.case_id = $1 order by c.named_at, c.id", id.uuid()),
    }
}

/// False when the contact was not `named` any more: somebody else decided first.
pub(super) async fn approve(
    tx: &mut Tx,
    id: ContactId,
    by: OfficialId,
    vetting_sealed: &[u8],
) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update contacts set state = 'approved', decided_at = $2, decided_by = $3, vetting_sealed = $4
         where id = $1 and state = 'named'",
        id.uuid(),
        now.to_sqlx(),
        by.uuid(),
        vetting_sealed
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False when it was not in `from` any more. The vetting record of an approval stays.
pub(super) async fn refuse(
    tx: &mut Tx,
    id: ContactId,
    from: &'static str,
    by: OfficialId,
    (reason, text_sealed): (ContactRefusal, Option<Vec<u8>>),
) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update contacts set state = 'refused', decided_at = $3, decided_by = $4, refusal_reason = $5, refusal_text_sealed = $6
         where id = $1 and state = $2",
        id.uuid(),
        from,
        now.to_sqlx(),
        by.uuid(),
        reason.as_str(),
        text_sealed
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
