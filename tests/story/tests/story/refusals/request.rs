//! A town with one thing of every kind, and the request that each row of the table makes about it.
use std::collections::BTreeMap;

use attest::hash::Hash;
use axum::body::Body;
use axum::http::{HeaderMap, Method};
use policy::Role;
use reencuentro::db::Scope;
use reencuentro::demo::{Actor, Answer};
use reencuentro::directory::{InstitutionKind, seed};
use serde_json::{Value, json};
use story::World;
use story::office::{Office, answered, consent, contact, id, intake, vetting};
use story::room::{Server, Socket, room_token};
use story::visit::{Kiosk, Ready, admits, books, entry, participant, redeems, token_and_code};

use super::table::Row;

/// The public id of nothing.
pub const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

/// A shelter with a case whose verification call with a consul is on, and those who have nothing to do with it.
pub struct Town {
    pub world: World,
    office: Office,
    pub staff: Actor,
    /// The relative in the verification call; the relative of another visit.
    pub phone: Actor,
    pub other_phone: Actor,
    pub kiosk: Actor,
    /// With every role and a fresh passkey: whoever is refused here is refused anywhere.
    pub stranger: Actor,
    pub consul: Actor,
    /// The consul in the verification call, whose ministry has a grant.
    pub admitted: Actor,
    things: BTreeMap<&'static str, Value>,
}

impl Town {
    pub async fn of() -> Town {
        let world = World::new().await;
        let office = Office::of(&world).await;
        let mut staff = official(&world, &office, office.shelter, Role::ALL).await;
        let admitted = official(&world, &office, office.ministry, Role::ALL).await;
        let stranger = official(&world, &office, office.stranger, Role::ALL).await;
        let home = another_ministry(&world).await;
        let consul = official(&world, &office, home, Role::ALL).await;
        let kiosk = Kiosk::with_session(&world, &office).await.browser;
        let ready = Ready::of(&mut staff).await;
        let me = admitted.clone().get("/api/me").await.unwrap().ok().unwrap();
        let grant = ready.admits(&mut staff, &me["institution"]["id"]).await;
        let visit = books(&mut staff, ready.verification(&me["official"]["id"], json!({}))).await.ok().unwrap();
        let later = json!({ "local_start": "2027-03-15T11:30:00" });
        let family = books(&mut staff, ready.family(later)).await.ok().unwrap();
        let other = Ready::of(&mut staff).await;
        let other = books(&mut staff, other.family(json!({}))).await.ok().unwrap();
        world.work().await;
        let phone = joins(&world, &mut staff, &visit).await;
        let other_phone = joins(&world, &mut staff, &other).await;
        let things = BTreeMap::from([
            ("site", staff.get("/api/sites").await.unwrap().ok().unwrap()[0].clone()),
            ("kiosk", ready.kiosk.clone()),
            ("case", ready.case.clone()),
            ("contact", ready.contact.clone()),
            ("grant", grant),
            ("visit", visit),
            ("participant", participant(&entry(&mut staff, &family).await, "contact").clone()),
        ]);
        let mut town = Town { world, office, staff, phone, other_phone, kiosk, stranger, consul, admitted, things };
        town.goes_on().await;
        town
    }

