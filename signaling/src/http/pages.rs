//! The built web faces: hashed assets kept for a year, pages never.
use std::path::Path;

use axum::Router;
use axum::http::{HeaderValue, header};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

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
        .route_service("/desk/", page("desk.html"))
        .route_service("/kiosk/", page("kiosk.html"))
        .route_service("/v/{token}", page("join.html"))
        .route_service("/", page("index.html"))
        .layer(CompressionLayer::new())
}
