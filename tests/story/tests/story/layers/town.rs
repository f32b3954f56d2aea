//! A town drawn by dice: six institutions, cases in the care of three of them, grants and consents that come and go, fears
//! told early or late, officials with roles at sites and in time. What is true of it is kept beside the database, so
//! that neither layer is its own oracle.
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, header};
use jiff::{SignedDuration, Timestamp};
use policy::{Facts, Purpose, Role, Standing};
use reencuentro::auth::{self, LinkPurpose};
use reencuentro::db::Scope;
use reencuentro::demo::Actor;
use reencuentro::directory::{InstitutionKind, SiteKind, seed};
use reencuentro::id::{CaseId, InstitutionId, SiteId};
use serde_json::{Value, json};
use story::World;
use story::interview::asks_for_export;
use story::office::{Office, answered, consents, fears, id, names, takes_in, vetting};
use story::visit::{Ready, books};
use tower::ServiceExt;
use uuid::Uuid;

use super::dice::Dice;

const CASES: usize = 7;
const OFFICIALS: usize = 16;
const STATES: [&str; 3] = ["GT", "HN", "MX"];
/// A grant is for less than this, or for a month; then the town is looked at.
const A_WHILE: SignedDuration = SignedDuration::from_hours(3);
const ALL_CASE_ROLES: [Role; 5] =
    [Role::Intake, Role::Attendant, Role::Scheduler, Role::ProtectionOfficer, Role::Verifier];
/// They have to do with no case (model: roles).
const CASELESS: [Role; 3] = [Role::InstitutionAdmin, Role::Monitor, Role::Operator];

pub struct House {
    pub id: InstitutionId,
    pub state: Option<&'static str>,
    public_id: Value,
    sites: Vec<(SiteId, String)>,
}

pub struct Grant {
    public_id: String,
    until: Timestamp,
    is_withdrawn: bool,
}

pub struct Case {
    pub id: CaseId,
    pub public_id: String,
    pub visit: Option<String>,
    pub claim: Option<String>,
    pub house: usize,
    site: SiteId,
    states: Vec<&'static str>,
    fear: Fear,
    named: Vec<&'static str>,
    grants: BTreeMap<usize, Grant>,
    file: Ready,
}

/// What was said about a fear; it only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fear {
    Denied,
    Open,
    Said,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    InForce,
    Over,
    Ahead,
}

#[derive(Debug)]
pub struct Held {
    pub role: Role,
    pub site: Option<SiteId>,
    pub term: Term,
}

pub struct Official {
    pub house: usize,
    pub held: Vec<Held>,
    pub cookie: String,
}

impl Official {
    fn reaches(held: &Held, case: &Case, is_owner: bool) -> bool {
        held.site.is_none_or(|site| is_owner && site == case.site)
    }

    fn in_force(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.term == Term::InForce)
    }

    /// The roles with which this official acts where the case is.
    pub fn roles_at(&self, case: &Case) -> Vec<Role> {
        let is_owner = case.house == self.house;
        self.in_force().filter(|held| Self::reaches(held, case, is_owner)).map(|held| held.role).collect()
    }

    /// Roles of no case say nothing about whose cases are seen, unless they are all there is.
    fn is_near(&self, case: &Case) -> bool {
        let has_case_role = self.in_force().any(|held| !CASELESS.contains(&held.role));
        let counts = |held: &&Held| !has_case_role || !CASELESS.contains(&held.role);
        self.in_force().filter(counts).any(|held| Self::reaches(held, case, case.house == self.house))
    }
}

pub struct Town {
    pub world: World,
    pub cases: Vec<Case>,
    pub officials: Vec<Official>,
    houses: Vec<House>,
    dice: Dice,
}

