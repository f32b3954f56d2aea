//! Who is asking: officials by passkey and session, kiosks by device key, participants without an account by a seat.
//!
//! [`authorize`] is the only way to act on a case: it gathers the facts, asks `policy::decide`, and writes the audit row.
//! Invariant of absence: nothing here reads a name of a hosted person, a contact or a message.
//!
//! ```text
//! sign-in link ──► session (demo: full; enrolment: may only register a passkey) ──► passkey ──► session ──► step-up
//! ```
mod authorize;
pub mod described;
mod extract;
mod passkey;
mod routes;
mod session;
mod store;

pub use authorize::{Act, Denied, Reach, allow, allow_at, allow_office, may, reach};
pub use extract::{
    Held, KIOSK_COOKIE, KioskDevice, Official, Place, SEAT_COOKIE, SESSION_COOKIE, Seat, clear_cookie, cookie,
    each_once,
};
pub use routes::routes;
pub use session::{LinkPurpose, issue_sign_in_link, still};
pub use store::held;
