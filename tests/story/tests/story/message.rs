//! An SMS leaves by a gateway over HTTP, or does not, and nobody reads the number in a log.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use reencuentro::config::SmsGateway;
use serde_json::{Value, json};
use story::office::Office;
use story::visit::family_visit;
use story::{Actor, World};

const TIMEOUT: Duration = Duration::from_millis(500);

/// A gateway on this machine: answers in turn what it is told to, the last one for ever, and keeps what it was sent.
#[derive(Clone)]
struct Gateway {
    answers: Arc<Mutex<Vec<u16>>>,
    received: Arc<Mutex<Vec<(String, Value)>>>,
}

/// Instead of a status: no answer at all.
const SILENCE: u16 = 0;

async fn receive(State(gateway): State<Gateway>, headers: HeaderMap, Json(sms): Json<Value>) -> StatusCode {
    let bearer = headers["authorization"].to_str().unwrap().to_owned();
    gateway.received.lock().unwrap().push((bearer, sms));
    let answer = {
        let mut answers = gateway.answers.lock().unwrap();
        if answers.len() > 1 { answers.remove(0) } else { answers[0] }
    };
    if answer == SILENCE {
        tokio::time::sleep(TIMEOUT * 4).await;
    }
    StatusCode::from_u16(answer).unwrap_or(StatusCode::OK)
}

impl Gateway {
    async fn answering(answers: &[u16]) -> (Gateway, World) {
        let gateway = Gateway { answers: Arc::new(Mutex::new(answers.to_vec())), received: Arc::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/sms", listener.local_addr().unwrap()).parse().unwrap();
        let router = Router::new().route("/sms", post(receive)).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let sms = SmsGateway { url, token: "token-de-prueba".into(), timeout: TIMEOUT };
        let world = World::with(1, |config| config.sms_gateway = Some(sms)).await;
        (gateway, world)
    }

    fn received(&self) -> Vec<(String, Value)> {
        self.received.lock().unwrap().clone()
    }
}

async fn sms(staff: &mut Actor) -> Value {
    let messages = staff.get("/api/messages").await.unwrap().ok().expect("the outbox");
    messages.as_array().unwrap().iter().find(|one| one["channel"] == "sms").expect("an SMS").clone()
}

async fn attempts(world: &World) -> i32 {
    let sql = "select attempts from messages where channel = 'sms'";
    sqlx::query_scalar(sql).fetch_one(&world.behind().await).await.expect("one SMS")
}

#[tokio::test]
async fn a_gateway_that_accepts_carries_number_and_link_once_and_the_desk_does_not_show_the_link() {
    let (gateway, world) = Gateway::answering(&[202]).await;
    let mut staff = Office::of(&world).await.staff(&world).await;
    family_visit(&world, &mut staff).await;
    let received = gateway.received();
    let [(bearer, posted)] = received.as_slice() else { panic!("{} requests", received.len()) };
    assert_eq!((bearer.as_str(), &posted["to"]), ("Bearer token-de-prueba", &json!("+50200000003")));
    assert!(posted["text"].as_str().unwrap().contains("/v/") && posted["id"].is_string());
    let shown = sms(&mut staff).await;
    assert_eq!((&shown["state"], &shown["link"]), (&json!("sent"), &Value::Null));
    assert!(!shown["text"].as_str().unwrap().contains("/v/"));
    assert_eq!(attempts(&world).await, 1);
}

#[tokio::test]
async fn a_gateway_in_trouble_or_silent_is_asked_again_with_the_same_id_until_it_accepts() {
    let (gateway, world) = Gateway::answering(&[503, SILENCE, 429, 200]).await;
    let mut staff = Office::of(&world).await.staff(&world).await;
    family_visit(&world, &mut staff).await;
    for tried in 1..4 {
        assert_eq!((sms(&mut staff).await["state"].clone(), gateway.received().len()), (json!("queued"), tried));
        world.passes(jiff::SignedDuration::from_secs(40));
        world.work().await;
    }
    assert_eq!(sms(&mut staff).await["state"], "sent");
    let ids: std::collections::BTreeSet<String> =
        gateway.received().iter().map(|(_, sms)| sms["id"].to_string()).collect();
    assert_eq!((ids.len(), gateway.received().len(), attempts(&world).await), (1, 4, 4));
}

#[tokio::test]
async fn a_number_that_the_gateway_refuses_is_shown_as_failed_at_once_and_never_tried_again() {
    for status in [400, 403, 410, 302] {
        let (gateway, world) = Gateway::answering(&[status]).await;
        let mut staff = Office::of(&world).await.staff(&world).await;
        family_visit(&world, &mut staff).await;
        world.passes(jiff::SignedDuration::from_mins(10));
        world.work().await;
        assert_eq!(
            (sms(&mut staff).await["state"].clone(), gateway.received().len()),
            (json!("failed"), 1),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_gateway_that_stays_away_is_given_up_in_minutes() {
    let (gateway, world) = Gateway::answering(&[500]).await;
    let mut staff = Office::of(&world).await.staff(&world).await;
    family_visit(&world, &mut staff).await;
    for _ in 0..8 {
        world.passes(jiff::SignedDuration::from_mins(2));
        world.work().await;
    }
    assert_eq!(sms(&mut staff).await["state"], "failed");
    assert!((3..=8).contains(&gateway.received().len()), "{} tries", gateway.received().len());
}

#[tokio::test]
async fn no_log_line_of_a_message_that_fails_holds_the_number_the_link_or_the_token() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    // For the whole process, because callsites remember whether anybody listens: what other tests log is looked at, too.
    tracing_subscriber::fmt()
        .with_env_filter("info,reencuentro=debug,reqwest=debug,hyper_util=debug")
        .with_writer(move || writer.clone())
        .init();
    let (_gateway, world) = Gateway::answering(&[503, SILENCE, 400]).await;
    let mut staff = Office::of(&world).await.staff(&world).await;
    family_visit(&world, &mut staff).await;
    for _ in 0..2 {
        world.passes(jiff::SignedDuration::from_secs(40));
        world.work().await;
    }
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).expect("text");
    assert!(
        logged.contains("cannot take it now") && logged.contains("refuses it"),
        "the failures are logged: {logged}"
    );
    for secret in ["00000003", "/v/", "token-de-prueba", "Persona de prueba", "Familiar de prueba"] {
        assert!(!logged.contains(secret), "{secret} in {logged}");
    }
}
