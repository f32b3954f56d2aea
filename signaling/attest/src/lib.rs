//! Formats and verification of the evidence log and of the packages that leave it (log format v1).
//!
//! Nothing here reads a file, a clock or a source of chance: bytes, instants and salts come in as
//! arguments, a verdict goes out. `FORMAT.md` beside this crate describes every byte, so that
//! somebody else can write a second verifier from the page alone.
#![forbid(unsafe_code)]

/// A package as one zip file, written deterministically and read with bounds.
pub mod archive;
/// Canonical JSON (RFC 8785): one value, one sequence of bytes.
pub mod canonical;
/// A salted commitment to one value, and what reveals it.
pub mod commitment;
/// One fact of one case: sealed, signed, chained to the fact before it.
pub mod entry;
/// The documented fields of each kind of entry, and their labels.
pub mod fields;
/// A SHA-256 value, written as 64 lowercase hexadecimal digits.
pub mod hash;
/// An instant in UTC with microseconds, written in exactly one way.
pub mod instant;
/// Text signed by named keys, as C2SP signed-note and tlog-checkpoint describe it.
pub mod note;
/// The package: a BagIt folder that carries a case's entries, proofs and documents.
pub mod package;
/// Why a package is not valid.
pub mod reason;
/// The report that people read, rendered from the entries alone.
pub mod report;
/// The Merkle tree over all entries (RFC 6962, RFC 9162) and its proofs.
pub mod tree;
/// Whom the person who verifies trusts; it never comes out of a package.
pub mod trust;
/// The verdict over a package.
pub mod verify;
