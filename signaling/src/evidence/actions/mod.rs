//! What can be done with evidence: one file per part of the way.
mod describe;
mod note;
mod read;
mod request;
mod upload;

pub(super) use describe::describe;
pub use note::{NewCorroboration, NewNote, record_corroboration, record_note};
pub(super) use read::content;
pub use read::{Still, StillOfItem, items_of_case, items_of_claim, still_of_item, strands_of_claim};
pub(super) use request::{answer, ask, close_requests, requests_of_seat, requests_of_visit};
pub(super) use upload::{Sent, prepare, store_still};
