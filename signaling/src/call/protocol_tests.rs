//! The frames, against the schema that the API's description gives, and against the page that tells strangers about them.
use serde_json::{Value, json};
use utoipa::OpenApi;
use uuid::Uuid;

use super::*;

#[derive(OpenApi)]
#[openapi(components(schemas(ClientMessage, ServerMessage)))]
struct Frames;

fn schema_of(name: &str) -> jsonschema::Validator {
    let document = serde_json::to_value(Frames::openapi()).expect("the description is JSON");
    let schema = json!({ "$ref": format!("#/components/schemas/{name}"), "components": document["components"] });
    jsonschema::validator_for(&schema).expect("a schema")
}

fn id(n: u128) -> PublicId {
    PublicId(Uuid::from_u128(n))
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a valid instant")
}

fn client_messages() -> Vec<ClientMessage> {
    vec![
        ClientMessage::Hello { token: "a.b.c".into() },
        ClientMessage::Publish { offer: "v=0".into() },
        ClientMessage::Subscribe {},
        ClientMessage::Answer { version: 3, answer: "v=0".into() },
        ClientMessage::Mute { kind: MediaKind::Video, muted: true },
        ClientMessage::Chat { text: "hola".into() },
        ClientMessage::Ping { n: 7 },
        ClientMessage::Leave {},
        ClientMessage::End {},
    ]
}

fn server_messages() -> Vec<ServerMessage> {
    let seen = |n, me| Seen {
        id: id(n),
        kind: ParticipantKind::Contact,
        seat: SeatKind::Link,
        me,
        present: true,
        audio: true,
        video: false,
    };
    let welcome = Welcome {
        participant: id(1),
        visit_type: VisitType::Family,
        starts_at: at("2026-11-23T17:00:00Z"),
        ends_at: at("2026-11-23T17:30:00Z"),
        now: at("2026-11-23T16:59:58.25Z"),
        recorded: false,
        code_phrase: vec!["moon".into(), "basket".into()],
        check_number: "+525500000000".into(),
        ice: Ice::default(),
    };
    let state = RoomState {
        state: Situation::Live,
        participants: vec![seen(1, true), seen(2, false)],
        ends_at: at("2026-11-23T17:30:00Z"),
    };
    let mut messages = vec![
        ServerMessage::Welcome(welcome),
        ServerMessage::State(state),
        ServerMessage::Published { answer: "v=0".into() },
        ServerMessage::Offer { version: 3, offer: "v=0".into() },
        ServerMessage::Chat { from: id(2), text: "hola".into(), at: at("2026-11-23T17:01:00Z") },
        ServerMessage::Pong { n: 7 },
        ServerMessage::DocumentAsked { request: id(3), document: Document::NationalId, side: DocumentSide::Back },
        ServerMessage::DocumentStored { request: id(3), evidence: id(4), sha256: "0".repeat(64) },
        ServerMessage::DocumentRefused { request: id(3) },
        ServerMessage::Ended {},
    ];
    messages.extend(ErrorCode::ALL.iter().map(|code| ServerMessage::error(*code)));
    messages
}

/// Adding a variant and forgetting it above does not compile.
fn name_of_client(message: &ClientMessage) -> &'static str {
    match message {
        ClientMessage::Hello { .. } => "hello",
        ClientMessage::Publish { .. } => "publish",
        ClientMessage::Subscribe {} => "subscribe",
        ClientMessage::Answer { .. } => "answer",
        ClientMessage::Mute { .. } => "mute",
        ClientMessage::Chat { .. } => "chat",
        ClientMessage::Ping { .. } => "ping",
        ClientMessage::Leave {} => "leave",
        ClientMessage::End {} => "end",
    }
}

fn name_of_server(message: &ServerMessage) -> &'static str {
    match message {
        ServerMessage::Welcome(_) => "welcome",
        ServerMessage::State(_) => "state",
        ServerMessage::Published { .. } => "published",
        ServerMessage::Offer { .. } => "offer",
        ServerMessage::Chat { .. } => "chat",
        ServerMessage::Pong { .. } => "pong",
        ServerMessage::DocumentAsked { .. } => "document_asked",
        ServerMessage::DocumentStored { .. } => "document_stored",
        ServerMessage::DocumentRefused { .. } => "document_refused",
        ServerMessage::Ended {} => "ended",
        ServerMessage::Error { .. } => "error",
    }
}

/// The frame as it goes, after it was found valid, named as the page names it, and the same after a round trip.
fn checked<T>(schema: &jsonschema::Validator, message: &T, name: &str) -> Value
where
    T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let frame = serde_json::to_value(message).expect("frames are JSON");
    let faults: Vec<String> = schema.iter_errors(&frame).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{frame}: {faults:?}");
    assert_eq!(frame["type"], name);
    assert_eq!(&serde_json::from_value::<T>(frame.clone()).expect("reads back"), message);
    frame
}

#[test]
fn every_frame_is_what_its_schema_says() {
    let (client, server) = (schema_of("ClientMessage"), schema_of("ServerMessage"));
    for message in client_messages() {
        checked(&client, &message, name_of_client(&message));
    }
    for message in server_messages() {
        checked(&server, &message, name_of_server(&message));
    }
}

#[test]
fn the_schema_refuses_what_is_no_frame() {
    let server = schema_of("ServerMessage");
    let broken = [
        json!({ "type": "state", "state": "almost", "participants": [], "ends_at": "2026-11-23T17:30:00Z" }),
        json!({ "type": "state", "state": "live", "participants": [] }),
        json!({ "type": "error", "code": "because", "fatal": false }),
        json!({ "type": "offer", "version": -1, "offer": "v=0" }),
        json!({ "type": "admitted" }),
        json!({}),
    ];
    for frame in broken {
        assert!(!server.is_valid(&frame), "{frame}");
    }
    let client = schema_of("ClientMessage");
    assert!(!client.is_valid(&json!({ "type": "hello" })));
    assert!(!client.is_valid(&json!({ "type": "mute", "kind": "screen", "muted": true })));
}

const PAGE: &str = include_str!("../../PROTOCOL.md");
const SOURCE: &[u8] = include_bytes!("protocol.rs");

#[test]
fn the_page_was_read_again_after_the_last_change_of_the_frames() {
    let hash = crate::db::hex(&crate::secret::sha256(SOURCE));
    let line = format!("SHA-256 of `src/call/protocol.rs`: `{hash}`");
    assert!(PAGE.contains(&line), "read PROTOCOL.md against the change, then write into it: {line}");
}

#[test]
fn the_page_tells_of_every_frame_and_every_code() {
    let clients = client_messages();
    let servers = server_messages();
    let frames = clients.iter().map(name_of_client).chain(servers.iter().map(name_of_server));
    let words = frames.chain(ErrorCode::ALL.iter().map(|code| code.as_str()));
    for word in words {
        assert!(PAGE.contains(&format!("`{word}`")), "{word} is not in PROTOCOL.md");
    }
}

#[test]
fn every_example_of_the_page_is_a_frame() {
    let (client, server) = (schema_of("ClientMessage"), schema_of("ServerMessage"));
    let examples: Vec<(&str, &str)> = PAGE.lines().filter_map(|line| line.split_once(' ')).collect();
    let examples = examples.into_iter().filter(|(arrow, _)| matches!(*arrow, "→" | "←"));
    let mut count = 0;
    for (arrow, text) in examples {
        let frame: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let schema = if arrow == "→" { &client } else { &server };
        let faults: Vec<String> = schema.iter_errors(&frame).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{arrow} {text}: {faults:?}");
        count += 1;
    }
    assert!(count >= 20, "only {count} examples");
}
