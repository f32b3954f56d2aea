//! The edge: problem answers, headers, limits, static faces, health. It knows no case.
mod body;
mod guard;
pub mod health;
pub mod limit;
pub mod pages;
mod problem;

pub use body::{Body, Faults, Id, Query, read_upload};
pub use guard::{MAX_BODY_BYTES, harden, no_such_method};
pub use problem::{Problem, ProblemBody};
