//! A verification call that is live: a verifier at the desk with the person's consent, the relative at home.
use std::path::PathBuf;

use jiff::SignedDuration;
use policy::Role;
use reencuentro::demo::{Actor, Answer};
use reencuentro::log::Sequencer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::World;
use crate::office::{Office, consents, id, names, vetting};
use crate::room::{Server, Socket, room_token};
use crate::visit::{Ready, admits, books, entry, participant, redeems, token_and_code};

/// Who verifies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Of the person's own State, admitted to the case by a grant.
    Consul,
    /// Of the house that has the case in its care.
    Colleague,
}

pub struct Interview {
    pub office: Office,
    pub staff: Actor,
    pub verifier: Actor,
    pub phone: Actor,
    pub ready: Ready,
    pub visit: Value,
    pub server: Server,
    pub desk: Socket,
    pub home: Socket,
}

impl Interview {
    pub async fn of(world: &World) -> Interview {
        Interview::with(world, json!({}), json!({})).await
    }

    /// `person` and `contact` override what is taken in and named.
    pub async fn with(world: &World, person: Value, contact: Value) -> Interview {
        Interview::held(world, By::Consul, person, contact).await
    }

    /// Held by the house itself, without anybody from outside.
    pub async fn by_a_colleague(world: &World) -> Interview {
        Interview::held(world, By::Colleague, json!({}), json!({})).await
    }

    async fn held(world: &World, by: By, person: Value, contact: Value) -> Interview {
        let office = Office::of(world).await;
        let mut staff = office.staff(world).await;
        let mut verifier = match by {
            By::Consul => office.consul(world).await,
            By::Colleague => office.official(world, office.shelter, &[Role::Verifier]).await,
        };
        let me = verifier.get("/api/me").await.unwrap().ok().expect("signed in");
        let ready = Ready::with(&mut staff, person, contact).await;
        match by {
            By::Consul => drop(ready.admits(&mut staff, &me["institution"]["id"]).await),
            By::Colleague => consents(&mut staff, &ready.case, json!({})).await,
        }
        let booking = ready.verification(&me["official"]["id"], json!({}));
        let visit = books(&mut staff, booking).await.ok().expect("a visit");
        world.work().await;
        let (token, code) = token_and_code(&mut staff, &visit).await;
        let mut phone = world.somebody();
        redeems(&mut phone, &token, &code).await.ok().expect("let in");
        let server = Server::of(world).await;
        let mut desk = Socket::enters(&server, &room_token(&mut verifier, Some(&visit)).await).await;
        let mut home = Socket::enters(&server, &room_token(&mut phone, None).await).await;
        let board = entry(&mut verifier, &visit).await;
        admits(&mut verifier, participant(&board, "contact")).await.ok().expect("admitted");
        home.hears_state("live").await;
        desk.hears_state("live").await;
        Interview { office, staff, verifier, phone, ready, visit, server, desk, home }
    }

    /// The person no longer agrees to verification.
    pub async fn withdraws_consent(&mut self) {
        consents(&mut self.staff, &self.ready.case, json!({ "outcome": "withdrawn" })).await;
    }

    pub async fn asks(&mut self) -> Answer {
        let path = format!("/api/visits/{}/document-requests", id(&self.visit));
        self.verifier.post(&path, json!({ "document": "passport", "side": "front" })).await.unwrap()
    }

    pub async fn answers(&mut self, request: &Value, accepted: bool) -> Answer {
        let path = format!("/api/join/document-requests/{}/answer", id(request));
        let body = json!({ "accepted": accepted, "text_version": "document-photo-1", "language": "es" });
        self.phone.post(&path, body).await.unwrap()
    }

    /// As the relative's page sends it.
    pub async fn sends(&mut self, request: &Value, bytes: &[u8], sha256: &str) -> Answer {
        self.sends_with(request, bytes, &[("x-content-sha256", sha256)]).await
    }

