//! Reencuentro: video visits between people on the move and their families, and what those visits may prove.
//!
//! The modules in the order of the story; each imports only earlier ones and the floor.
pub mod directory; // institutions, sites, kiosks, officials and their roles
pub mod people; // somebody is taken in: cases, answers, consents, grants
pub mod contact; // a relative is named and vetted, approved or refused
pub mod schedule; // a visit is booked: kiosk, person, contact, official, no overlaps
pub mod message; // the invitation leaves, the code by its other channel
pub mod admission; // both sides arrive, wait, are admitted or turned away
pub mod call; // they see and hear each other
pub mod evidence; // stills and notes, sealed, hashed, in the append-only log
pub mod verification; // claims, levels, recommendation and decision by two people
pub mod export; // the case's evidence leaves as a package that anybody can verify

// The floor: imports no module above it.
pub mod app;
pub mod audit;
pub mod auth;
pub mod clock;
pub mod config;
pub mod db;
pub mod http;
pub mod id;
pub mod jobs;
pub mod keys;
pub mod secret;
