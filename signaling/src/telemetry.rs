//! Logs without names, and figures for Prometheus. Audit is a table, not a log.
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Bounds of the latency histogram, in seconds: what a person feels, and what a page waits for.
const LATENCY_S: &[f64] = &[0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// JSON lines to standard error; `REENCUENTRO_LOG` narrows or widens (`info` by default).
pub fn log_to_stderr() {
    let filter = filter(std::env::var("REENCUENTRO_LOG").ok().as_deref());
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Libraries that write down what passes through them (frames with chat and tokens, requests, statements) stay as quiet
/// as this, however much somebody asks for. DTLS warns of every stray datagram; an open port gets many.
const QUIET: [&str; 7] = [
    "tungstenite=info",
    "tokio_tungstenite=info",
    "hyper=info",
    "sqlx=warn",
    "rtc=warn",
    "rtc_dtls=error",
    "webrtc=warn",
];

/// What is logged, as asked for; what cannot be read is as if nothing was asked.
pub fn filter(asked: Option<&str>) -> EnvFilter {
    let asked = asked.and_then(|asked| EnvFilter::try_new(asked).ok()).unwrap_or_else(|| EnvFilter::new("info"));
    QUIET.iter().fold(asked, |filter, quiet| filter.add_directive(quiet.parse().expect("a constant directive")))
}

/// One recorder per process; a second server in the same process (tests) shares it.
pub fn prometheus() -> PrometheusHandle {
    static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full("http_request_seconds".into()), LATENCY_S)
                .expect("the bounds are not empty")
                .install_recorder()
                .expect("nobody else installs a recorder")
        })
        .clone()
}

/// Counts by route template, so that no id and no token becomes a label.
pub async fn measure(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("http_requests_total", "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!("http_request_seconds", "route" => route).record(start.elapsed().as_secs_f64());
    response
}