impl Town {
    pub async fn drawn(seed: u64) -> Town {
        let world = World::seeded(seed).await;
        let office = Office::of(&world).await;
        let houses = houses(&world, &office).await;
        let mut town = Town { world, cases: vec![], officials: vec![], houses, dice: Dice::of(seed) };
        let mut staff = vec![];
        for house in 0..town.houses.len() {
            staff.push(office.official(&town.world, town.houses[house].id, &ALL_CASE_ROLES).await);
        }
        for number in 0..CASES {
            let case = town.takes_in(&mut staff, number).await;
            town.cases.push(case);
        }
        town.world.work().await;
        for number in 0..CASES {
            town.goes_on(&mut staff, number).await;
        }
        town.world.passes(A_WHILE);
        town.world.work().await;
        for _ in 0..OFFICIALS {
            let official = town.hires().await;
            town.officials.push(official);
        }
        town
    }

    /// How the official's institution stands to the case, by what was done in this town.
    pub fn facts(&self, official: &Official, case: &Case) -> Facts {
        if !official.is_near(case) {
            return Facts::of(Standing::Stranger);
        }
        if official.house == case.house {
            return Facts::of(Standing::Owner);
        }
        let now = self.world.clock.now();
        match case.grants.get(&official.house) {
            Some(grant) if !grant.is_withdrawn && now < grant.until => {
                let is_shielded = self.is_feared_by(case, official.house);
                Facts { is_shielded, ..Facts::of(Standing::Granted(Purpose::Verification)) }
            }
            _ => Facts::of(Standing::Stranger),
        }
    }

    fn is_feared_by(&self, case: &Case, house: usize) -> bool {
        let is_named = self.houses[house].state.is_some_and(|state| case.named.contains(&state));
        case.fear == Fear::Said && (is_named || self.is_home_of(case, house))
    }

    fn is_home_of(&self, case: &Case, house: usize) -> bool {
        self.houses[house].state.is_some_and(|state| case.states.is_empty() || case.states.contains(&state))
    }

    pub fn words(&self, official: &Official, case: &Case) -> String {
        let grant = case.grants.get(&official.house).map(|grant| (grant.until, grant.is_withdrawn));
        format!(
            "house {} (of {:?}), roles {:?}; case of house {} at {:?}, of {:?}, fear {:?}, grant {grant:?}",
            official.house,
            self.houses[official.house].state,
            official.held,
            case.house,
            case.site,
            case.states,
            (case.fear, &case.named)
        )
    }

    fn fear(&mut self) -> (Fear, Vec<&'static str>) {
        match self.dice.below(10) {
            0 => (Fear::Said, vec![]),
            1 => (Fear::Said, self.dice.some(&STATES)),
            2..5 => (Fear::Open, vec![]),
            _ => (Fear::Denied, vec![]),
        }
    }

    async fn takes_in(&mut self, staff: &mut [Actor], number: usize) -> Case {
        let house = *self.dice.one(&[0, 0, 2, 3]);
        let (site, site_name) = self.dice.one(&self.houses[house].sites).clone();
        let actor = &mut staff[house];
        let sites = actor.get("/api/sites").await.unwrap().ok().expect("sites");
        let public_site = sites.as_array().unwrap().iter().find(|one| one["name"] == *site_name).expect("its site");
        let states = if self.dice.happens(15) { vec![] } else { self.dice.some(&STATES) };
        let (fear, named) = self.fear();
        let protection = match fear {
            Fear::Said => fears(&named),
            Fear::Denied => answered("no"),
            Fear::Open => json!({ "state": self.dice.one(&["unknown", "declined", "not_asked"]) }),
        };
        let person = json!({ "site": public_site["id"], "probable_nationalities": states, "protection": protection });
        let case = takes_in(actor, person).await;
        let contact = names(actor, &case, json!({ "phone": format!("+502 0000 {number:04}") })).await;
        let approve = format!("/api/contacts/{}/approve", id(&contact));
        actor.post(&approve, vetting()).await.unwrap().ok().expect("approved");
        let kiosks = actor.get(&format!("/api/sites/{}/kiosks", id(public_site))).await.unwrap().ok().expect("kiosks");
        let public_id = id(&case).to_owned();
        let key = "select id from cases where public_id = $1::uuid";
        let key: Uuid =
            sqlx::query_scalar(key).bind(&public_id).fetch_one(&self.world.behind().await).await.expect("its key");
        let file = Ready { case, contact, kiosk: kiosks[0].clone() };
        let (visit, claim) = (None, None);
        Case {
            id: key.into(),
            public_id,
            visit,
            claim,
            house,
            site,
            states,
            fear,
            named,
            grants: BTreeMap::new(),
            file,
        }
    }

