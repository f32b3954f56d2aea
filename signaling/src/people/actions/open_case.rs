//! Somebody is taken in: one transaction, or nothing.
use attest::commitment::Value;
use policy::{Action, Purpose};
use serde::Deserialize;

use super::Error;
use super::answers::insert_answer;
use super::shield::protect;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{Official, allow_at, allow_office};
use crate::db::Tx;
use crate::directory;
use crate::http::Faults;
use crate::id::{CaseId, GrantId, PersonId, PublicId};
use crate::log::{self, Basis, Fact, Kind};
use crate::people::state::{
    Answer, Birth, MAX_NAME_CHARS, MAX_NATIONALITIES, MAX_WORD_CHARS, Question, age_class, earliest_today, is_country,
    is_language, latest_today, search_form,
};
use crate::people::store::{self, CaseRef, PersonRow};
use crate::spoken;

/// 23^7 ids and a check character; a collision among a hundred thousand cases is one in thirty thousand.
const SPOKEN_ID_CHARS: usize = 7;
const SPOKEN_ID_TRIES: usize = 5;

/// What is known when somebody arrives.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Intake {
    pub site: PublicId,
    pub names_as_given: String,
    pub birth: Birth,
    pub language: String,
    pub language_variant: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub probable_nationalities: Vec<String>,
    /// Whether they fear the authorities, or anybody, there.
    pub protection: Answer,
    /// Whether a child of theirs is in anybody's care.
    pub child_in_care: Answer,
    pub asked_in_language: String,
}

impl Intake {
    fn check(&self, tx: &Tx) -> Result<(), Faults> {
        let mut faults = Faults::default();
        let chars = |text: &str| text.chars().count();
        let variant = self.language_variant.as_deref().unwrap_or("");
        faults
            .need(!self.names_as_given.trim().is_empty(), "names_as_given", "required")
            .need(chars(&self.names_as_given) <= MAX_NAME_CHARS, "names_as_given", "too_long")
            .need(is_language(&self.language), "language", "unknown")
            .need(is_language(&self.asked_in_language), "asked_in_language", "unknown")
            .need(chars(variant) <= MAX_WORD_CHARS, "language_variant", "too_long")
            .need(self.probable_nationalities.len() <= MAX_NATIONALITIES, "probable_nationalities", "too_long")
            .need(self.probable_nationalities.iter().all(|code| is_country(code)), "probable_nationalities", "unknown");
        self.protection.check(Question::Protection, "protection", &mut faults);
        self.child_in_care.check(Question::ChildInCare, "child_in_care", &mut faults);
        self.birth.check(earliest_today(tx.now), &mut faults);
        faults.done()
    }
}

/// Opens a case with its owner's grant, its keys, its person, the first answers and its first log entry.
pub async fn open_case(app: &App, official: &Official, intake: Intake) -> Result<PublicId, Error> {
    allow_office(official, Action::OpenCase)?;
    let mut tx = app.db.begin(official.scope()).await?;
    intake.check(&tx)?;
    let site = directory::site_by_public_id(&mut tx, intake.site).await?;
    let site = site.filter(|site| site.institution == official.institution);
    let Some(site) = site else { return Err(Error::Faulty(unknown_site())) };
    allow_at(official, Action::OpenCase, site.id)?;
    let case = insert_case(app, &mut tx, official, &site).await?;
    insert_person(app, &mut tx, case.id, &intake).await?;
    for (question, answer) in
        [(Question::Protection, &intake.protection), (Question::ChildInCare, &intake.child_in_care)]
    {
        insert_answer(app, &mut tx, official, case.id, (question, answer, &intake.asked_in_language)).await?;
    }
    protect(app, &mut tx, &case, &intake.protection).await?;
    audit::record(&mut tx, &app.chance, audit_entry(official, &[case.id])).await?;
    log::append(app, &mut tx, fact(official, &case, &intake, &site.name)).await?;
    tx.commit().await?;
    Ok(case.public_id)
}

fn unknown_site() -> Faults {
    let mut faults = Faults::default();
    faults.need(false, "site", "unknown");
    faults
}

/// What is said of the person is committed to, not written: the log itself names nobody.
fn fact(official: &Official, case: &CaseRef, intake: &Intake, site: &str) -> Fact {
    Fact {
        case: case.id,
        kind: Kind::CaseOpened,
        occurred_at: case.opened_at,
        actor: official.actor(),
        institution: case.institution,
        purpose: Purpose::Care,
        basis: Basis::DutyOfCare,
        fields: vec![
            ("person", log::text(intake.names_as_given.trim())),
            ("nationality", Value::Json(serde_json::json!(intake.probable_nationalities))),
            ("language", log::text(intake.language.as_str())),
            ("site", log::text(site)),
        ],
        objects: vec![],
        consents: vec![],
        evidence: None,
    }
}

fn audit_entry<'a>(official: &Official, cases: &'a [CaseId]) -> Entry<'a> {
    Entry {
        actor: official.actor(),
        institution: official.institution,
        action: Action::OpenCase,
        purpose: Purpose::Care,
        cases,
        subject: None,
    }
}

async fn insert_case(app: &App, tx: &mut Tx, official: &Official, site: &directory::Site) -> Result<CaseRef, Error> {
    let mut case = CaseRef {
        id: CaseId::new(&app.chance, tx.now),
        public_id: app.chance.public_id(),
        spoken_id: String::new(),
        institution: official.institution,
        site: site.id,
        opened_at: tx.now,
    };
    let grant = GrantId::new(&app.chance, tx.now);
    store::insert_owner(tx, grant, app.chance.public_id(), &case).await?;
    for _ in 0..SPOKEN_ID_TRIES {
        case.spoken_id = spoken::random_with_check(&app.chance, SPOKEN_ID_CHARS);
        if store::insert_case(tx, &case, official.id).await? {
            // Keys without a case are litter, a case without keys is a loss: keys first become durable, then the commit.
            app.keys.make_institution(case.institution)?;
            app.keys.make_case(case.institution, case.id)?;
            return Ok(case);
        }
    }
    Err(Error::NoSpokenId)
}

async fn insert_person(app: &App, tx: &mut Tx, case: CaseId, intake: &Intake) -> Result<(), Error> {
    let seal = |what: &str, text: &str| app.keys.seal_text(case, what, text);
    let names = intake.names_as_given.trim();
    let variant = intake.language_variant.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let row = PersonRow {
        id: PersonId::new(&app.chance, tx.now),
        public_id: app.chance.public_id(),
        names_sealed: seal("persons.names", names)?,
        names_index: app.keys.blind_index("persons.names", &search_form(names)),
        birth_sealed: seal("persons.birth", &json(&intake.birth))?,
        age_class: age_class(&intake.birth, latest_today(tx.now)),
        language: intake.language.clone(),
        language_variant_sealed: variant.map(|text| seal("persons.language_variant", text)).transpose()?,
        nationalities_sealed: seal("persons.nationalities", &json(&intake.probable_nationalities))?,
    };
    Ok(store::insert_person(tx, case, &row).await?)
}

pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data becomes JSON")
}
