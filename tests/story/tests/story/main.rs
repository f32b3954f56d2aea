//! The story, chapter by chapter.
mod admission;
mod contact;
mod directory;
mod evidence;
mod ground;
mod message;
mod people;
mod schedule;
