//! Who lives in the demo world, and what happened to them before somebody opens it.
use jiff::{SignedDuration, ToSpan};
use policy::Role;
use serde_json::{Value, json};

use super::summary::Booked;
use super::{Actor, summary};
use crate::app::App;
use crate::auth::{self, LinkPurpose};
use crate::db::{Scope, Tx};
use crate::directory::seed;
use crate::directory::{InstitutionKind, SiteKind};
use crate::http::Problem;
use crate::id::OfficialId;

const ZONE: &str = "America/Mexico_City";
const CONTACT_ZONE: &str = "America/Guatemala";
/// Long enough that somebody who reads the README first is not late.
const VISIT_MIN: i64 = 60;

/// One who can sign in, as told to whoever opens the demo.
struct DemoOfficial {
    name: &'static str,
    roles: &'static [Role],
    at_ministry: bool,
}

const OFFICIALS: [DemoOfficial; 4] = [
    DemoOfficial {
        name: "Oficial A de muestra",
        roles: &[Role::Intake, Role::Attendant, Role::Scheduler, Role::ProtectionOfficer],
        at_ministry: false,
    },
    DemoOfficial { name: "Oficial B de muestra (cónsul)", roles: &[Role::Consul, Role::Verifier], at_ministry: true },
    DemoOfficial { name: "Oficial C de muestra", roles: &[Role::Decider], at_ministry: false },
    DemoOfficial { name: "Oficial D de muestra", roles: &[Role::InstitutionAdmin], at_ministry: false },
];

/// Makes the world where it is missing, books visits that start now, and tells how to open it: on the terminal and in
/// `demo.json` in the data folder.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    let officials = officials(app).await?;
    let runner = app.runner();
    let mut staff = signed_in(app, officials[0]).await?;
    let mut admin = signed_in(app, officials[3]).await?;
    let site = staff.get("/api/sites").await?.ok()?[0]["id"].clone();
    let kiosk = kiosk(&mut admin, &site).await?;
    let mut consul = signed_in(app, officials[1]).await?;
    let family = family_visit(app, &mut staff, &site, &kiosk["id"]).await?;
    let verification = verification_visit(app, &mut staff, &mut consul, &site).await?;
    while runner.run_due().await? > 0 {}
    let told = json!({
        "base_url": app.config.public_url.as_str().trim_end_matches('/'),
        "officials": sign_in_links(app, &officials).await?,
        "kiosk": { "url": page(app, "kiosk/"), "name": kiosk["name"], "enrolment_code": kiosk["enrolment_code"] },
        "family_visit": summary::of_visit(&mut staff, &site, &family).await?,
        "verification_visit": summary::of_visit(&mut staff, &site, &verification).await?,
        "trust_url": page(app, "api/trust"),
    });
    summary::write(&app.config.data.join("demo.json"), &told)?;
    println!("{}", summary::lines(&told));
    Ok(())
}

fn page(app: &App, path: &str) -> String {
    app.config.public_url.join(path).map_or_else(|_| path.to_owned(), Into::into)
}

/// The demo's officials in the order of [`OFFICIALS`]; made with their institutions at the first start.
async fn officials(app: &App) -> anyhow::Result<Vec<OfficialId>> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let mut found = vec![];
    for official in &OFFICIALS {
        found.extend(seed::official_named(&mut tx, official.name).await?);
    }
    if found.is_empty() {
        found = make_directory(app, &mut tx).await.map_err(|problem| anyhow::anyhow!("{}", problem.code()))?;
    }
    tx.commit().await?;
    anyhow::ensure!(found.len() == OFFICIALS.len(), "the demo data is half there: remove the data folder");
    Ok(found)
}

