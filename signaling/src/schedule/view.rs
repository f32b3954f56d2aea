//! Visits as the desk sees them, with names opened.
use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;

use super::error::Error;
use super::slot;
use super::state::{ParticipantKind, ParticipantState, Picture, SeatKind, VisitState};
use super::store::{self, Participant, Visit};
use super::visit_type::VisitType;
use crate::app::App;
use crate::contact::{self, Contact};
use crate::db::Tx;
use crate::directory::{self, Kiosk, Named, Site};
use crate::id::{CaseId, ContactId, KioskId, PublicId, SiteId};
use crate::people::{self, Person};
use crate::words;

words! {
    /// As shown: an admitted participant of a live call is in it.
    pub enum Presence in "participants" {
        Expected = "expected", Waiting = "waiting", Admitted = "admitted", InCall = "in_call", Left = "left",
        TurnedAway = "turned_away",
    }
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CaseName {
    pub id: PublicId,
    pub spoken_id: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct VisitSummary {
    pub id: PublicId,
    #[serde(rename = "type")]
    pub kind: VisitType,
    pub state: VisitState,
    /// The site's wall clock.
    #[schema(value_type = String)]
    pub local_start: DateTime,
    pub zone: String,
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    pub duration_min: i32,
    pub case: Option<CaseName>,
    pub kiosk: Option<Named>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OtherZone {
    pub zone: String,
    #[schema(value_type = String)]
    pub local_start: DateTime,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Participant)]
pub struct ParticipantView {
    pub id: PublicId,
    pub kind: ParticipantKind,
    pub seat: SeatKind,
    pub label: String,
    pub state: Presence,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Visit)]
pub struct VisitView {
    #[serde(flatten)]
    pub summary: VisitSummary,
    pub site: Named,
    pub participants: Vec<ParticipantView>,
    /// When it starts for the other side.
    pub other_zone: OtherZone,
    #[schema(value_type = Vec<Picture>, min_items = 2, max_items = 2)]
    pub code_phrase: Vec<String>,
}

/// Names opened once per list.
#[derive(Default)]
pub struct Names {
    persons: HashMap<CaseId, String>,
    contacts: HashMap<ContactId, Relative>,
    kiosks: HashMap<KioskId, Named>,
    sites: HashMap<SiteId, Named>,
}

#[derive(Clone)]
struct Relative {
    name: String,
    zone: String,
}

impl Names {
    /// What whoever booked has just read.
    pub(super) fn know(person: &Person, contact: &Contact, kiosk: Option<&Kiosk>, site: &Site) -> Self {
        let relative = Relative { name: contact.names_as_given.clone(), zone: contact.zone.clone() };
        Names {
            persons: HashMap::from([(person.case, person.names_as_given.clone())]),
            contacts: HashMap::from([(contact.id, relative)]),
            kiosks: kiosk.map(|kiosk| (kiosk.id, kiosk.named())).into_iter().collect(),
            sites: HashMap::from([(site.id, site.named())]),
        }
    }

    async fn person(&mut self, app: &App, tx: &mut Tx, case: CaseId) -> Result<String, Error> {
        if let Some(name) = self.persons.get(&case) {
            return Ok(name.clone());
        }
        let name = people::person_of(app, tx, case).await.map_err(Error::earlier)?.names_as_given;
        Ok(self.persons.entry(case).or_insert(name).clone())
    }

    async fn contact(&mut self, app: &App, tx: &mut Tx, id: ContactId) -> Result<Relative, Error> {
        if let Some(relative) = self.contacts.get(&id) {
            return Ok(relative.clone());
        }
        let contact = contact::get_by_id(app, tx, id).await.map_err(Error::earlier)?.ok_or(Error::NotFound)?;
        let relative = Relative { name: contact.names_as_given, zone: contact.zone };
        Ok(self.contacts.entry(id).or_insert(relative).clone())
    }

    async fn kiosk(&mut self, tx: &mut Tx, id: KioskId) -> Result<Named, Error> {
        if let Some(kiosk) = self.kiosks.get(&id) {
            return Ok(kiosk.clone());
        }
        let kiosk = directory::kiosk(tx, id).await?.ok_or(Error::NotFound)?.named();
        Ok(self.kiosks.entry(id).or_insert(kiosk).clone())
    }

    async fn site(&mut self, tx: &mut Tx, id: SiteId) -> Result<Named, Error> {
        if let Some(site) = self.sites.get(&id) {
            return Ok(site.clone());
        }
        let site = directory::site(tx, id).await?.ok_or(Error::NotFound)?.named();
        Ok(self.sites.entry(id).or_insert(site).clone())
    }

    async fn label(&mut self, app: &App, tx: &mut Tx, one: &Participant) -> Result<String, Error> {
        match (one.contact, one.official) {
            (Some(contact), _) => Ok(self.contact(app, tx, contact).await?.name),
            (None, Some(official)) => Ok(directory::official(tx, official).await?.ok_or(Error::NotFound)?.name),
            (None, None) => self.person(app, tx, one.case).await,
        }
    }
}

pub async fn summary(app: &App, tx: &mut Tx, visit: &Visit, names: &mut Names) -> Result<VisitSummary, Error> {
    let kiosk = match visit.kiosk {
        Some(kiosk) => Some(names.kiosk(tx, kiosk).await?),
        None => None,
    };
    let name = names.person(app, tx, visit.case).await?;
    Ok(VisitSummary {
        id: visit.public_id,
        kind: visit.kind,
        state: visit.state(tx.now),
        local_start: visit.local_start,
        zone: visit.zone.clone(),
        starts_at: visit.starts_at,
        ends_at: visit.ends_at,
        duration_min: visit.duration_min,
        case: Some(CaseName { id: visit.case_public_id, spoken_id: visit.spoken_id.clone(), name }),
        kiosk,
    })
}

pub async fn full(app: &App, tx: &mut Tx, visit: &Visit, names: &mut Names) -> Result<VisitView, Error> {
    let summary = summary(app, tx, visit, names).await?;
    let is_live = summary.state == VisitState::Live;
    let mut participants = Vec::new();
    let mut other = None;
    for one in store::participants_of(tx, visit.id).await? {
        if let Some(contact) = one.contact {
            other = Some(names.contact(app, tx, contact).await?.zone);
        }
        let label = names.label(app, tx, &one).await?;
        participants.push(ParticipantView {
            id: one.public_id,
            kind: one.kind,
            seat: one.seat,
            label,
            state: presence(one.state, is_live),
            since: (one.state != ParticipantState::Expected).then_some(one.since),
        });
    }
    let zone = other.unwrap_or_else(|| visit.zone.clone());
    let site = names.site(tx, visit.site).await?;
    Ok(VisitView {
        other_zone: match slot::local(visit.starts_at, &zone) {
            Some(local_start) => OtherZone { zone, local_start },
            None => OtherZone { zone: visit.zone.clone(), local_start: visit.local_start },
        },
        code_phrase: visit.code_phrase.to_vec(),
        summary,
        site,
        participants,
    })
}

fn presence(state: ParticipantState, is_live: bool) -> Presence {
    match state {
        ParticipantState::Expected => Presence::Expected,
        ParticipantState::Waiting => Presence::Waiting,
        ParticipantState::Admitted if is_live => Presence::InCall,
        ParticipantState::Admitted => Presence::Admitted,
        ParticipantState::Left => Presence::Left,
        ParticipantState::TurnedAway => Presence::TurnedAway,
    }
}
