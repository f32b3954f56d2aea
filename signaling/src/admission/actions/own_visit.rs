//! What a participant without an account sees of the own visit: its time, and whether to wait.
use jiff::Timestamp;
use policy::Action;
use serde::Serialize;

use crate::admission::error::Error;
use crate::admission::pass::{OPENS_BEFORE, load, record_own, standing_of};
use crate::admission::state::Standing;
use crate::app::App;
use crate::auth::Seat;
use crate::id::PublicId;
use crate::schedule::{Participant, Picture, Visit, VisitType};
use crate::words;

words! {
    /// Why something is not available is nobody's business outside.
    pub enum JoinState in "participants" {
        TooEarly = "too_early", Waiting = "waiting", Admitted = "admitted", Over = "over",
        NotAvailable = "not_available",
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct JoinVisit {
    pub participant: PublicId,
    pub visit_type: VisitType,
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// Of the site.
    pub zone: String,
    /// Always false: nothing records yet.
    pub recorded: bool,
    /// Always false: no supervised visit can be booked yet.
    pub accompanied: bool,
    pub state: JoinState,
    /// From when the lobby lets in.
    #[schema(value_type = String, format = DateTime)]
    pub opens_at: Timestamp,
    /// One of the languages of the pages.
    pub locale: String,
    /// The number to call in doubt.
    pub check_number: String,
    /// Two pictures that both sides see.
    #[schema(value_type = Option<Vec<Picture>>)]
    pub code_phrase: Option<Vec<String>>,
}

pub async fn own_visit(app: &App, seat: &Seat) -> Result<JoinVisit, Error> {
    let mut tx = app.db.begin(seat.scope()).await?;
    let (visit, participant) = load(&mut tx, seat.participant).await?;
    record_own(app, &mut tx, &visit, &participant, Action::ReadVisit).await?;
    let now = tx.now;
    tx.commit().await?;
    Ok(shape(app, &visit, &participant, now))
}

pub(super) fn shape(app: &App, visit: &Visit, participant: &Participant, now: Timestamp) -> JoinVisit {
    let opens_at = visit.starts_at - OPENS_BEFORE;
    let state = match standing_of(visit, participant, now) {
        Standing::Cancelled | Standing::TurnedAway => JoinState::NotAvailable,
        Standing::Over => JoinState::Over,
        _ if now < opens_at => JoinState::TooEarly,
        Standing::Expected | Standing::Waiting | Standing::Left => JoinState::Waiting,
        Standing::Admitted => JoinState::Admitted,
    };
    let is_on = matches!(state, JoinState::Waiting | JoinState::Admitted);
    JoinVisit {
        participant: participant.public_id,
        visit_type: visit.kind,
        starts_at: visit.starts_at,
        ends_at: visit.ends_at,
        zone: visit.zone.clone(),
        opens_at,
        recorded: false,
        accompanied: false,
        state,
        locale: ui_locale(&participant.language).to_owned(),
        check_number: app.config.check_number.clone(),
        code_phrase: is_on.then(|| visit.code_phrase.to_vec()),
    }
}

/// The page's language for somebody's own; Spanish is the second language of most who speak none of the pages'.
pub(super) fn ui_locale(language: &str) -> &'static str {
    match language.split('-').next() {
        Some("en") => "en",
        _ => "es",
    }
}
