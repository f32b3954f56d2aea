//! The right to enter a room. Only this module makes a [`Pass`]; whoever waits holds a [`Lobby`], which opens nothing.
use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};
use policy::{Action, Facts, Purpose, Standing as CaseStanding};

use super::error::Error;
use super::state::{Move, Standing, after};
use super::store::{self, Moved};
use crate::app::App;
use crate::audit::{self, Actor, Entry as AuditEntry};
use crate::auth::{Act, Official, Seat, allow};
use crate::changes::{self, Change};
use crate::db::Tx;
use crate::id::{CaseId, InstitutionId, OfficialId, ParticipantId, PublicId, SiteId, VisitId};
use crate::schedule::{self, Participant, ParticipantKind, ParticipantState, SeatKind, Visit, VisitType};

/// A link, a kiosk's digits and an official's seat open this long before the start.
pub const OPENS_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// Who somebody is within a visit. Anybody may hold one; it opens nothing.
#[derive(Clone, Debug)]
pub struct Place {
    pub participant: ParticipantId,
    pub participant_public: PublicId,
    pub visit: VisitId,
    pub visit_public: PublicId,
    pub case: CaseId,
    /// Who owns the case.
    pub institution: InstitutionId,
    pub site: SiteId,
    pub kind: ParticipantKind,
    pub seat: SeatKind,
    pub official: Option<OfficialId>,
    pub visit_type: VisitType,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub code_phrase: [String; 2],
}

impl Place {
    fn of(visit: &Visit, participant: &Participant) -> Self {
        Place {
            participant: participant.id,
            participant_public: participant.public_id,
            visit: visit.id,
            visit_public: visit.public_id,
            case: visit.case,
            institution: visit.institution,
            site: visit.site,
            kind: participant.kind,
            seat: participant.seat,
            official: participant.official,
            visit_type: visit.kind,
            starts_at: visit.starts_at,
            ends_at: visit.ends_at,
            code_phrase: visit.code_phrase.clone(),
        }
    }
}

/// The bearer was admitted to the visit, and it is on.
#[derive(Debug)]
pub struct Pass(Place);

/// The bearer waits to be admitted: may hold a connection and hear of the state, nothing else.
#[derive(Debug)]
pub struct Lobby(Place);

