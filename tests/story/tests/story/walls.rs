//! Row-level security as the database itself sees it, with one policy taken away at a time.
use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgPool, Row};
use story::World;
use story::interview::{Interview, exports, picture};
use uuid::Uuid;

/// Every table that says something about a case; what an interview with an exported file leaves rows in.
const CASE_TABLES: [&str; 24] = [
    "answers",
    "bookings",
    "calls",
    "case_heads",
    "cases",
    "claim_levels",
    "claim_roles",
    "claims",
    "consent_events",
    "contacts",
    "decisions",
    "document_requests",
    "evidence_items",
    "evidence_seen",
    "exports",
    "invitations",
    "kiosk_starts",
    "log_entries",
    "messages",
    "participant_transitions",
    "participants",
    "persons",
    "recommendations",
    "visits",
];
/// An interview without a kiosk, on which nobody recommended yet, leaves nothing here; `seats` stand apart.
const EMPTY: [&str; 4] = ["kiosk_starts", "claim_roles", "recommendations", "decisions"];
/// What no grant opens: answers about fear, what leaves, codes and digits. Only the owner's rows.
const OWNERS_ALONE: [&str; 5] = ["answers", "exports", "invitations", "kiosk_starts", "messages"];
/// What a participant without an account may see of the own visit.
const SEAT_TABLES: [&str; 10] = [
    "bookings",
    "calls",
    "case_heads",
    "cases",
    "consent_events",
    "document_requests",
    "evidence_items",
    "invitations",
    "participant_transitions",
    "participants",
];
const SHIELD: &str = "case_is_not_shielded";

/// Table, policy, whether it only takes away, and for which command: the whole floor, written by hand.
const OTHER_POLICIES: [(&str, &str, &str); 34] = [
    ("audit_rows", "audit_is_read", "SELECT"),
    ("audit_rows", "audit_is_written", "INSERT"),
    ("case_grants", "own_or_granted", "ALL"),
    ("case_heads", "seat_of_the_case", "ALL"),
    ("cases", "seat_of_the_case", "SELECT"),
    ("checkpoints", "log_is_read", "SELECT"),
    ("checkpoints", "sequencer_writes", "INSERT"),
    ("invitations", "door_of_the_link", "ALL"),
    ("jobs", "jobs_are_run", "ALL"),
    ("jobs", "jobs_are_written", "INSERT"),
    ("kiosk_challenges", "sign_in_only", "ALL"),
    ("kiosk_sessions", "sign_in_only", "ALL"),
    ("kiosk_starts", "door_of_the_kiosk", "ALL"),
    ("log_entries", "seat_of_the_case", "INSERT"),
    ("log_entries", "sequencer_reads", "SELECT"),
    ("log_leaves", "log_is_read", "SELECT"),
    ("log_leaves", "sequencer_writes", "INSERT"),
    ("log_nodes", "log_is_read", "SELECT"),
    ("log_nodes", "sequencer_writes", "INSERT"),
    ("log_pending", "appended_is_pending", "INSERT"),
    ("log_pending", "sequencer_takes", "ALL"),
    ("object_intents", "intents_of_everybody", "ALL"),
    ("passkey_ceremonies", "sign_in_only", "ALL"),
    ("passkeys", "sign_in_only", "ALL"),
    ("protection_shields", "shield_is_found", "SELECT"),
    ("protection_shields", "shield_is_raised", "INSERT"),
    ("room_passes", "sign_in_only", "ALL"),
    ("seats", "case_is_seen", "ALL"),
    ("seats", "door_of_the_seat", "SELECT"),
    ("seats", "seat_of_the_visit", "ALL"),
    ("sessions", "sign_in_only", "ALL"),
    ("sign_in_links", "sign_in_only", "ALL"),
    ("visits", "cancelled_is_the_owners", "SELECT"),
    ("visits", "seat_of_the_visit", "SELECT"),
];
const SEAT_OF_THE_VISIT: [&str; 9] = [
    "bookings",
    "calls",
    "consent_events",
    "document_requests",
    "evidence_items",
    "invitations",
    "kiosk_starts",
    "participant_transitions",
    "participants",
];

