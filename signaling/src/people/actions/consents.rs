//! Consent events: who agreed to what, for whom, shown how; given, refused or withdrawn.
use jiff::Timestamp;
use policy::{Action, Purpose};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::app::App;
use crate::audit::Actor;
use crate::auth::{self, Act, Official};
use crate::db::Tx;
use crate::directory::{self, Named};
use crate::http::Faults;
use crate::id::{CaseId, ConsentId, ContactId, InstitutionId, PublicId, VisitId};
use crate::jobs::{self, Job};
use crate::log::{self, Basis, Fact, Kind};
use crate::people::state::{
    ConsentMode, ConsentOutcome, ConsentPurpose, ConsentText, GivenBy, MAX_NAME_CHARS, is_language,
};
use crate::people::store::{self, CaseRef, ConsentRow, NewConsentRow};

/// Somebody said yes, no, or no longer.
#[derive(Clone, Debug)]
pub struct NewConsent {
    pub case: CaseId,
    pub visit: Option<VisitId>,
    pub contact: Option<ContactId>,
    pub purpose: ConsentPurpose,
    /// For [`ConsentPurpose::ShareWithInstitution`], and only for it.
    pub recipient: Option<InstitutionId>,
    pub given_by: GivenBy,
    pub outcome: ConsentOutcome,
    pub language: String,
    pub mode: ConsentMode,
    /// Which text was shown or spoken.
    pub text_version: ConsentText,
    pub witness: Option<String>,
    /// An official, or the participant in the visit.
    pub recorded_by: Actor,
}

/// What was processed on this consent stops (rule D1).
#[derive(Debug, Serialize, Deserialize)]
pub struct ConsentWithdrawn {
    pub case: CaseId,
    /// Whose case, and so in whose scope a listener acts.
    pub institution: InstitutionId,
    pub purpose: ConsentPurpose,
    pub recipient: Option<InstitutionId>,
    pub contact: Option<ContactId>,
}

impl Job for ConsentWithdrawn {
    const KIND: &'static str = "people.consent_withdrawn";
}

/// Writes the event, what follows from it, and its log entry: call it last in a transaction, the log locks the case.
pub async fn record_consent(app: &App, tx: &mut Tx, new: NewConsent) -> Result<(ConsentId, PublicId), Error> {
    let case = store::case_by_id(tx, new.case).await?.ok_or(Error::NotFound)?;
    store::hold(tx, case.id).await?;
    let (id, public_id) = (ConsentId::new(&app.chance, tx.now), app.chance.public_id());
    let seal = |text: &String| app.keys.seal_text(new.case, "consent_events.witness", text);
    let row = NewConsentRow {
        id,
        public_id,
        case: new.case,
        visit: new.visit,
        contact: new.contact,
        purpose: new.purpose,
        recipient: new.recipient,
        given_by: new.given_by,
        outcome: new.outcome,
        language: &new.language,
        mode: new.mode,
        text_version: new.text_version,
        witness_sealed: new.witness.as_ref().map(seal).transpose()?,
        recorded_by: new.recorded_by,
    };
    store::insert_consent(tx, &row).await?;
    if new.outcome == ConsentOutcome::Withdrawn {
        stop_what_rested_on(app, tx, &case, &new).await?;
    }
    let recipient = match new.recipient {
        Some(id) => directory::institution(tx, id).await?.map(|institution| institution.name),
        None => None,
    };
    log::append(app, tx, fact(&case, &new, public_id, recipient, tx.now)).await?;
    Ok((id, public_id))
}

