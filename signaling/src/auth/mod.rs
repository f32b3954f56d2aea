//! Who is asking: officials by passkey and session, kiosks by device key, participants without an account by a seat.
//!
//! [`authorize`] is the only way to act on a case: it gathers the facts, asks `policy::decide`, and writes the audit row.
//! Invariant of absence: nothing here reads a name of a hosted person, a contact or a message.
//!
//! ```text
//! sign-in link ──► session (demo: full; enrolment: may only register a passkey) ──► passkey ──► session ──► step-up
//! ```
mod authorize;
mod extract;
mod passkey;
mod routes;
mod session;
mod store;

pub use authorize::{Act, Denied, allow, allow_office, facts, may};
pub use extract::{KIOSK_COOKIE, KioskDevice, Official, SEAT_COOKIE, SESSION_COOKIE, Seat, clear_cookie, cookie};
pub use routes::routes;
pub use session::{LinkPurpose, issue_sign_in_link};
