//! SQL of document requests.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::Visit;
use crate::db::Tx;
use crate::evidence::state::{DocumentKind, RequestState, Side};
use crate::id::{CaseId, ConsentId, ContactId, DocumentRequestId, OfficialId, ParticipantId, PublicId, VisitId};

pub(in crate::evidence) struct Request {
    pub id: DocumentRequestId,
    pub public_id: PublicId,
    pub visit: VisitId,
    pub visit_public_id: PublicId,
    pub participant: ParticipantId,
    pub contact: Option<ContactId>,
    pub document: DocumentKind,
    pub side: Side,
    pub state: RequestState,
    pub asked_at: Timestamp,
    pub consent: Option<(ConsentId, PublicId)>,
    pub evidence: Option<PublicId>,
}

/// Waits for an answer or a still.
pub(in crate::evidence) struct OpenRequest {
    pub id: DocumentRequestId,
    pub public_id: PublicId,
    pub visit: VisitId,
    pub contact: Option<ContactId>,
    /// The visit was cancelled.
    pub is_off: bool,
}

pub(in crate::evidence) struct NewRequest {
    pub id: DocumentRequestId,
    pub public_id: PublicId,
    pub document: DocumentKind,
    pub side: Side,
    pub participant: ParticipantId,
    pub asked_by: OfficialId,
}

pub(in crate::evidence) async fn insert_request(
    tx: &mut Tx,
    visit: &Visit,
    new: &NewRequest,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into document_requests
            (id, public_id, visit_id, case_id, participant_id, document, side, state, asked_by, asked_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'asked', $8, $9)",
        new.id.uuid(),
        new.public_id.uuid(),
        visit.id.uuid(),
        visit.case.uuid(),
        new.participant.uuid(),
        new.document.as_str(),
        new.side.as_str(),
        new.asked_by.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which requests of a visit: one, or all.
pub(in crate::evidence) async fn requests(
    tx: &mut Tx,
    visit: VisitId,
    one: Option<PublicId>,
) -> Result<Vec<Request>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.id, r.public_id, r.visit_id, v.public_id as visit_public_id, r.participant_id, p.contact_id,
            r.document, r.side, r.state, r.asked_at, r.consent_id, e.public_id as "consent_public_id?",
            i.public_id as "evidence?"
           from document_requests r join visits v on v.id = r.visit_id join participants p on p.id = r.participant_id
           left join consent_events e on e.id = r.consent_id left join evidence_items i on i.request_id = r.id
           where r.visit_id = $1 and ($2::uuid is null or r.public_id = $2) order by r.asked_at, r.id"#,
        visit.uuid(),
        one.map(PublicId::uuid)
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Request {
                id: row.id.into(),
                public_id: PublicId(row.public_id),
                visit: row.visit_id.into(),
                visit_public_id: PublicId(row.visit_public_id),
                participant: row.participant_id.into(),
                contact: row.contact_id.map(Into::into),
                document: DocumentKind::of_column(&row.document)?,
                side: Side::of_column(&row.side)?,
                state: RequestState::of_column(&row.state)?,
                asked_at: row.asked_at.to_jiff(),
                consent: row.consent_id.zip(row.consent_public_id).map(|(id, public)| (id.into(), PublicId(public))),
                evidence: row.evidence.map(PublicId),
            })
        })
        .collect()
}

/// False when the request was answered meanwhile.
pub(in crate::evidence) async fn answer_request(
    tx: &mut Tx,
    id: DocumentRequestId,
    state: RequestState,
    consent: ConsentId,
) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let answered = sqlx::query!(
        "update document_requests set state = $2, answered_at = $3, consent_id = $4 where id = $1 and state = 'asked'",
        id.uuid(),
        state.as_str(),
        now.to_sqlx(),
        consent.uuid()
    )
    .execute(tx.conn())
    .await?;
    Ok(answered.rows_affected() == 1)
}

pub(in crate::evidence) async fn open_requests(tx: &mut Tx, case: CaseId) -> Result<Vec<OpenRequest>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.id, r.public_id, r.visit_id, p.contact_id, v.cancelled_at is not null as "is_off!"
           from document_requests r join visits v on v.id = r.visit_id join participants p on p.id = r.participant_id
           where r.case_id = $1 and r.state in ('asked', 'accepted') order by r.id"#,
        case.uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenRequest {
            id: row.id.into(),
            public_id: PublicId(row.public_id),
            visit: row.visit_id.into(),
            contact: row.contact_id.map(Into::into),
            is_off: row.is_off,
        })
        .collect())
}

/// What the asking rested on ended; a still that was stored stays, it was given.
pub(in crate::evidence) async fn close_request(tx: &mut Tx, id: DocumentRequestId) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "update document_requests set state = 'refused', answered_at = coalesce(answered_at, $2)
         where id = $1 and state in ('asked', 'accepted')",
        id.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// False when another upload was faster.
pub(in crate::evidence) async fn mark_stored(tx: &mut Tx, id: DocumentRequestId) -> Result<bool, sqlx::Error> {
    let stored =
        sqlx::query!("update document_requests set state = 'stored' where id = $1 and state = 'accepted'", id.uuid())
            .execute(tx.conn())
            .await?;
    Ok(stored.rows_affected() == 1)
}
