//! Naming, approving, refusing; and the doors through which later modules read a contact.
use jiff::Timestamp;
use jiff::tz::TimeZone;
use policy::{Action, Purpose};
use serde::{Deserialize, Serialize};

use super::state::{
    ContactRefusal, ContactState, MAX_NAME_CHARS, MAX_NOTE_CHARS, MAX_WORD_CHARS, Phone, Relation, SecondChannel,
    WrongState,
};
use super::store::{self, ContactRow, NewContactRow, Which};
use crate::app::App;
use crate::auth::{self, Act, Denied, Official};
use crate::db::Tx;
use crate::directory::Named;
use crate::http::{Faults, Problem};
use crate::id::{CaseId, ContactId, InstitutionId, OfficialId, PublicId};
use crate::jobs::{self, Job};
use crate::keys::KeyError;
use crate::people::{self, AgeClass, CaseRef, ConsentMode, ConsentOutcome, ConsentPurpose, GivenBy, NewConsent};

/// A contact was named: the link between the two is now claimed.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactNamed {
    pub case: CaseId,
    pub contact: ContactId,
    /// Who owns the case, and so in whose scope a listener acts.
    pub institution: InstitutionId,
}
impl Job for ContactNamed {
    const KIND: &'static str = "contact.named";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ContactApproved {
    pub case: CaseId,
    pub contact: ContactId,
    pub institution: InstitutionId,
}
impl Job for ContactApproved {
    const KIND: &'static str = "contact.approved";
}

