//! The edge: problem answers, headers, limits, static faces, health. It knows no case.
mod body;
mod guard;
pub mod health;
pub mod limit;
pub mod pages;
mod problem;

pub use body::{Body, Faults, Id};
pub use guard::{MAX_BODY_BYTES, harden};
pub use problem::{Problem, ProblemBody};
