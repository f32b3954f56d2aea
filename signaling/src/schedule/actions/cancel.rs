//! A visit is cancelled, with a reason; its slot is free again.
use policy::{Action, Purpose};
use serde::Deserialize;

use super::{VisitCancelled, seen};
use crate::app::App;
use crate::auth::Official;
use crate::changes::{self, Change};
use crate::id::PublicId;
use crate::jobs;
use crate::schedule::error::Error;
use crate::schedule::state::CancelReason;
use crate::schedule::store;

const MAX_TEXT_CHARS: usize = 500;

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::schedule) struct CancelVisit {
    pub reason: CancelReason,
    /// Only for `other`.
    pub text: Option<String>,
}

pub(in crate::schedule) async fn cancel(
    app: &App,
    official: &Official,
    id: PublicId,
    why: CancelVisit,
) -> Result<(), Error> {
    let text = why.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    check_text(why.reason, text)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let visit = seen(app, &mut tx, official, id, (Action::CancelVisit, Purpose::Scheduling)).await?;
    if visit.state(tx.now).is_over() {
        return Err(Error::Conflict);
    }
    let sealed = text.map(|text| app.keys.seal_text(visit.case, "visits.cancel_text", text)).transpose()?;
    if !store::cancel(&mut tx, visit.id, official.id, why.reason, sealed).await? {
        return Err(Error::Conflict);
    }
    let fact = VisitCancelled { visit: visit.id, institution: visit.institution };
    jobs::publish(&mut tx, &app.chance, Some(visit.institution), &fact, None).await?;
    changes::announce(&mut tx, Change { site: visit.site, visit: visit.id }).await?;
    tx.commit().await?;
    Ok(())
}

fn check_text(reason: CancelReason, text: Option<&str>) -> Result<(), Error> {
    let code = match (reason, text) {
        (CancelReason::Other, None) => "required",
        (CancelReason::Other, Some(text)) if text.chars().count() > MAX_TEXT_CHARS => "too_long",
        (CancelReason::Other, Some(_)) | (_, None) => return Ok(()),
        (_, Some(_)) => "only_for_other",
    };
    Err(Error::Invalid { field: "text", code })
}
