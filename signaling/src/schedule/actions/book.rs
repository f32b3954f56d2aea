//! A visit is booked: parties, gate, slot, locks, rows, facts; all or nothing.
use jiff::civil::DateTime;
use policy::{Action, Purpose, Role};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::VisitBooked;
use crate::app::App;
use crate::auth::{Act, Official, allow};
use crate::changes::{self, Change};
use crate::contact::{self, Contact, ContactState};
use crate::db::Tx;
use crate::directory::{self, KioskState, OfficialEntry};
use crate::id::{BookingId, ParticipantId, PublicId, VisitId};
use crate::jobs;
use crate::people::{self, AgeClass, CaseRef, ConsentPurpose, Person};
use crate::schedule::error::Error;
use crate::schedule::gate::{self, GateFacts, Vetting};
use crate::schedule::slot::{self, Slot};
use crate::schedule::state::{ParticipantKind, ParticipantState, SeatKind, two_pictures};
use crate::schedule::store::{self, Held, NewVisit, Participant, Resources};
use crate::schedule::view::{self, Names, VisitView};
use crate::schedule::visit_type::VisitType;

/// As many free starts as a scheduler reads at a glance.
const MAX_SUGGESTIONS: usize = 3;
/// Bounds the work for a calendar that is full.
const MAX_PROBES: usize = 96;

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::schedule) struct BookVisit {
    pub case: PublicId,
    #[serde(rename = "type")]
    pub kind: VisitType,
    pub contact: Option<PublicId>,
    pub kiosk: Option<PublicId>,
    pub official: Option<PublicId>,
    /// The site's wall clock.
    #[schema(value_type = String)]
    pub local_start: DateTime,
    pub duration_min: i32,
}

/// Who takes part, by type; nothing else can be booked in this release.
enum Parties {
    Family { kiosk: directory::Kiosk, contact: Contact },
    Verification { official: OfficialEntry, contact: Contact },
}

impl Parties {
    fn contact(&self) -> &Contact {
        match self {
            Parties::Family { contact, .. } | Parties::Verification { contact, .. } => contact,
        }
    }

    fn names(&self, person: &Person, site: &directory::Site) -> Names {
        match self {
            Parties::Family { kiosk, contact } => Names::know(person, contact, Some(kiosk), site),
            Parties::Verification { contact, .. } => Names::know(person, contact, None, site),
        }
    }

    fn resources(&self, person: &Person) -> Resources {
        match self {
            Parties::Family { kiosk, contact } => {
                Resources { kiosk: Some(kiosk.id), person: Some(person.id), contact: Some(contact.id), official: None }
            }
            Parties::Verification { official, contact } => {
                Resources { official: Some(official.id), contact: Some(contact.id), ..Resources::default() }
            }
        }
    }
}

pub(in crate::schedule) async fn book(app: &App, official: &Official, request: BookVisit) -> Result<VisitView, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = people::case_ref(&mut tx, request.case).await?.ok_or(Error::NotFound)?;
    allow(app, &mut tx, official, Act::new(Action::BookVisit, Purpose::Scheduling, case.id)).await?;
    if let Some(reason) = request.kind.rules().waits_for {
        return Err(Error::NotPossible(vec![reason]));
    }
    people::hold(&mut tx, case.id).await?;
    let parties = parties_of(app, &mut tx, &case, &request).await?;
    let person = people::person_of(app, &mut tx, case.id).await.map_err(Error::earlier)?;
    let is_child = person.age_class == AgeClass::Child;
    let missing = gate::missing(request.kind, &gate_facts(&mut tx, &case, is_child, &parties).await?);
    if !missing.is_empty() {
        return Err(Error::NotPossible(missing));
    }
    let site = directory::site(&mut tx, case.site).await?.ok_or(Error::NotFound)?;
    let slot = Slot::at(request.local_start, &site.zone, request.duration_min, tx.now)?;
    let pictures = two_pictures(app.chance.below(24), app.chance.below(23)).map(str::to_owned);
    let new = NewVisit {
        id: VisitId::new(&app.chance, tx.now),
        public_id: app.chance.public_id(),
        case: case.id,
        site: case.site,
        kind: request.kind,
        code_phrase: &pictures,
        by: official.id,
    };
    let held = parties.resources(&person);
    hold(app, &mut tx, &new, &held, &slot).await?;
    for participant in participants(app, &mut tx, &new, &parties, &person) {
        store::insert_participant(&mut tx, &participant).await?;
    }
    let fact = VisitBooked { visit: new.id, institution: case.institution };
    jobs::publish(&mut tx, &app.chance, Some(case.institution), &fact, None).await?;
    changes::announce(&mut tx, Change::of(case.site, new.id)).await?;
    let visit = store::visit_by_id(&mut tx, new.id).await?.ok_or(Error::NotFound)?;
    let view = view::full(app, &mut tx, &visit, &mut parties.names(&person, &site)).await?;
    tx.commit().await?;
    Ok(view)
}

