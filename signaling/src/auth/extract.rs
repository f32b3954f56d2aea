//! Extractors: a handler that names one of these cannot run for anybody else.
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use policy::{Action, Principal, Role};

use super::store;
use crate::app::App;
use crate::audit::Actor;
use crate::db::Scope;
use crate::http::Problem;
use crate::id::{CaseId, InstitutionId, KioskId, OfficialId, ParticipantId, PublicId, SiteId, VisitId};
use crate::secret::Token;

pub const SESSION_COOKIE: &str = "__Host-session";
pub const SEAT_COOKIE: &str = "__Host-seat";
pub const KIOSK_COOKIE: &str = "__Host-kiosk";

/// A role in force, in the whole institution or at one of its sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub role: Role,
    pub site: Option<SiteId>,
}

/// Where something is, as far as roles reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a site of the official's own institution.
    Site(SiteId),
    /// Outside its sites: in another institution's care, to which a role at a site does not reach.
    Elsewhere,
}

impl Held {
    pub fn reaches(&self, place: Place) -> bool {
        match (self.site, place) {
            (None, _) => true,
            (Some(own), Place::Site(site)) => own == site,
            (Some(_), Place::Elsewhere) => false,
        }
    }
}

/// Roles that have to do with no case say nothing about whose cases are seen.
const CASELESS: [Role; 3] = [Role::InstitutionAdmin, Role::Monitor, Role::Operator];

/// An official with a session in force.
#[derive(Clone, Debug)]
pub struct Official {
    pub id: OfficialId,
    pub public_id: PublicId,
    pub institution: InstitutionId,
    pub state: Option<String>,
    pub held: Vec<Held>,
    pub has_stepped_up: bool,
    /// Came by an enrolment link: may register a passkey and nothing else.
    pub is_enrolment_only: bool,
    pub session_hash: Vec<u8>,
}

impl Official {
    /// Sees what any of the roles reaches; what may be done with it is decided where it is.
    pub fn scope(&self) -> Scope {
        self.scope_of(&self.seeing())
    }
    /// Whether a case there exists for this official: what [`Official::scope`] shows, and nothing else.
    pub fn sees(&self, place: Place) -> bool {
        self.seeing().iter().any(|held| held.reaches(place))
    }
    fn seeing(&self) -> Vec<&Held> {
        let (cases, others): (Vec<&Held>, Vec<&Held>) =
            self.held.iter().partition(|held| !CASELESS.contains(&held.role));
        if cases.is_empty() { others } else { cases }
    }
    /// For a list: sees where the roles reach that may make it.
    pub fn scope_for(&self, action: Action) -> Scope {
        let able: Vec<&Held> = self.held.iter().filter(|held| action.roles().contains(&held.role)).collect();
        self.scope_of(&able)
    }
    fn scope_of(&self, held: &[&Held]) -> Scope {
        Scope::Official {
            institution: self.institution,
            state: self.state.clone(),
            official: self.id,
            sites: held.iter().map(|held| held.site).collect(),
        }
    }
    /// A place of a case or a visit at this site, owned by this institution.
    pub fn place(&self, owner: InstitutionId, site: SiteId) -> Place {
        if owner == self.institution { Place::Site(site) } else { Place::Elsewhere }
    }
    pub fn has_at(&self, role: Role, place: Place) -> bool {
        self.held.iter().any(|held| held.role == role && held.reaches(place))
    }
    /// As which they act where roles at single sites count like any other: before it is known where.
    pub fn principal(&self) -> Principal {
        Principal::Official { roles: self.roles(), has_stepped_up: self.has_stepped_up }
    }
    pub fn principal_at(&self, place: Place) -> Principal {
        let held = self.held.iter().filter(|held| held.reaches(place));
        Principal::Official { roles: held.map(|held| held.role).collect(), has_stepped_up: self.has_stepped_up }
    }
    /// Each once, wherever it is held.
    pub fn roles(&self) -> Vec<Role> {
        each_once(&self.held)
    }
    pub fn actor(&self) -> Actor {
        Actor::Official(self.id)
    }
}

pub fn each_once(held: &[Held]) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for held in held {
        if !roles.contains(&held.role) {
            roles.push(held.role);
        }
    }
    roles
}

impl<S: Send + Sync> FromRequestParts<S> for Official
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let token = read_cookie(parts, SESSION_COOKIE).ok_or_else(Problem::sign_in_needed)?;
        let mut tx = app.db.begin(Scope::Auth).await?;
        let official = store::official_of_session(&mut tx, &token.hash()).await?.ok_or_else(Problem::sign_in_needed)?;
        tx.commit().await?;
        let is_registering = parts.uri.path().starts_with("/api/auth/") || parts.uri.path() == "/api/me";
        if official.is_enrolment_only && !is_registering {
            return Err(Problem::forbidden("passkey_needed"));
        }
        Ok(official)
    }
}

/// A participant without an account, for one visit: a relative by link, or the person hosted at a kiosk.
#[derive(Clone, Debug)]
pub struct Seat {
    pub participant: ParticipantId,
    pub visit: VisitId,
    pub case: CaseId,
    /// Who owns the case.
    pub institution: InstitutionId,
    pub is_contact: bool,
    pub kiosk: Option<KioskId>,
    pub token_hash: Vec<u8>,
}

impl Seat {
    pub fn scope(&self) -> Scope {
        Scope::Seat { visit: self.visit }
    }
    pub fn principal(&self) -> Principal {
        if self.is_contact { Principal::Contact } else { Principal::HostedPerson }
    }
    pub fn actor(&self) -> Actor {
        Actor::Participant(self.participant)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Seat
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let token = read_cookie(parts, SEAT_COOKIE).ok_or_else(Problem::sign_in_needed)?;
        let mut tx = app.db.begin(Scope::DoorOfToken { token_hash: token.hash() }).await?;
        let seat = store::seat_of_token(&mut tx, &token.hash()).await?.ok_or_else(Problem::sign_in_needed)?;
        tx.commit().await?;
        Ok(seat)
    }
}

/// An enrolled kiosk whose device key signed a nonce.
#[derive(Clone, Debug)]
pub struct KioskDevice {
    pub id: KioskId,
    pub institution: InstitutionId,
}

impl<S: Send + Sync> FromRequestParts<S> for KioskDevice
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let token = read_cookie(parts, KIOSK_COOKIE).ok_or_else(Problem::sign_in_needed)?;
        let mut tx = app.db.begin(Scope::Auth).await?;
        let kiosk = store::kiosk_of_session(&mut tx, &token.hash()).await?.ok_or_else(Problem::sign_in_needed)?;
        tx.commit().await?;
        Ok(kiosk)
    }
}

fn read_cookie(parts: &Parts, name: &str) -> Option<Token> {
    parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        .and_then(Token::parse)
}

/// A `__Host-` cookie for as long as the browser's session at most.
pub fn cookie(name: &str, token: &Token, max_age_s: i64) -> HeaderValue {
    let text = format!("{name}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={max_age_s}", token.expose());
    HeaderValue::from_str(&text).expect("base64url is a header value")
}

pub fn clear_cookie(name: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"))
        .expect("a constant is a header value")
}
