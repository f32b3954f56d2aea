//! One visit; the calendar; the visits of a case.
use jiff::civil::Date;
use policy::{Action, Purpose};

use super::seen;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{Official, allow_office};
use crate::db::Tx;
use crate::directory;
use crate::http::Problem;
use crate::id::{CaseId, InstitutionId, PublicId};
use crate::schedule::error::Error;
use crate::schedule::store;
use crate::schedule::view::{self, Names, VisitSummary, VisitView};

/// Two months of a calendar on one screen.
const MAX_DAYS: i32 = 62;
/// A large site holds some 60 visits a day.
const MAX_VISITS: i64 = 2000;

pub(in crate::schedule) async fn read(app: &App, official: &Official, id: PublicId) -> Result<VisitView, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let visit = seen(app, &mut tx, official, id, (Action::ReadVisit, Purpose::Scheduling)).await?;
    let view = view::full(app, &mut tx, &visit, &mut Names::default()).await?;
    tx.commit().await?;
    Ok(view)
}

pub(in crate::schedule) async fn list(
    app: &App,
    official: &Official,
    site: Option<PublicId>,
    (from, to): (Date, Date),
) -> Result<Vec<VisitSummary>, Error> {
    allow_office(official, Action::ReadDay)?;
    if to < from || (to - from).get_days() > MAX_DAYS {
        return Err(Error::Invalid { field: "to", code: "out_of_range" });
    }
    let mut tx = app.db.begin(official.scope_for(Action::ReadDay)).await?;
    let site = match site {
        Some(id) => Some(directory::site_seen_by(&mut tx, official.institution, id).await?.ok_or(Error::NotFound)?.id),
        None => None,
    };
    let visits = store::visits_on_days(&mut tx, official.institution, site, (from, to), MAX_VISITS).await?;
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
    audit::record(&mut tx, &app.chance, entry).await?;
    let mut names = Names::default();
    let mut summaries = Vec::with_capacity(visits.len());
    for visit in &visits {
        summaries.push(view::summary(app, &mut tx, visit, &mut names).await?);
    }
    tx.commit().await?;
    Ok(summaries)
}

/// For a case file: its visits as the owner sees them. Whoever asks has been allowed to read the case.
pub async fn visits_of_case(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<VisitSummary>, Problem> {
    summaries(app, tx, case, None).await.map_err(Problem::from)
}

/// For the case file of an institution that was admitted: the visits that its officials take part in.
pub async fn visits_seen_of_case(
    app: &App,
    tx: &mut Tx,
    case: CaseId,
    viewer: InstitutionId,
) -> Result<Vec<VisitSummary>, Problem> {
    summaries(app, tx, case, Some(viewer)).await.map_err(Problem::from)
}

async fn summaries(
    app: &App,
    tx: &mut Tx,
    case: CaseId,
    viewer: Option<InstitutionId>,
) -> Result<Vec<VisitSummary>, Error> {
    let visits = store::visits_of_case(tx, case, viewer).await?;
    let mut names = Names::default();
    let mut summaries = Vec::with_capacity(visits.len());
    for visit in &visits {
        summaries.push(view::summary(app, tx, visit, &mut names).await?);
    }
    Ok(summaries)
}
