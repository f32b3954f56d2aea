//! Institutions, sites, kiosks, officials and their roles: who is there, before anybody is taken in.
//!
//! A kiosk is `not_enrolled → enrolled → revoked`; enrolling again replaces its key. Invariant of absence: no case here,
//! so these tables have no row-level policy, and every statement names the institution it is for.
mod actions;
pub mod invite;
mod routes;
pub mod seed;
mod state;
mod store;

pub use actions::{enrol_kiosk, enrolment_code_hash};
pub use routes::routes;
pub use state::{Device, Institution, InstitutionKind, Kiosk, KioskState, Named, OfficialEntry, Site, SiteKind};
pub use store::{
    device_of_kiosk, institution, institution_by_public_id, kiosk, kiosk_by_public_id, kiosks_of_site, official,
    official_by_public_id, saw_kiosk, site, site_by_public_id, site_seen_by,
};
