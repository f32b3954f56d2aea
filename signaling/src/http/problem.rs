//! The one place where errors become answers (RFC 9457). Inner detail is logged once, here, and never sent.
use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use crate::keys::KeyError;
use crate::words;

/// An answer that is not what was asked for. `code` is what pages translate.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    fields: BTreeMap<Cow<'static, str>, &'static str>,
    extra: BTreeMap<&'static str, Value>,
}

words! {
    /// Every code of an answer: pages have a sentence for each that they can meet.
    pub enum ProblemCode in "problem.code" {
        AnsweredOtherwise = "answered_otherwise", BrokenOff = "broken_off", Busy = "busy", CallNotLive = "call_not_live",
        CallNotOpened = "call_not_opened", Conflict = "conflict", ConsentMissing = "consent_missing", Erased = "erased",
        FearNotAsked = "fear_not_asked", FourEyes = "four_eyes", HashDiffers = "hash_differs", Invalid = "invalid", JsonNeeded = "json_needed",
        LinkNotValid = "link_not_valid", MethodNotAllowed = "method_not_allowed", NotAccepted = "not_accepted", NotAllowed = "not_allowed",
        NotAnImage = "not_an_image", NotAvailable = "not_available", NotEnrolled = "not_enrolled",
        NotFound = "not_found", NothingRecommended = "nothing_recommended", NotOurDay = "not_our_day",
        NotPossible = "not_possible", NotReady = "not_ready", OtherOrigin = "other_origin",
        PasskeyNeeded = "passkey_needed", PasskeyRefused = "passkey_refused",
        RecommendationOpen = "recommendation_open", Shielded = "shielded", SignInNeeded = "sign_in_needed",
        SlotNotAvailable = "slot_not_available", SlowDown = "slow_down", StepUpNeeded = "step_up_needed",
        StoredOtherwise = "stored_otherwise", SubprotocolNeeded = "subprotocol_needed", TooEarly = "too_early",
        TooLarge = "too_large", TooManyPasskeys = "too_many_passkeys", TooManyRequests = "too_many_requests", TooSlow = "too_slow",
        VisitTakesNoDocuments = "visit_takes_no_documents", WebsocketNeeded = "websocket_needed", WrongCode = "wrong_code",
    }
}

words! {
    /// What is wrong with one field.
    pub enum FieldCode in "problem.fields" {
        HourDoesNotExist = "hour_does_not_exist", HourExistsTwice = "hour_exists_twice", InThePast = "in_the_past",
        Length = "length", NotAPhone = "not_a_phone", NotForThisType = "not_for_this_type",
        NotUnderstood = "not_understood", OnlyForOther = "only_for_other", OnlyForYes = "only_for_yes", OutOfRange = "out_of_range", Required = "required", SixDigits = "six_digits",
        TooFarAhead = "too_far_ahead", TooLong = "too_long", Unknown = "unknown", UnknownZone = "unknown_zone",
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Always `about:blank`.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    #[schema(value_type = ProblemCode)]
    code: &'static str,
    /// Field name → code of what is wrong with it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, FieldCode>)]
    fields: BTreeMap<Cow<'static, str>, &'static str>,
    /// What some codes add; see their routes.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    extra: BTreeMap<&'static str, Value>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        debug_assert!(
            ProblemCode::parse(code).is_some(),
            "pages know nothing of the code {code}: add it to ProblemCode"
        );
        Problem { status, code, fields: BTreeMap::new(), extra: BTreeMap::new() }
    }
    /// What does not exist and what may not be seen: one answer, byte for byte.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }
    pub fn sign_in_needed() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "sign_in_needed")
    }
    pub fn not_allowed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "not_allowed")
    }
    pub fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code)
    }
    pub fn step_up_needed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "step_up_needed")
    }
    pub fn conflict(code: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code)
    }
    pub fn invalid(field: impl Into<Cow<'static, str>>, code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid").field(field, code)
    }
    pub fn unprocessable(code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code)
    }
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    }
    pub fn slow_down(retry_after_s: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "slow_down").with("retry_after_s", retry_after_s)
    }
    pub fn field(mut self, field: impl Into<Cow<'static, str>>, code: &'static str) -> Self {
        debug_assert!(FieldCode::parse(code).is_some(), "pages know nothing of {code}: add it to FieldCode");
        self.fields.insert(field.into(), code);
        self
    }
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        self.extra.insert(name, serde_json::to_value(value).unwrap_or(Value::Null));
        self
    }
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// A fault of ours: logged here, once; the answer says nothing about it.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "an action failed");
        Self::not_our_day()
    }

    fn not_our_day() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "not_our_day")
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::not_found(),
            sqlx::Error::PoolTimedOut => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy"),
            other => {
                tracing::error!(error = %without_values(&other), "the database refused");
                Self::not_our_day()
            }
        }
    }
}

/// PostgreSQL's detail line quotes values; the message and the constraint do not.
fn without_values(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(db) => format!("{} [{}] {}", db.message(), db.code().unwrap_or_default(), db.constraint().unwrap_or("")),
        None => error.to_string(),
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Gone => Self::new(StatusCode::GONE, "erased"),
            other => {
                tracing::error!(error = %other, "the key store refused");
                Self::not_our_day()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry = self.extra.get("retry_after_s").and_then(Value::as_u64);
        let body = ProblemBody {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: self.code,
            fields: self.fields,
            extra: self.extra,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
