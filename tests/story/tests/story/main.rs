//! The story, chapter by chapter.
mod admission;
mod contact;
mod directory;
mod evidence;
mod ground;
mod people;
mod schedule;
