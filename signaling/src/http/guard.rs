//! What holds for every answer and every request: strict headers, same origin for anything that changes something,
//! bounds on bodies and time.
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::Problem;

/// A JSON body: the longest is an interview answer. Stills have their own bound at their route.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// No answer but a websocket or an event stream, which set their own, takes longer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A still of 12 MiB over 200 kbit/s; [`super::read_upload`] ends one that stands still.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// The routes that take a file.
const UPLOADS: [&str; 1] = ["/api/join/document-requests/{id}/still"];

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; \
    media-src 'self' blob:; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", CSP),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    (
        "permissions-policy",
        "camera=(self), microphone=(self), screen-wake-lock=(self), publickey-credentials-get=(self), \
        publickey-credentials-create=(self), geolocation=(), payment=(), usb=(), display-capture=()",
    ),
];

pub fn harden(router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(refuse_other_origins))
        .layer(middleware::from_fn(end_in_time))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not_our_day").into_response()
        }))
        .layer(middleware::from_fn(set_headers))
}

async fn end_in_time(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let limit = limit_of(route);
    let too_slow = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow").into_response();
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(too_slow)
}

fn limit_of(route: Option<&str>) -> Duration {
    if route.is_some_and(|route| UPLOADS.contains(&route)) { UPLOAD_TIMEOUT } else { REQUEST_TIMEOUT }
}

pub async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
}

async fn set_headers(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Cookies alone change nothing: a browser must say that the page is ours. A client without a browser sends neither
/// header and has no ambient cookie to abuse.
async fn refuse_other_origins(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let is_websocket = request.headers().contains_key(header::UPGRADE);
    if (!is_safe || is_websocket) && !is_same_origin(&request) {
        return Problem::forbidden("other_origin").into_response();
    }
    next.run(request).await
}

fn is_same_origin(request: &Request) -> bool {
    let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else {
        return text(header::ORIGIN).is_none();
    };
    origin.split_once("://").is_some_and(|(_, authority)| authority == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_from_a_bad_network_has_minutes_and_everything_else_seconds() {
        assert_eq!(limit_of(Some("/api/join/document-requests/{id}/still")), UPLOAD_TIMEOUT);
        assert_eq!(limit_of(Some("/api/visits")), REQUEST_TIMEOUT);
        assert_eq!(limit_of(None), REQUEST_TIMEOUT);
    }
}
