//! How an SMS leaves. Two ways: the local outbox, where staff see it, and a gateway over HTTP.
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use crate::config::SmsGateway;

/// A gateway that takes longer is asked again by the job.
const TIMEOUT: Duration = Duration::from_secs(10);

pub enum Gateway {
    /// Nothing leaves this machine; the desk's outbox shows the text and the link.
    Outbox,
    Http {
        client: reqwest::Client,
        gateway: SmsGateway,
    },
}

/// The one shape that an SMS gateway must take: `POST url` with `Authorization: Bearer …`; any 2xx means accepted.
/// `id` is the same for every try of one message, so that a gateway can drop a repetition.
#[derive(Serialize)]
struct Sms<'a> {
    id: String,
    to: &'a str,
    text: &'a str,
}

impl Gateway {
    pub fn new(config: Option<&SmsGateway>) -> anyhow::Result<Self> {
        let Some(gateway) = config else { return Ok(Gateway::Outbox) };
        let client =
            reqwest::Client::builder().timeout(TIMEOUT).build().context("building the SMS gateway's client")?;
        Ok(Gateway::Http { client, gateway: gateway.clone() })
    }

    /// True where staff must still be able to show the link, because nothing carried it.
    pub fn is_local(&self) -> bool {
        matches!(self, Gateway::Outbox)
    }

    /// Accepted, or an error that quotes neither number nor text.
    pub async fn send(&self, id: uuid::Uuid, to: &str, text: &str) -> anyhow::Result<()> {
        let Gateway::Http { client, gateway } = self else { return Ok(()) };
        let sms = Sms { id: id.to_string(), to, text };
        let request = client.post(gateway.url.clone()).bearer_auth(&gateway.token).json(&sms);
        let response = request
            .send()
            .await
            .map_err(|error| anyhow::anyhow!("the SMS gateway does not answer: {}", error.without_url()))?;
        anyhow::ensure!(response.status().is_success(), "the SMS gateway answered {}", response.status());
        Ok(())
    }
}
