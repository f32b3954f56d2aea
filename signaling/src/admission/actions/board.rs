//! The board of the day: who comes when, who waits, what one may do about it.
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use policy::{Action, Purpose, Role};
use serde::Serialize;

use super::admit::is_doorkeeper;
use crate::admission::error::Error;
use crate::admission::pass::OPENS_BEFORE;
use crate::admission::store;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{Official, allow_office};
use crate::db::Tx;
use crate::directory::{self, Named, Site};
use crate::http::Problem;
use crate::id::{CaseId, PublicId, SiteId, VisitId};
use crate::schedule::{self, Names, Participant, Visit, VisitState, VisitView};

/// A large site holds some 60 visits a day; three days are read, because zones differ.
const MAX_VISITS: i64 = 600;

#[derive(Serialize, utoipa::ToSchema)]
pub struct May {
    pub admit: bool,
    pub turn_away: bool,
    pub end: bool,
    pub join: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = TodayVisit)]
pub struct TodayVisitView {
    #[serde(flatten)]
    pub visit: VisitView,
    /// To be handed to the person; for attendants of the case's own site only.
    pub kiosk_digits: Option<String>,
    pub may: May,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Today)]
pub struct TodayView {
    pub site: Option<Named>,
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    pub visits: Vec<TodayVisitView>,
}

pub async fn today(app: &App, official: &Official, site: Option<PublicId>) -> Result<TodayView, Problem> {
    allow_office(official, Action::ReadDay)?;
    let mut tx = app.db.begin(official.scope_for(Action::ReadDay)).await?;
    let site = known_site(&mut tx, official, site).await?;
    let visits = visits_today(&mut tx, official, site.as_ref().map(|site| site.id)).await?;
    record(app, &mut tx, official, &visits).await?;
    let digits = digits_for(app, &mut tx, official, &visits).await?;
    let mut names = Names::default();
    let mut shown = Vec::with_capacity(visits.len());
    for visit in &visits {
        let participants = schedule::participants_of(&mut tx, visit.id).await?;
        shown.push(TodayVisitView {
            visit: schedule::full(app, &mut tx, visit, &mut names).await?,
            kiosk_digits: digits.get(&visit.id).cloned(),
            may: may(visit, &participants, official, tx.now),
        });
    }
    let now = tx.now;
    tx.commit().await?;
    Ok(TodayView { site: site.map(|site| site.named()), now, visits: shown })
}

/// The site that a stream of changes is for.
pub async fn watched_site(app: &App, official: &Official, site: Option<PublicId>) -> Result<Option<SiteId>, Problem> {
    allow_office(official, Action::ReadDay)?;
    let mut tx = app.db.begin(official.scope_for(Action::ReadDay)).await?;
    let site = known_site(&mut tx, official, site).await?;
    tx.commit().await?;
    Ok(site.map(|site| site.id))
}

/// A visit that changed, if this official's board shows it.
pub async fn visit_seen(
    app: &App,
    official: &Official,
    site: Option<SiteId>,
    visit: VisitId,
) -> Result<Option<PublicId>, sqlx::Error> {
    let mut tx = app.db.begin(official.scope_for(Action::ReadDay)).await?;
    let seen = store::visit_seen(&mut tx, visit, site, official.institution).await?;
    tx.commit().await?;
    Ok(seen)
}

async fn known_site(tx: &mut Tx, official: &Official, site: Option<PublicId>) -> Result<Option<Site>, Error> {
    let Some(id) = site else { return Ok(None) };
    Ok(Some(directory::site_seen_by(tx, official.institution, id).await?.ok_or(Error::NotFound)?))
}

/// Whose local date is today, and whatever still runs past midnight.
async fn visits_today(tx: &mut Tx, official: &Official, site: Option<SiteId>) -> Result<Vec<Visit>, sqlx::Error> {
    let now = tx.now;
    let day = |by: SignedDuration| (now + by).to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = (day(SignedDuration::from_hours(-24)), day(SignedDuration::from_hours(24)));
    let visits = schedule::visits_on_days(tx, official.institution, site, days, MAX_VISITS).await?;
    Ok(visits.into_iter().filter(|visit| is_today(visit, now)).collect())
}

fn is_today(visit: &Visit, now: Timestamp) -> bool {
    let is_on = visit.starts_at <= now && now < visit.ends_at;
    is_on || schedule::local(now, &visit.zone).is_some_and(|local| local.date() == visit.local_start.date())
}

async fn digits_for(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    visits: &[Visit],
) -> Result<HashMap<VisitId, String>, Error> {
    let now = tx.now;
    let is_ours = |visit: &&Visit| {
        let hands_over = official.has_at(Role::Attendant, official.place(visit.institution, visit.site));
        hands_over && visit.institution == official.institution && !visit.state(now).is_over()
    };
    let ids: Vec<VisitId> = visits.iter().filter(is_ours).map(|visit| visit.id).collect();
    let sealed = store::digits_of(tx, &ids).await?;
    sealed
        .into_iter()
        .map(|(visit, case, sealed)| Ok((visit, app.keys.open_text(case, "kiosk_starts.digits", &sealed)?)))
        .collect()
}

fn may(visit: &Visit, participants: &[Participant], official: &Official, now: Timestamp) -> May {
    let is_open = visit.starts_at - OPENS_BEFORE <= now && now < visit.ends_at;
    let is_on = is_open && !visit.state(now).is_over();
    let keeps_door = is_on && is_doorkeeper(visit, participants, official);
    let takes_part = participants.iter().any(|one| one.official == Some(official.id));
    May {
        admit: keeps_door,
        turn_away: keeps_door,
        end: keeps_door && visit.state(now) == VisitState::Live,
        join: is_on && takes_part,
    }
}

async fn record(app: &App, tx: &mut Tx, official: &Official, visits: &[Visit]) -> Result<(), sqlx::Error> {
    let mut cases: Vec<CaseId> = visits.iter().map(|visit| visit.case).collect();
    cases.sort();
    cases.dedup();
    let entry = Entry {
        actor: official.actor(),
        institution: official.institution,
        action: Action::ReadDay,
        purpose: Purpose::Scheduling,
        cases: &cases,
        subject: None,
    };
    audit::record(tx, &app.chance, entry).await
}