    /// What the live call makes, and what comes of it.
    async fn goes_on(&mut self) {
        let server = Server::of(&self.world).await;
        let mut desk =
            Socket::enters(&server, &room_token(&mut self.admitted, Some(&self.things["visit"])).await).await;
        let _home = Socket::enters(&server, &room_token(&mut self.phone, None).await).await;
        let board = entry(&mut self.admitted, &self.things["visit"]).await;
        admits(&mut self.admitted, participant(&board, "contact")).await.ok().expect("admitted");
        desk.hears_state("live").await;
        let path = format!("/api/visits/{}/document-requests", id(&self.things["visit"]));
        let asked = json!({ "document": "passport", "side": "front" });
        let request = self.admitted.post(&path, asked).await.unwrap().ok().expect("asked");
        let still = format!("/api/join/document-requests/{}", id(&request));
        let yes = json!({ "accepted": true, "text_version": "document-photo-1", "language": "es" });
        self.phone.post(&format!("{still}/answer"), yes).await.unwrap().ok().expect("agreed");
        let hash = Hash::of(PICTURE).to_string();
        let headers = [("content-type", "image/png"), ("x-content-sha256", hash.as_str())];
        let kept = self.phone.put(&format!("{still}/still"), PICTURE.to_vec(), &headers).await.unwrap();
        let kept = kept.ok().expect("kept");
        let export = json!({ "recipient": "Juzgado de prueba", "purpose": "Reunificación", "basis": "Ley de muestra" });
        let path = format!("/api/cases/{}", id(&self.things["case"]));
        let export = self.staff.post(&format!("{path}/exports"), export).await.unwrap().ok().expect("an export");
        let case = self.staff.get(&path).await.unwrap().ok().expect("a file");
        let messages = self.staff.get("/api/messages").await.unwrap().ok().expect("the outbox");
        let voice = messages.as_array().unwrap().iter().find(|one| one["channel"] == "voice").expect("one");
        self.things.extend([
            ("request", request),
            ("evidence", json!({ "id": kept["evidence"] })),
            ("export", export),
            ("claim", case["claims"][0].clone()),
            ("message", voice.clone()),
        ]);
    }

    /// Somebody of the shelter with these roles.
    pub async fn colleague(&self, roles: &[Role]) -> Actor {
        official(&self.world, &self.office, self.office.shelter, roles).await
    }

    pub async fn withdraws(&mut self) {
        let path = format!("/api/grants/{}/withdraw", id(&self.things["grant"]));
        self.staff.post(&path, json!({})).await.unwrap().ok().expect("withdrawn");
    }

    /// The thing of this town that a row is about.
    pub fn thing(&self, row: &Row) -> &str {
        let kind = match row.path {
            "/api/visits" => "case",
            "/api/room-token" => "visit",
            path if path.starts_with("/api/join/") => "request",
            path if path.starts_with("/api/evidence/") => "evidence",
            path => path.trim_start_matches("/api/").split('/').next().unwrap().trim_end_matches('s'),
        };
        self.things.get(kind).map_or(NOWHERE, |thing| id(thing))
    }
}

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x0f\0\0\0\x08\x70\x08\x02\0\0\0\0\0\0\0";

async fn official(world: &World, office: &Office, of: reencuentro::id::InstitutionId, roles: &[Role]) -> Actor {
    // Sign-ins are counted by address, and everybody here has the same.
    world.passes(jiff::SignedDuration::from_secs(2));
    let mut actor = office.official(world, of, roles).await;
    actor.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().expect("presence shown");
    actor
}

/// Another authority of the person's own State, which nobody admitted.
async fn another_ministry(world: &World) -> reencuentro::id::InstitutionId {
    let mut tx = world.app.db.begin(Scope::Auth).await.unwrap();
    let kind = InstitutionKind::ForeignMinistry;
    let ministry = seed::institution(&world.app, &mut tx, "Otra cancillería de prueba", kind, Some("GT")).await;
    tx.commit().await.unwrap();
    ministry.expect("a ministry")
}

async fn joins(world: &World, staff: &mut Actor, visit: &Value) -> Actor {
    let (token, code) = token_and_code(staff, visit).await;
    let mut phone = world.somebody();
    redeems(&mut phone, &token, &code).await.ok().expect("a seat");
    phone
}

