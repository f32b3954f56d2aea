//! Is it alive, is it ready, how does it do.
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::app::App;
use crate::http::limit::ThisMachine;
use crate::telemetry;

pub fn router() -> Router<App> {
    Router::new().route("/health", get(|| async { "ok" })).route("/ready", get(ready)).route("/metrics", get(metrics))
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match sqlx::query("select 1").execute(app.db.pool()).await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database"),
    }
}

/// How often each route was refused tells of shields and guesses: for who runs this machine alone.
async fn metrics(_here: ThisMachine) -> String {
    telemetry::prometheus().render()
}
