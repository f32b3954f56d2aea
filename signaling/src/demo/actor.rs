//! Somebody at a browser, without the browser: sends requests to the real router and keeps the cookies.
//! The demo world is made with it, and the story tests act with it; neither has another way in.
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// The largest answer an actor reads; a package with stills may be that large.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

#[derive(Clone)]
pub struct Actor {
    router: Router,
    cookies: Vec<(String, String)>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn ok(self) -> anyhow::Result<Value> {
        anyhow::ensure!(self.status.is_success(), "{} {}", self.status, String::from_utf8_lossy(&self.bytes));
        Ok(self.json())
    }
}

impl Actor {
    pub fn new(router: Router) -> Self {
        Actor { router, cookies: vec![] }
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, Body::empty(), &[]).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, Body::from(body.to_string()), &[("content-type", "application/json")]).await
    }

    pub async fn put(&mut self, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        self.send(Method::PUT, path, Body::from(body), headers).await
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Body,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let (parts, body) = self.exchange(method, path, body, headers).await?.into_parts();
        let bytes = http_body_util::Limited::new(body, MAX_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|error| anyhow::anyhow!(error))?;
        Ok(Answer { status: parts.status, headers: parts.headers, bytes: bytes.to_bytes().to_vec() })
    }

    /// An answer whose body goes on: a stream of events.
    pub async fn open(&mut self, path: &str) -> anyhow::Result<Response> {
        self.exchange(Method::GET, path, Body::empty(), &[]).await
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        body: Body,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Response> {
        let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, line.join("; "));
        }
        let response = self.router.clone().oneshot(request.body(body)?).await?;
        self.keep_cookies(response.headers());
        Ok(response)
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}
