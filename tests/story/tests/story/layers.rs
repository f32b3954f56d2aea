//! Two layers answer who may read what: `policy::decide()` above, row-level security below. In towns drawn by dice they
//! agree, with each other and with what was done there. A failure names the seed; `STORY_SEED=n` draws that town alone.
mod dice;
mod town;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::{Request, header};
use policy::{Action, Facts, Principal, Refusal, Role, Standing, decide};
use reencuentro::auth::{self, Act, Denied};
use reencuentro::db::{Scope, Tx};
use reencuentro::id::CaseId;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use tower::ServiceExt;
use town::{Case, Official, Town};

/// What stands in a table is read by this act; the floor shows it to an institution exactly where somebody there could be
/// allowed to.
const READ_BY: [(&str, Action); 15] = [
    ("cases", Action::ReadCase),
    ("persons", Action::ReadCase),
    ("contacts", Action::ReadCase),
    ("consent_events", Action::ReadCase),
    ("visits", Action::ReadVisit),
    ("bookings", Action::ReadVisit),
    ("participants", Action::ReadVisit),
    ("claims", Action::ReadClaim),
    ("evidence_items", Action::ReadEvidence),
    // Among them what somebody said about fear: read by who may ask.
    ("answers", Action::RecordAnswer),
    ("exports", Action::ReadExport),
    // Codes and digits in them.
    ("messages", Action::ReadOutCode),
    ("invitations", Action::SendCodeAgain),
    ("kiosk_starts", Action::SendCodeAgain),
    ("audit_rows", Action::ReadAccess),
];

type Seen = BTreeMap<&'static str, bool>;

async fn rows(conn: &mut sqlx::PgConnection, case: CaseId) -> Seen {
    let of = |table: &str| match table {
        "cases" => "id = $1",
        // A list is one row with all its cases (model: log and audit), seen by the owner of each; these are about one.
        "audit_rows" => "case_ids = array[$1]",
        _ => "case_id = $1",
    };
    let exists = READ_BY.map(|(table, _)| format!("exists (select 1 from {table} where {})", of(table)));
    let sql = AssertSqlSafe(format!("select array[{}]", exists.join(", ")));
    let seen: Vec<bool> = sqlx::query_scalar(sql).bind(case.uuid()).fetch_one(conn).await.expect("counted");
    READ_BY.iter().map(|(table, _)| *table).zip(seen).collect()
}

async fn seen_in(town: &Town, scope: Scope, case: &Case) -> Seen {
    let mut tx = town.world.app.db.begin(scope).await.expect("a transaction");
    rows(tx.conn(), case.id).await
}

/// As every handler gets its official.
async fn official_of(town: &Town, cookie: &str) -> auth::Official {
    let (mut parts, ()) = Request::get("/api/cases").header(header::COOKIE, cookie).body(()).unwrap().into_parts();
    auth::Official::from_request_parts(&mut parts, &town.world.app).await.expect("signed in")
}

/// The server's own answer; what it writes down is taken back.
async fn allowed(
    town: &Town,
    tx: &mut Tx,
    official: &auth::Official,
    (action, case): (Action, CaseId),
) -> Result<(), Refusal> {
    let act = Act::new(action, policy::Purpose::Care, case);
    match auth::allow(&town.world.app, tx, official, act).await {
        Ok(()) => Ok(()),
        Err(Denied::Refused(refusal)) => Err(refusal),
        Err(Denied::Database(error)) => panic!("{error}"),
    }
}

/// Status and body.
async fn gets(town: &Town, path: &str, cookie: &str) -> (u16, Value) {
    let request = Request::get(path).header(header::COOKIE, cookie).header("sec-fetch-site", "same-origin");
    let answer = town.world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, 1024 * 1024).await.expect("a short answer");
    (parts.status.as_u16(), serde_json::from_slice(&bytes).expect("JSON"))
}

async fn status(town: &Town, path: String, cookie: &str) -> u16 {
    gets(town, &path, cookie).await.0
}

