//! Canonical JSON as RFC 8785 (JCS) defines it. What is signed or hashed is always in this form,
//! and what is read must already be in it: any other spelling of the same value is refused.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

/// Integers beyond this lose digits in a reader that holds numbers as doubles (RFC 7493, 2.2).
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    #[error("not JSON of the expected shape: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("not in canonical form")]
    NotCanonical,
    #[error("the number {0} cannot be held exactly by every reader")]
    UnsafeNumber(String),
}

/// The canonical bytes of a value.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    Ok(serde_json_canonicalizer::to_vec(value)?)
}

/// Reads a value from bytes that must be its canonical form. Unknown, repeated or reordered
/// members and other spellings of a number or a string all fail here, because the value that was
/// read would be written differently.
pub fn from_slice<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: T = serde_json::from_slice(bytes)?;
    if to_vec(&value)? == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

/// Refuses numbers that two readers could hold differently.
pub fn require_safe_numbers(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) => require_safe_number(number),
        Value::Array(items) => items.iter().try_for_each(require_safe_numbers),
        Value::Object(members) => members.values().try_for_each(require_safe_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn require_safe_number(number: &Number) -> Result<(), CanonicalError> {
    let magnitude = match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(positive), _, _) => positive,
        (None, Some(negative), _) => negative.unsigned_abs(),
        (None, None, Some(double)) if double.is_finite() => return Ok(()),
        (None, None, _) => return Err(CanonicalError::UnsafeNumber(number.to_string())),
    };
    if magnitude <= MAX_SAFE_INTEGER { Ok(()) } else { Err(CanonicalError::UnsafeNumber(number.to_string())) }
}
