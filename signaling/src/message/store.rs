//! SQL of the outbox.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::actions::{Channel, MessageState, NewMessage};
use crate::db::Tx;
use crate::id::{CaseId, InstitutionId, MessageId, OfficialId, PublicId};

/// What a page of the outbox holds; older ones are in the case's file.
const PAGE: i64 = 200;

pub(super) struct Stored {
    pub id: MessageId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub visit: Option<PublicId>,
    pub channel: Channel,
    pub to_sealed: Vec<u8>,
    pub text_sealed: Vec<u8>,
    pub state: MessageState,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

macro_rules! stored {
    ($row:expr) => {
        Ok::<_, sqlx::Error>(Stored {
            id: $row.id.into(),
            public_id: PublicId($row.public_id),
            case: $row.case_id.into(),
            visit: $row.visit.map(PublicId),
            channel: Channel::of_column(&$row.channel)?,
            to_sealed: $row.to_sealed,
            text_sealed: $row.text_sealed,
            state: MessageState::of_column(&$row.state)?,
            created_at: $row.created_at.to_jiff(),
            sent_at: $row.sent_at.map(|at| at.to_jiff()),
        })
    };
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: MessageId,
    public_id: PublicId,
    new: &NewMessage<'_>,
    to_sealed: &[u8],
    text_sealed: &[u8],
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    let state = match new.channel {
        Channel::Sms => MessageState::Queued,
        Channel::Voice => MessageState::ToReadOut,
    };
    sqlx::query!(
        "insert into messages (id, public_id, case_id, visit_id, contact_id, channel, to_sealed, text_sealed, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.uuid(),
        public_id.uuid(),
        new.case.uuid(),
        new.visit.uuid(),
        new.contact.uuid(),
        new.channel.as_str(),
        to_sealed,
        text_sealed,
        state.as_str(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Of the cases in the institution's own care: a grant opens no outbox.
pub(super) async fn newest(tx: &mut Tx, institution: InstitutionId) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.id, m.public_id, m.case_id, v.public_id as "visit?", m.channel, m.to_sealed, m.text_sealed, m.state,
            m.created_at, m.sent_at
           from messages m join cases c on c.id = m.case_id left join visits v on v.id = m.visit_id
           where c.institution_id = $1 order by m.created_at desc, m.id desc limit $2"#,
        institution.uuid(),
        PAGE
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| stored!(row)).collect()
}

pub(super) async fn by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<Stored>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select m.id, m.public_id, m.case_id, v.public_id as "visit?", m.channel, m.to_sealed, m.text_sealed, m.state,
            m.created_at, m.sent_at
           from messages m left join visits v on v.id = m.visit_id where m.public_id = $1"#,
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| stored!(row)).transpose()
}

pub(super) async fn queued(tx: &mut Tx, id: MessageId) -> Result<Option<Stored>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select m.id, m.public_id, m.case_id, v.public_id as "visit?", m.channel, m.to_sealed, m.text_sealed, m.state,
            m.created_at, m.sent_at
           from messages m left join visits v on v.id = m.visit_id where m.id = $1 and m.state = 'queued'"#,
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| stored!(row)).transpose()
}

/// What became of one try with the gateway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    Sent,
    /// Refused, or given up.
    Failed,
    StillQueued,
}

/// Counts the try and writes down what became of it.
pub(super) async fn settle(tx: &mut Tx, id: MessageId, tried: Tried) -> Result<(), sqlx::Error> {
    let sent_at = (tried == Tried::Sent).then_some(tx.now.to_sqlx());
    let state = match tried {
        Tried::Sent => "sent",
        Tried::Failed => "failed",
        Tried::StillQueued => "queued",
    };
    sqlx::query!(
        "update messages set state = $3, sent_at = $2, attempts = attempts + 1 where id = $1 and state = 'queued'",
        id.uuid(),
        sent_at as _,
        state
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// False where it was told already.
pub(super) async fn mark_read_out(tx: &mut Tx, id: MessageId, by: OfficialId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update messages set state = 'read_out', sent_at = $2, read_out_by = $3 where id = $1 and state = 'to_read_out'",
        id.uuid(),
        now.to_sqlx(),
        by.uuid()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
