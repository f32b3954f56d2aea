//! What comes in: a JSON body and the public id in a path, refused in the one form that every refusal has.
use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{MAX_BODY_BYTES, Problem};
use crate::id::PublicId;

/// A JSON body. What does not fit names the field that did not.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if kind.split(';').next().map(str::trim) != Some("application/json") {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_needed"));
        }
        let bytes =
            axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await.map_err(|_| Problem::too_large())?;
        let mut from = serde_json::Deserializer::from_slice(&bytes);
        let read = serde_path_to_error::deserialize(&mut from)
            .map_err(|error| Problem::invalid(field_of(error.path()), "unknown"))?;
        from.end().map_err(|_| Problem::invalid("body", "unknown"))?;
        Ok(Body(read))
    }
}

/// The outermost field: pages mark fields, not paths.
fn field_of(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .find_map(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            _ => None,
        })
        .unwrap_or_else(|| "body".into())
}

/// The public id in a path. What is no id does not exist, like an id that nobody gave.
pub struct Id(pub PublicId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Named {
            id: Uuid,
        }
        let Path(named) = Path::<Named>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        Ok(Id(PublicId(named.id)))
    }
}

/// What is wrong with an input, field by field, told all at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<&'static str, &'static str>);

impl Faults {
    /// Notes `code` at `field` unless what should hold holds.
    pub fn need(&mut self, holds: bool, field: &'static str, code: &'static str) -> &mut Self {
        if !holds {
            self.0.entry(field).or_insert(code);
        }
        self
    }

    pub fn done(self) -> Result<(), Faults> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        faults
            .0
            .into_iter()
            .fold(Problem::unprocessable("invalid"), |problem, (field, code)| problem.field(field, code))
    }
}
