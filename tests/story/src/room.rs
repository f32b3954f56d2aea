//! The server on a port of its own, and a websocket into a room, as a page would open it.
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reencuentro::demo::Actor;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::World;
use crate::office::id;

/// Longer than anything takes on a busy machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Server {
    pub address: SocketAddr,
}

impl Server {
    pub async fn of(world: &World) -> Server {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let router = world.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Server { address }
    }
}

/// A token for a visit's official, or for the seat of this browser.
pub async fn room_token(actor: &mut Actor, visit: Option<&Value>) -> String {
    let body = json!({ "visit": visit.map(id) });
    let answer = actor.post("/api/room-token", body).await.expect("an answer").ok().expect("a token");
    answer["token"].as_str().expect("a token").to_owned()
}

pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub async fn connects(server: &Server) -> Socket {
        let mut request = format!("ws://{}/api/room", server.address).into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", "reencuentro.v1".parse().expect("a header"));
        request.headers_mut().insert("sec-fetch-site", "same-origin".parse().expect("a header"));
        let stream = TcpStream::connect(server.address).await.expect("the server listens");
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("a websocket");
        Socket(socket)
    }

    /// Connected and through the hello.
    pub async fn enters(server: &Server, token: &str) -> Socket {
        let mut socket = Socket::connects(server).await;
        socket.says(json!({ "type": "hello", "token": token })).await;
        socket.hears("welcome").await;
        socket
    }

    pub async fn says(&mut self, frame: Value) {
        self.sends(&frame.to_string()).await;
    }

    pub async fn sends(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("an open websocket");
    }

    /// The next frame of the server, whatever it is; none once the socket is closed.
    pub async fn next(&mut self) -> Option<Value> {
        // Over all of them: the server's own pings say nothing.
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let frame = tokio::time::timeout_at(until, self.0.next()).await.expect("the server says something")?;
            match frame.ok()? {
                Message::Text(text) => return Some(serde_json::from_str(&text).expect("frames are JSON")),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next frame of this type; others in between are passed over.
    pub async fn hears(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed while waiting for {kind}"));
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// The first state that reads so.
    pub async fn hears_state(&mut self, state: &str) -> Value {
        loop {
            let frame = self.hears("state").await;
            if frame["state"] == state {
                return frame;
            }
        }
    }

    /// The code of the next error.
    pub async fn hears_error(&mut self) -> String {
        self.hears("error").await["code"].as_str().expect("a code").to_owned()
    }

    /// Everything up to a pong of our own: what was said before has been answered by then.
    pub async fn settles(&mut self) -> Vec<Value> {
        self.says(json!({ "type": "ping", "n": 4711 })).await;
        let mut heard = vec![];
        loop {
            let frame = self.next().await.expect("an open websocket");
            if frame["type"] == "pong" {
                return heard;
            }
            heard.push(frame);
        }
    }

    /// The code with which the server closed it; frames before that are passed over.
    pub async fn close_code(&mut self) -> Option<u16> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let frame = tokio::time::timeout_at(until, self.0.next()).await.expect("the server closes it")?;
            if let Message::Close(why) = frame.ok()? {
                return why.map(|why| why.code.into());
            }
        }
    }

    pub async fn is_closed(&mut self) -> bool {
        while self.next().await.is_some() {}
        true
    }
}
