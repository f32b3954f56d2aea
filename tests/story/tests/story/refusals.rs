//! Every route refuses whom it must: nobody, a stranger, an official without the role, a page of another visit.
mod request;
mod table;

use std::collections::BTreeSet;

use axum::http::{HeaderMap, StatusCode};
use policy::Role;
use reencuentro::demo::{Actor, Answer};
use request::{NOWHERE, Town, asks};
use table::{Admitted, Row, Whose, rows};

fn of(whose: &[Whose]) -> impl Iterator<Item = Row> {
    rows().into_iter().filter(move |row| whose.contains(&row.whose))
}

fn said(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

/// What an outsider can compare: status, body, and the headers that speak about it.
fn looks(answer: &Answer) -> (StatusCode, &[u8], &HeaderMap) {
    (answer.status, &answer.bytes, &answer.headers)
}

fn is_let_through(answer: &Answer) -> bool {
    let refused = ["sign_in_needed", "not_allowed", "not_found"];
    !refused.contains(&answer.code().as_str()) && !answer.status.is_server_error()
}

#[test]
fn every_route_of_the_api_has_its_row_and_every_row_its_route() {
    let api = serde_json::to_value(reencuentro::app::openapi()).unwrap();
    let mut routes = BTreeSet::new();
    for (path, operations) in api["paths"].as_object().unwrap() {
        let methods = operations.as_object().unwrap().keys();
        routes.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let named: Vec<String> = rows().iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    let table: BTreeSet<String> = named.iter().cloned().collect();
    assert_eq!(table.len(), named.len(), "a route stands twice in the table");
    assert_eq!(routes.difference(&table).collect::<Vec<_>>(), Vec::<&String>::new(), "routes without a row");
    assert_eq!(table.difference(&routes).collect::<Vec<_>>(), Vec::<&String>::new(), "rows without a route");
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_so_whatever_they_ask_for() {
    let town = Town::of().await;
    for row in rows() {
        // A kiosk and a relative's phone are nobody where an official is meant, and the other way round.
        let strangers: Vec<(&str, &Actor)> = match row.whose {
            Whose::Anybody => continue,
            Whose::Seat => vec![("staff", &town.staff), ("kiosk", &town.kiosk)],
            Whose::Device => vec![("staff", &town.staff), ("phone", &town.phone)],
            _ => vec![("kiosk", &town.kiosk), ("phone", &town.phone)],
        };
        let nobody = ("nobody", &town.world.somebody());
        for (who, actor) in strangers.into_iter().chain([nobody]) {
            let answer = asks(&mut actor.clone(), &row, &town, town.thing(&row)).await;
            assert_eq!(said(&answer), (401, "sign_in_needed".into()), "{who}: {} {}", row.method, row.path);
        }
    }
}

#[tokio::test]
async fn a_door_without_an_account_opens_by_the_secret_in_the_body_only() {
    let town = Town::of().await;
    for (path, expected) in [
        ("/api/auth/demo", (403, "link_not_valid")),
        ("/api/auth/enrol", (403, "link_not_valid")),
        ("/api/auth/passkeys/sign-in/finish", (422, "invalid")),
        ("/api/join/redeem", (403, "not_available")),
        ("/api/kiosk/enrol", (403, "not_enrolled")),
        // A nonce for whatever is named: it tells nobody which kiosks there are.
        ("/api/kiosk/challenge", (200, "")),
        ("/api/kiosk/session", (403, "not_enrolled")),
        ("/api/room", (426, "websocket_needed")),
    ] {
        let row = of(&[Whose::Anybody]).find(|row| row.path == path).expect("a row");
        let answer = asks(&mut town.world.somebody(), &row, &town, NOWHERE).await;
        assert_eq!(said(&answer), (expected.0, expected.1.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_ones_own_is_byte_for_byte_what_does_not_exist() {
    let town = Town::of().await;
    for (who, stranger) in [("another shelter", &town.stranger), ("a consul without a grant", &town.consul)] {
        for row in of(&[Whose::Case, Whose::House]) {
            let foreign = asks(&mut stranger.clone(), &row, &town, town.thing(&row)).await;
            let nowhere = asks(&mut stranger.clone(), &row, &town, NOWHERE).await;
            assert_eq!(said(&foreign), (404, "not_found".into()), "{who}: {} {}", row.method, row.path);
            assert_eq!(looks(&foreign), looks(&nowhere), "{who}: {} {}", row.method, row.path);
        }
    }
    for row in of(&[Whose::Seat]).filter(|row| row.path.contains("{id}")) {
        let foreign = asks(&mut town.other_phone.clone(), &row, &town, town.thing(&row)).await;
        let nowhere = asks(&mut town.other_phone.clone(), &row, &town, NOWHERE).await;
        assert_eq!(said(&foreign), (404, "not_found".into()), "another visit's phone: {}", row.path);
        assert_eq!(looks(&foreign), looks(&nowhere), "{}", row.path);
    }
}

#[tokio::test]
async fn an_official_without_the_role_is_refused_by_every_route_and_one_with_it_by_none() {
    let town = Town::of().await;
    let mut officials = vec![];
    for role in Role::ALL {
        officials.push((*role, town.colleague(&[*role]).await));
    }
    let within = [Whose::Official, Whose::Office, Whose::House, Whose::Case];
    for row in of(&within) {
        for (role, actor) in officials.iter_mut().filter(|(role, _)| !row.roles.contains(role)) {
            let answer = asks(actor, &row, &town, town.thing(&row)).await;
            assert_eq!(said(&answer), (403, "not_allowed".into()), "{role:?}: {} {}", row.method, row.path);
        }
    }
    for row in of(&within) {
        for (role, actor) in officials.iter_mut().filter(|(role, _)| row.roles.contains(role)) {
            let answer = asks(actor, &row, &town, town.thing(&row)).await;
            assert!(is_let_through(&answer), "{role:?}: {} {}: {:?}", row.method, row.path, said(&answer));
        }
    }
}

#[tokio::test]
async fn an_admitted_institution_does_what_verification_needs_and_nothing_else() {
    let mut town = Town::of().await;
    let mut admitted = town.admitted.clone();
    for row in of(&[Whose::Case]) {
        let answer = asks(&mut admitted, &row, &town, town.thing(&row)).await;
        match row.admitted {
            Admitted::Yes => assert!(is_let_through(&answer), "{} {}: {:?}", row.method, row.path, said(&answer)),
            Admitted::No => assert_eq!(said(&answer), (403, "not_allowed".into()), "{} {}", row.method, row.path),
            Admitted::Unaware => assert_eq!(said(&answer), (404, "not_found".into()), "{} {}", row.method, row.path),
        }
    }
    town.withdraws().await;
    for row in of(&[Whose::Case]) {
        let gone = asks(&mut admitted, &row, &town, town.thing(&row)).await;
        let nowhere = asks(&mut admitted, &row, &town, NOWHERE).await;
        assert_eq!(looks(&gone), looks(&nowhere), "after the grant: {} {}", row.method, row.path);
    }
}
