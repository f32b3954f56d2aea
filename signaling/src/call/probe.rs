//! `reencuentro probe`: takes part in a visit as a relative without a browser, over the real HTTP, websocket and media,
//! and prints as JSON lines what came. For a site's self-test before the day, and for a canary.
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::{SinkExt, StreamExt};
use media::client::{Client, Load};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::protocol::{ClientMessage, SUBPROTOCOL, ServerMessage, Situation};

const USAGE: &str = "reencuentro probe --link http://…/v/TOKEN --code NNNNNN [--url http://…] [--seconds N]";
/// Long enough for an attendant to admit and for figures worth reading.
const SECONDS: u64 = 30;
/// ICE and DTLS take milliseconds on a path that works, seconds on a bad one.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const REPORT_EVERY: Duration = Duration::from_secs(5);

pub struct Args {
    url: url::Url,
    token: String,
    code: String,
    seconds: u64,
}

impl Args {
    pub fn parse(words: &[&str]) -> anyhow::Result<Self> {
        let value = |name: &str| words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied();
        let link: url::Url = value("--link").context(USAGE)?.parse().context("--link")?;
        let token = link.path().strip_prefix("/v/").context("--link is no invitation")?.to_owned();
        let url = value("--url").map_or(Ok(link), str::parse).context("--url")?;
        let seconds = value("--seconds").map_or(Ok(SECONDS), str::parse).context("--seconds")?;
        Ok(Args { url, token, code: value("--code").context(USAGE)?.to_owned(), seconds })
    }
}

#[derive(Deserialize)]
struct RoomToken {
    token: String,
    url: String,
}

/// Joins, sends synthetic sound and picture, and fails unless something of somebody else came.
pub async fn probe(args: Args) -> anyhow::Result<()> {
    let room = enter(&args).await?;
    let mut endpoint = args.url.join(&room.url)?;
    let scheme = if endpoint.scheme() == "https" { "wss" } else { "ws" };
    ensure!(endpoint.set_scheme(scheme).is_ok(), "the address is neither http nor https");
    let mut request = endpoint.as_str().into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
    let (websocket, _) = tokio_tungstenite::connect_async(request).await.context("opening the websocket")?;
    let client = Client::new(bind_address(&args.url)).await?;
    let sent = take_part(websocket, &client, room.token, args.seconds).await;
    let received = report(&client);
    client.close().await?;
    sent?;
    ensure!(received > 0, "nothing came from anybody");
    Ok(())
}

/// Loopback reaches only itself; from anywhere else the system chooses.
fn bind_address(url: &url::Url) -> IpAddr {
    match url.host_str() {
        Some("localhost" | "127.0.0.1") => Ipv4Addr::LOCALHOST.into(),
        _ => Ipv4Addr::UNSPECIFIED.into(),
    }
}

async fn enter(args: &Args) -> anyhow::Result<RoomToken> {
    let http = reqwest::Client::new();
    let redeem = json!({ "token": args.token, "code": args.code });
    let joined = http.post(args.url.join("/api/join/redeem")?).json(&redeem).send().await?;
    let status = joined.status();
    let cookie = joined.headers().get("set-cookie").and_then(|value| value.to_str().ok()).map(str::to_owned);
    ensure!(status.is_success(), "the link does not open: {status} {}", joined.text().await?);
    let cookie = cookie.context("no seat was given")?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    say("joined", json!({}));
    let token = http.post(args.url.join("/api/room-token")?).header("cookie", cookie).json(&json!({ "visit": null }));
    let answer = token.send().await?;
    let status = answer.status();
    ensure!(status.is_success(), "no room token: {status} {}", answer.text().await?);
    Ok(answer.json().await?)
}

async fn take_part<S>(mut websocket: S, client: &Client, token: String, seconds: u64) -> anyhow::Result<()>
where
    S: StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>>
        + SinkExt<Message, Error = tokio_tungstenite::tungstenite::Error>
        + Unpin,
{
    websocket.send(frame(&ClientMessage::Hello { token })?).await?;
    let over = tokio::time::sleep(Duration::from_secs(seconds));
    tokio::pin!(over);
    let mut reports = tokio::time::interval(REPORT_EVERY);
    let (mut has_published, mut sending) = (false, Vec::new());
    let outcome = loop {
        let message = tokio::select! {
            () = &mut over => break websocket.send(frame(&ClientMessage::Leave {})?).await.map_err(Into::into),
            _ = reports.tick() => { report(client); continue; }
            message = websocket.next() => message,
        };
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_)) | Err(_)) | None => break Err(anyhow::anyhow!("the websocket was closed")),
            Some(Ok(_)) => continue,
        };
        match serde_json::from_str(text.as_str()).context("a frame that the protocol does not know")? {
            ServerMessage::State(state) => {
                say("state", json!({ "state": state.state, "participants": state.participants.len() }));
                let is_inside = matches!(state.state, Situation::Admitted | Situation::Alone | Situation::Live);
                if is_inside && !has_published {
                    has_published = true;
                    websocket.send(frame(&ClientMessage::Publish { offer: client.offer().await? })?).await?;
                    websocket.send(frame(&ClientMessage::Subscribe {})?).await?;
                }
            }
            ServerMessage::Published { answer } => {
                client.accept_answer(&answer).await?;
                // What is written before the connection stands ends the sender.
                let connected = tokio::time::timeout(CONNECT_WITHIN, client.publisher_connected()).await;
                ensure!(connected == Ok(true), "the media path does not open");
                say("publishing", json!({}));
                sending = client.send(Load::default());
            }
            ServerMessage::Offer { version, offer } => {
                let answer = client.answer(&offer).await?;
                websocket.send(frame(&ClientMessage::Answer { version, answer })?).await?;
            }
            ServerMessage::Error { code, fatal: true } => break Err(anyhow::anyhow!("refused: {}", code.as_str())),
            ServerMessage::Error { code, .. } => say("error", json!({ "code": code })),
            ServerMessage::Ended {} => break Ok(()),
            _ => {}
        }
    };
    for task in sending {
        task.abort();
    }
    outcome
}

fn frame(message: &ClientMessage) -> anyhow::Result<Message> {
    Ok(Message::text(serde_json::to_string(message)?))
}

/// Prints what has come so far; packets in all.
fn report(client: &Client) -> u64 {
    let received = client.received();
    for track in &received {
        let of = json!({ "from": track.owner.to_string(), "kind": track.kind.as_str(), "packets": track.packets,
            "bytes": track.bytes, "missing": track.missing });
        say("received", of);
    }
    received.iter().map(|track| track.packets).sum()
}

fn say(what: &str, mut line: Value) {
    line["event"] = what.into();
    println!("{line}");
}