async fn stop_what_rested_on(app: &App, tx: &mut Tx, case: &CaseRef, new: &NewConsent) -> Result<(), Error> {
    let is_about_all = new.given_by == GivenBy::Person && new.contact.is_none();
    match new.purpose {
        // The schema holds that a share names its recipient.
        ConsentPurpose::ShareWithInstitution => store::withdraw_grants_to(tx, case.id, new.recipient).await?,
        ConsentPurpose::Verification if is_about_all => store::withdraw_grants_to(tx, case.id, None).await?,
        ConsentPurpose::Verification | ConsentPurpose::ContactRelative => {}
    }
    let job = ConsentWithdrawn {
        case: case.id,
        institution: case.institution,
        purpose: new.purpose,
        recipient: new.recipient,
        contact: new.contact,
    };
    Ok(jobs::publish(tx, &app.chance, Some(case.institution), &job, None).await?)
}

fn fact(case: &CaseRef, new: &NewConsent, id: PublicId, recipient: Option<String>, at: Timestamp) -> Fact {
    let mut fields = vec![
        ("purpose_shown", log::text(new.purpose.as_str())),
        ("given_by", log::text(new.given_by.as_str())),
        ("language", log::text(new.language.as_str())),
        ("mode", log::text(new.mode.as_str())),
        ("form_version", log::text(new.text_version.as_str())),
        ("outcome", log::text(new.outcome.as_str())),
    ];
    fields.extend(recipient.map(|name| ("recipient", log::text(name))));
    fields.extend(new.witness.as_ref().map(|name| ("witness", log::text(name.as_str()))));
    let purpose = match new.purpose {
        ConsentPurpose::ContactRelative => Purpose::Care,
        ConsentPurpose::Verification | ConsentPurpose::ShareWithInstitution => Purpose::Verification,
    };
    let basis = match new.given_by {
        GivenBy::Person => Basis::DutyOfCare,
        GivenBy::Contact => Basis::GivenFreely,
    };
    Fact {
        case: case.id,
        kind: Kind::ConsentGiven,
        occurred_at: at,
        actor: new.recorded_by,
        institution: case.institution,
        purpose,
        basis,
        fields,
        objects: vec![],
        consents: vec![id],
        evidence: None,
    }
}

/// The consent in force for exactly this purpose, recipient and contact: the newest event, if it says yes.
pub async fn consent_in_force(
    tx: &mut Tx,
    case: CaseId,
    purpose: ConsentPurpose,
    recipient: Option<InstitutionId>,
    contact: Option<ContactId>,
) -> Result<Option<ConsentId>, sqlx::Error> {
    let newest = store::newest_consent(tx, case, purpose, recipient, contact).await?;
    Ok(newest.filter(|(_, _, outcome)| *outcome == ConsentOutcome::Given).map(|(id, ..)| id))
}

/// Whether person and contact agree to this purpose between them.
pub async fn is_agreed(
    tx: &mut Tx,
    case: CaseId,
    purpose: ConsentPurpose,
    contact: ContactId,
) -> Result<bool, sqlx::Error> {
    store::is_agreed(tx, case, purpose, contact).await
}

/// What an official tells about a consent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = NewConsent)]
pub(in crate::people) struct ConsentInput {
    purpose: ConsentPurpose,
    recipient_institution: Option<PublicId>,
    contact: Option<PublicId>,
    given_by: GivenBy,
    outcome: ConsentOutcome,
    language: String,
    mode: ConsentMode,
    text_version: ConsentText,
    witness: Option<String>,
}

impl ConsentInput {
    fn check(&self) -> Result<(), Faults> {
        let is_share = self.purpose == ConsentPurpose::ShareWithInstitution;
        let names_contact = self.purpose == ConsentPurpose::ContactRelative || self.given_by == GivenBy::Contact;
        let witness = self.witness.as_deref().unwrap_or("");
        let mut faults = Faults::default();
        faults
            .need(!is_share || self.recipient_institution.is_some(), "recipient_institution", "required")
            .need(is_share || self.recipient_institution.is_none(), "recipient_institution", "unknown")
            .need(!names_contact || self.contact.is_some(), "contact", "required")
            .need(is_language(&self.language), "language", "unknown")
            // what was shown on a screen was answered on that screen, by the participant
            .need(self.mode != ConsentMode::OnScreen, "mode", "unknown")
            .need(witness.chars().count() <= MAX_NAME_CHARS, "witness", "too_long");
        faults.done()
    }
}

