//! What holds before anybody does anything.
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use policy::Role;
use reencuentro::directory::invite::{Invite, invite};
use serde_json::json;
use story::World;
use story::office::Office;
use tower::ServiceExt;

#[tokio::test]
async fn nobody_without_a_session_gets_in() {
    let world = World::new().await;
    let answer = world.somebody().get("/api/me").await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.code(), "sign_in_needed");
}

/// A look at a path without an account, from this address and through these proxies.
async fn looks(world: &World, path: &str, from: Option<[u8; 4]>, with: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = Request::get(path);
    for (name, value) in with {
        request = request.header(*name, *value);
    }
    if let Some(from) = from {
        request = request.extension(ConnectInfo(SocketAddr::from((from, 4000))));
    }
    let (parts, body) = world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (parts.status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn everybody_may_ask_whether_it_lives_and_only_this_machine_how_it_does() {
    let world = World::new().await;
    let (here, elsewhere) = (Some([127, 0, 0, 1]), Some([10, 0, 0, 7]));
    for from in [here, elsewhere] {
        assert_eq!(looks(&world, "/health", from, &[]).await, (StatusCode::OK, "ok".to_owned()));
        assert_eq!(looks(&world, "/ready", from, &[]).await, (StatusCode::OK, "ready".to_owned()));
    }
    let (status, figures) = looks(&world, "/metrics", here, &[]).await;
    assert!(status.is_success() && figures.contains(r#"http_requests_total{route="/ready""#), "{status} {figures}");
    for (from, with) in [
        (elsewhere, ("accept", "*/*")),
        (None, ("accept", "*/*")),
        (here, ("x-forwarded-for", "10.0.0.7")),
        (here, ("forwarded", "for=10.0.0.7")),
        (here, ("via", "1.1 proxy")),
        (here, ("x-real-ip", "127.0.0.1")),
    ] {
        let (status, body) = looks(&world, "/metrics", from, &[with]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{from:?} {with:?}");
        assert!(!body.contains("http_requests_total"));
    }
}

#[tokio::test]
async fn the_app_role_cannot_bypass_the_policies_and_owns_nothing() {
    let world = World::new().await;
    let behind = world.behind().await;
    let row: (bool, bool, i64) = sqlx::query_as(
        "select rolsuper, rolbypassrls, (select count(*) from pg_class c where c.relowner = r.oid) from pg_roles r where rolname = 'reencuentro_app'",
    )
    .fetch_one(&behind)
    .await
    .unwrap();
    assert_eq!(row, (false, false, 0));
}

#[tokio::test]
async fn whatever_is_wrong_with_a_request_the_answer_is_a_problem_with_a_code() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let json = [("content-type", "application/json")];
    let large = format!("{{\"names_as_given\": \"{}\"}}", "x".repeat(80 * 1024));
    for (method, path, body, headers, status, code) in [
        (Method::GET, "/api/no-such-path", "", &[][..], 404, "not_found"),
        (Method::GET, "/api/visits/no-id", "", &[], 404, "not_found"),
        (Method::DELETE, "/api/cases", "", &[], 405, "method_not_allowed"),
        (Method::GET, "/api/visits?from=2027-03-15&to=tomorrow", "", &[], 422, "invalid"),
        (Method::GET, "/api/visits", "", &[], 422, "invalid"),
        (Method::GET, "/api/today?site=%ff", "", &[], 422, "invalid"),
        (Method::GET, "/api/officials?role=king", "", &[], 422, "invalid"),
        (Method::POST, "/api/cases", "{\"site\": ", &json, 422, "invalid"),
        (Method::POST, "/api/cases", "{}", &[], 415, "json_needed"),
        (Method::POST, "/api/cases", large.as_str(), &json, 413, "too_large"),
        (Method::GET, "/api/room", "", &[], 426, "websocket_needed"),
    ] {
        let answer = staff.send(method, path, Body::from(body.to_owned()), headers).await.unwrap();
        let kind = answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("none");
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str(), kind),
            (status, code, "application/problem+json"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_invited_official_registers_a_passkey_by_a_link_that_works_once() {
    let world = World::new().await;
    let words = [
        "--institution",
        "Casa de prueba",
        "--kind",
        "shelter_operator",
        "--name",
        "Oficial de prueba",
        "--site",
        "Norte",
        "--country",
        "MX",
        "--zone",
        "America/Mexico_City",
    ];
    let asked = Invite::parse(&words).expect("a whole invitation");
    let mut links = vec![];
    for _ in 0..2 {
        links.push(invite(&world.app, &asked).await.expect("a link"));
    }
    let sql = "select count(*) from officials o join role_assignments r on r.official_id = o.id join sites s using (institution_id)";
    let made: i64 = sqlx::query_scalar(sql).fetch_one(&world.behind().await).await.unwrap();
    assert_eq!(made, 1, "a second invitation of the same official makes a link and nothing else");
    let token = |link: &str| json!({ "token": link.split_once("/desk/#enrol=").expect("a desk's link").1 });
    let mut official = world.somebody();
    let me = official.post("/api/auth/enrol", token(&links[0])).await.unwrap().ok().expect("let in");
    assert_eq!((&me["enrolment_only"], &me["roles"]), (&json!(true), &json!(["institution_admin"])));
    assert_eq!(official.get("/api/sites").await.unwrap().code(), "passkey_needed");
    let begun = official.post("/api/auth/passkeys/register/start", json!({})).await.unwrap().ok().expect("begun");
    assert!(begun["options"]["publicKey"]["challenge"].is_string());
    let again = world.somebody().post("/api/auth/enrol", token(&links[0])).await.unwrap();
    assert_eq!(again.code(), "link_not_valid");
    let other = Invite { kind: reencuentro::directory::InstitutionKind::Ngo, ..asked };
    assert!(invite(&world.app, &other).await.is_err(), "an institution does not change its kind by an invitation");
}

#[tokio::test]
async fn a_further_passkey_needs_a_passkey_shown_now() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut official = office.official(&world, office.shelter, &[Role::Intake]).await;
    let start = "/api/auth/passkeys/register/start";
    official.post(start, json!({})).await.unwrap().ok().expect("the first, on a demonstration server");
    let behind = world.behind().await;
    let one = "insert into passkeys (credential_id, official_id, credential, created_at)
        select '\\x01', id, '{}', now() from officials where name = 'Oficial de prueba'";
    sqlx::query(one).execute(&behind).await.expect("a passkey of before");
    assert_eq!(official.post(start, json!({})).await.unwrap().code(), "step_up_needed");
    let finish = json!({ "ceremony": "00000000-0000-4000-8000-000000000000", "credential": { "id": "AQ", "rawId": "AQ",
        "response": { "attestationObject": "AQ", "clientDataJSON": "AQ" }, "type": "public-key", "extensions": {} } });
    let finished = official.post("/api/auth/passkeys/register/finish", finish.clone()).await.unwrap();
    assert_eq!(finished.code(), "step_up_needed");
    let shown = "update sessions set step_up_until = '2027-03-15T16:04:00Z'";
    sqlx::query(shown).execute(&behind).await.expect("shown");
    let finished = official.post("/api/auth/passkeys/register/finish", finish).await.unwrap();
    assert_eq!(finished.code(), "passkey_refused", "past the gate, there is no such ceremony");
}

#[tokio::test]
async fn an_owner_who_is_no_superuser_brings_the_database_up_and_finds_it_so_again() {
    let owner = story::cluster::cluster().database_of_an_ordinary_owner().await;
    for start in ["first", "second"] {
        reencuentro::db::setup::migrate(&owner, None).await.expect(start);
    }
}
