//! The outbox: what leaves for somebody's phone, written in the transaction of its reason and sent after it.
//!
//! ```text
//! sms:   queued ──► sent | failed          (by the gateway's job: failed when refused, or after a bounded time)
//! voice: to_read_out ──► read_out          (by site staff, on the telephone)
//! ```
//! Number, text and link are sealed under the case's key. A text names no person, no country and no institution.
mod actions;
mod gateway;
pub mod jobs;
mod routes;
mod store;
pub mod text;

pub use actions::{Channel, NewMessage, enqueue};
pub use gateway::{Gateway, of_config};
pub use routes::routes;
