//! What comes in: a JSON body and the public id in a path, refused in the one form that every refusal has.
use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
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

/// What stands behind the question mark of a path.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(read)| Query(read)).map_err(|_| Problem::invalid("query", "unknown"))
    }
}

/// A sender that stands still this long is gone; a slow one may take the minutes of its route.
const NO_PROGRESS: Duration = Duration::from_secs(30);

/// A body of a file, as long as bytes come.
pub async fn read_upload(body: axum::body::Body, most_bytes: usize) -> Result<Bytes, Problem> {
    read_while_it_moves(body, most_bytes, NO_PROGRESS).await
}

async fn read_while_it_moves(
    mut body: axum::body::Body,
    most_bytes: usize,
    no_progress: Duration,
) -> Result<Bytes, Problem> {
    let mut read = BytesMut::new();
    loop {
        let frame = tokio::time::timeout(no_progress, body.frame()).await;
        let frame = frame.map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow"))?;
        let Some(frame) = frame else { return Ok(read.freeze()) };
        let frame = frame.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "broken_off"))?;
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > most_bytes {
            return Err(Problem::too_large());
        }
        read.extend_from_slice(&data);
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};

    use super::*;

    const STILL: Duration = Duration::from_millis(300);

    /// `parts` parts of four bytes, one every `pause`.
    fn slow(parts: usize, pause: Duration) -> axum::body::Body {
        let parts = stream::iter(0..parts).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, Infallible>(Bytes::from_static(b"abcd"))
        });
        axum::body::Body::from_stream(parts)
    }

    #[tokio::test]
    async fn an_upload_that_moves_may_take_longer_than_one_that_stands_still() {
        let read = read_while_it_moves(slow(8, STILL / 5), 64, STILL).await.expect("it moved all the time");
        assert_eq!(read.len(), 32);
        let stopped = read_while_it_moves(slow(2, STILL * 3), 64, STILL).await.expect_err("it stood still");
        assert_eq!(stopped.code(), "too_slow");
    }

    #[tokio::test]
    async fn an_upload_is_not_read_past_its_bound() {
        let none = Duration::ZERO;
        assert_eq!(read_while_it_moves(slow(4, none), 16, STILL).await.expect("as long as it may be").len(), 16);
        assert_eq!(read_while_it_moves(slow(5, none), 16, STILL).await.expect_err("longer").code(), "too_large");
    }
}
