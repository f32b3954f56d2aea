//! What is done to a call: a token is given, a token is used, the call opens, goes live, ends.
use policy::{Action, Facts, Purpose, Standing, decide};

use super::events::EndReason;
use super::jobs::CallOver;
use super::protocol::ErrorCode;
use super::store::{self, Ending};
use super::token::Ticket;
use crate::admission;
use crate::app::App;
use crate::audit::{self, Actor, Entry};
use crate::auth::{self, Act, Denied, Official, Seat};
use crate::changes::{self, Change};
use crate::db::{Scope, Tx};
use crate::http::Problem;
use crate::http::limit::{Key, Quota};
use crate::id::{CallId, InstitutionId, ParticipantId, PublicId, VisitId};
use crate::jobs;
use crate::schedule::{self, Visit};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such visit for whoever asks")]
    NotFound,
    #[error(transparent)]
    Admission(#[from] admission::Error),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("nobody has been in the call yet: to call it off is to cancel the visit")]
    NotOpened,
    #[error("too many tokens: {0:?}")]
    TooMany(Problem),
    #[error("the token cannot be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// The database was away or busy: worth another try.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Error::Database(_) | Error::Admission(admission::Error::Database(_) | admission::Error::Conflict)
        )
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::Admission(error) => error.into(),
            Error::Denied(denied) => denied.into(),
            Error::NotOpened => Problem::conflict("call_not_opened"),
            Error::TooMany(problem) => problem,
            Error::Signing(error) => {
                tracing::error!(error = %error, "a room token could not be signed");
                sqlx::Error::WorkerCrashed.into()
            }
            Error::Database(error) => error.into(),
        }
    }
}

/// A token for the participant whose browser holds the seat. Who was away waits again.
pub async fn give_token_to_seat(app: &App, seat: &Seat) -> Result<String, Error> {
    app.limits.check(Quota::Room, Key::Account(seat.participant.uuid())).map_err(Error::TooMany)?;
    let mut tx = app.db.begin(seat.scope()).await?;
    let way = admission::pass_for_seat(app, &mut tx, seat).await?;
    let facts = Facts { is_in_visit: true, ..Facts::of(Standing::Stranger) };
    decide(&seat.principal(), Action::JoinCall, &facts).map_err(Denied::Refused)?;
    let entry = Entry {
        actor: seat.actor(),
        institution: seat.institution,
        action: Action::JoinCall,
        purpose: Purpose::OwnVisit,
        cases: &[seat.case],
        subject: Some(seat.visit.uuid()),
    };
    audit::record(&mut tx, &app.chance, entry).await?;
    give_token(app, tx, &way).await
}

/// A token for an official who takes part in the visit; joining admits them.
pub async fn give_token_to_official(app: &App, official: &Official, visit: PublicId) -> Result<String, Error> {
    app.limits.check(Quota::Room, Key::Account(official.id.uuid())).map_err(Error::TooMany)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let pass = admission::pass_for_official(app, &mut tx, official, visit).await?;
    give_token(app, tx, &pass).await
}

async fn give_token(app: &App, tx: Tx, place: &admission::Place) -> Result<String, Error> {
    let token = app.calls.tokens().issue(&app.chance, tx.now, place.visit, place.participant)?;
    tx.commit().await?;
    Ok(token)
}

/// What `hello` brings, accepted once.
pub(super) async fn accept_token(app: &App, token: &str) -> Result<Ticket, ErrorCode> {
    let ticket = app.calls.tokens().check(token, app.clock.now()).map_err(|_| ErrorCode::TokenRefused)?;
    let used = async {
        let mut tx = app.db.begin(Scope::Auth).await?;
        let is_first = store::use_token(&mut tx, ticket.use_id, ticket.expires_at).await?;
        tx.commit().await?;
        Ok::<bool, sqlx::Error>(is_first)
    };
    match used.await {
        Ok(true) => Ok(ticket),
        Ok(false) => Err(ErrorCode::TokenRefused),
        Err(error) => {
            tracing::warn!(error = %error, "a room token could not be looked up");
            Err(ErrorCode::Unavailable)
        }
    }
}