    async fn goes_on(&mut self, staff: &mut [Actor], number: usize) {
        self.admits(staff, number).await;
        self.fills(staff, number).await;
        for _ in 0..self.dice.below(4) {
            self.ends_something(staff, number).await;
        }
        self.world.work().await;
    }

    /// Some of the others are asked in, each with the consents that it takes.
    async fn admits(&mut self, staff: &mut [Actor], number: usize) {
        let owner = self.cases[number].house;
        consents(&mut staff[owner], &self.cases[number].file.case, json!({})).await;
        for house in (0..self.houses.len()).filter(|house| *house != owner) {
            if !self.dice.happens(65) {
                continue;
            }
            let institution = self.houses[house].public_id.clone();
            let share = json!({ "purpose": "share_with_institution", "recipient_institution": institution });
            consents(&mut staff[owner], &self.cases[number].file.case, share).await;
            let is_short = self.dice.happens(15);
            let hours = if is_short { 2 } else { 24 * 30 };
            let until = self.world.clock.now() + SignedDuration::from_hours(hours);
            let grant = json!({ "institution": institution, "purpose": "verification", "valid_until": until });
            let path = format!("/api/cases/{}/grants", self.cases[number].public_id);
            let answer = staff[owner].post(&path, grant).await.unwrap();
            let case = &self.cases[number];
            let expected = match case.fear {
                _ if self.is_feared_by(case, house) => "shielded",
                Fear::Open if self.is_home_of(case, house) => "fear_not_asked",
                _ => "",
            };
            assert_eq!(answer.code(), expected, "a State that may be feared is not admitted, another is");
            if let Ok(made) = answer.ok() {
                let grant = Grant { public_id: id(&made).to_owned(), until, is_withdrawn: false };
                self.cases[number].grants.insert(house, grant);
            }
        }
    }

    /// A visit, a note, an export: so that there is something to see.
    async fn fills(&mut self, staff: &mut [Actor], number: usize) {
        let case = &mut self.cases[number];
        let actor = &mut staff[case.house];
        let at = json!({ "local_start": format!("2027-03-16T{:02}:00:00", 8 + number) });
        let visit = books(actor, case.file.family(at)).await.ok().expect("a visit");
        case.visit = Some(id(&visit).to_owned());
        let file = actor.get(&format!("/api/cases/{}", case.public_id)).await.unwrap().ok().expect("a file");
        let claim = id(&file["claims"][0]).to_owned();
        let note = json!({ "text": "Coincide.", "account_compatible": true });
        actor.post(&format!("/api/claims/{claim}/notes"), note).await.unwrap().ok().expect("noted");
        case.claim = Some(claim);
        if self.dice.happens(50) {
            asks_for_export(actor, &case.file.case).await;
        }
        self.world.work().await;
    }

