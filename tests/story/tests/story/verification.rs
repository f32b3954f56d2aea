//! The link claim rises by rule; one person recommends, another decides.
use axum::http::StatusCode;
use jiff::SignedDuration;
use policy::Role;
use serde_json::{Value, json};
use story::interview::{Interview, picture};
use story::office::id;
use story::{Actor, World};

async fn file(actor: &mut Actor, claim: &Value) -> Value {
    actor.get(&format!("/api/claims/{}", id(claim))).await.unwrap().ok().expect("a claim")
}

async fn recommends(actor: &mut Actor, claim: &Value) -> story::Answer {
    let body =
        json!({ "conclusion": "uphold", "reasons": "Documento visto; el relato coincide.", "counter_evidence": null });
    actor.post(&format!("/api/claims/{}/recommendation", id(claim)), body).await.unwrap()
}

async fn decides(actor: &mut Actor, claim: &Value) -> story::Answer {
    actor.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().expect("presence shown");
    let body = json!({ "conclusion": "uphold", "reasons": "Se confirma." });
    actor.post(&format!("/api/claims/{}/decision", id(claim)), body).await.unwrap()
}

#[tokio::test]
async fn a_link_rises_to_l1_when_a_document_was_seen_and_the_account_fits_and_says_why_not_before() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let claim = call.claim().await;
    let before = file(&mut call.verifier, &claim).await;
    assert_eq!(before["level"], "l0");
    let beyond = ["two_kinds", "not_from_claimant"];
    assert_eq!(
        before["level_why"]["missing"],
        json!(["identity_item", "how_seen", "account_compatible", beyond[0], beyond[1]])
    );
    let receipt = call.shows(&picture(b"")).await;
    world.work().await;
    assert_eq!(
        file(&mut call.verifier, &claim).await["level_why"]["missing"],
        json!(["how_seen", "account_compatible", beyond[0], beyond[1]])
    );
    call.describes(&receipt).await;
    world.work().await;
    assert_eq!(file(&mut call.verifier, &claim).await["level"], "l0");
    let risen = call.notes("Nombra a sus hermanos como la persona.", true).await.ok().unwrap();
    assert_eq!((&risen["level"], &risen["level_why"]["missing"]), (&json!("l1"), &json!(beyond)));
    let change = &risen["history"][0];
    assert_eq!((&change["from"], &change["to"], &change["why"]), (&json!("l0"), &json!("l1"), &json!("levels/2")));
    let fallen = call.notes("No reconoce la fotografía de la casa.", false).await.ok().unwrap();
    assert_eq!(fallen["level"], "l0", "the newest note is what staff think now");
}

#[tokio::test]
async fn a_link_reaches_l2_by_a_third_party_whom_the_claimant_did_not_name_and_falls_when_one_contradicts() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let claim = call.claim().await;
    let receipt = call.shows(&picture(b"")).await;
    call.describes(&receipt).await;
    call.notes("Nombra a sus hermanos como la persona.", true).await.ok().unwrap();
    let path = format!("/api/claims/{}/corroborations", id(&claim));
    let told = |reached_by: &str, outcome: &str| {
        json!({ "source_kind": "school", "source": "Maestra de prueba", "reached_by": reached_by, "outcome": outcome,
            "text": "Conoce a la familia desde hace años." })
    };
    let named = call.verifier.post(&path, told("number_from_claimant", "supports")).await.unwrap().ok().unwrap();
    assert_eq!((&named["level"], &named["level_why"]["missing"]), (&json!("l1"), &json!(["not_from_claimant"])));
    let found = call.verifier.post(&path, told("number_found_by_us", "supports")).await.unwrap().ok().unwrap();
    assert_eq!((&found["level"], &found["level_why"]["missing"]), (&json!("l2"), &json!([])));
    let items = found["evidence"].as_array().unwrap();
    let ways: Vec<&Value> = items
        .iter()
        .filter(|item| item["kind"] == "corroboration")
        .map(|item| &item["corroboration"]["reached_by"])
        .collect();
    assert!(ways.len() == 2 && ways.contains(&&json!("number_found_by_us")), "{items:?}");
    assert!(items.iter().any(|item| item["source"] == "Maestra de prueba"));
    world.passes(SignedDuration::from_mins(1));
    let against = call.verifier.post(&path, told("in_person", "contradicts")).await.unwrap().ok().unwrap();
    assert_eq!(against["level"], "l0");
    let empty = json!({ "source_kind": "school", "source": " ", "reached_by": "in_person", "outcome": "supports", "text": "x" });
    assert_eq!(call.verifier.post(&path, empty).await.unwrap().status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut attendant = call.office.official(&world, call.office.shelter, &[Role::Attendant]).await;
    assert_eq!(attendant.post(&path, told("in_person", "supports")).await.unwrap().code(), "not_allowed");
}

