//! One websocket: hello, then frames in both directions, each side bounded. It knows the room's mailbox and nothing of
//! what happens in it.
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::actions;
use super::events::SocketId;
use super::protocol::{ClientMessage, ErrorCode, MAX_FRAME_BYTES, ServerMessage};
use super::room::{CloseCode, Mail, Outgoing, Wire, count_refusal};
use crate::app::App;
use crate::id::ParticipantId;

const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// The server's own ping; browsers answer by themselves.
const PING_EVERY: Duration = Duration::from_secs(5);
/// Nothing at all heard for three pings: the path is dead.
const SILENT_FOR: Duration = Duration::from_secs(15);
/// Messages that may wait for a client; a state is below 2 KiB, so this is minutes of an ordinary call.
const OUTGOING: usize = 64;
/// A client that does not take one frame in this time is gone.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// Messages at once, and then one per interval: negotiation comes in bursts, people do not.
const BURST: SignedDuration = SignedDuration::from_secs(3);
const INTERVAL: SignedDuration = SignedDuration::from_millis(50);
/// Whoever goes on after so many refusals is no client of ours.
const MAX_REFUSED: u32 = 100;

/// A frame as it comes.
pub enum Incoming {
    Text(String),
    Binary,
    /// A ping or a pong: somebody is there.
    Alive,
}

/// A frame as it goes.
pub enum Frame {
    Text(String),
    Ping,
    Close(u16),
}

pub async fn serve<R, W>(app: App, mut incoming: R, outgoing: W)
where
    R: Stream<Item = Incoming> + Unpin + Send,
    W: Sink<Frame> + Unpin + Send + 'static,
{
    let (sender, queued) = mpsc::channel(OUTGOING);
    let wire = Wire { outgoing: sender, too_slow: CancellationToken::new() };
    let too_slow = wire.too_slow.clone();
    let writer = tokio::spawn(write(outgoing, queued, too_slow.clone()));
    match enter(&app, &mut incoming, &wire).await {
        Ok(entered) => {
            // The room holds the only way to this client now: when it lets go, the socket closes.
            drop(wire);
            read(&app, incoming, entered, too_slow).await;
        }
        Err(code) => refuse(&wire, code),
    }
    let _ = tokio::time::timeout(SEND_WITHIN * 2, writer).await;
}

struct Entered {
    participant: ParticipantId,
    socket: SocketId,
    mailbox: mpsc::Sender<Mail>,
    /// For refusals of frames that the room never sees.
    outgoing: mpsc::WeakSender<Outgoing>,
}

async fn enter<R: Stream<Item = Incoming> + Unpin>(
    app: &App,
    incoming: &mut R,
    wire: &Wire,
) -> Result<Entered, ErrorCode> {
    let first = tokio::time::timeout(HELLO_WITHIN, first_text(incoming)).await;
    let text = first.ok().flatten().ok_or(ErrorCode::HelloExpected)?;
    let token = match parse(&text) {
        Ok(ClientMessage::Hello { token }) => token,
        Err(ErrorCode::TooLarge) => return Err(ErrorCode::TooLarge),
        Ok(_) | Err(_) => return Err(ErrorCode::HelloExpected),
    };
    let ticket = actions::accept_token(app, &token).await?;
    let socket = app.calls.new_socket();
    let mailbox = app.calls.join(app, ticket, socket, wire.clone())?;
    Ok(Entered { participant: ticket.participant, socket, mailbox, outgoing: wire.outgoing.downgrade() })
}

async fn first_text<R: Stream<Item = Incoming> + Unpin>(incoming: &mut R) -> Option<String> {
    loop {
        match incoming.next().await? {
            Incoming::Text(text) => return Some(text),
            Incoming::Binary => return None,
            Incoming::Alive => {}
        }
    }
}

fn parse(text: &str) -> Result<ClientMessage, ErrorCode> {
    if text.len() > MAX_FRAME_BYTES {
        return Err(ErrorCode::TooLarge);
    }
    serde_json::from_str(text).map_err(|_| ErrorCode::Malformed)
}