    async fn ends_something(&mut self, staff: &mut [Actor], number: usize) {
        let act = *self.dice.one(&[0, 1, 2, 3, 3, 3, 4, 5]);
        let admitted: Vec<usize> = self.cases[number].grants.keys().copied().collect();
        let one = (!admitted.is_empty()).then(|| *self.dice.one(&admitted));
        let case = &mut self.cases[number];
        let actor = &mut staff[case.house];
        match (act, one) {
            (0, Some(house)) => {
                let recipient = &self.houses[house].public_id;
                let no = json!({ "purpose": "share_with_institution", "recipient_institution": recipient, "outcome": "withdrawn" });
                consents(actor, &case.file.case, no).await;
                case.ends(|of, _| of == house);
            }
            (1, _) => {
                consents(actor, &case.file.case, json!({ "outcome": "withdrawn" })).await;
                case.ends(|_, _| true);
            }
            (2, Some(house)) => {
                let grant = &case.grants[&house];
                let path = format!("/api/grants/{}/withdraw", grant.public_id);
                let done = actor.post(&path, json!({})).await.unwrap();
                assert_eq!(done.status.is_success(), !grant.is_withdrawn, "withdrawn once");
                case.ends(|of, _| of == house);
            }
            (3, _) => {
                let named = self.dice.some(&STATES);
                answers_about_fear(actor, case, fears(&named)).await;
                case.fear = Fear::Said;
                case.named.extend(&named);
                self.ends_for(number, |town, case, house| town.is_feared_by(case, house));
            }
            (5, _) => {
                answers_about_fear(actor, case, json!({ "state": "declined" })).await;
                case.fear = case.fear.max(Fear::Open);
                self.ends_for(number, |town, case, house| town.is_home_of(case, house));
            }
            _ => self.loses_the_ends_of(number).await,
        }
        if act == 3 && self.dice.happens(60) {
            self.loses_the_ends_of(number).await;
        }
    }

    fn ends_for(&mut self, number: usize, whose: impl Fn(&Town, &Case, usize) -> bool) {
        let case = &self.cases[number];
        let ended: Vec<usize> = case.grants.keys().copied().filter(|house| whose(self, case, *house)).collect();
        self.cases[number].ends(|house, _| ended.contains(&house));
    }

    /// As if what ended the grants had failed, so that what else hides the case stands alone.
    async fn loses_the_ends_of(&mut self, number: usize) {
        let case = &mut self.cases[number];
        let sql = "update case_grants set withdrawn_at = null where case_id = $1";
        sqlx::query(sql).bind(case.id.uuid()).execute(&self.world.behind().await).await.expect("in force again");
        case.grants.values_mut().for_each(|grant| grant.is_withdrawn = false);
    }

    async fn hires(&mut self) -> Official {
        let house = *self.dice.one(&[0, 0, 1, 1, 2, 3, 3, 4, 4, 5]);
        let of = &self.houses[house];
        let mut held: Vec<Held> = vec![];
        for _ in 0..self.dice.below(5) {
            let role = *match self.dice.below(10) {
                0..4 => self.dice.one(&ALL_CASE_ROLES),
                4..6 => self.dice.one(&CASELESS),
                _ => self.dice.one(Role::ALL),
            };
            let at_a_site = !of.sites.is_empty() && self.dice.happens(50);
            let site = at_a_site.then(|| self.dice.one(&of.sites).0);
            let term = *self.dice.one(&[Term::InForce, Term::InForce, Term::InForce, Term::Over, Term::Ahead]);
            if held.iter().all(|one| one.role != role) {
                held.push(Held { role, site, term });
            }
        }
        // Roles that see in different places: what one shows is not what the other may list.
        if !of.sites.is_empty() && self.dice.happens(25) {
            let site = Some(self.dice.one(&of.sites).0);
            let near = Held { role: *self.dice.one(&ALL_CASE_ROLES), site, term: Term::InForce };
            held = vec![near, Held { role: Role::Lawyer, site: None, term: Term::InForce }];
        }
        let cookie = signs_in(&self.world, of.id, &held).await;
        Official { house, held, cookie }
    }
}

impl Case {
    fn ends(&mut self, whose: impl Fn(usize, &Grant) -> bool) {
        for (house, grant) in &mut self.grants {
            grant.is_withdrawn |= whose(*house, grant);
        }
    }
}

async fn answers_about_fear(actor: &mut Actor, case: &Case, answer: Value) {
    let answer = json!({ "question": "protection", "answer": answer, "language": "mam" });
    actor.post(&format!("/api/cases/{}/answers", case.public_id), answer).await.unwrap().ok().expect("answered");
}

