//! The case file and the list of cases, composed from the modules' doors.
use jiff::Timestamp;
use policy::{Action, Purpose, Standing};
use serde::Serialize;

use super::store;
use crate::app::App;
use crate::auth::{self, Act, Official, Reach};
use crate::claim::{ClaimKind, Level};
use crate::contact::{self, Contact, ContactView};
use crate::db::Tx;
use crate::directory::{self, Named};
use crate::evidence::{self, EvidenceSummary};
use crate::http::Problem;
use crate::id::{InstitutionId, PublicId};
use crate::people::{
    self, AgeClass, AskedAnswer, Birth, CaseOverview, CaseRef, ConsentPurpose, ConsentView, GrantView, Person, Question,
};
use crate::schedule::{self, VisitSummary};

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct CaseSummary {
    id: PublicId,
    spoken_id: String,
    names_as_given: String,
    age_class: AgeClass,
    language: String,
    site: Named,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// The highest level of a link of this case; none before anybody is named.
    link_level: Option<Level>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct CaseFile {
    id: PublicId,
    spoken_id: String,
    site: SiteRef,
    owner_institution: Named,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    may: May,
    person: PersonView,
    answers: Vec<AskedAnswer>,
    consents: Vec<ConsentView>,
    grants: Vec<GrantView>,
    contacts: Vec<ContactView>,
    claims: Vec<ClaimSummary>,
    visits: Vec<VisitSummary>,
    /// Empty for whoever may not read evidence.
    evidence: Vec<EvidenceSummary>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ClaimSummary {
    id: PublicId,
    kind: ClaimKind,
    subject_label: String,
    /// The contact of a link, the State of a nationality.
    object_label: Option<String>,
    level: Level,
}

#[derive(Serialize, utoipa::ToSchema)]
struct SiteRef {
    id: PublicId,
    name: String,
    zone: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct PersonView {
    id: PublicId,
    names_as_given: String,
    birth: Birth,
    age_class: AgeClass,
    language: String,
    language_variant: Option<String>,
    nationalities: Vec<String>,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        PersonView {
            id: person.public_id,
            names_as_given: person.names_as_given,
            birth: person.birth,
            age_class: person.age_class,
            language: person.language,
            language_variant: person.language_variant,
            nationalities: person.nationalities,
        }
    }
}

/// What the signed-in official may do with this case now, perhaps after showing a passkey; the policy's own answers.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CaseMay)]
struct May {
    record_answer: bool,
    record_consent: bool,
    grant: bool,
    withdraw_grant: bool,
    read_access: bool,
    name_contact: bool,
    vet_contact: bool,
    unmask_phone: bool,
    book: bool,
    note: bool,
    recommend: bool,
    decide: bool,
    export: bool,
}

impl May {
    fn of(reach: &Reach) -> Self {
        let may = |action| auth::may(reach, action);
        May {
            record_answer: may(Action::RecordAnswer),
            record_consent: may(Action::RecordConsent),
            grant: may(Action::GrantCase),
            withdraw_grant: may(Action::WithdrawGrant),
            read_access: may(Action::ReadAccess),
            name_contact: may(Action::NameContact),
            vet_contact: may(Action::DecideContact),
            unmask_phone: may(Action::UnmaskPhone),
            book: may(Action::BookVisit),
            note: may(Action::AddNote),
            recommend: may(Action::Recommend),
            decide: may(Action::Decide),
            export: may(Action::ExportCase),
        }
    }
}

/// The whole file, as far as the official's institution sees it.
pub(super) async fn case_file(app: &App, official: &Official, id: PublicId) -> Result<CaseFile, Problem> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = people::case_ref(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    let reach = auth::reach(&mut tx, official, case.id).await?;
    let is_owner = reach.facts.standing == Standing::Owner;
    let purpose = if is_owner { Purpose::Care } else { Purpose::Verification };
    auth::allow(app, &mut tx, official, Act::new(Action::ReadCase, purpose, case.id)).await?;
    let file = compose(app, &mut tx, (official, &reach), case).await?;
    tx.commit().await?;
    Ok(file)
}

async fn compose(
    app: &App,
    tx: &mut Tx,
    (official, reach): (&Official, &Reach),
    case: CaseRef,
) -> Result<CaseFile, Problem> {
    let may = May::of(reach);
    let is_owner = reach.facts.standing == Standing::Owner;
    let site = directory::site(tx, case.site).await?.ok_or_else(Problem::not_found)?;
    let owner = directory::institution(tx, case.institution).await?.ok_or_else(Problem::not_found)?;
    let answers = if is_owner { people::answers_of(app, tx, case.id).await? } else { vec![] };
    let consents = people::consents_of(app, tx, case.id).await?;
    let contacts = contact::list_of_case(app, tx, case.id).await?;
    let person = people::person_of(app, tx, case.id).await?;
    let visits = match is_owner {
        true => schedule::visits_of_case(app, tx, case.id).await?,
        false => schedule::visits_seen_of_case(app, tx, case.id, official.institution).await?,
    };
    let claims = store::claims(tx, case.id).await?;
    let evidence = match auth::may(reach, Action::ReadEvidence) {
        true => evidence::items_of_case(app, tx, case.id).await?,
        false => vec![],
    };
    Ok(CaseFile {
        id: case.public_id,
        spoken_id: case.spoken_id,
        site: SiteRef { id: site.public_id, name: site.name, zone: site.zone },
        owner_institution: owner.named(),
        opened_at: case.opened_at,
        claims: claims.into_iter().map(|row| claim_summary(row, &person, &contacts)).collect(),
        visits,
        evidence,
        person: person.into(),
        answers: answers.into_iter().filter(|answer| may_read(answer, &may)).collect(),
        consents: consents.into_iter().filter(|event| is_owner || concerns(event, official.institution)).collect(),
        grants: people::grants_of(tx, case.id).await?,
        contacts: contacts.into_iter().map(ContactView::from).collect(),
        may,
    })
}

fn claim_summary(row: store::ClaimRow, person: &Person, contacts: &[Contact]) -> ClaimSummary {
    let of_contact = contacts.iter().find(|contact| Some(contact.public_id.uuid()) == row.contact_public_id);
    let of_state = (row.kind == ClaimKind::Nationality).then_some(row.statement);
    let (subject, object) = match (row.kind, of_contact) {
        // whose identity: the contact's, where it names one
        (ClaimKind::Identity, Some(contact)) => (&contact.names_as_given, None),
        (_, contact) => (&person.names_as_given, contact.map(|contact| contact.names_as_given.clone()).or(of_state)),
    };
    ClaimSummary {
        id: PublicId(row.public_id),
        subject_label: subject.clone(),
        object_label: object,
        kind: row.kind,
        level: row.level,
    }
}

/// Who may ask about fear may read what was answered; nobody else, not in the same house either.
fn may_read(answer: &AskedAnswer, may: &May) -> bool {
    answer.question != Question::Protection || may.record_answer
}

/// For an institution with a grant: consents to verification, and those that name it.
fn concerns(event: &ConsentView, institution: InstitutionId) -> bool {
    event.purpose == ConsentPurpose::Verification || event.recipient == Some(institution)
}

pub(super) async fn list_cases(app: &App, official: &Official) -> Result<Vec<CaseSummary>, Problem> {
    let mut tx = app.db.begin(official.scope_for(Action::ListCases)).await?;
    let cases = people::cases_seen(app, &mut tx, official).await?;
    let levels = store::link_levels(&mut tx).await?;
    tx.commit().await?;
    let level_of =
        |case: &CaseOverview| levels.iter().find(|each| each.case_id == case.id.uuid()).map(|each| each.level);
    let summary = |case: CaseOverview| CaseSummary {
        link_level: level_of(&case),
        id: case.public_id,
        spoken_id: case.spoken_id,
        names_as_given: case.names_as_given,
        age_class: case.age_class,
        language: case.language,
        site: case.site,
        opened_at: case.opened_at,
    };
    Ok(cases.into_iter().map(summary).collect())
}