async fn make_directory(app: &App, tx: &mut Tx) -> Result<Vec<OfficialId>, Problem> {
    let shelter = seed::institution(app, tx, "Casa de muestra", InstitutionKind::ShelterOperator, None).await?;
    let ministry =
        seed::institution(app, tx, "Cancillería de muestra", InstitutionKind::ForeignMinistry, Some("GT")).await?;
    seed::site(app, tx, shelter, "Sitio de muestra Norte", (SiteKind::Shelter, "MX", ZONE)).await?;
    let mut made = vec![];
    for official in &OFFICIALS {
        let institution = if official.at_ministry { ministry } else { shelter };
        let id = seed::official(app, tx, institution, official.name, "es").await?;
        for role in official.roles {
            seed::role(app, tx, id, *role).await?;
        }
        made.push(id);
    }
    Ok(made)
}

async fn sign_in_token(app: &App, official: OfficialId) -> anyhow::Result<String> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let token = auth::issue_sign_in_link(app, &mut tx, official, LinkPurpose::Demo).await?;
    tx.commit().await?;
    Ok(token.expose().to_owned())
}

async fn signed_in(app: &App, official: OfficialId) -> anyhow::Result<Actor> {
    let mut actor = Actor::new(app.router());
    let token = sign_in_token(app, official).await?;
    actor.post("/api/auth/demo", json!({ "token": token })).await?.ok()?;
    Ok(actor)
}

async fn sign_in_links(app: &App, officials: &[OfficialId]) -> anyhow::Result<Value> {
    let mut links = vec![];
    for (id, official) in officials.iter().zip(&OFFICIALS) {
        let url = page(app, &format!("desk/#demo={}", sign_in_token(app, *id).await?));
        links.push(json!({ "name": official.name, "roles": official.roles, "sign_in_url": url }));
    }
    Ok(Value::Array(links))
}

/// A kiosk in use, and a fresh code while no device is enrolled.
async fn kiosk(admin: &mut Actor, site: &Value) -> anyhow::Result<Value> {
    let path = format!("/api/sites/{}/kiosks", text(site));
    let known = admin.get(&path).await?.ok()?;
    let known: Vec<&Value> = known.as_array().into_iter().flatten().collect();
    let name = format!("Quiosco {}", known.len() + 1);
    let mut kiosk = match known.into_iter().find(|kiosk| kiosk["state"] != "revoked") {
        Some(kiosk) => kiosk.clone(),
        None => admin.post(&path, json!({ "name": name })).await?.ok()?,
    };
    if kiosk["state"] != "enrolled" {
        let code = admin.post(&format!("/api/kiosks/{}/enrolment-code", text(&kiosk["id"])), json!({})).await?.ok()?;
        kiosk["enrolment_code"] = code["code"].clone();
    }
    Ok(kiosk)
}

struct Names {
    person: &'static str,
    contact: &'static str,
    relation: &'static str,
    phone: &'static str,
}

async fn family_visit(app: &App, staff: &mut Actor, site: &Value, kiosk: &Value) -> anyhow::Result<Booked> {
    let names = Names {
        person: "Persona de prueba 14",
        contact: "Familiar de prueba 3",
        relation: "mother",
        phone: "+50200000003",
    };
    let file = match known(staff, &names).await? {
        Some(file) => file,
        None => takes_in(staff, site, &names).await?,
    };
    book(app, staff, &file, json!({ "type": "family", "kiosk": kiosk, "official": null })).await
}

async fn verification_visit(app: &App, staff: &mut Actor, consul: &mut Actor, site: &Value) -> anyhow::Result<Booked> {
    let names = Names {
        person: "Persona de prueba 9",
        contact: "Familiar de prueba 5",
        relation: "sibling",
        phone: "+50200000005",
    };
    let consul = consul.get("/api/me").await?.ok()?;
    let file = match known(staff, &names).await? {
        Some(file) => file,
        None => {
            let file = takes_in(staff, site, &names).await?;
            admit_institution(app, staff, &file["id"], &consul["institution"]["id"]).await?;
            file
        }
    };
    let official = &consul["official"]["id"];
    book(app, staff, &file, json!({ "type": "verification", "kiosk": null, "official": official })).await
}