/// What a list shows; nothing where it is refused.
async fn listed(town: &Town, path: &str, who: &Official) -> BTreeSet<String> {
    let (status, list) = gets(town, path, &who.cookie).await;
    assert!(status == 200 || status == 403, "{path}: {status}");
    let ids = list.as_array().into_iter().flatten().map(|one| one["id"].as_str().expect("an id").to_owned());
    ids.collect()
}

fn status_of(answer: Result<(), Refusal>) -> u16 {
    match answer {
        Ok(()) => 200,
        Err(Refusal::NotVisible) => 404,
        Err(_) => 403,
    }
}

/// Everything that does not agree about one official and one case.
struct Look<'a> {
    town: &'a Town,
    who: &'a Official,
    case: &'a Case,
    /// By what was done in the town.
    facts: Facts,
    exists: &'a Seen,
    faults: Vec<String>,
}

impl Look<'_> {
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            let words = self.town.words(self.who, self.case);
            self.faults.push(format!("{what}: {found:?}, expected {expected:?}; {words}"));
        }
    }

    fn decides(&self, action: Action, roles: Vec<Role>) -> Result<(), Refusal> {
        decide(&Principal::Official { roles, has_stepped_up: true }, action, &self.facts).map(|_| ())
    }

    /// What the official may do, by the town's own account.
    fn may(&self, action: Action) -> Result<(), Refusal> {
        self.decides(action, self.who.roles_at(self.case))
    }

    async fn goes(&mut self) {
        let official = official_of(self.town, &self.who.cookie).await;
        self.one_case(&official).await;
        self.lists(&official).await;
        self.routes().await;
    }

    async fn one_case(&mut self, official: &auth::Official) {
        let (town, id) = (self.town, self.case.id);
        let mut tx = town.world.app.db.begin(official.scope()).await.expect("a transaction");
        let seen = rows(tx.conn(), id).await;
        let reach = auth::reach(&mut tx, official, id).await.expect("the facts");
        self.same("facts", reach.facts, self.facts);
        for (table, action) in READ_BY {
            let somebody_may = self.decides(action, Role::ALL.to_vec()).is_ok();
            self.same(table, seen[table], self.exists[table] && somebody_may);
        }
        for action in Action::ALL.iter().filter(|action| action.concerns_case() && auth::may(&reach, **action)) {
            self.same(&format!("to {} what is not there", action.as_str()), seen["cases"], true);
        }
        for action in [Action::ReadCase, Action::ReadVisit, Action::ReadClaim, Action::ReadEvidence] {
            let answer = allowed(town, &mut tx, official, (action, id)).await;
            self.same(action.as_str(), answer, self.may(action));
            self.same("not visible above, and below", answer == Err(Refusal::NotVisible), !seen["cases"]);
        }
    }

    /// A list shows what could be opened one by one.
    async fn lists(&mut self, official: &auth::Official) {
        let seen = seen_in(self.town, official.scope_for(Action::ListCases), self.case).await;
        self.same("listed", seen["cases"], self.may(Action::ReadCase).is_ok());
        let seen = seen_in(self.town, official.scope_for(Action::ReadDay), self.case).await;
        self.same("in the calendar", seen["visits"], self.is_in_calendar());
    }

    async fn routes(&mut self) {
        let (town, cookie) = (self.town, &self.who.cookie);
        let found = status(town, format!("/api/cases/{}", self.case.public_id), cookie).await;
        self.same("GET case", found, status_of(self.may(Action::ReadCase)));
        if let Some(claim) = &self.case.claim {
            let found = status(town, format!("/api/claims/{claim}"), cookie).await;
            self.same("GET claim", found, status_of(self.may(Action::ReadClaim)));
        }
        if let Some(visit) = &self.case.visit {
            let found = status(town, format!("/api/visits/{visit}"), cookie).await;
            // A family visit is nobody's who was admitted: only the house's own, and whose officials take part.
            let is_owner = self.facts.standing == Standing::Owner;
            let expected = if is_owner { status_of(self.may(Action::ReadVisit)) } else { 404 };
            self.same("GET visit", found, expected);
        }
    }

    /// In a calendar only with a role that reads days; of a family visit nothing is shown to who was admitted.
    fn is_in_calendar(&self) -> bool {
        let mut roles = self.who.roles_at(self.case);
        roles.retain(|role| Action::ReadDay.roles().contains(role));
        self.exists["visits"] && self.decides(Action::ReadVisit, roles).is_ok()
    }

    /// What kind of pair this is.
    fn kind(&self) -> &'static str {
        match (self.facts.standing, self.facts.is_shielded, self.may(Action::ReadCase)) {
            (Standing::Owner, _, Ok(())) => "own",
            (Standing::Owner, _, Err(_)) => "own, without the role",
            (Standing::Granted(_), true, _) => "granted, behind a shield",
            (Standing::Granted(_), false, Ok(())) => "granted",
            (Standing::Granted(_), false, Err(_)) => "granted, without the role",
            (Standing::Stranger, ..) if self.who.house == self.case.house => "own house, out of reach",
            (Standing::Stranger, ..) => "stranger",
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_decided_and_what_the_database_shows_is_the_same_for_everybody_and_every_case() {
    let alone = std::env::var("STORY_SEED").ok().map(|seed| seed.parse::<u64>().expect("a number"));
    let seeds = alone.map_or_else(|| (1..=3).collect(), |seed| vec![seed]);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in &seeds {
        let town = Town::drawn(*seed).await;
        let mut behind = town.world.behind().await.acquire().await.expect("the owner");
        let mut exists = vec![];
        for case in &town.cases {
            exists.push(rows(&mut behind, case.id).await);
        }
        for who in &town.officials {
            let (mut faults, mut cases, mut calendar) = (vec![], BTreeSet::new(), BTreeSet::new());
            for (case, exists) in town.cases.iter().zip(&exists) {
                let facts = town.facts(who, case);
                let mut look = Look { town: &town, who, case, facts, exists, faults: vec![] };
                look.goes().await;
                *kinds.entry(look.kind()).or_default() += 1;
                cases.extend(look.may(Action::ReadCase).is_ok().then(|| case.public_id.clone()));
                let is_own = look.facts.standing == Standing::Owner;
                calendar.extend(case.visit.clone().filter(|_| is_own && look.is_in_calendar()));
                faults.append(&mut look.faults);
            }
            assert_eq!(faults, Vec::<String>::new(), "STORY_SEED={seed}");
            let lists = [("/api/cases", cases), ("/api/visits?from=2027-03-15&to=2027-03-20", calendar)];
            for (list, expected) in lists {
                assert_eq!(listed(&town, list, who).await, expected, "STORY_SEED={seed}: {list}, {:?}", who.held);
            }
        }
    }
    let pairs: usize = kinds.values().sum();
    assert!(alone.is_some() || (pairs >= 200 && kinds.len() == 7), "too little was drawn: {kinds:?}");
}

#[tokio::test]
async fn a_seat_sees_its_own_visit_and_nothing_of_another() {
    let town = Town::drawn(11).await;
    let behind = town.world.behind().await;
    let visits: Vec<(uuid::Uuid, uuid::Uuid)> =
        sqlx::query_as("select id, case_id from visits").fetch_all(&behind).await.expect("visits");
    for (visit, case) in &visits {
        for other in &town.cases {
            let is_own = other.id.uuid() == *case;
            let facts = Facts { is_in_visit: is_own, ..Facts::of(Standing::Stranger) };
            let may = decide(&Principal::Contact, Action::JoinCall, &facts).is_ok();
            let seen = seen_in(&town, Scope::Seat { visit: (*visit).into() }, other).await;
            let shown: Vec<&str> = seen.into_iter().filter(|(_, is_seen)| *is_seen).map(|(table, _)| table).collect();
            let own = ["bookings", "cases", "invitations", "kiosk_starts", "participants", "visits"];
            assert_eq!(shown, if may { own.to_vec() } else { vec![] });
        }
    }
    assert!(visits.len() > 1);
}
