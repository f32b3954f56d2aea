//! One room on loopback with a page to enter it: for trying the SFU with real browsers, without the domain.
//!
//! `cargo run --example loopback [HTTP-ADDRESS] [UDP-ADDRESS]`, then open `/?me=1` and `/?me=2`.

use media::{Command, Config, Event, Identity, Kind, Media, PeerId, RoomId};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

const ROOM: RoomId = RoomId(1);
const MAX_BODY: usize = media::sdp::MAX_SDP_BYTES;

type Offers = Arc<Mutex<HashMap<PeerId, (u32, String)>>>;

struct Response {
    status: &'static str,
    kind: &'static str,
    version: u32,
    body: String,
}

fn text(status: &'static str, body: impl ToString) -> Response {
    Response { status, kind: "text/plain", version: 0, body: body.to_string() }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let http = arguments.next().unwrap_or("127.0.0.1:7000".into());
    let udp = arguments.next().unwrap_or("127.0.0.1:0".into()).parse()?;
    let (media, mut events) = Media::start(Config { listen: vec![udp], advertise: vec![] }, Identity::generate()?)?;
    media.command(Command::OpenRoom { room: ROOM })?;
    let offers = Offers::default();
    let kept = offers.clone();
    std::thread::spawn(move || {
        while let Some(event) = events.blocking_recv() {
            match event {
                Event::Offer { peer, version, offer, .. } => {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).insert(peer, (version, offer));
                }
                event => println!("{event:?}"),
            }
        }
    });
    let listener = TcpListener::bind(&http)?;
    println!("http://{http}/?me=1 and {:?}", media.local_addresses());
    for stream in listener.incoming().flatten() {
        let (media, offers) = (media.clone(), offers.clone());
        std::thread::spawn(move || serve(&stream, &media, &offers));
    }
    Ok(())
}

/// One request per connection.
fn serve(stream: &TcpStream, media: &Media, offers: &Offers) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.take(2 * MAX_BODY as u64));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or("/").split('?').next().unwrap_or("/").to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0).min(MAX_BODY);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let Response { status, kind, version, body } = respond(&path, String::from_utf8_lossy(&body).into(), media, offers);
    let length = body.len();
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n")?;
    write!(stream, "X-Version: {version}\r\nConnection: close\r\n\r\n{body}")
}

fn respond(path: &str, body: String, media: &Media, offers: &Offers) -> Response {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let peer = |name: &str| PeerId(name.parse::<u128>().unwrap_or(0) << 96);
    let done = |taken: Result<(), media::QueueFull>| match taken {
        Ok(()) => text("204 No Content", ""),
        Err(full) => text("503 Service Unavailable", full),
    };
    match segments[..] {
        [""] => {
            Response { status: "200 OK", kind: "text/html", version: 0, body: include_str!("loopback.html").into() }
        }
        ["stats"] => text("200 OK", format!("{:#?}", media.stats())),
        ["publish", name] => {
            let (reply, answer) = oneshot::channel();
            let _ = media.command(Command::Publish { room: ROOM, peer: peer(name), offer: body, reply });
            match answer.blocking_recv() {
                Ok(Ok(answer)) => text("200 OK", answer),
                refused => text("400 Bad Request", format!("{refused:?}")),
            }
        }
        ["subscribe", name] => done(media.command(Command::Subscribe { room: ROOM, peer: peer(name) })),
        ["leave", name] => done(media.command(Command::Leave { room: ROOM, peer: peer(name) })),
        ["forward", on] => done(media.command(Command::SetForwarding { room: ROOM, on: on == "on" })),
        ["mute", name, kind, on] => {
            let kind = if kind == "audio" { Kind::Audio } else { Kind::Video };
            done(media.command(Command::SetMuted { room: ROOM, peer: peer(name), kind, muted: on == "on" }))
        }
        ["offer", name, known] => {
            let offers = offers.lock().unwrap_or_else(PoisonError::into_inner);
            match offers.get(&peer(name)) {
                Some((version, offer)) if version.to_string() != known => {
                    Response { version: *version, ..text("200 OK", offer) }
                }
                _ => text("204 No Content", ""),
            }
        }
        ["answer", name, version] => {
            let (reply, taken) = oneshot::channel();
            let version = version.parse().unwrap_or(0);
            let _ = media.command(Command::Answer { room: ROOM, peer: peer(name), version, answer: body, reply });
            match taken.blocking_recv() {
                Ok(Ok(())) => text("204 No Content", ""),
                refused => text("409 Conflict", format!("{refused:?}")),
            }
        }
        _ => text("404 Not Found", ""),
    }
}
