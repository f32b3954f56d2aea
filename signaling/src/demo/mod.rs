//! A clearly synthetic world for `--demo`: officials and kiosks by the directory's door, everything else through the
//! same requests that people make. At each start: fresh sign-in links, and a family visit that starts now.
mod actor;
mod summary;
mod world;

pub use actor::{Actor, Answer};
pub use world::prepare;
