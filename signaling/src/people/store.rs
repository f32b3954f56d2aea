//! SQL of cases, persons, answers, consents, grants and shields.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::state::{AgeClass, ConsentMode, ConsentOutcome, ConsentPurpose, GivenBy, Question};
use crate::audit::Actor;
use crate::db::Tx;
use crate::id::{
    AnswerId, CaseId, ConsentId, ContactId, GrantId, InstitutionId, OfficialId, PersonId, PublicId, SiteId, VisitId,
};

/// A case as other modules hold it.
#[derive(Clone, Debug)]
pub struct CaseRef {
    pub id: CaseId,
    pub public_id: PublicId,
    pub spoken_id: String,
    /// Who owns it.
    pub institution: InstitutionId,
    pub site: SiteId,
    pub opened_at: Timestamp,
}

struct CaseRow {
    id: Uuid,
    public_id: Uuid,
    spoken_id: String,
    institution_id: Uuid,
    site_id: Uuid,
    opened_at: jiff_sqlx::Timestamp,
}

impl From<CaseRow> for CaseRef {
    fn from(row: CaseRow) -> Self {
        CaseRef {
            id: row.id.into(),
            public_id: PublicId(row.public_id),
            spoken_id: row.spoken_id,
            institution: row.institution_id.into(),
            site: row.site_id.into(),
            opened_at: row.opened_at.to_jiff(),
        }
    }
}

/// None: it does not exist, or not for this scope.
pub async fn case_ref(tx: &mut Tx, public_id: PublicId) -> Result<Option<CaseRef>, sqlx::Error> {
    let row = sqlx::query_as!(
        CaseRow,
        "select id, public_id, spoken_id, institution_id, site_id, opened_at from cases where public_id = $1",
        public_id.uuid()
    );
    Ok(row.fetch_optional(tx.conn()).await?.map(CaseRef::from))
}

pub async fn case_by_id(tx: &mut Tx, id: CaseId) -> Result<Option<CaseRef>, sqlx::Error> {
    let row = sqlx::query_as!(
        CaseRow,
        "select id, public_id, spoken_id, institution_id, site_id, opened_at from cases where id = $1",
        id.uuid()
    );
    Ok(row.fetch_optional(tx.conn()).await?.map(CaseRef::from))
}

/// Newest first.
pub(super) async fn cases(tx: &mut Tx, limit: i64) -> Result<Vec<CaseRef>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CaseRow,
        "select id, public_id, spoken_id, institution_id, site_id, opened_at from cases order by opened_at desc, id desc limit $1",
        limit
    );
    Ok(rows.fetch_all(tx.conn()).await?.into_iter().map(CaseRef::from).collect())
}

/// The owner's grant; first of all rows, because the others are seen through it.
pub(super) async fn insert_owner(
    tx: &mut Tx,
    id: GrantId,
    public_id: PublicId,
    case: CaseId,
    owner: InstitutionId,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into case_grants (id, public_id, case_id, owner_institution_id, institution_id, basis, purpose, valid_from)
         values ($1, $2, $3, $4, $4, 'owner', 'care', $5)",
        id.uuid(),
        public_id.uuid(),
        case.uuid(),
        owner.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// False when the spoken id is taken, by whichever institution.
pub(super) async fn insert_case(tx: &mut Tx, case: &CaseRef, opened_by: OfficialId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into cases (id, public_id, spoken_id, institution_id, site_id, opened_at, opened_by)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (spoken_id) do nothing",
        case.id.uuid(),
        case.public_id.uuid(),
        case.spoken_id,
        case.institution.uuid(),
        case.site.uuid(),
        case.opened_at.to_sqlx(),
        opened_by.uuid()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) struct PersonRow {
    pub id: PersonId,
    pub public_id: PublicId,
    pub names_sealed: Vec<u8>,
    pub names_index: Vec<u8>,
    pub birth_sealed: Vec<u8>,
    pub age_class: AgeClass,
    pub language: String,
    pub language_variant_sealed: Option<Vec<u8>>,
    pub nationalities_sealed: Vec<u8>,
}

pub(super) async fn insert_person(tx: &mut Tx, case: CaseId, row: &PersonRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into persons (id, public_id, case_id, names_sealed, names_index, birth_sealed, age_class, language,
            language_variant_sealed, nationalities_sealed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        row.id.uuid(),
        row.public_id.uuid(),
        case.uuid(),
        row.names_sealed,
        row.names_index,
        row.birth_sealed,
        row.age_class.as_str(),
        row.language,
        row.language_variant_sealed,
        row.nationalities_sealed
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn person(tx: &mut Tx, case: CaseId) -> Result<Option<PersonRow>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, public_id, names_sealed, names_index, birth_sealed, age_class, language, language_variant_sealed,
            nationalities_sealed from persons where case_id = $1",
        case.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(PersonRow {
            id: row.id.into(),
            public_id: PublicId(row.public_id),
            names_sealed: row.names_sealed,
            names_index: row.names_index,
            birth_sealed: row.birth_sealed,
            age_class: AgeClass::of_column(&row.age_class)?,
            language: row.language,
            language_variant_sealed: row.language_variant_sealed,
            nationalities_sealed: row.nationalities_sealed,
        })
    })
    .transpose()
}

