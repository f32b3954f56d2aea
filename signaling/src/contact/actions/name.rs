//! A relative is named, with the person's consent to it, in one transaction.
use jiff::tz::TimeZone;
use policy::{Action, Purpose};
use serde::Deserialize;

use super::read::view_of;
use super::{ContactNamed, ContactView, Error};
use crate::app::App;
use crate::auth::{self, Act, Official};
use crate::contact::state::{MAX_NAME_CHARS, Phone, Relation, SecondChannel};
use crate::contact::store::{self, NewContactRow};
use crate::db::Tx;
use crate::http::Faults;
use crate::id::{CaseId, ContactId, PublicId};
use crate::jobs;
use crate::people::{self, CaseRef, ConsentMode, ConsentOutcome, ConsentPurpose, ConsentText, GivenBy, NewConsent};

/// How the person's consent to calling this relative was taken.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(in crate::contact) struct ConsentTaken {
    language: String,
    mode: ConsentMode,
    text_version: ConsentText,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::contact) struct NewContact {
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
        let is_consent_known = people::is_language(&consent.language) && consent.mode != ConsentMode::OnScreen;
        let mut faults = Faults::default();
        faults
            .need(!self.names_as_given.trim().is_empty(), "names_as_given", "required")
            .need(self.names_as_given.chars().count() <= MAX_NAME_CHARS, "names_as_given", "too_long")
            .need(phone.is_some(), "phone", "not_a_phone")
            .need(people::is_language(&self.language), "language", "unknown")
            .need(people::is_country(&self.country), "country", "unknown")
            .need(TimeZone::get(&self.zone).is_ok(), "zone", "unknown")
            .need(is_consent_known, "consent", "unknown");
        faults.done().map_err(Error::Faulty)?;
        phone.ok_or(Error::Unreadable("contacts.phone"))
    }
}

/// Names a relative, with the person's consent to it, in one transaction.
pub(in crate::contact) async fn name(
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
