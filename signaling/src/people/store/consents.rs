//! SQL of consent events.
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::audit::Actor;
use crate::db::Tx;
use crate::id::{CaseId, ConsentId, ContactId, InstitutionId, PublicId, VisitId};
use crate::people::state::{ConsentMode, ConsentOutcome, ConsentPurpose, ConsentText, GivenBy};

pub(in crate::people) struct NewConsentRow<'a> {
    pub id: ConsentId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub visit: Option<VisitId>,
    pub contact: Option<ContactId>,
    pub purpose: ConsentPurpose,
    pub recipient: Option<InstitutionId>,
    pub given_by: GivenBy,
    pub outcome: ConsentOutcome,
    pub language: &'a str,
    pub mode: ConsentMode,
    pub text_version: ConsentText,
    pub witness_sealed: Option<Vec<u8>>,
    pub recorded_by: Actor,
}

pub(in crate::people) async fn insert_consent(tx: &mut Tx, row: &NewConsentRow<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now;
    let (official, seat) = match row.recorded_by {
        Actor::Official(id) => (Some(id.uuid()), None),
        Actor::Participant(id) => (None, Some(id.uuid())),
        // the schema refuses an event that nobody recorded
        Actor::Kiosk(_) | Actor::System => (None, None),
    };
    sqlx::query!(
        "insert into consent_events (id, public_id, case_id, visit_id, contact_id, purpose, recipient_institution_id,
            given_by, outcome, language, mode, text_version, witness_sealed, at, recorded_by, recorded_at_seat)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        row.id.uuid(),
        row.public_id.uuid(),
        row.case.uuid(),
        row.visit.map(VisitId::uuid),
        row.contact.map(ContactId::uuid),
        row.purpose.as_str(),
        row.recipient.map(InstitutionId::uuid),
        row.given_by.as_str(),
        row.outcome.as_str(),
        row.language,
        row.mode.as_str(),
        row.text_version.as_str(),
        row.witness_sealed,
        now.to_sqlx(),
        official,
        seat
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The newest event about exactly this decides.
pub(in crate::people) async fn newest_consent(
    tx: &mut Tx,
    case: CaseId,
    purpose: ConsentPurpose,
    recipient: Option<InstitutionId>,
    contact: Option<ContactId>,
) -> Result<Option<(ConsentId, PublicId, ConsentOutcome)>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, public_id, outcome from consent_events where case_id = $1 and purpose = $2
            and recipient_institution_id is not distinct from $3 and contact_id is not distinct from $4
         order by at desc, ordinal desc limit 1",
        case.uuid(),
        purpose.as_str(),
        recipient.map(InstitutionId::uuid),
        contact.map(ContactId::uuid)
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok((row.id.into(), PublicId(row.public_id), ConsentOutcome::of_column(&row.outcome)?))).transpose()
}

/// Whether both agree, as far as they were asked: the person's newest word about this contact or about all of them, and
/// the contact's own newest word to staff. What a contact answers on the screen of a visit is about one document.
pub(in crate::people) async fn is_agreed(
    tx: &mut Tx,
    case: CaseId,
    purpose: ConsentPurpose,
    contact: ContactId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce((select e.outcome = 'given' from consent_events e where e.case_id = $1 and e.purpose = $2
                and e.given_by = 'person' and (e.contact_id is null or e.contact_id = $3)
                order by e.at desc, e.ordinal desc limit 1), false)
            and coalesce((select e.outcome = 'given' from consent_events e where e.case_id = $1 and e.purpose = $2
                and e.given_by = 'contact' and e.contact_id = $3 and e.visit_id is null
                order by e.at desc, e.ordinal desc limit 1), true) as "is_agreed!""#,
        case.uuid(),
        purpose.as_str(),
        contact.uuid()
    )
    .fetch_one(tx.conn())
    .await
}

pub(in crate::people) struct ConsentRow {
    pub public_id: Uuid,
    pub purpose: String,
    pub recipient_public_id: Option<Uuid>,
    pub recipient_name: Option<String>,
    pub recipient_id: Option<Uuid>,
    pub contact_public_id: Option<Uuid>,
    pub given_by: String,
    pub outcome: String,
    pub language: String,
    pub mode: String,
    pub text_version: String,
    pub witness_sealed: Option<Vec<u8>>,
    pub at: jiff_sqlx::Timestamp,
    pub recorded_by_public_id: Option<Uuid>,
    pub recorded_by_name: Option<String>,
}

/// Newest first. The contact's public id is read here because the event names it; contacts themselves come later.
pub(in crate::people) async fn consents(tx: &mut Tx, case: CaseId) -> Result<Vec<ConsentRow>, sqlx::Error> {
    sqlx::query_as!(
        ConsentRow,
        r#"select e.public_id, e.purpose, i.public_id as "recipient_public_id?", i.name as "recipient_name?",
            i.id as "recipient_id?", c.public_id as "contact_public_id?", e.given_by, e.outcome, e.language, e.mode,
            e.text_version, e.witness_sealed, e.at, o.public_id as "recorded_by_public_id?", o.name as "recorded_by_name?"
         from consent_events e left join institutions i on i.id = e.recipient_institution_id
            left join contacts c on c.id = e.contact_id left join officials o on o.id = e.recorded_by
         where e.case_id = $1 order by e.at desc, e.ordinal desc"#,
        case.uuid()
    )
    .fetch_all(tx.conn())
    .await
}

/// A contact of this case, for a consent that names one.
pub(in crate::people) async fn contact_of_case(
    tx: &mut Tx,
    case: CaseId,
    contact: PublicId,
) -> Result<Option<ContactId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from contacts where public_id = $1 and case_id = $2",
        contact.uuid(),
        case.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(Into::into))
}