/// Whoever keeps the door of the visit ends the call for everybody, from a desk.
pub async fn end(app: &App, official: &Official, visit: PublicId) -> Result<(), Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let visit = schedule::visit(&mut tx, visit).await?.ok_or(Error::NotFound)?;
    let purpose = visit.kind.rules().purpose;
    auth::allow(app, &mut tx, official, Act::new(Action::EndCall, purpose, visit.case).in_visit(visit.id)).await?;
    let participants = schedule::participants_of(&mut tx, visit.id).await?;
    if !admission::is_doorkeeper(&visit, &participants, official) {
        return Err(admission::Error::NotAllowed.into());
    }
    match store::end(&mut tx, visit.id, EndReason::EndedByHost).await? {
        Ending::NeverOpened => return Err(Error::NotOpened),
        Ending::Before => {}
        Ending::Now => {
            store::end_seats(&mut tx, visit.id).await?;
            changes::announce(&mut tx, Change::of(visit.site, visit.id)).await?;
        }
    }
    tx.commit().await?;
    app.calls.changed(visit.id);
    Ok(())
}

/// What a room writes down about itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Record {
    Opened,
    Live,
    Left { participant: ParticipantId },
    Over { reason: EndReason, by: Actor, institution: InstitutionId },
}

/// In one transaction, and twice does no harm.
pub(super) async fn write(app: &App, visit: &Visit, record: Record) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::Seat { visit: visit.id }).await?;
    let is_news = match record {
        Record::Opened => open(app, &mut tx, visit).await?,
        Record::Live => store::go_live(&mut tx, visit.id).await?,
        // Admission announces it.
        Record::Left { participant } => {
            admission::leave(app, &mut tx, participant).await?;
            false
        }
        Record::Over { reason, by, institution } => over(app, &mut tx, visit, reason, by, institution).await?,
    };
    if is_news {
        changes::announce(&mut tx, Change::of(visit.site, visit.id)).await?;
    }
    Ok(tx.commit().await?)
}

async fn open(app: &App, tx: &mut Tx, visit: &Visit) -> Result<bool, sqlx::Error> {
    let is_news = store::open(tx, CallId::new(&app.chance, tx.now), visit.id, visit.case).await?;
    if is_news {
        // A room that nobody is in any more, or whose server died, ends in time all the same.
        let over = CallOver { visit: visit.id };
        jobs::publish(tx, &app.chance, Some(visit.institution), &over, Some(visit.ends_at)).await?;
    }
    Ok(is_news)
}

async fn over(
    app: &App,
    tx: &mut Tx,
    visit: &Visit,
    reason: EndReason,
    actor: Actor,
    institution: InstitutionId,
) -> Result<bool, sqlx::Error> {
    let is_news = store::end(tx, visit.id, reason).await? == Ending::Now;
    if is_news {
        store::end_seats(tx, visit.id).await?;
        let entry = Entry {
            actor,
            institution,
            action: Action::EndCall,
            purpose: Purpose::OwnVisit,
            cases: &[visit.case],
            subject: Some(visit.id.uuid()),
        };
        audit::record(tx, &app.chance, entry).await?;
    }
    Ok(is_news)
}

/// By the clock, whoever is there: [`CallOver`].
pub(super) async fn end_in_time(app: &App, visit: VisitId) -> anyhow::Result<()> {
    let mut tx = app.db.begin(Scope::Seat { visit }).await?;
    let booked = schedule::visit_by_id(&mut tx, visit).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    let is_somebody_there = app.calls.is_anybody_present(visit);
    let reason = if is_somebody_there { EndReason::TimeOver } else { EndReason::EverybodyLeft };
    write(app, &booked, Record::Over { reason, by: Actor::System, institution: booked.institution }).await?;
    app.calls.changed(visit);
    Ok(())
}
