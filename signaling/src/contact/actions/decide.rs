//! Who spoke with the contact approves or refuses; whoever must call them sees the number.
use policy::{Action, Purpose};
use serde::{Deserialize, Serialize};

use super::read::{get, phone, view_of};
use super::{Contact, ContactApproved, ContactRefused, ContactView, Error};
use crate::app::App;
use crate::auth::{self, Act, Official};
use crate::contact::state::{ContactRefusal, MAX_NOTE_CHARS, Phone};
use crate::contact::store;
use crate::db::Tx;
use crate::http::Faults;
use crate::id::{ContactId, PublicId};
use crate::jobs;
use crate::people::{self, AgeClass, CaseRef, ConsentPurpose};

/// What the vetting call found; sealed as it is.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(in crate::contact) struct Vetting {
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

pub(in crate::contact) async fn approve(
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
    if !people::is_agreed(&mut tx, case.id, purpose, contact.id).await? {
        return Err(Error::ConsentMissing);
    }
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
pub(in crate::contact) struct Refusal {
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

pub(in crate::contact) async fn refuse(
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
pub(in crate::contact) async fn unmask_phone(
    app: &App,
    official: &Official,
    contact: PublicId,
) -> Result<Phone, Error> {
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
    people::hold(&mut tx, case.id).await?;
    Ok((tx, contact, case))
}

async fn finish(app: &App, mut tx: Tx, contact: ContactId) -> Result<ContactView, Error> {
    let view = view_of(app, &mut tx, contact).await?;
    tx.commit().await?;
    Ok(view)
}
