//! The harness of the story suite: a world of its own for each test, with a database cloned from a template, a held clock
//! and seeded chance. Everything is done by actors through the real router; the server's part runs as the app role.
pub mod cluster;
pub mod interview;
pub mod office;
pub mod room;
pub mod visit;
mod world;

pub use reencuentro::demo::{Actor, Answer};
pub use world::{Staff, World};