#[tokio::test]
async fn no_request_sets_a_level() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let claim = call.claim().await;
    for (path, body) in [
        ("notes", json!({ "text": "x", "account_compatible": true, "level": "l4" })),
        ("recommendation", json!({ "conclusion": "uphold", "reasons": "x", "counter_evidence": null, "level": "l4" })),
    ] {
        let answer = call.verifier.post(&format!("/api/claims/{}/{path}", id(&claim)), body).await.unwrap();
        assert!(answer.status.is_client_error(), "{path} takes a level: {}", answer.status);
    }
    assert_eq!(file(&mut call.verifier, &claim).await["level"], "l0");
    let api = serde_json::to_value(reencuentro::app::openapi()).unwrap();
    for name in ["Note", "ThirdParty", "Recommendation", "Decision"] {
        let properties = &api["components"]["schemas"][name]["properties"];
        assert!(properties.is_object() && properties["level"].is_null(), "{name}: {properties}");
    }
}

#[tokio::test]
async fn one_official_recommends_or_decides_on_a_claim_never_both_neither_by_the_route_nor_by_the_schema() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let claim = call.claim().await;
    let mut both = call.office.official(&world, call.office.shelter, &[Role::Verifier, Role::Decider]).await;
    assert_eq!(decides(&mut both, &claim).await.status, StatusCode::CONFLICT, "nothing was recommended yet");
    recommends(&mut both, &claim).await.ok().unwrap();
    let own = decides(&mut both, &claim).await;
    assert_eq!((own.status, own.code().as_str()), (StatusCode::CONFLICT, "four_eyes"));

    let behind = world.behind().await;
    let forged = "insert into decisions (id, claim_id, case_id, recommendation_id, decided_by, conclusion, reasons_sealed, at)
        select gen_random_uuid(), claim_id, case_id, id, recommended_by, conclusion, reasons_sealed, at from recommendations";
    let refused = sqlx::query(forged).execute(&behind).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("decisions_four_eyes"));
    let second_role =
        "insert into claim_roles select claim_id, case_id, official_id, 'decider', taken_at from claim_roles";
    let refused = sqlx::query(second_role).execute(&behind).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("claim_roles_pkey"));

    let mut other = call.office.official(&world, call.office.shelter, &[Role::Verifier, Role::Decider]).await;
    let decided = decides(&mut other, &claim).await.ok().unwrap();
    assert_eq!(decided["decision"]["conclusion"], "uphold");
    assert_eq!(decides(&mut other, &claim).await.status, StatusCode::CONFLICT, "decided once");

    let swapped = recommends(&mut other, &claim).await;
    assert_eq!(
        (swapped.status, swapped.code().as_str()),
        (StatusCode::CONFLICT, "four_eyes"),
        "in the next round, too"
    );
    let forged = "insert into recommendations (id, claim_id, case_id, conclusion, reasons_sealed, recommended_by, at)
        select gen_random_uuid(), claim_id, case_id, conclusion, reasons_sealed, decided_by, at from decisions";
    let refused = sqlx::query(forged).execute(&behind).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("recommendations_four_eyes"));
    world.passes(SignedDuration::from_mins(1));
    recommends(&mut both, &claim).await.ok().expect("the verifier recommends again");
    assert_eq!(decides(&mut both, &claim).await.code(), "four_eyes");
    assert_eq!(file(&mut other, &claim).await["own_role"], "decider");
}

#[tokio::test]
async fn a_decision_needs_presence_and_the_role() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let claim = call.claim().await;
    recommends(&mut call.verifier, &claim).await.ok().unwrap();
    let path = format!("/api/claims/{}/decision", id(&claim));
    let body = json!({ "conclusion": "uphold", "reasons": "Se confirma." });
    let mut decider = call.office.official(&world, call.office.shelter, &[Role::Decider]).await;
    assert_eq!(decider.post(&path, body.clone()).await.unwrap().code(), "step_up_needed");
    assert_eq!(call.staff.post(&path, body).await.unwrap().code(), "not_allowed");
    assert_eq!(recommends(&mut call.verifier, &claim).await.status, StatusCode::CONFLICT, "one waits for its decision");
}
