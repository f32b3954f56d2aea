//! A visit from its booking to the door: what staff, a relative's phone and a kiosk do.
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use policy::Role;
use reencuentro::demo::{Actor, Answer};
use serde_json::{Value, json};

use crate::World;
use crate::office::{Office, consent, id, names, override_with, takes_in, vetting};

/// Ten minutes after the beginning of the world, on the site's wall clock.
pub const SOON: &str = "2027-03-15T10:10:00";

/// A case with an approved contact, and a kiosk.
pub struct Ready {
    pub case: Value,
    pub contact: Value,
    pub kiosk: Value,
}

impl Ready {
    pub async fn of(staff: &mut Actor) -> Ready {
        Ready::with(staff, json!({}), json!({})).await
    }

    pub async fn with(staff: &mut Actor, person: Value, contact: Value) -> Ready {
        let case = takes_in(staff, person).await;
        let contact = names(staff, &case, contact).await;
        staff
            .post(&format!("/api/contacts/{}/approve", id(&contact)), vetting())
            .await
            .unwrap()
            .ok()
            .expect("approved");
        let site = staff.get("/api/sites").await.unwrap().ok().unwrap()[0].clone();
        let kiosk = staff.get(&format!("/api/sites/{}/kiosks", id(&site))).await.unwrap().ok().unwrap()[0].clone();
        Ready { case, contact, kiosk }
    }

    pub fn family(&self, with: Value) -> Value {
        let mut body = json!({
            "case": self.case["id"], "type": "family", "contact": self.contact["id"], "kiosk": self.kiosk["id"],
            "official": null, "local_start": SOON, "duration_min": 30,
        });
        override_with(&mut body, with);
        body
    }

    pub fn verification(&self, official: &Value, with: Value) -> Value {
        let mut body = json!({ "type": "verification", "kiosk": null, "official": official });
        override_with(&mut body, with);
        self.family(body)
    }

    /// The person consents to verification and to the institution, which is admitted to the case for a month.
    pub async fn admits(&self, staff: &mut Actor, institution: &Value) -> Value {
        let path = format!("/api/cases/{}", id(&self.case));
        let share = json!({ "purpose": "share_with_institution", "recipient_institution": institution });
        for body in [consent(json!({})), consent(share)] {
            staff.post(&format!("{path}/consents"), body).await.unwrap().ok().expect("a consent");
        }
        let grant =
            json!({ "institution": institution, "purpose": "verification", "valid_until": "2027-04-15T00:00:00Z" });
        staff.post(&format!("{path}/grants"), grant).await.unwrap().ok().expect("a grant")
    }
}

pub async fn books(staff: &mut Actor, body: Value) -> Answer {
    staff.post("/api/visits", body).await.unwrap()
}

/// A family visit in ten minutes, its invitation sent.
pub async fn family_visit(world: &World, staff: &mut Actor) -> Value {
    let ready = Ready::of(staff).await;
    let visit = books(staff, ready.family(json!({}))).await.ok().expect("a visit");
    world.work().await;
    visit
}

/// The newest link's token and code, as they stand in the outbox.
pub async fn token_and_code(staff: &mut Actor, visit: &Value) -> (String, String) {
    let messages = staff.get("/api/messages").await.unwrap().ok().expect("the outbox");
    let mut of_visit: Vec<&Value> =
        messages.as_array().unwrap().iter().filter(|message| message["visit"] == visit["id"]).collect();
    of_visit.sort_by_key(|message| message["created_at"].as_str().unwrap().to_owned());
    let newest = |channel: &str| *of_visit.iter().rfind(|message| message["channel"] == channel).expect("a message");
    let link = newest("sms")["link"].as_str().expect("a link in the local outbox").to_owned();
    let text = newest("voice")["text"].as_str().unwrap();
    let code = text.chars().filter(char::is_ascii_digit).collect();
    (link.rsplit('/').next().unwrap().to_owned(), code)
}

pub async fn redeems(phone: &mut Actor, token: &str, code: &str) -> Answer {
    phone.post("/api/join/redeem", json!({ "token": token, "code": code })).await.unwrap()
}