    pub async fn sends_with(&mut self, request: &Value, bytes: &[u8], headers: &[(&str, &str)]) -> Answer {
        let path = format!("/api/join/document-requests/{}/still", id(request));
        let headers = [&[("content-type", "image/png")], headers].concat();
        self.phone.put(&path, bytes.to_vec(), &headers).await.unwrap()
    }

    /// A request that the relative agreed to.
    pub async fn agreed(&mut self) -> Value {
        let request = self.asks().await.ok().expect("asked");
        self.answers(&request, true).await.ok().expect("agreed")
    }

    /// Asked, agreed, sent: the receipt.
    pub async fn shows(&mut self, bytes: &[u8]) -> Value {
        let request = self.agreed().await;
        self.sends(&request, bytes, &sha256(bytes)).await.ok().expect("stored")
    }

    /// How the document was seen, described by the verifier.
    pub async fn describes(&mut self, receipt: &Value) {
        let path = format!("/api/evidence/{}/seen", receipt["evidence"].as_str().expect("an id"));
        let body = json!({ "how": "original_held_to_camera" });
        let described = self.verifier.post(&path, body).await.unwrap().ok().expect("described");
        assert_eq!(described["how_seen"], "original_held_to_camera");
    }

    /// The link claim of the contact.
    pub async fn claim(&mut self) -> Value {
        let path = format!("/api/cases/{}", id(&self.ready.case));
        self.staff.get(&path).await.unwrap().ok().expect("a file")["claims"][0].clone()
    }

    pub async fn notes(&mut self, text: &str, account_compatible: bool) -> Answer {
        let path = format!("/api/claims/{}/notes", id(&self.claim().await));
        self.verifier.post(&path, json!({ "text": text, "account_compatible": account_compatible })).await.unwrap()
    }
}

/// Gives the log's entries their place, as the sequencer does every quarter of a second.
pub async fn sequences(world: &World) {
    Sequencer::new(&world.app).run_once().await.expect("the log is sequenced");
}

/// An export that is asked for, and no more.
pub async fn asks_for_export(officer: &mut Actor, case: &Value) -> Value {
    officer.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().expect("presence shown");
    let body =
        json!({ "recipient": "Juzgado de prueba 2", "purpose": "Reunificación", "basis": "Ley de muestra, art. 1" });
    let path = format!("/api/cases/{}/exports", id(case));
    officer.post(&path, body).await.unwrap().ok().expect("asked for")
}

/// An export from asking to ready.
pub async fn exports(world: &World, officer: &mut Actor, case: &Value) -> Value {
    let export = asks_for_export(officer, case).await;
    sequences(world).await;
    world.passes(SignedDuration::from_secs(2));
    world.work().await;
    read_export(officer, &export).await
}

pub async fn read_export(officer: &mut Actor, export: &Value) -> Value {
    officer.get(&format!("/api/exports/{}", id(export))).await.unwrap().ok().expect("an export")
}

pub async fn package_of(officer: &mut Actor, export: &Value) -> Answer {
    officer.get(&format!("/api/exports/{}/package", id(export))).await.unwrap()
}

/// The files that lie in the object store.
pub fn files(world: &World) -> Vec<PathBuf> {
    std::fs::read_dir(world.folder.join("objects")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// A second contact of the case, approved.
pub async fn another_contact(staff: &mut Actor, case: &Value) -> Value {
    let named = names(staff, case, json!({ "names_as_given": "Familiar de prueba 8", "phone": "+50200000008" })).await;
    staff.post(&format!("/api/contacts/{}/approve", id(&named)), vetting()).await.unwrap().ok().expect("approved");
    named
}

/// The head of a PNG of these dimensions and `tail` after it; the server reads no further than the head.
pub fn picture(tail: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(3840_u32.to_be_bytes());
    bytes.extend(2160_u32.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(tail);
    bytes
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