/// The row's request about `thing`, well formed, so that only who asks can be the reason of a refusal.
pub async fn asks(actor: &mut Actor, row: &Row, town: &Town, thing: &str) -> Answer {
    let path = row.path.replace("{id}", thing);
    match (&row.method, row.path) {
        (&Method::GET, "/api/visits") => actor.get("/api/visits?from=2027-03-15&to=2027-03-16").await.unwrap(),
        // A stream that stays open has no whole body to wait for.
        (&Method::GET, "/api/today/events") => {
            let (parts, body) = actor.open(&path).await.unwrap().into_parts();
            let bytes = match parts.status.is_success() {
                true => vec![],
                false => axum::body::to_bytes(body, 65536).await.unwrap().to_vec(),
            };
            Answer { status: parts.status, headers: HeaderMap::new(), bytes }
        }
        (&Method::GET, _) => actor.get(&path).await.unwrap(),
        (&Method::PUT, _) => {
            let hash = Hash::of(PICTURE).to_string();
            let headers = [("content-type", "image/png"), ("x-content-sha256", hash.as_str())];
            actor.send(Method::PUT, &path, Body::from(PICTURE), &headers).await.unwrap()
        }
        _ => {
            let body = body(row.path, town, thing).await;
            actor.post(&path, body).await.unwrap()
        }
    }
}

async fn body(path: &str, town: &Town, thing: &str) -> Value {
    let secret = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";
    let things = &town.things;
    match path {
        "/api/cases" => intake(&mut town.staff.clone(), json!({})).await,
        "/api/cases/{id}/answers" => {
            json!({ "question": "child_in_care", "answer": answered("no"), "language": "es" })
        }
        "/api/cases/{id}/consents" => consent(json!({ "purpose": "contact_relative" })),
        "/api/cases/{id}/contacts" => contact(json!({})),
        "/api/cases/{id}/grants" => json!({ "institution": things["grant"]["institution"]["id"],
            "purpose": "verification", "valid_until": "2027-04-15T00:00:00Z" }),
        "/api/cases/{id}/exports" => json!({ "recipient": "Juzgado de prueba", "purpose": "x", "basis": "x" }),
        "/api/contacts/{id}/approve" => vetting(),
        "/api/contacts/{id}/refuse" => json!({ "reason": "person_withdrew", "text": null }),
        "/api/visits" => json!({ "case": thing, "type": "family", "contact": things["contact"]["id"],
            "kiosk": things["kiosk"]["id"], "official": null, "local_start": "2027-03-15T15:00:00",
            "duration_min": 30 }),
        "/api/visits/{id}/cancel" => json!({ "reason": "technical", "text": null }),
        "/api/visits/{id}/document-requests" => json!({ "document": "passport", "side": "back" }),
        "/api/participants/{id}/turn-away" => json!({ "reason": "unsafe", "text": null }),
        "/api/room-token" => json!({ "visit": thing }),
        "/api/evidence/{id}/seen" => json!({ "how": "photo" }),
        "/api/claims/{id}/corroborations" => {
            json!({ "source_kind": "school", "source": "x", "reached_by": "in_person", "outcome": "cannot_say", "text": "x" })
        }
        "/api/claims/{id}/notes" => json!({ "text": "x", "account_compatible": true }),
        "/api/claims/{id}/recommendation" => {
            json!({ "conclusion": "uphold", "reasons": "x", "counter_evidence": null })
        }
        "/api/claims/{id}/decision" => json!({ "conclusion": "uphold", "reasons": "x" }),
        "/api/sites/{id}/kiosks" => json!({ "name": "Otro quiosco de prueba" }),
        "/api/join/document-requests/{id}/answer" => {
            json!({ "accepted": true, "text_version": "document-photo-1", "language": "es" })
        }
        "/api/auth/demo" | "/api/auth/enrol" => json!({ "token": secret }),
        "/api/join/redeem" => json!({ "token": secret, "code": "000000" }),
        "/api/kiosk/enrol" => json!({ "code": "AAAAAAAA", "public_key": { "kty": "EC", "crv": "P-256",
            "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU" } }),
        "/api/kiosk/challenge" => json!({ "kiosk": NOWHERE }),
        "/api/kiosk/session" => json!({ "kiosk": NOWHERE, "nonce": secret, "signature": secret }),
        "/api/kiosk/start" => json!({ "digits": "000000" }),
        _ => json!({}),
    }
}