impl Deref for Pass {
    type Target = Place;
    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Deref for Lobby {
    type Target = Place;
    fn deref(&self) -> &Place {
        &self.0
    }
}

#[derive(Debug)]
pub enum Way {
    Lobby(Lobby),
    Room(Pass),
}

impl Deref for Way {
    type Target = Place;
    fn deref(&self) -> &Place {
        match self {
            Way::Lobby(lobby) => lobby,
            Way::Room(pass) => pass,
        }
    }
}

/// For who came by link or kiosk. Who left and comes back waits again. In the seat's scope.
pub async fn pass_for_seat(app: &App, tx: &mut Tx, seat: &Seat) -> Result<Way, Error> {
    let (visit, participant) = load(tx, seat.participant).await?;
    match standing_of(&visit, &participant, tx.now) {
        Standing::Expected | Standing::Left => {
            let participant = arrive(app, tx, &visit, participant).await?;
            Ok(Way::Lobby(Lobby(Place::of(&visit, &participant))))
        }
        _ => way(&visit, &participant, tx.now),
    }
}

/// For an official who takes part: joining admits him, nobody else does. In his scope.
pub async fn pass_for_official(app: &App, tx: &mut Tx, official: &Official, visit: PublicId) -> Result<Pass, Error> {
    let visit = schedule::visit(tx, visit).await?.ok_or(Error::NotFound)?;
    let purpose = visit.kind.rules().purpose;
    allow(app, tx, official, Act::new(Action::JoinCall, purpose, visit.case).in_visit(visit.id)).await?;
    let participants = schedule::participants_of(tx, visit.id).await?;
    let own = participants.into_iter().find(|one| one.official == Some(official.id)).ok_or(Error::NotFound)?;
    if tx.now < visit.starts_at - OPENS_BEFORE {
        return Err(Error::TooEarly { opens_at: visit.starts_at - OPENS_BEFORE });
    }
    let own = match standing_of(&visit, &own, tx.now) {
        Standing::Expected | Standing::Left => step(app, tx, &visit, own, Move::Join, Some(official.id)).await?,
        Standing::Admitted => own,
        _ => return Err(Error::NotAvailable),
    };
    Ok(Pass(Place::of(&visit, &own)))
}

/// Asked again: as things stand now, changing nothing. In the scope of the seat or of the official.
pub async fn pass_of(tx: &mut Tx, participant: ParticipantId) -> Result<Way, Error> {
    let (visit, participant) = load(tx, participant).await?;
    way(&visit, &participant, tx.now)
}

pub async fn standing(tx: &mut Tx, participant: ParticipantId) -> Result<Standing, Error> {
    let (visit, participant) = load(tx, participant).await?;
    Ok(standing_of(&visit, &participant, tx.now))
}

/// Out of the call or the lobby, of their own will; twice is once.
pub async fn leave(app: &App, tx: &mut Tx, participant: ParticipantId) -> Result<(), Error> {
    let (visit, participant) = load(tx, participant).await?;
    if matches!(participant.state, ParticipantState::Waiting | ParticipantState::Admitted) {
        let by = participant.official;
        record_own(app, tx, &visit, &participant, Action::LeaveVisit).await?;
        step(app, tx, &visit, participant, Move::Leave, by).await?;
    }
    Ok(())
}

pub(super) fn standing_of(visit: &Visit, participant: &Participant, now: Timestamp) -> Standing {
    if visit.run.cancelled_at.is_some() {
        Standing::Cancelled
    } else if participant.state == ParticipantState::TurnedAway {
        Standing::TurnedAway
    } else if visit.run.ended_at.is_some() || now >= visit.ends_at {
        Standing::Over
    } else {
        participant.state.into()
    }
}

fn way(visit: &Visit, participant: &Participant, now: Timestamp) -> Result<Way, Error> {
    match standing_of(visit, participant, now) {
        Standing::Waiting => Ok(Way::Lobby(Lobby(Place::of(visit, participant)))),
        Standing::Admitted => Ok(Way::Room(Pass(Place::of(visit, participant)))),
        _ => Err(Error::NotAvailable),
    }
}

pub(super) async fn load(tx: &mut Tx, participant: ParticipantId) -> Result<(Visit, Participant), Error> {
    let participant = store::participant(tx, participant).await?.ok_or(Error::NotFound)?;
    let visit = schedule::visit_by_id(tx, participant.visit).await?.ok_or(Error::NotFound)?;
    Ok((visit, participant))
}

/// Somebody without an account is here. Waits unless already waiting or in.
pub(super) async fn arrive(
    app: &App,
    tx: &mut Tx,
    visit: &Visit,
    participant: Participant,
) -> Result<Participant, Error> {
    match participant.state {
        ParticipantState::Expected | ParticipantState::Left => {
            record_own(app, tx, visit, &participant, Action::ArriveAtVisit).await?;
            step(app, tx, visit, participant, Move::Arrive, None).await
        }
        ParticipantState::Waiting | ParticipantState::Admitted => Ok(participant),
        ParticipantState::TurnedAway => Err(Error::NotAvailable),
    }
}

/// One move, written only if the participant is still where it was decided on, and told to who watches.
pub(super) async fn step(
    app: &App,
    tx: &mut Tx,
    visit: &Visit,
    participant: Participant,
    step: Move,
    by: Option<OfficialId>,
) -> Result<Participant, Error> {
    let to = after(participant.kind, participant.state, step)?;
    let moved = Moved { participant: &participant, to, by, reason: None, text_sealed: None };
    write(app, tx, visit, moved).await?;
    Ok(Participant { state: to, since: tx.now, ..participant })
}

pub(super) async fn write(app: &App, tx: &mut Tx, visit: &Visit, moved: Moved<'_>) -> Result<(), Error> {
    if !store::write_move(tx, &app.chance, moved).await? {
        return Err(Error::Conflict);
    }
    changes::announce(tx, Change::of(visit.site, visit.id)).await?;
    Ok(())
}

/// A participant acts in their own visit: decided and written down like everything else.
pub(super) async fn record_own(
    app: &App,
    tx: &mut Tx,
    visit: &Visit,
    participant: &Participant,
    action: Action,
) -> Result<(), Error> {
    let principal = match participant.kind {
        ParticipantKind::Person => policy::Principal::HostedPerson,
        ParticipantKind::Contact => policy::Principal::Contact,
        // An official's own acts are decided by `allow`.
        ParticipantKind::Official | ParticipantKind::Interpreter => return Ok(()),
    };
    let facts = Facts { is_in_visit: true, ..Facts::of(CaseStanding::Stranger) };
    policy::decide(&principal, action, &facts).map_err(|_| Error::NotAvailable)?;
    let entry = AuditEntry {
        actor: Actor::Participant(participant.id),
        institution: visit.institution,
        action,
        purpose: Purpose::OwnVisit,
        cases: &[visit.case],
        subject: Some(visit.id.uuid()),
    };
    audit::record(tx, &app.chance, entry).await?;
    Ok(())
}
