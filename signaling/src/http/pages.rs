//! The built web faces: hashed assets kept for a year, pages never.
use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::compression::CompressionLayer;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use super::Problem;

const FOR_A_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NEVER: HeaderValue = HeaderValue::from_static("no-store");

pub fn router(web: &Path) -> Router {
    let assets = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, FOR_A_YEAR))
        .service(ServeDir::new(web.join("assets")).precompressed_br());
    let page = |file: &str| {
        ServiceBuilder::new()
            .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, NEVER))
            .service(ServeFile::new(web.join(file)))
    };
    Router::new()
        .nest_service("/assets", assets)
        .route_service("/desk", page("desk.html"))
        .route_service("/desk/", page("desk.html"))
        .route_service("/kiosk", page("kiosk.html"))
        .route_service("/kiosk/", page("kiosk.html"))
        .route_service("/v/{token}", page("join.html"))
        .route_service("/v/{token}/", page("join.html"))
        .route_service("/", page("index.html"))
        .layer(CompressionLayer::new())
}

/// Under `/api/` an unknown path is answered like everything else there; elsewhere a person typed it and finds the start.
pub fn no_such_path(web: &Path) -> MethodRouter {
    let start = ServeFile::new(web.join("index.html"));
    any(|request: Request| async move {
        if request.uri().path().starts_with("/api/") {
            return Problem::not_found().into_response();
        }
        let Ok(mut page) = start.oneshot(request).await;
        *page.status_mut() = StatusCode::NOT_FOUND;
        page.headers_mut().insert(header::CACHE_CONTROL, NEVER);
        page.into_response()
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn get(path: &str) -> (StatusCode, String) {
        let web = tempfile::tempdir().expect("a folder");
        for page in ["index", "desk", "kiosk", "join"] {
            std::fs::write(web.path().join(format!("{page}.html")), page).expect("our own folder");
        }
        let pages = router(web.path()).fallback(no_such_path(web.path()));
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = pages.oneshot(request).await.expect("infallible");
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1000).await.expect("a short body");
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_face_is_found_with_and_without_its_last_stroke() {
        for (path, page) in
            [("/desk", "desk"), ("/desk/", "desk"), ("/kiosk", "kiosk"), ("/v/a", "join"), ("/v/a/", "join")]
        {
            assert_eq!(get(path).await, (StatusCode::OK, page.to_owned()), "{path}");
        }
    }

    #[tokio::test]
    async fn a_mistyped_path_leads_to_the_start_and_an_unknown_one_of_the_api_to_a_problem() {
        assert_eq!(get("/escritorio").await, (StatusCode::NOT_FOUND, "index".to_owned()));
        let (status, body) = get("/api/escritorio").await;
        assert!(status == StatusCode::NOT_FOUND && body.contains("not_found"), "{body}");
    }
}
