//! Who is asking: officials by passkey and session, kiosks by device key, participants without an account by a seat.
//!
//! [`authorize`] is the only way to act on a case: it gathers the facts, asks `policy::decide`, and writes the audit row.
//! Invariant of absence: nothing here reads a name, a contact or a message.
mod authorize;
mod extract;
mod store;

pub use authorize::{Act, Denied, allow, allow_office};
pub use extract::{KIOSK_COOKIE, KioskDevice, Official, SEAT_COOKIE, SESSION_COOKIE, Seat, clear_cookie, cookie};

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