async fn parties_of(app: &App, tx: &mut Tx, case: &CaseRef, request: &BookVisit) -> Result<Parties, Error> {
    let contact = required("contact", request.contact)?;
    let contact = contact::get(app, tx, contact).await.map_err(Error::earlier)?;
    let contact = contact.filter(|contact| contact.case == case.id).ok_or(unknown("contact"))?;
    if request.kind == VisitType::Verification {
        not_for_this_type("kiosk", request.kiosk)?;
        let official = required("official", request.official)?;
        let official = directory::official_by_public_id(tx, official).await?.ok_or(unknown("official"))?;
        return Ok(Parties::Verification { official, contact });
    }
    not_for_this_type("official", request.official)?;
    let kiosk = directory::kiosk_by_public_id(tx, required("kiosk", request.kiosk)?).await?;
    let kiosk = kiosk.filter(|kiosk| kiosk.site == case.site && kiosk.state != KioskState::Revoked);
    Ok(Parties::Family { kiosk: kiosk.ok_or(unknown("kiosk"))?, contact })
}

fn required(field: &'static str, id: Option<PublicId>) -> Result<PublicId, Error> {
    id.ok_or(Error::Invalid { field, code: "required" })
}

fn unknown(field: &'static str) -> Error {
    Error::Invalid { field, code: "unknown" }
}

fn not_for_this_type(field: &'static str, id: Option<PublicId>) -> Result<(), Error> {
    if id.is_some() { Err(Error::Invalid { field, code: "not_for_this_type" }) } else { Ok(()) }
}

async fn gate_facts(tx: &mut Tx, case: &CaseRef, is_child: bool, parties: &Parties) -> Result<GateFacts, Error> {
    match parties {
        Parties::Family { contact, .. } => facts_of(tx, case, (is_child, contact, None)).await,
        Parties::Verification { official, contact } => facts_of(tx, case, (is_child, contact, Some(official))).await,
    }
}

/// With an official it is a verification, without one a family visit.
pub(super) async fn facts_of(
    tx: &mut Tx,
    case: &CaseRef,
    (is_child, contact, official): (bool, &Contact, Option<&OfficialEntry>),
) -> Result<GateFacts, Error> {
    let purpose = if official.is_some() { ConsentPurpose::Verification } else { ConsentPurpose::ContactRelative };
    let is_own = official.is_none_or(|official| official.institution == case.institution);
    let is_admitted_to_case = match official {
        Some(official) if !is_own => store::is_granted(tx, case.id, official.institution).await?,
        _ => true,
    };
    let is_verifier = official.is_some_and(|official| official.has_for(Role::Verifier, case.institution, case.site));
    let has_consent = people::is_agreed(tx, case.id, purpose, contact.id).await?;
    Ok(GateFacts {
        is_child,
        contact: match contact.state {
            ContactState::Named => Vetting::Named,
            ContactState::Approved { .. } => Vetting::Approved,
            ContactState::Refused { .. } => Vetting::Refused,
        },
        has_consent,
        is_verifier,
        is_admitted_to_case,
    })
}