/// The entry of a visit on the board of the day.
pub async fn entry(staff: &mut Actor, visit: &Value) -> Value {
    let today = staff.get("/api/today").await.unwrap().ok().expect("a board");
    today["visits"].as_array().unwrap().iter().find(|one| one["id"] == visit["id"]).cloned().unwrap_or(Value::Null)
}

pub fn participant<'a>(entry: &'a Value, kind: &str) -> &'a Value {
    entry["participants"].as_array().unwrap().iter().find(|one| one["kind"] == kind).expect("a participant")
}

pub async fn admits(staff: &mut Actor, participant: &Value) -> Answer {
    staff.post(&format!("/api/participants/{}/admit", id(participant)), json!({})).await.unwrap()
}

/// A browser with a device key.
pub struct Kiosk {
    pub browser: Actor,
    key: EcdsaKeyPair,
    pub id: Value,
}

impl Kiosk {
    /// The office's kiosk, enrolled, without a session.
    pub async fn enrolled(world: &World, office: &Office) -> Kiosk {
        let mut admin = office.official(world, office.shelter, &[Role::InstitutionAdmin]).await;
        let site = admin.get("/api/sites").await.unwrap().ok().unwrap()[0].clone();
        let kiosk = admin.get(&format!("/api/sites/{}/kiosks", id(&site))).await.unwrap().ok().unwrap()[0].clone();
        let code = admin.post(&format!("/api/kiosks/{}/enrolment-code", id(&kiosk)), json!({})).await.unwrap();
        let code = code.ok().expect("a code")["code"].clone();
        let (key, jwk) = device_key();
        let mut browser = world.somebody();
        let body = json!({ "code": code, "public_key": jwk });
        let answer = browser.post("/api/kiosk/enrol", body).await.unwrap().ok().expect("enrolled");
        Kiosk { browser, key, id: answer["kiosk"].clone() }
    }

    pub async fn with_session(world: &World, office: &Office) -> Kiosk {
        let mut kiosk = Kiosk::enrolled(world, office).await;
        let nonce = kiosk.nonce().await;
        let signature = kiosk.sign(&format!("reencuentro-kiosk:{nonce}"));
        kiosk.opens_session(&nonce, &signature).await.ok().expect("a session");
        kiosk
    }

    pub async fn nonce(&mut self) -> String {
        let body = json!({ "kiosk": self.id });
        let answer = self.browser.post("/api/kiosk/challenge", body).await.unwrap().ok().expect("a challenge");
        answer["nonce"].as_str().unwrap().to_owned()
    }

    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).expect("it signs");
        URL_SAFE_NO_PAD.encode(signature.as_ref())
    }

    pub async fn opens_session(&mut self, nonce: &str, signature: &str) -> Answer {
        let body = json!({ "kiosk": self.id, "nonce": nonce, "signature": signature });
        self.browser.post("/api/kiosk/session", body).await.unwrap()
    }

    pub async fn starts(&mut self, digits: &str) -> Answer {
        self.browser.post("/api/kiosk/start", json!({ "digits": digits })).await.unwrap()
    }
}

fn device_key() -> (EcdsaKeyPair, Value) {
    let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(signing, &SystemRandom::new()).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(signing, document.as_ref()).expect("its own document");
    let point = key.public_key().as_ref().to_vec();
    let part = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": part(1), "y": part(33) });
    (key, jwk)
}

/// An open stream of a board's changes.
pub struct Ear(axum::body::BodyDataStream);

impl Ear {
    /// What is heard within two seconds.
    pub async fn next(&mut self) -> Option<String> {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(2), self.0.next()).await.ok()??;
        Some(String::from_utf8(frame.expect("an open stream").to_vec()).expect("text"))
    }

    /// Whether the server ended it within two seconds, with nothing said before.
    pub async fn is_over(&mut self) -> bool {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(2), self.0.next()).await;
        matches!(frame, Ok(None))
    }
}

pub async fn listens(staff: &mut Actor) -> Ear {
    let response = staff.open("/api/today/events").await.expect("an answer");
    assert_eq!(response.status(), 200);
    Ear(response.into_body().into_data_stream())
}