/// The person consents to the consulate and to verification; the protection officer opens the case to it for a month.
async fn admit_institution(app: &App, staff: &mut Actor, case: &Value, institution: &Value) -> anyhow::Result<()> {
    let path = format!("/api/cases/{}", text(case));
    let consent = |purpose: &str, text: &str, recipient: &Value| {
        json!({ "purpose": purpose, "recipient_institution": recipient, "contact": null, "given_by": "person",
            "outcome": "given", "language": "es", "mode": "spoken", "text_version": text, "witness": null })
    };
    for body in [
        consent("share_with_institution", "share-with-institution-1", institution),
        consent("verification", "verification-1", &Value::Null),
    ] {
        staff.post(&format!("{path}/consents"), body).await?.ok()?;
    }
    let until = app.clock.now() + SignedDuration::from_hours(24 * 30);
    let grant = json!({ "institution": institution, "purpose": "verification", "valid_until": until });
    staff.post(&format!("{path}/grants"), grant).await?.ok()?;
    Ok(())
}

/// The case file of that name. What became of it since it was made stays as it is: somebody may have withdrawn a
/// consent, refused the relative or told of a fear, and no start undoes that.
async fn known(staff: &mut Actor, names: &Names) -> anyhow::Result<Option<Value>> {
    let cases = staff.get("/api/cases").await?.ok()?;
    let known = cases.as_array().into_iter().flatten().find(|case| case["names_as_given"] == names.person);
    let Some(known) = known else { return Ok(None) };
    Ok(Some(staff.get(&format!("/api/cases/{}", text(&known["id"]))).await?.ok()?))
}

/// A new case with an approved contact.
async fn takes_in(staff: &mut Actor, site: &Value, names: &Names) -> anyhow::Result<Value> {
    let intake = json!({
        "site": site, "names_as_given": names.person, "birth": { "kind": "approximate", "year_earliest": 1990, "year_latest": 1994 },
        "language": "es", "language_variant": null, "probable_nationalities": ["GT"],
        "protection": { "state": "answered", "value": "no", "note": null }, "child_in_care": { "state": "answered", "value": "no", "note": null },
        "asked_in_language": "es"
    });
    let case = staff.post("/api/cases", intake).await?.ok()?["id"].clone();
    let path = format!("/api/cases/{}", text(&case));
    let contact = json!({
        "names_as_given": names.contact, "relation": names.relation, "phone": names.phone, "second_channel": "voice_call",
        "language": "es", "country": "GT", "zone": CONTACT_ZONE,
        "consent": { "language": "es", "mode": "spoken", "text_version": "contact-relative-1" }
    });
    let contact = staff.post(&format!("{path}/contacts"), contact).await?.ok()?["id"].clone();
    let vetting = json!({ "spoken_to": true, "account_compatible": true, "note": "Llamada de muestra: coincide con lo que dijo la persona." });
    staff.post(&format!("/api/contacts/{}/approve", text(&contact)), vetting).await?.ok()?;
    staff.get(&path).await?.ok()
}

/// Books at the next minute of the site; a visit of an earlier start that still runs is kept.
async fn book(app: &App, staff: &mut Actor, file: &Value, mut visit: Value) -> anyhow::Result<Booked> {
    let now = app.clock.now();
    let is_running = |known: &&Value| {
        let ends: Option<jiff::Timestamp> = known["ends_at"].as_str().and_then(|at| at.parse().ok());
        matches!(known["state"].as_str(), Some("booked" | "live")) && ends.is_some_and(|at| at > now)
    };
    if let Some(known) = file["visits"].as_array().into_iter().flatten().find(is_running) {
        return Ok(Booked::Visit(known.clone()));
    }
    let start = now.in_tz(ZONE)?.datetime().checked_add(1.minute())?.with().second(0).subsec_nanosecond(0).build()?;
    visit["case"] = file["id"].clone();
    visit["contact"] = file["contacts"][0]["id"].clone();
    visit["local_start"] = json!(start.to_string());
    visit["duration_min"] = json!(VISIT_MIN);
    let answer = staff.post("/api/visits", visit).await?;
    Ok(if answer.status.is_success() { Booked::Visit(answer.json()) } else { Booked::NotNow(answer.json()) })
}

fn text(id: &Value) -> &str {
    id.as_str().unwrap_or_default()
}