pub(super) struct NewAnswerRow<'a> {
    pub id: AnswerId,
    pub question: Question,
    pub state: &'static str,
    pub value_sealed: Option<Vec<u8>>,
    pub asked_by: OfficialId,
    pub language: &'a str,
}

pub(super) async fn insert_answer(tx: &mut Tx, case: CaseId, row: &NewAnswerRow<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into answers (id, case_id, question, state, value_sealed, asked_by, asked_at, language)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.id.uuid(),
        case.uuid(),
        row.question.as_str(),
        row.state,
        row.value_sealed,
        row.asked_by.uuid(),
        now.to_sqlx(),
        row.language
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct AnswerRow {
    pub question: String,
    pub state: String,
    pub value_sealed: Option<Vec<u8>>,
    pub asked_by_public_id: Uuid,
    pub asked_by_name: String,
    pub asked_at: jiff_sqlx::Timestamp,
    pub language: String,
}

/// Newest first within each question.
pub(super) async fn answers(tx: &mut Tx, case: CaseId) -> Result<Vec<AnswerRow>, sqlx::Error> {
    sqlx::query_as!(
        AnswerRow,
        "select a.question, a.state, a.value_sealed, o.public_id as asked_by_public_id, o.name as asked_by_name,
            a.asked_at, a.language
         from answers a join officials o on o.id = a.asked_by where a.case_id = $1
         order by a.question, a.asked_at desc, a.ordinal desc",
        case.uuid()
    )
    .fetch_all(tx.conn())
    .await
}

pub(super) async fn raise_shield(
    tx: &mut Tx,
    case: CaseId,
    owner: InstitutionId,
    state: &str,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into protection_shields (case_id, owner_institution_id, state, reason, at)
         values ($1, $2, $3, 'fear_of_authorities', $4) on conflict do nothing",
        case.uuid(),
        owner.uuid(),
        state,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn shielded_states(tx: &mut Tx, case: CaseId) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("select distinct state from protection_shields where case_id = $1 order by state", case.uuid())
        .fetch_all(tx.conn())
        .await
}

/// Ends the grants to institutions of a State that must not see the case (rule N5).
pub(super) async fn withdraw_grants_to_state(tx: &mut Tx, case: CaseId, state: &str) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "update case_grants set withdrawn_at = $3 where case_id = $1 and basis = 'grant' and withdrawn_at is null
            and institution_id in (select id from institutions where state = $2)",
        case.uuid(),
        state,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends the grants that rested on a consent which no longer is (rule D1).
pub(super) async fn withdraw_grants_to(
    tx: &mut Tx,
    case: CaseId,
    institution: InstitutionId,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "update case_grants set withdrawn_at = $3
         where case_id = $1 and institution_id = $2 and basis = 'grant' and withdrawn_at is null",
        case.uuid(),
        institution.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct NewConsentRow<'a> {
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
    pub text_version: &'a str,
    pub witness_sealed: Option<Vec<u8>>,
    pub recorded_by: Actor,
}

pub(super) async fn insert_consent(tx: &mut Tx, row: &NewConsentRow<'_>) -> Result<(), sqlx::Error> {
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
        row.text_version,
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
pub(super) async fn newest_consent(
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

pub(super) struct ConsentRow {
    pub id: Uuid,
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
pub(super) async fn consents(tx: &mut Tx, case: CaseId) -> Result<Vec<ConsentRow>, sqlx::Error> {
    sqlx::query_as!(
        ConsentRow,
        r#"select e.id, e.public_id, e.purpose, i.public_id as "recipient_public_id?", i.name as "recipient_name?",
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
pub(super) async fn contact_of_case(
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

pub(super) struct NewGrantRow {
    pub id: GrantId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub owner: InstitutionId,
    pub institution: InstitutionId,
    pub valid_until: Timestamp,
    pub consent: ConsentId,
    pub granted_by: OfficialId,
}

pub(super) async fn insert_grant(tx: &mut Tx, row: &NewGrantRow) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into case_grants (id, public_id, case_id, owner_institution_id, institution_id, basis, purpose,
            valid_from, valid_until, consent_id, granted_by)
         values ($1, $2, $3, $4, $5, 'grant', 'verification', $6, $7, $8, $9)",
        row.id.uuid(),
        row.public_id.uuid(),
        row.case.uuid(),
        row.owner.uuid(),
        row.institution.uuid(),
        now.to_sqlx(),
        row.valid_until.to_sqlx(),
        row.consent.uuid(),
        row.granted_by.uuid()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct GrantRow {
    pub id: Uuid,
    pub public_id: Uuid,
    pub case_id: Uuid,
    pub institution_public_id: Uuid,
    pub institution_name: String,
    pub valid_from: jiff_sqlx::Timestamp,
    pub valid_until: jiff_sqlx::Timestamp,
    pub withdrawn_at: Option<jiff_sqlx::Timestamp>,
    pub consent_public_id: Uuid,
}

/// Newest first, without the owner's own.
pub(super) async fn grants(tx: &mut Tx, case: CaseId) -> Result<Vec<GrantRow>, sqlx::Error> {
    sqlx::query_as!(
        GrantRow,
        r#"select g.id, g.public_id, g.case_id, i.public_id as institution_public_id, i.name as institution_name,
            g.valid_from, g.valid_until as "valid_until!", g.withdrawn_at, e.public_id as consent_public_id
         from case_grants g join institutions i on i.id = g.institution_id join consent_events e on e.id = g.consent_id
         where g.case_id = $1 and g.basis = 'grant' order by g.valid_from desc, g.id desc"#,
        case.uuid()
    )
    .fetch_all(tx.conn())
    .await
}

pub(super) async fn grant_by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<GrantRow>, sqlx::Error> {
    sqlx::query_as!(
        GrantRow,
        r#"select g.id, g.public_id, g.case_id, i.public_id as institution_public_id, i.name as institution_name,
            g.valid_from, g.valid_until as "valid_until!", g.withdrawn_at, e.public_id as consent_public_id
         from case_grants g join institutions i on i.id = g.institution_id join consent_events e on e.id = g.consent_id
         where g.public_id = $1 and g.basis = 'grant'"#,
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await
}

/// False when it was withdrawn before.
pub(super) async fn withdraw_grant(tx: &mut Tx, id: GrantId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update case_grants set withdrawn_at = $2 where id = $1 and basis = 'grant' and withdrawn_at is null",
        id.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) struct AccessRow {
    pub at: jiff_sqlx::Timestamp,
    pub actor_kind: String,
    pub actor_name: Option<String>,
    pub institution_name: String,
    pub action: String,
    pub purpose: String,
}

/// Newest first.
pub(super) async fn access(tx: &mut Tx, case: CaseId, limit: i64) -> Result<Vec<AccessRow>, sqlx::Error> {
    sqlx::query_as!(
        AccessRow,
        r#"select a.at, a.actor_kind, o.name as "actor_name?", i.name as institution_name, a.action, a.purpose
         from audit_rows a join institutions i on i.id = a.institution_id
            left join officials o on a.actor_kind = 'official' and o.id = a.actor_id
         where a.case_ids @> array[$1]::uuid[] order by a.at desc, a.id desc limit $2"#,
        case.uuid(),
        limit
    )
    .fetch_all(tx.conn())
    .await
}
