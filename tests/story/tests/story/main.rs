//! The story, chapter by chapter.
mod admission;
mod audit;
mod call;
mod contact;
mod directory;
mod document;
mod evidence;
mod export;
mod ground;
mod home_state;
mod message;
mod people;
mod refusals;
mod schedule;
mod secrets;
mod verification;
mod walls;
