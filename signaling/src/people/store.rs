//! SQL of cases, persons and answers; consents and grants stand beside it.
mod consents;
mod grants;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

pub(super) use consents::*;
pub(super) use grants::*;

use super::state::{AgeClass, Question};
use crate::db::Tx;
use crate::id::{AnswerId, CaseId, GrantId, InstitutionId, OfficialId, PersonId, PublicId, SiteId};

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

/// A case with what a list shows of its person and its site.
pub(super) struct ListedRow {
    pub id: Uuid,
    pub public_id: Uuid,
    pub spoken_id: String,
    pub opened_at: jiff_sqlx::Timestamp,
    pub names_sealed: Vec<u8>,
    pub birth_sealed: Vec<u8>,
    pub language: String,
    pub site_public_id: Uuid,
    pub site_name: String,
}

/// Newest first.
pub(super) async fn cases(tx: &mut Tx, limit: i64) -> Result<Vec<ListedRow>, sqlx::Error> {
    sqlx::query_as!(
        ListedRow,
        "select c.id, c.public_id, c.spoken_id, c.opened_at, p.names_sealed, p.birth_sealed, p.language,
            s.public_id as site_public_id, s.name as site_name
         from cases c join persons p on p.case_id = c.id join sites s on s.id = c.site_id
         order by c.opened_at desc, c.id desc limit $1",
        limit
    )
    .fetch_all(tx.conn())
    .await
}

/// The owner's grant; first of all rows, because the others are seen through it.
pub(super) async fn insert_owner(
    tx: &mut Tx,
    id: GrantId,
    public_id: PublicId,
    case: &CaseRef,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into case_grants (id, public_id, case_id, owner_institution_id, institution_id, basis, purpose, valid_from, site_id)
         values ($1, $2, $3, $4, $4, 'owner', 'care', $5, $6)",
        id.uuid(),
        public_id.uuid(),
        case.id.uuid(),
        case.institution.uuid(),
        now.to_sqlx(),
        case.site.uuid()
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

/// Until the end of the transaction nobody else changes what the case's grants and visits rest on, or builds on it: a
/// grant and an answer about fear, a booking and a consent withdrawn come one after the other, and the second sees the
/// first. Taken before any other lock.
pub async fn hold(tx: &mut Tx, case: CaseId) -> Result<(), sqlx::Error> {
    // The random half of the id.
    let (_, key) = case.uuid().as_u64_pair();
    sqlx::query!(r#"select pg_advisory_xact_lock($1)::text as "held?""#, key.cast_signed())
        .fetch_one(tx.conn())
        .await?;
    Ok(())
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