/// Who looks: the settings of a transaction, as the server makes them.
#[derive(Clone, Debug, Default)]
struct Looker(Vec<(&'static str, String)>);

impl Looker {
    fn official(institution: Uuid, state: &str) -> Looker {
        Looker(vec![
            ("scope", "official".to_owned()),
            ("institution", institution.to_string()),
            ("state", state.to_owned()),
        ])
    }

    fn seat(visit: Uuid) -> Looker {
        Looker(vec![("scope", "seat".to_owned()), ("visit", visit.to_string())])
    }
}

/// How many rows of each table the app role sees as this looker, after `before` was done to the schema. The owner's
/// transaction takes the app role, and is rolled back.
async fn sight(
    world: &World,
    behind: &PgPool,
    before: &str,
    looker: &Looker,
    tables: &[&str],
) -> BTreeMap<String, i64> {
    let mut tx = behind.begin().await.expect("the owner's transaction");
    if !before.is_empty() {
        sqlx::raw_sql(AssertSqlSafe(before.to_owned())).execute(&mut *tx).await.expect("the schema is changed");
    }
    let now = world.clock.now().to_string();
    for (name, value) in looker.0.iter().cloned().chain([("now", now)]) {
        sqlx::query("select set_config($1, $2, true)")
            .bind(format!("app.{name}"))
            .bind(value)
            .execute(&mut *tx)
            .await
            .expect("set");
    }
    sqlx::raw_sql("set local role reencuentro_app").execute(&mut *tx).await.expect("the app role is taken");
    let mut seen = BTreeMap::new();
    for table in tables {
        let count = AssertSqlSafe(format!("select count(*) from {table}"));
        seen.insert((*table).to_owned(), sqlx::query_scalar(count).fetch_one(&mut *tx).await.expect("counted"));
    }
    seen
}

/// An interview with everything that it leaves, and who may look at it.
struct Played {
    world: World,
    behind: PgPool,
    case: Uuid,
    owner: Looker,
    consul: Looker,
    stranger: Looker,
    seat: Looker,
}

impl Played {
    async fn new() -> Played {
        let world = World::new().await;
        let mut call = Interview::of(&world).await;
        let receipt = call.shows(&picture(b"")).await;
        call.describes(&receipt).await;
        call.notes("Nombra a sus hermanos como la persona.", true).await.ok().expect("noted");
        exports(&world, &mut call.staff, &call.ready.case).await;
        let behind = world.behind().await;
        let row = sqlx::query("select case_id, id from visits").fetch_one(&behind).await.expect("one visit");
        let (case, visit) = (row.get("case_id"), row.get("id"));
        let office = &call.office;
        Played {
            case,
            owner: Looker::official(office.shelter.uuid(), "MX"),
            consul: Looker::official(office.ministry.uuid(), "GT"),
            stranger: Looker::official(office.stranger.uuid(), "MX"),
            seat: Looker::seat(visit),
            behind,
            world,
        }
    }

    async fn sees(&self, looker: &Looker, before: &str) -> Vec<String> {
        let seen = sight(&self.world, &self.behind, before, looker, &CASE_TABLES).await;
        seen.into_iter().filter(|(_, rows)| *rows > 0).map(|(table, _)| table).collect()
    }

    /// The case is protected from the consul's State, while the consul's grant is still in force.
    async fn shielded(&self) {
        let raise = "insert into protection_shields (case_id, owner_institution_id, state, reason, at)
            select case_id, institution_id, 'GT', 'named_as_feared', valid_from from case_grants where case_id = $1 and basis = 'owner'";
        sqlx::query(raise).bind(self.case).execute(&self.behind).await.expect("the shield stands");
    }
}

fn filled() -> Vec<String> {
    CASE_TABLES.iter().filter(|table| !EMPTY.contains(table)).map(|table| (*table).to_owned()).collect()
}

/// What a grant opens of it.
fn granted() -> Vec<String> {
    filled().into_iter().filter(|table| !OWNERS_ALONE.contains(&table.as_str())).collect()
}

#[tokio::test]
async fn the_schema_has_these_policies_and_no_other_and_forces_them_where_a_case_is() {
    let world = World::new().await;
    let behind = world.behind().await;
    let rows = sqlx::query("select tablename::text t, policyname::text p, permissive, cmd from pg_policies")
        .fetch_all(&behind)
        .await
        .unwrap();
    let mut found: Vec<(String, String, bool, String)> = rows
        .iter()
        .map(|row| (row.get("t"), row.get("p"), row.get::<String, _>("permissive") == "RESTRICTIVE", row.get("cmd")))
        .collect();
    found.sort();
    let named = |(table, policy, cmd): (&str, &str, &str)| {
        (table.to_owned(), policy.to_owned(), [SHIELD, "cancelled_is_the_owners"].contains(&policy), cmd.to_owned())
    };
    let mut expected: Vec<_> = OTHER_POLICIES.into_iter().map(named).collect();
    expected.extend(CASE_TABLES.map(|table| named((table, "case_is_seen", "ALL"))));
    expected.extend(CASE_TABLES.iter().chain(&["seats"]).map(|table| named((table, SHIELD, "ALL"))));
    expected.extend(SEAT_OF_THE_VISIT.map(|table| named((table, "seat_of_the_visit", "ALL"))));
    expected.sort();
    assert_eq!(found, expected);
    let open: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
         and not (relrowsecurity and relforcerowsecurity) and relname <> '_sqlx_migrations' order by 1",
    )
    .fetch_all(&behind)
    .await
    .unwrap();
    assert_eq!(
        open,
        ["institutions", "kiosks", "officials", "role_assignments", "sites"],
        "the directory alone is open"
    );
}

#[tokio::test]
async fn who_has_no_part_in_a_case_sees_no_row_of_it_and_who_has_sees_it() {
    let played = Played::new().await;
    assert_eq!(played.sees(&played.owner, "").await, filled());
    assert_eq!(played.sees(&played.consul, "").await, granted());
    assert_eq!(played.sees(&played.stranger, "").await, Vec::<String>::new());
    assert_eq!(played.sees(&Looker::default(), "").await, Vec::<String>::new());
    let nobody = Looker::seat(Uuid::nil());
    assert_eq!(played.sees(&nobody, "").await, Vec::<String>::new());
    let seat = played.sees(&played.seat, "").await;
    let mut mine: Vec<String> = SEAT_TABLES.map(str::to_owned).to_vec();
    mine.push("visits".to_owned());
    assert_eq!(seat, mine, "a seat sees the visit, not the file");
}

#[tokio::test]
async fn the_shield_hides_every_row_from_the_home_state_and_from_nobody_else() {
    let played = Played::new().await;
    played.shielded().await;
    assert_eq!(played.sees(&played.consul, "").await, Vec::<String>::new());
    assert_eq!(played.sees(&played.owner, "").await, filled());
}

/// The one check above fails for each table whose shield is dropped: so it would be noticed. Where a grant opens nothing,
/// the shield stands behind another wall, which is taken away first.
#[tokio::test]
async fn a_shield_that_is_dropped_from_one_table_shows_that_table() {
    let played = Played::new().await;
    played.shielded().await;
    for table in filled() {
        let first = match OWNERS_ALONE.contains(&table.as_str()) {
            true => opened(&table),
            false => String::new(),
        };
        assert_eq!(played.sees(&played.consul, &first).await, Vec::<String>::new());
        let seen = played.sees(&played.consul, &format!("{first}; drop policy {SHIELD} on {table}")).await;
        assert_eq!(seen, [table]);
    }
}

fn opened(table: &str) -> String {
    format!("drop policy case_is_seen on {table}; create policy case_is_seen on {table} using (true)")
}

#[tokio::test]
async fn a_policy_that_lets_everybody_in_would_be_seen_by_a_stranger() {
    let played = Played::new().await;
    for table in filled() {
        assert_eq!(played.sees(&played.stranger, &opened(&table)).await, [table]);
    }
}
