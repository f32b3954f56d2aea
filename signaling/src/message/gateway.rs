//! How an SMS leaves: a trait with two ways, the local outbox, where staff see it, and a gateway over HTTP.
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use crate::config::SmsGateway;

/// One message on its way. No `Debug`: it is a number and a text for one person.
pub struct Sms<'a> {
    /// The same for every try, so that a gateway can drop a repetition.
    pub id: Uuid,
    /// E.164.
    pub to: &'a str,
    pub text: &'a str,
}

/// Why a message did not leave. Quotes neither number nor text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// May go better in a moment: no answer, overload, a fault there.
    #[error("the SMS gateway cannot take it now: {0}")]
    Later(String),
    /// Will be refused again: a number that is none, a sender that is not allowed.
    #[error("the SMS gateway refuses it: {0}")]
    Never(StatusCode),
}

pub trait Gateway: Send + Sync {
    /// True where staff must still be able to show the link, because nothing carried it.
    fn is_local(&self) -> bool;
    /// Accepted, or why not.
    fn send<'a>(&'a self, sms: Sms<'a>) -> BoxFuture<'a, Result<(), NotSent>>;
}

/// The one that the configuration names.
pub fn of_config(config: Option<&SmsGateway>) -> Result<Arc<dyn Gateway>, reqwest::Error> {
    Ok(match config {
        None => Arc::new(Outbox),
        Some(gateway) => Arc::new(Http::new(gateway.clone())?),
    })
}

/// Nothing leaves this machine; the desk's outbox shows the text and the link.
struct Outbox;

impl Gateway for Outbox {
    fn is_local(&self) -> bool {
        true
    }
    fn send<'a>(&'a self, _sms: Sms<'a>) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// An SMS gateway over HTTP, in one generic shape; an operator whose provider speaks another puts a few lines between.
struct Http {
    client: reqwest::Client,
    gateway: SmsGateway,
}

/// `POST url` with `Authorization: Bearer …`. 2xx: accepted. 408, 425, 429 and 5xx: asked again. All else: refused.
#[derive(Serialize)]
struct Posted<'a> {
    id: Uuid,
    to: &'a str,
    text: &'a str,
}

impl Http {
    fn new(gateway: SmsGateway) -> Result<Self, reqwest::Error> {
        // A redirect would carry the number and the token to somebody whom nobody named.
        let redirects = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().timeout(gateway.timeout).redirect(redirects).build()?;
        Ok(Http { client, gateway })
    }
}

impl Gateway for Http {
    fn is_local(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, sms: Sms<'a>) -> BoxFuture<'a, Result<(), NotSent>> {
        let posted = Posted { id: sms.id, to: sms.to, text: sms.text };
        let request = self.client.post(self.gateway.url.clone()).bearer_auth(&self.gateway.token).json(&posted);
        Box::pin(async move {
            let answered = request.send().await.map_err(|error| NotSent::Later(error.without_url().to_string()))?;
            judge(answered.status())
        })
    }
}

fn judge(status: StatusCode) -> Result<(), NotSent> {
    let may_pass = status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    match status {
        accepted if accepted.is_success() => Ok(()),
        busy if may_pass => Err(NotSent::Later(busy.to_string())),
        refused => Err(NotSent::Never(refused)),
    }
}
