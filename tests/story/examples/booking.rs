//! Bookings a second through the whole server, beside the bare INSERT with the same constraints in the same run.
//! Prints one JSON line per figure. Run by `tests/bench.sh booking`.
use std::time::Instant;

use jiff::ToSpan;
use jiff::civil::DateTime;
use policy::Role;
use reencuentro::auth::{self, LinkPurpose};
use reencuentro::db::Scope;
use reencuentro::directory::{InstitutionKind, SiteKind, seed};
use serde_json::{Value, json};
use sqlx::PgPool;
use story::{Actor, World};

/// As many as the server's own pool would let through at once.
const CLIENTS: usize = 16;
/// Rounds not counted: they pay for connections and plans.
const WARM_UP: usize = 1;
const ROUNDS: usize = 3;
const PER_CLIENT: usize = 40;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let world = World::new().await;
    let (staff, site) = staff(&world).await?;
    let behind = world.behind().await;
    bare_table(&behind).await?;
    let mut clients = vec![];
    for number in 0..CLIENTS {
        clients.push(client(staff.clone(), &site, number).await?);
    }
    let (mut server, mut bare) = (vec![], vec![]);
    for round in 0..WARM_UP + ROUNDS {
        let pair = (through_the_server(&clients, round).await?, bare_inserts(&behind, round).await?);
        if round >= WARM_UP {
            server.push(pair.0);
            bare.push(pair.1);
        }
    }
    tell("server", &server);
    tell("bare_insert", &bare);
    let ratios = server.iter().zip(&bare).map(|(server, bare)| server.per_second() / bare.per_second()).collect();
    figure("ratio", percentile(ratios, 0.5), "server / bare insert, requests/s, median of pairs", ROUNDS);
    Ok(())
}

/// One round of one of the two.
struct Round {
    wall_s: f64,
    each_ms: Vec<f64>,
}

impl Round {
    fn per_second(&self) -> f64 {
        self.each_ms.len() as f64 / self.wall_s
    }
}

fn percentile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

fn tell(who: &str, rounds: &[Round]) {
    let rates = rounds.iter().map(Round::per_second).collect();
    let each_ms: Vec<f64> = rounds.iter().flat_map(|round| round.each_ms.iter().copied()).collect();
    figure(&format!("{who}.rate"), percentile(rates, 0.5), "requests/s, median round", rounds.len());
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        figure(&format!("{who}.{name}"), percentile(each_ms.clone(), share), "ms", each_ms.len());
    }
}

fn figure(name: &str, value: f64, unit: &str, n: usize) {
    println!("{}", json!({ "figure": name, "value": value, "unit": unit, "n": n }));
}

async fn staff(world: &World) -> anyhow::Result<(Actor, Value)> {
    let app = &world.app;
    let mut tx = app.db.begin(Scope::Auth).await?;
    let made = async {
        let institution =
            seed::institution(app, &mut tx, "Casa de muestra", InstitutionKind::ShelterOperator, None).await?;
        let zone = (SiteKind::Shelter, "MX", "America/Mexico_City");
        seed::site(app, &mut tx, institution, "Sitio de muestra", zone).await?;
        let official = seed::official(app, &mut tx, institution, "Oficial de muestra", "es").await?;
        for role in [Role::Intake, Role::Attendant, Role::Scheduler, Role::InstitutionAdmin] {
            seed::role(app, &mut tx, official, role).await?;
        }
        Ok::<_, reencuentro::http::Problem>(auth::issue_sign_in_link(app, &mut tx, official, LinkPurpose::Demo).await?)
    };
    let token = made.await.map_err(|problem| anyhow::anyhow!("{}", problem.code()))?;
    tx.commit().await?;
    let mut actor = world.somebody();
    actor.post("/api/auth/demo", json!({ "token": token.expose() })).await?.ok()?;
    let site = actor.get("/api/sites").await?.ok()?[0]["id"].clone();
    Ok((actor, site))
}

struct Client {
    actor: Actor,
    visit: Value,
}

