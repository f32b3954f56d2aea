//! The edge: problem answers, headers, limits, static faces, health. It knows no case.
mod guard;
pub mod health;
pub mod pages;
mod problem;

pub use guard::{MAX_BODY_BYTES, harden};
pub use problem::{Problem, ProblemBody};
