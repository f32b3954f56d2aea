//! The hosted person types six digits at a kiosk, and leaves it.
use jiff::SignedDuration;

use super::invite::digits_hash;
use super::own_visit::{JoinVisit, shape};
use super::{check_open, six_digits, take_seat};
use crate::admission::error::Error;
use crate::admission::pass::{arrive, leave, load};
use crate::admission::store;
use crate::app::App;
use crate::auth::{KioskDevice, Seat};
use crate::db::Scope;
use crate::secret::Token;

/// Ten slips in ten minutes are forgiven; guessing one of a million that way takes years.
const MAX_WRONG_DIGITS: i32 = 10;
const WRONG_DIGITS_WINDOW: SignedDuration = SignedDuration::from_mins(10);

pub async fn start(app: &App, kiosk: &KioskDevice, digits: &str) -> Result<(JoinVisit, (Token, i64)), Error> {
    let digits = six_digits("digits", digits)?;
    let mut tx = app.db.begin(Scope::DoorOfKiosk { kiosk: kiosk.id }).await?;
    if store::wrong_digits(&mut tx, kiosk.id, WRONG_DIGITS_WINDOW).await? >= MAX_WRONG_DIGITS {
        return Err(Error::SlowDown { retry_after_s: WRONG_DIGITS_WINDOW.as_secs().unsigned_abs() });
    }
    let hash = digits_hash(app, kiosk.id, &digits);
    let Some(started) = store::start_at_kiosk(&mut tx, kiosk.id, &hash).await? else {
        store::count_wrong_digits(&mut tx, kiosk.id, WRONG_DIGITS_WINDOW).await?;
        tx.commit().await?;
        return Err(Error::WrongDigits);
    };
    tx.enter(Scope::Seat { visit: started.visit }).await?;
    let (visit, participant) = load(&mut tx, started.participant).await?;
    check_open(&visit, &participant, tx.now)?;
    let participant = arrive(app, &mut tx, &visit, participant).await?;
    let seat = take_seat(app, &mut tx, (&visit, &participant), Some(kiosk.id)).await?;
    let joined = shape(app, &visit, &participant, tx.now);
    tx.commit().await?;
    Ok((joined, seat))
}

/// The seat ends with its cookie: nothing of the visit remains in the browser.
pub async fn leave_kiosk(app: &App, seat: &Seat) -> Result<(), Error> {
    let mut tx = app.db.begin(seat.scope()).await?;
    leave(app, &mut tx, seat.participant).await?;
    store::end_seats(&mut tx, seat.participant).await?;
    tx.commit().await?;
    Ok(())
}
