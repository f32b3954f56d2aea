//! One file per verb: invite, redeem, come to a kiosk, admit, turn away, look at the board.
mod admit;
mod board;
mod invite;
mod kiosk;
mod own_visit;
mod redeem;
mod start;

pub use admit::is_doorkeeper;
pub(super) use admit::{TurnAway, admit, turn_away};
pub(super) use board::{TodayView, today, visit_seen, watched_site};
pub(super) use invite::{end_ways_in, end_ways_in_of_contact, invite_again, prepare};
pub(super) use kiosk::{Jwk, KioskSession, challenge, enrol, heartbeat, open_session};
pub(super) use own_visit::{JoinVisit, own_visit};
pub(super) use redeem::redeem;
pub(super) use start::{leave_kiosk, start};

use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use super::pass::standing_of;
use super::state::Standing;
use super::store;
use crate::app::App;
use crate::db::Tx;
use crate::id::KioskId;
use crate::schedule::{Participant, Visit};
use crate::secret::Token;

/// A seat outlives its visit for as long as the page needs to say that it is over.
const SEAT_AFTER_END: SignedDuration = SignedDuration::from_hours(1);

/// Seats somebody: the browser that came before for the same participant is out.
async fn take_seat(
    app: &App,
    tx: &mut Tx,
    (visit, participant): (&Visit, &Participant),
    kiosk: Option<KioskId>,
) -> Result<(Token, i64), Error> {
    let token = Token::new(&app.chance);
    let expires_at = visit.ends_at + SEAT_AFTER_END;
    store::end_seats(tx, participant.id).await?;
    store::insert_seat(tx, &token.hash(), participant, kiosk, expires_at).await?;
    Ok((token, expires_at.duration_since(tx.now).as_secs()))
}

/// Nobody comes to what was cancelled, is over, or turned them away.
fn check_open(visit: &Visit, participant: &Participant, now: Timestamp) -> Result<(), Error> {
    match standing_of(visit, participant, now) {
        Standing::Cancelled | Standing::Over | Standing::TurnedAway => Err(Error::NotAvailable),
        Standing::Expected | Standing::Waiting | Standing::Admitted | Standing::Left => Ok(()),
    }
}

/// Six digits, spaces and hyphens between them allowed.
fn six_digits(field: &'static str, typed: &str) -> Result<String, Error> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(digits) } else { Err(Error::Invalid { field, code: "six_digits" }) }
}