/// Two that host and belong to no State, an authority that hosts, two ministries and an organisation that do not.
async fn houses(world: &World, office: &Office) -> Vec<House> {
    let app = &world.app;
    let mut tx = app.db.begin(Scope::Auth).await.expect("a transaction");
    let mut made = vec![(office.shelter, None), (office.ministry, Some("GT")), (office.stranger, None)];
    for (name, kind, state) in [
        ("Autoridad de prueba", InstitutionKind::MigrationAuthority, Some("MX")),
        ("Otra cancillería de prueba", InstitutionKind::ForeignMinistry, Some("HN")),
        ("Organización de prueba", InstitutionKind::Ngo, None),
    ] {
        made.push((seed::institution(app, &mut tx, name, kind, state).await.expect("an institution"), state));
    }
    let mut houses = vec![];
    for (number, (institution, state)) in made.into_iter().enumerate() {
        let mut sites = vec![];
        let names: &[&str] = match number {
            0 => &["Segundo sitio de prueba"],
            2 => &["Sitio de la otra casa"],
            3 => &["Centro de prueba", "Segundo centro de prueba"],
            _ => &[],
        };
        for name in names {
            let place = (SiteKind::Shelter, "MX", "America/Mexico_City");
            let site = seed::site(app, &mut tx, institution, name, place).await.expect("a site");
            seed::kiosk(app, &mut tx, site, "Quiosco de prueba").await.expect("a kiosk");
            sites.push((site, (*name).to_owned()));
        }
        if number == 0 {
            sites.push((office.site, "Sitio de prueba".to_owned()));
        }
        houses.push(House { id: institution, state, public_id: Value::Null, sites });
    }
    tx.commit().await.expect("committed");
    for house in &mut houses {
        let sql = "select public_id from institutions where id = $1";
        let public: Uuid =
            sqlx::query_scalar(sql).bind(house.id.uuid()).fetch_one(&world.behind().await).await.expect("its id");
        house.public_id = json!(public.to_string());
    }
    houses
}

/// The session's cookie of a new official with these roles.
async fn signs_in(world: &World, institution: InstitutionId, held: &[Held]) -> String {
    // Sign-ins are counted by address, and everybody here has the same.
    world.passes(SignedDuration::from_secs(2));
    let app = &world.app;
    let mut tx = app.db.begin(Scope::Auth).await.expect("a transaction");
    let official = seed::official(app, &mut tx, institution, "Oficial de prueba", "es").await.expect("an official");
    for held in held {
        match held.site {
            Some(site) => seed::role_at(app, &mut tx, official, held.role, site).await,
            None => seed::role(app, &mut tx, official, held.role).await,
        }
        .expect("a role");
    }
    let token = auth::issue_sign_in_link(app, &mut tx, official, LinkPurpose::Demo).await.expect("a link");
    tx.commit().await.expect("committed");
    let behind = world.behind().await;
    for held in held {
        let (from, until) = match held.term {
            Term::InForce => ("-1 hour", "1 hour"),
            Term::Over => ("-2 hours", "-1 hour"),
            Term::Ahead => ("1 hour", "2 hours"),
        };
        let sql = "update role_assignments set valid_from = $3::timestamptz + $4::interval,
            valid_until = $3::timestamptz + $5::interval where official_id = $1 and role = $2";
        let row = sqlx::query(sql).bind(official.uuid()).bind(held.role.as_str());
        let row = row.bind(jiff_sqlx::ToSqlx::to_sqlx(world.clock.now())).bind(from).bind(until);
        row.execute(&behind).await.expect("a term");
    }
    let request = Request::post("/api/auth/demo")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .body(Body::from(json!({ "token": token.expose() }).to_string()));
    let response = world.router().oneshot(request.unwrap()).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("a cookie");
    cookie.split(';').next().expect("its value").to_owned()
}