/// An official records what was said; the new event as the case file shows it.
pub(in crate::people) async fn take_consent(
    app: &App,
    official: &Official,
    case: PublicId,
    input: ConsentInput,
) -> Result<ConsentView, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = store::case_ref(&mut tx, case).await?.ok_or(Error::NotFound)?;
    auth::allow(app, &mut tx, official, Act::new(Action::RecordConsent, Purpose::Care, case.id)).await?;
    input.check()?;
    let new = resolve(&mut tx, official, &case, input).await?;
    let (_, public_id) = record_consent(app, &mut tx, new).await?;
    let view = consents_of(app, &mut tx, case.id).await?.into_iter().find(|event| event.id == public_id);
    tx.commit().await?;
    view.ok_or(Error::NotFound)
}

async fn resolve(tx: &mut Tx, official: &Official, case: &CaseRef, input: ConsentInput) -> Result<NewConsent, Error> {
    let mut faults = Faults::default();
    let mut recipient = None;
    if let Some(id) = input.recipient_institution {
        recipient = directory::institution_by_public_id(tx, id).await?.map(|institution| institution.id);
        faults.need(recipient.is_some(), "recipient_institution", "unknown");
    }
    let mut contact = None;
    if let Some(id) = input.contact {
        contact = store::contact_of_case(tx, case.id, id).await?;
        faults.need(contact.is_some(), "contact", "unknown");
    }
    faults.done()?;
    Ok(NewConsent {
        case: case.id,
        visit: None,
        contact,
        purpose: input.purpose,
        recipient,
        given_by: input.given_by,
        outcome: input.outcome,
        language: input.language,
        mode: input.mode,
        text_version: input.text_version,
        witness: input.witness.filter(|name| !name.trim().is_empty()),
        recorded_by: official.actor(),
    })
}

/// A consent event as the case file shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Consent)]
pub struct ConsentView {
    pub id: PublicId,
    pub purpose: ConsentPurpose,
    pub recipient_institution: Option<Named>,
    pub contact: Option<PublicId>,
    pub given_by: GivenBy,
    pub outcome: ConsentOutcome,
    pub language: String,
    pub mode: ConsentMode,
    pub text_version: ConsentText,
    pub witness: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// None: the participant answered on their own screen.
    pub recorded_by: Option<Named>,
    #[serde(skip)]
    pub recipient: Option<InstitutionId>,
}

/// Newest first.
pub async fn consents_of(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<ConsentView>, Error> {
    store::consents(tx, case).await?.into_iter().map(|row| view(app, case, row)).collect()
}

fn named(id: Option<uuid::Uuid>, name: Option<String>) -> Option<Named> {
    Some(Named { id: PublicId(id?), name: name? })
}

fn view(app: &App, case: CaseId, row: ConsentRow) -> Result<ConsentView, Error> {
    let open = |sealed: &Vec<u8>| app.keys.open_text(case, "consent_events.witness", sealed);
    Ok(ConsentView {
        id: PublicId(row.public_id),
        purpose: ConsentPurpose::of_column(&row.purpose)?,
        recipient_institution: named(row.recipient_public_id, row.recipient_name),
        contact: row.contact_public_id.map(PublicId),
        given_by: GivenBy::of_column(&row.given_by)?,
        outcome: ConsentOutcome::of_column(&row.outcome)?,
        language: row.language,
        mode: ConsentMode::of_column(&row.mode)?,
        text_version: ConsentText::of_column(&row.text_version)?,
        witness: row.witness_sealed.as_ref().map(open).transpose()?,
        at: row.at.to_jiff(),
        recorded_by: named(row.recorded_by_public_id, row.recorded_by_name),
        recipient: row.recipient_id.map(InstitutionId),
    })
}
