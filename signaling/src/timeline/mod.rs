//! One case as one story: the only place where reads cross modules. It changes nothing and owns no table.
//!
//! A case is opened and answered here, too, because only this module knows the whole file that the answer shows.
//! Invariants: what an institution gets by a grant holds no answer, no consent that is not about it, and no word about
//! a fear; of the owner's officials, only those who may ask about fear read the answer.
mod case_file;
mod routes;
mod store;

pub use routes::routes;
