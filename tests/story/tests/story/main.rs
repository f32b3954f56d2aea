//! The story, chapter by chapter.
mod ground;
