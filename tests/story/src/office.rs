//! Who works where in the tests: a shelter with a site and a kiosk, a ministry of Guatemala, another shelter that has
//! nothing to do with any of it. Everybody signs in by a link, like in the demonstration.
use policy::Role;
use reencuentro::auth::{self, LinkPurpose};
use reencuentro::db::Scope;
use reencuentro::demo::Actor;
use reencuentro::directory::{InstitutionKind, SiteKind, seed};
use reencuentro::id::{InstitutionId, SiteId};
use serde_json::{Value, json};

use crate::World;

pub struct Office {
    pub shelter: InstitutionId,
    pub ministry: InstitutionId,
    pub stranger: InstitutionId,
    pub site: SiteId,
}

impl Office {
    pub async fn of(world: &World) -> Office {
        let app = &world.app;
        let mut tx = app.db.begin(Scope::Auth).await.expect("a transaction");
        let kind = InstitutionKind::ShelterOperator;
        let shelter = seed::institution(app, &mut tx, "Casa de prueba", kind, None).await.expect("a shelter");
        let stranger = seed::institution(app, &mut tx, "Otra casa de prueba", kind, None).await.expect("another");
        let foreign = InstitutionKind::ForeignMinistry;
        let ministry =
            seed::institution(app, &mut tx, "Cancillería de prueba", foreign, Some("GT")).await.expect("a ministry");
        let place = (SiteKind::Shelter, "MX", "America/Mexico_City");
        let site = seed::site(app, &mut tx, shelter, "Sitio de prueba", place).await.expect("a site");
        seed::kiosk(app, &mut tx, site, "Quiosco de prueba").await.expect("a kiosk");
        tx.commit().await.expect("committed");
        Office { shelter, ministry, stranger, site }
    }

    /// A new official of an institution, signed in.
    pub async fn official(&self, world: &World, institution: InstitutionId, roles: &[Role]) -> Actor {
        let app = &world.app;
        let mut tx = app.db.begin(Scope::Auth).await.expect("a transaction");
        let id = seed::official(app, &mut tx, institution, "Oficial de prueba", "es").await.expect("an official");
        for role in roles {
            seed::role(app, &mut tx, id, *role).await.expect("a role");
        }
        let token = auth::issue_sign_in_link(app, &mut tx, id, LinkPurpose::Demo).await.expect("a link");
        tx.commit().await.expect("committed");
        let mut actor = world.somebody();
        actor
            .post("/api/auth/demo", json!({ "token": token.expose() }))
            .await
            .expect("an answer")
            .ok()
            .expect("signed in");
        actor
    }

    /// Everything that staff of the shelter do with a case.
    pub async fn staff(&self, world: &World) -> Actor {
        let roles = [Role::Intake, Role::Attendant, Role::Scheduler, Role::ProtectionOfficer];
        self.official(world, self.shelter, &roles).await
    }

    pub async fn consul(&self, world: &World) -> Actor {
        self.official(world, self.ministry, &[Role::Consul, Role::Verifier]).await
    }
}

/// A yes about fear, with the States that were named.
pub fn fears(states: &[&str]) -> Value {
    json!({ "state": "answered", "value": "yes", "note": null, "feared_states": states })
}

pub fn answered(value: &str) -> Value {
    json!({ "state": "answered", "value": value, "note": null })
}

/// An adult from Guatemala without a fear, at the actor's first site; `with` overrides.
pub async fn intake(staff: &mut Actor, with: Value) -> Value {
    let site = staff.get("/api/sites").await.expect("an answer").ok().expect("sites")[0]["id"].clone();
    let mut body = json!({
        "site": site, "names_as_given": "Persona de prueba 14", "birth": { "kind": "exact", "date": "1990-05-01" },
        "language": "mam", "language_variant": "Todos Santos", "probable_nationalities": ["GT"],
        "protection": answered("no"), "child_in_care": { "state": "declined" }, "asked_in_language": "mam",
    });
    override_with(&mut body, with);
    body
}

/// The case file of somebody taken in.
pub async fn takes_in(staff: &mut Actor, with: Value) -> Value {
    let body = intake(staff, with).await;
    staff.post("/api/cases", body).await.expect("an answer").ok().expect("a case")
}

pub fn contact(with: Value) -> Value {
    let mut body = json!({
        "names_as_given": "Familiar de prueba 3", "relation": "mother", "phone": "+502 0000 0003",
        "second_channel": "voice_call", "language": "mam", "country": "GT", "zone": "America/Guatemala",
        "consent": { "language": "mam", "mode": "spoken", "text_version": "contact-relative-1" },
    });
    override_with(&mut body, with);
    body
}

/// The contact that staff named in a case.
pub async fn names(staff: &mut Actor, case: &Value, with: Value) -> Value {
    let path = format!("/api/cases/{}/contacts", id(case));
    staff.post(&path, contact(with)).await.expect("an answer").ok().expect("a contact")
}

/// A consent of the person; `with` overrides.
pub fn consent(with: Value) -> Value {
    let mut body = json!({
        "purpose": "verification", "recipient_institution": null, "contact": null, "given_by": "person",
        "outcome": "given", "language": "mam", "mode": "interpreter", "text_version": "verification-1", "witness": null,
    });
    override_with(&mut body, with);
    body
}

/// A consent event of the person, recorded by staff; `with` overrides.
pub async fn consents(staff: &mut Actor, case: &Value, with: Value) {
    let path = format!("/api/cases/{}/consents", id(case));
    staff.post(&path, consent(with)).await.expect("an answer").ok().expect("a consent event");
}

pub fn vetting() -> Value {
    json!({ "spoken_to": true, "account_compatible": true, "note": "Coincide con lo que dijo la persona." })
}

/// The id of anything that has one.
pub fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

pub fn override_with(body: &mut Value, with: Value) {
    for (name, value) in with.as_object().cloned().unwrap_or_default() {
        body[name] = value;
    }
}