/// Visits with this contact do not take place.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactRefused {
    pub case: CaseId,
    pub contact: ContactId,
    pub institution: InstitutionId,
}
impl Job for ContactRefused {
    const KIND: &'static str = "contact.refused";
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such contact or case for this official")]
    NotFound,
    #[error("input: {0:?}")]
    Faulty(Faults),
    #[error("from {from} to {to} there is no way")]
    WrongState { from: &'static str, to: &'static str },
    #[error("somebody else decided first")]
    Conflict,
    /// A child's contact is approved by another official than who named it.
    #[error("who named it does not approve it")]
    FourEyes,
    #[error("the person's consent is not in force")]
    ConsentMissing,
    #[error("stored text is not what it was sealed as: {0}")]
    Unreadable(&'static str),
    #[error(transparent)]
    People(#[from] people::Error),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<WrongState> for Error {
    fn from(wrong: WrongState) -> Self {
        Error::WrongState { from: wrong.from, to: wrong.to }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::Faulty(faults) => faults.into(),
            Error::WrongState { .. } | Error::Conflict => Problem::conflict("conflict"),
            Error::FourEyes => Problem::conflict("four_eyes"),
            Error::ConsentMissing => Problem::unprocessable("consent_missing"),
            Error::People(error) => error.into(),
            Error::Denied(denied) => denied.into(),
            Error::Key(error) => error.into(),
            Error::Database(error) => error.into(),
            other @ Error::Unreadable(_) => Problem::internal(&other),
        }
    }
}

/// A relative or another person named within one case, opened.
#[derive(Clone)]
pub struct Contact {
    pub id: ContactId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub case_public_id: PublicId,
    pub names_as_given: String,
    pub relation: Relation,
    pub phone_masked: String,
    pub second_channel: SecondChannel,
    pub language: String,
    pub country: String,
    /// IANA.
    pub zone: String,
    pub named_at: Timestamp,
    pub named_by: OfficialId,
    pub named_by_named: Named,
    pub state: ContactState,
    pub decided_by_named: Option<Named>,
    /// The link's claim, once `verification` heard of the contact, and its level.
    pub link_claim: Option<(PublicId, String)>,
}

impl Contact {
    pub fn is_approved(&self) -> bool {
        matches!(self.state, ContactState::Approved { .. })
    }
}

pub async fn get(app: &App, tx: &mut Tx, id: PublicId) -> Result<Option<Contact>, Error> {
    one(app, tx, Which::ByPublicId(id)).await
}

pub async fn get_by_id(app: &App, tx: &mut Tx, id: ContactId) -> Result<Option<Contact>, Error> {
    one(app, tx, Which::ById(id)).await
}

async fn one(app: &App, tx: &mut Tx, which: Which) -> Result<Option<Contact>, Error> {
    let row = store::find(tx, which).await?.into_iter().next();
    row.map(|row| open(app, row)).transpose()
}

/// In the order in which they were named.
pub async fn list_of_case(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<Contact>, Error> {
    store::find(tx, Which::OfCase(case)).await?.into_iter().map(|row| open(app, row)).collect()
}

/// The phone in clear, to send a message to. Who shows it to an official asks [`unmask_phone`] instead.
pub async fn phone(app: &App, tx: &mut Tx, id: ContactId) -> Result<Option<Phone>, Error> {
    let Some(row) = store::find(tx, Which::ById(id)).await?.into_iter().next() else { return Ok(None) };
    open_phone(app, &row).map(Some)
}

fn open_phone(app: &App, row: &ContactRow) -> Result<Phone, Error> {
    let text = app.keys.open_text(row.case_id.into(), "contacts.phone", &row.phone_sealed)?;
    Phone::parse(&text).ok_or(Error::Unreadable("contacts.phone"))
}

fn open(app: &App, row: ContactRow) -> Result<Contact, Error> {
    Ok(Contact {
        names_as_given: app.keys.open_text(row.case_id.into(), "contacts.names", &row.names_sealed)?,
        phone_masked: open_phone(app, &row)?.masked(),
        state: state_of(app, &row)?,
        id: row.id.into(),
        public_id: PublicId(row.public_id),
        case: row.case_id.into(),
        case_public_id: PublicId(row.case_public_id),
        relation: Relation::of_column(&row.relation)?,
        second_channel: SecondChannel::of_column(&row.second_channel)?,
        language: row.language,
        country: row.country,
        zone: row.zone,
        named_at: row.named_at.to_jiff(),
        named_by: row.named_by.into(),
        named_by_named: Named { id: PublicId(row.named_by_public_id), name: row.named_by_name },
        decided_by_named: row
            .decided_by_public_id
            .map(PublicId)
            .zip(row.decided_by_name)
            .map(|(id, name)| Named { id, name }),
        link_claim: row.claim_public_id.map(PublicId).zip(row.claim_level),
    })
}

fn state_of(app: &App, row: &ContactRow) -> Result<ContactState, Error> {
    let decided = row.decided_at.map(|at| at.to_jiff()).zip(row.decided_by.map(OfficialId));
    match (row.state.as_str(), decided, &row.refusal_reason) {
        ("named", None, None) => Ok(ContactState::Named),
        ("approved", Some((at, by)), None) => Ok(ContactState::Approved { at, by }),
        ("refused", Some((at, by)), Some(reason)) => {
            let open = |sealed: &Vec<u8>| app.keys.open_text(row.case_id.into(), "contacts.refusal_text", sealed);
            let text = row.refusal_text_sealed.as_ref().map(open).transpose()?;
            Ok(ContactState::Refused { at, by, reason: ContactRefusal::of_column(reason)?, text })
        }
        _ => Err(Error::Unreadable("contacts.state")),
    }
}

/// How the person's consent to calling this relative was taken.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct ConsentTaken {
    language: String,
    mode: ConsentMode,
    text_version: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct NewContact {
    names_as_given: String,
    relation: Relation,
    /// E.164.
    phone: String,
    second_channel: SecondChannel,
    language: String,
    /// ISO 3166-1 alpha-2.
    country: String,
    /// IANA.
    zone: String,
    consent: ConsentTaken,
}

impl NewContact {
    fn check(&self) -> Result<Phone, Error> {
        let phone = Phone::parse(&self.phone);
        let consent = &self.consent;
        let version_chars = consent.text_version.trim().chars().count();
        let is_consent_known = people::is_language(&consent.language) && consent.mode != ConsentMode::OnScreen;
        let mut faults = Faults::default();
        faults
            .need(!self.names_as_given.trim().is_empty(), "names_as_given", "required")
            .need(self.names_as_given.chars().count() <= MAX_NAME_CHARS, "names_as_given", "too_long")
            .need(phone.is_some(), "phone", "not_a_phone")
            .need(people::is_language(&self.language), "language", "unknown")
            .need(people::is_country(&self.country), "country", "unknown")
            .need(TimeZone::get(&self.zone).is_ok(), "zone", "unknown")
            .need(is_consent_known && version_chars <= MAX_WORD_CHARS, "consent", "unknown")
            .need(version_chars > 0, "consent", "required");
        faults.done().map_err(Error::Faulty)?;
        phone.ok_or(Error::Unreadable("contacts.phone"))
    }
}

/// Names a relative, with the person's consent to it, in one transaction.
pub(super) async fn name(
    app: &App,
    official: &Official,
    case: PublicId,
    new: NewContact,
) -> Result<ContactView, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = people::case_ref(&mut tx, case).await?.ok_or(Error::NotFound)?;
    let id = ContactId::new(&app.chance, tx.now);
    let act = Act::new(Action::NameContact, Purpose::Care, case.id).on(id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    let phone = new.check()?;
    insert(app, &mut tx, official, (&case, id), &new, &phone).await?;
    let fact = ContactNamed { case: case.id, contact: id, institution: case.institution };
    jobs::publish(&mut tx, &app.chance, Some(case.institution), &fact, None).await?;
    let view = view_of(app, &mut tx, id).await?;
    people::record_consent(app, &mut tx, consent_to_call(official, case.id, id, new.consent)).await?;
    tx.commit().await?;
    Ok(view)
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    (case, id): (&CaseRef, ContactId),
    new: &NewContact,
    phone: &Phone,
) -> Result<(), Error> {
    let row = NewContactRow {
        id,
        public_id: app.chance.public_id(),
        case: case.id,
        names_sealed: app.keys.seal_text(case.id, "contacts.names", new.names_as_given.trim())?,
        phone_sealed: app.keys.seal_text(case.id, "contacts.phone", phone.expose())?,
        phone_index: app.keys.blind_index("contacts.phone", phone.expose()),
        relation: new.relation,
        second_channel: new.second_channel,
        language: &new.language,
        country: &new.country,
        zone: &new.zone,
        named_by: official.id,
    };
    Ok(store::insert(tx, &row).await?)
}

fn consent_to_call(official: &Official, case: CaseId, contact: ContactId, taken: ConsentTaken) -> NewConsent {
    NewConsent {
        case,
        visit: None,
        contact: Some(contact),
        purpose: ConsentPurpose::ContactRelative,
        recipient: None,
        given_by: GivenBy::Person,
        outcome: ConsentOutcome::Given,
        language: taken.language,
        mode: taken.mode,
        text_version: taken.text_version,
        witness: None,
        recorded_by: official.actor(),
    }
}

/// What the vetting call found; sealed as it is.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct Vetting {
    /// Somebody spoke with the contact, at this number.
    spoken_to: bool,
    /// What they told fits what the person told.
    account_compatible: bool,
    note: String,
}

impl Vetting {
    /// Whoever was not reached, or tells something else, is refused or spoken to again, not approved.
    fn check(&self) -> Result<(), Faults> {
        let mut faults = Faults::default();
        faults
            .need(self.spoken_to, "spoken_to", "required")
            .need(self.account_compatible, "account_compatible", "required")
            .need(self.note.chars().count() <= MAX_NOTE_CHARS, "note", "too_long");
        faults.done()
    }
}

pub(super) async fn approve(
    app: &App,
    official: &Official,
    contact: PublicId,
    vetting: Vetting,
) -> Result<ContactView, Error> {
    let (mut tx, contact, case) = begin(app, official, contact, Action::DecideContact).await?;
    vetting.check().map_err(Error::Faulty)?;
    contact.state.approve(tx.now, official.id)?;
    let person = people::person_of(app, &mut tx, case.id).await?;
    if person.age_class == AgeClass::Child && contact.named_by == official.id {
        return Err(Error::FourEyes);
    }
    let purpose = ConsentPurpose::ContactRelative;
    let consent = people::consent_in_force(&mut tx, case.id, purpose, None, Some(contact.id)).await?;
    consent.ok_or(Error::ConsentMissing)?;
    let text = serde_json::to_string(&vetting).expect("plain data becomes JSON");
    let sealed = app.keys.seal_text(case.id, "contacts.vetting", &text)?;
    if !store::approve(&mut tx, contact.id, official.id, &sealed).await? {
        return Err(Error::Conflict);
    }
    let fact = ContactApproved { case: case.id, contact: contact.id, institution: case.institution };
    jobs::publish(&mut tx, &app.chance, Some(case.institution), &fact, None).await?;
    finish(app, tx, contact.id).await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct Refusal {
    reason: ContactRefusal,
    /// For `other`, and only for it.
    text: Option<String>,
}

impl Refusal {
    fn check(self) -> Result<(ContactRefusal, Option<String>), Faults> {
        let text = self.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let is_other = self.reason == ContactRefusal::Other;
        let mut faults = Faults::default();
        faults
            .need(!is_other || text.is_some(), "text", "required")
            .need(is_other || text.is_none(), "text", "unknown")
            .need(text.as_ref().is_none_or(|text| text.chars().count() <= MAX_NOTE_CHARS), "text", "too_long");
        faults.done()?;
        Ok((self.reason, text))
    }
}

pub(super) async fn refuse(
    app: &App,
    official: &Official,
    contact: PublicId,
    refusal: Refusal,
) -> Result<ContactView, Error> {
    let (mut tx, contact, case) = begin(app, official, contact, Action::DecideContact).await?;
    let (reason, text) = refusal.check().map_err(Error::Faulty)?;
    contact.state.refuse(tx.now, official.id, (reason, text.clone()))?;
    let seal = |text: String| app.keys.seal_text(case.id, "contacts.refusal_text", &text);
    let why = (reason, text.map(seal).transpose()?);
    if !store::refuse(&mut tx, contact.id, contact.state.as_str(), official.id, why).await? {
        return Err(Error::Conflict);
    }
    let fact = ContactRefused { case: case.id, contact: contact.id, institution: case.institution };
    jobs::publish(&mut tx, &app.chance, Some(case.institution), &fact, None).await?;
    finish(app, tx, contact.id).await
}

/// The phone for an official's eyes: a fresh passkey, and an audit row of its own.
pub(super) async fn unmask_phone(app: &App, official: &Official, contact: PublicId) -> Result<Phone, Error> {
    let (mut tx, contact, _) = begin(app, official, contact, Action::UnmaskPhone).await?;
    let phone = phone(app, &mut tx, contact.id).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(phone)
}

/// The contact, its case, and the leave to act on it. A foreign contact is one that does not exist.
async fn begin(
    app: &App,
    official: &Official,
    contact: PublicId,
    action: Action,
) -> Result<(Tx, Contact, CaseRef), Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let contact = get(app, &mut tx, contact).await?.ok_or(Error::NotFound)?;
    let case = people::case_by_id(&mut tx, contact.case).await?.ok_or(Error::NotFound)?;
    let act = Act::new(action, Purpose::Care, case.id).on(contact.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    Ok((tx, contact, case))
}

async fn finish(app: &App, mut tx: Tx, contact: ContactId) -> Result<ContactView, Error> {
    let view = view_of(app, &mut tx, contact).await?;
    tx.commit().await?;
    Ok(view)
}

async fn view_of(app: &App, tx: &mut Tx, contact: ContactId) -> Result<ContactView, Error> {
    Ok(get_by_id(app, tx, contact).await?.ok_or(Error::NotFound)?.into())
}

/// A contact as pages show it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Contact)]
pub struct ContactView {
    id: PublicId,
    case: PublicId,
    names_as_given: String,
    relation: Relation,
    phone_masked: String,
    second_channel: SecondChannel,
    language: String,
    country: String,
    zone: String,
    state: StateView,
    #[schema(value_type = String, format = DateTime)]
    named_at: Timestamp,
    /// Null in the moment between the naming and its claim.
    link_claim: Option<PublicId>,
    level: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum StateView {
    Named {
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        by: Named,
    },
    Approved {
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        by: Option<Named>,
    },
    Refused {
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        by: Option<Named>,
        reason: ContactRefusal,
        text: Option<String>,
    },
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        let by = contact.decided_by_named;
        let state = match contact.state {
            ContactState::Named => StateView::Named { at: contact.named_at, by: contact.named_by_named },
            ContactState::Approved { at, .. } => StateView::Approved { at, by },
            ContactState::Refused { at, reason, text, .. } => StateView::Refused { at, by, reason, text },
        };
        let (link_claim, level) = contact.link_claim.unzip();
        ContactView {
            id: contact.public_id,
            case: contact.case_public_id,
            names_as_given: contact.names_as_given,
            relation: contact.relation,
            phone_masked: contact.phone_masked,
            second_channel: contact.second_channel,
            language: contact.language,
            country: contact.country,
            zone: contact.zone,
            state,
            named_at: contact.named_at,
            link_claim,
            level,
        }
    }
}