/// Each client books for a person, a relative and a kiosk of its own: what is measured is the way, not the waiting.
async fn client(mut actor: Actor, site: &Value, number: usize) -> anyhow::Result<Client> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kiosk = actor
        .post(&format!("/api/sites/{}/kiosks", text(site)), json!({ "name": format!("Quiosco {number}") }))
        .await?
        .ok()?;
    let no = json!({ "state": "answered", "value": "no", "note": null });
    let intake = json!({ "site": site, "names_as_given": format!("Persona de prueba {number}"),
        "birth": { "kind": "exact", "date": "1990-01-01" }, "language": "es", "language_variant": null,
        "probable_nationalities": ["GT"], "protection": no, "child_in_care": no, "asked_in_language": "es" });
    let case = actor.post("/api/cases", intake).await?.ok()?["id"].clone();
    let contact = json!({ "names_as_given": "Familiar de prueba", "relation": "mother", "phone": format!("+502000000{number:02}"),
        "second_channel": "voice_call", "language": "es", "country": "GT", "zone": "America/Guatemala",
        "consent": { "language": "es", "mode": "spoken", "text_version": "contact-relative-1" } });
    let contact = actor.post(&format!("/api/cases/{}/contacts", text(&case)), contact).await?.ok()?["id"].clone();
    let vetting = json!({ "spoken_to": true, "account_compatible": true, "note": "de prueba" });
    actor.post(&format!("/api/contacts/{}/approve", text(&contact)), vetting).await?.ok()?;
    let visit = json!({ "case": case, "type": "family", "contact": contact, "kiosk": kiosk["id"], "official": null,
        "duration_min": 20 });
    Ok(Client { actor, visit })
}

/// Slots that touch but do not overlap.
fn slot(round: usize, number: usize) -> DateTime {
    let first = jiff::civil::date(2027, 3, 16).at(0, 0, 0, 0);
    first + ((round * PER_CLIENT + number) as i64 * 30).minutes()
}

async fn through_the_server(clients: &[Client], round: usize) -> anyhow::Result<Round> {
    let start = Instant::now();
    let mut tasks = vec![];
    for client in clients {
        let (mut actor, mut visit) = (client.actor.clone(), client.visit.clone());
        tasks.push(tokio::spawn(async move {
            let mut each = vec![];
            for number in 0..PER_CLIENT {
                visit["local_start"] = json!(slot(round, number).to_string());
                let start = Instant::now();
                actor.post("/api/visits", visit.clone()).await?.ok()?;
                each.push(start.elapsed().as_secs_f64() * 1e3);
            }
            anyhow::Ok(each)
        }));
    }
    collect(start, tasks).await
}

async fn bare_table(behind: &PgPool) -> anyhow::Result<()> {
    let sql = "create table bare (kiosk int, person int, contact int, busy tstzrange,
        exclude using gist (kiosk with =, busy with &&), exclude using gist (person with =, busy with &&),
        exclude using gist (contact with =, busy with &&))";
    sqlx::query(sql).execute(behind).await?;
    Ok(())
}

async fn bare_inserts(behind: &PgPool, round: usize) -> anyhow::Result<Round> {
    let start = Instant::now();
    let mut tasks = vec![];
    for client in 0..CLIENTS as i32 {
        let behind = behind.clone();
        tasks.push(tokio::spawn(async move {
            let mut each = vec![];
            for number in 0..PER_CLIENT {
                let from = slot(round, number).to_string();
                let start = Instant::now();
                let sql = "insert into bare values ($1, $1, $1, tstzrange($2::timestamptz, $2::timestamptz + interval '25 min'))";
                sqlx::query(sql).bind(client).bind(from).execute(&behind).await?;
                each.push(start.elapsed().as_secs_f64() * 1e3);
            }
            anyhow::Ok(each)
        }));
    }
    collect(start, tasks).await
}

async fn collect(
    start: Instant,
    tasks: Vec<tokio::task::JoinHandle<anyhow::Result<Vec<f64>>>>,
) -> anyhow::Result<Round> {
    let mut each_ms = vec![];
    for task in tasks {
        each_ms.extend(task.await??);
    }
    Ok(Round { wall_s: start.elapsed().as_secs_f64(), each_ms })
}
