//! The append-only evidence log, format v1.
