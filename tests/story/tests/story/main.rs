//! The story, chapter by chapter.
mod contact;
mod directory;
mod ground;
mod people;