/// Locks the resources in one order for everybody, then takes the slot; the exclusion constraints are the net.
async fn hold(app: &App, tx: &mut Tx, new: &NewVisit<'_>, held: &Resources, slot: &Slot) -> Result<(), Error> {
    store::lock(tx, &lock_keys(held)).await?;
    let mut taken = store::busy(tx, held, slot).await?;
    store::insert_visit(tx, new).await?;
    if taken.is_empty() {
        let id = BookingId::new(&app.chance, tx.now);
        match store::hold_slot(tx, id, new, held, slot).await? {
            Held::Yes => return Ok(()),
            Held::Taken(resource) => taken.push(resource),
        }
    }
    let next = suggest(app, tx, new, held, slot).await?;
    Err(Error::Taken { taken, next })
}

/// Free starts, tried as a booking that is taken back; nothing of them remains, because the caller gives up.
async fn suggest(
    app: &App,
    tx: &mut Tx,
    new: &NewVisit<'_>,
    held: &Resources,
    wanted: &Slot,
) -> Result<Vec<DateTime>, Error> {
    let mut free = Vec::new();
    for start in slot::candidates(wanted.local_start).take(MAX_PROBES) {
        let Ok(slot) = Slot::at(start, &wanted.zone, wanted.duration_min, tx.now) else { continue };
        let id = BookingId::new(&app.chance, tx.now);
        if store::would_hold(tx, id, new, held, &slot).await? {
            free.push(start);
        }
        if free.len() == MAX_SUGGESTIONS {
            break;
        }
    }
    Ok(free)
}

/// A 64-bit key per resource, the same on every node, sorted: two bookings never wait for each other in a circle.
fn lock_keys(held: &Resources) -> Vec<i64> {
    let named: [(&str, Option<Uuid>); 4] = [
        ("kiosk", held.kiosk.map(|id| id.uuid())),
        ("person", held.person.map(|id| id.uuid())),
        ("contact", held.contact.map(|id| id.uuid())),
        ("official", held.official.map(|id| id.uuid())),
    ];
    let mut keys: Vec<i64> = named.into_iter().filter_map(|(kind, id)| Some(lock_key(kind, id?))).collect();
    keys.sort_unstable();
    keys
}

fn lock_key(kind: &str, id: Uuid) -> i64 {
    let digest = Sha256::new().chain_update(kind).chain_update(id.as_bytes()).finalize();
    i64::from_be_bytes(*digest.first_chunk().expect("a digest has 32 bytes"))
}

fn participants(app: &App, tx: &mut Tx, new: &NewVisit<'_>, parties: &Parties, person: &Person) -> [Participant; 2] {
    let now = tx.now;
    let seated = |kind, seat, language: &str| Participant {
        id: ParticipantId::new(&app.chance, now),
        public_id: app.chance.public_id(),
        visit: new.id,
        case: new.case,
        kind,
        seat,
        contact: None,
        official: None,
        language: language.to_owned(),
        state: ParticipantState::Expected,
        since: now,
    };
    let contact = parties.contact();
    let relative = Participant {
        contact: Some(contact.id),
        ..seated(ParticipantKind::Contact, SeatKind::Link, &contact.language)
    };
    let host = match parties {
        Parties::Family { .. } => seated(ParticipantKind::Person, SeatKind::Kiosk, &person.language),
        Parties::Verification { official, .. } => Participant {
            official: Some(official.id),
            ..seated(ParticipantKind::Official, SeatKind::Desk, &contact.language)
        },
    };
    [host, relative]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ContactId, KioskId};

    #[test]
    fn locks_are_taken_in_one_order_whatever_is_held() {
        let (kiosk, contact) = (KioskId(Uuid::from_u128(7)), ContactId(Uuid::from_u128(7)));
        let both = Resources { kiosk: Some(kiosk), contact: Some(contact), ..Resources::default() };
        let keys = lock_keys(&both);
        assert!(keys.is_sorted() && keys.len() == 2);
        assert_ne!(keys[0], keys[1], "the kind is part of the key");
        let one = Resources { kiosk: Some(kiosk), ..Resources::default() };
        assert!(keys.contains(&lock_keys(&one)[0]));
    }
}
