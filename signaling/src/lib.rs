//! Reencuentro: video visits between people on the move and their families, and what those visits may prove.
//!
//! The modules in the order of the story; each imports only earlier ones and the floor.
pub mod admission; // both sides arrive, wait, are admitted or turned away
pub mod call; // they see and hear each other
pub mod contact; // a relative is named and vetted, approved or refused
pub mod directory; // institutions, sites, kiosks, officials and their roles
pub mod evidence; // stills and notes, sealed, hashed, in the append-only log
pub mod export; // the case's evidence leaves as a package that anybody can verify
pub mod message; // the invitation leaves, the code by its other channel
pub mod people; // somebody is taken in: cases, answers, consents, grants
pub mod schedule; // a visit is booked: kiosk, person, contact, official, no overlaps
pub mod timeline;
pub mod verification; // claims, levels, recommendation and decision by two people // one case as one story: the only place where reads cross modules

// The floor: imports no module above it.
pub mod app;
pub mod audit;
pub mod auth;
pub mod changes;
pub mod claim; // the words of claims
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod http;
pub mod id;
pub mod jobs;
pub mod keys;
pub mod log;
pub mod objects; // files under a case's key
pub mod secret;
pub mod serve;
pub mod spoken; // codes that people say and type
pub mod telemetry;
pub mod words; // closed lists of words
