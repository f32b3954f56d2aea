//! Reading a case's person and the list of cases.
use jiff::Timestamp;
use policy::{Action, Purpose};

use super::Error;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{Official, allow_office};
use crate::db::Tx;
use crate::directory::Named;
use crate::id::{CaseId, PublicId};
use crate::people::state::{AgeClass, Birth, Person, age_class, latest_today};
use crate::people::store;

/// A list longer than this is searched, not read.
const MAX_LISTED_CASES: i64 = 500;

/// The person of a case, opened. The age class is that of today: somebody comes of age without anybody's doing.
pub async fn person_of(app: &App, tx: &mut Tx, case: CaseId) -> Result<Person, Error> {
    let row = store::person(tx, case).await?.ok_or(Error::NotFound)?;
    let open = |what: &'static str, sealed: &[u8]| app.keys.open_text(case, what, sealed);
    let birth: Birth = from_json("persons.birth", &open("persons.birth", &row.birth_sealed)?)?;
    let variant = row.language_variant_sealed.as_deref();
    Ok(Person {
        id: row.id,
        public_id: row.public_id,
        case,
        names_as_given: open("persons.names", &row.names_sealed)?,
        age_class: age_class(&birth, latest_today(tx.now)),
        birth,
        language: row.language,
        language_variant: variant.map(|sealed| open("persons.language_variant", sealed)).transpose()?,
        nationalities: from_json("persons.nationalities", &open("persons.nationalities", &row.nationalities_sealed)?)?,
    })
}

fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Unreadable(what))
}

/// A case as a list shows it.
#[derive(Debug)]
pub struct CaseOverview {
    pub id: CaseId,
    pub public_id: PublicId,
    pub spoken_id: String,
    pub names_as_given: String,
    pub age_class: AgeClass,
    pub language: String,
    pub site: Named,
    pub opened_at: Timestamp,
}

/// Every case that this official's institution sees, newest first; one audit row with all of them.
pub async fn cases_seen(app: &App, tx: &mut Tx, official: &Official) -> Result<Vec<CaseOverview>, Error> {
    allow_office(official, Action::ListCases)?;
    let today = latest_today(tx.now);
    let mut list = vec![];
    for row in store::cases(tx, MAX_LISTED_CASES).await? {
        let id = CaseId(row.id);
        let birth = app.keys.open_text(id, "persons.birth", &row.birth_sealed)?;
        list.push(CaseOverview {
            id,
            public_id: PublicId(row.public_id),
            spoken_id: row.spoken_id,
            names_as_given: app.keys.open_text(id, "persons.names", &row.names_sealed)?,
            age_class: age_class(&from_json("persons.birth", &birth)?, today),
            language: row.language,
            site: Named { id: PublicId(row.site_public_id), name: row.site_name },
            opened_at: row.opened_at.to_jiff(),
        });
    }
    let ids: Vec<CaseId> = list.iter().map(|case| case.id).collect();
    let entry = Entry {
        actor: official.actor(),
        institution: official.institution,
        action: Action::ListCases,
        purpose: Purpose::Care,
        cases: &ids,
        subject: None,
    };
    audit::record(tx, &app.chance, entry).await?;
    Ok(list)
}