/// Until the client goes, is too slow, or breaks the rules.
async fn read<R: Stream<Item = Incoming> + Unpin>(
    app: &App,
    mut incoming: R,
    entered: Entered,
    too_slow: CancellationToken,
) {
    let mut allowance = Allowance { until: app.clock.now() };
    let mut refused = 0;
    loop {
        let frame = tokio::select! {
            frame = tokio::time::timeout(SILENT_FOR, incoming.next()) => frame.ok().flatten(),
            () = too_slow.cancelled() => None,
        };
        let message = match frame {
            None => break,
            Some(Incoming::Alive) => continue,
            Some(Incoming::Binary) => Err(ErrorCode::Malformed),
            Some(Incoming::Text(_)) if !allowance.spend(app.clock.now()) => Err(ErrorCode::SlowDown),
            Some(Incoming::Text(text)) => parse(&text),
        };
        match message {
            Ok(message) => {
                let said = Mail::Said { participant: entered.participant, socket: entered.socket, message };
                // A full mailbox slows this client down, and nobody else.
                if entered.mailbox.send(said).await.is_err() {
                    break;
                }
            }
            Err(code) => {
                refused += 1;
                let Some(outgoing) = entered.outgoing.upgrade() else { break };
                let wire = Wire { outgoing, too_slow: too_slow.clone() };
                let is_last = code.is_fatal() || refused > MAX_REFUSED;
                count_refusal(code);
                wire.send(Outgoing::Message(ServerMessage::Error { code, fatal: is_last }));
                if is_last {
                    wire.send(Outgoing::HangUp(close_code(code)));
                    break;
                }
            }
        }
    }
    let dropped = Mail::Dropped { participant: entered.participant, socket: entered.socket };
    let _ = entered.mailbox.send(dropped).await;
}

fn refuse(wire: &Wire, code: ErrorCode) {
    count_refusal(code);
    wire.send(Outgoing::Message(ServerMessage::error(code)));
    wire.send(Outgoing::HangUp(close_code(code)));
}

fn close_code(code: ErrorCode) -> CloseCode {
    match code {
        ErrorCode::TooLarge => CloseCode::TooLarge,
        ErrorCode::ServerRestarting => CloseCode::Restarting,
        ErrorCode::Unavailable | ErrorCode::TooSlow => CloseCode::TryAgain,
        ErrorCode::Replaced => CloseCode::Replaced,
        _ => CloseCode::Refused,
    }
}

async fn write<W: Sink<Frame> + Unpin>(
    mut outgoing: W,
    mut queued: mpsc::Receiver<Outgoing>,
    too_slow: CancellationToken,
) {
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        let frame = tokio::select! {
            biased;
            () = too_slow.cancelled() => break close(&mut outgoing, Some(ErrorCode::TooSlow), CloseCode::TryAgain).await,
            next = queued.recv() => match next {
                Some(Outgoing::Message(message)) => text(&message),
                Some(Outgoing::HangUp(code)) => break close(&mut outgoing, None, code).await,
                None => break close(&mut outgoing, Some(ErrorCode::Unavailable), CloseCode::TryAgain).await,
            },
            _ = ping.tick() => Frame::Ping,
        };
        match tokio::time::timeout(SEND_WITHIN, outgoing.send(frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => break,
            Err(_) => too_slow.cancel(),
        }
    }
}

async fn close<W: Sink<Frame> + Unpin>(outgoing: &mut W, why: Option<ErrorCode>, code: CloseCode) {
    let farewell = async {
        if let Some(why) = why {
            count_refusal(why);
            outgoing.send(text(&ServerMessage::error(why))).await?;
        }
        outgoing.send(Frame::Close(code as u16)).await
    };
    // Whoever does not take even this is gone.
    let _ = tokio::time::timeout(SEND_WITHIN, farewell).await;
}

fn text(message: &ServerMessage) -> Frame {
    Frame::Text(serde_json::to_string(message).expect("our own messages have string keys and finite numbers"))
}

/// Messages said up to here fill the allowance.
struct Allowance {
    until: Timestamp,
}

impl Allowance {
    fn spend(&mut self, now: Timestamp) -> bool {
        let until = self.until.max(now) + INTERVAL;
        let is_allowed = until.duration_since(now) <= BURST;
        if is_allowed {
            self.until = until;
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_floods_is_slowed_down_and_then_heard_again() {
        let start: Timestamp = "2026-11-23T17:00:00Z".parse().expect("a valid instant");
        let mut allowance = Allowance { until: start };
        let heard = (0..1000).filter(|_| allowance.spend(start)).count();
        assert_eq!(heard, 60);
        assert!(!allowance.spend(start));
        assert!(allowance.spend(start + INTERVAL));
    }

    #[test]
    fn a_frame_that_is_no_message_is_malformed_and_a_long_one_too_large() {
        for text in
            ["", "null", "[]", "{}", r#"{"type":"admit_me"}"#, r#"{"type":"publish"}"#, "{\"type\":\"ping\",\"n\":-1}"]
        {
            assert_eq!(parse(text), Err(ErrorCode::Malformed), "{text}");
        }
        let long = format!(r#"{{"type":"publish","offer":"{}"}}"#, "a".repeat(MAX_FRAME_BYTES));
        assert_eq!(parse(&long), Err(ErrorCode::TooLarge));
        assert_eq!(parse(r#"{"type":"ping","n":7}"#), Ok(ClientMessage::Ping { n: 7 }));
    }
}
