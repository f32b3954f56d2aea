//! What a desk hears while it looks at the board: that something changed, never what.
use std::convert::Infallible;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::Event;
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::Instant;

use super::actions;
use crate::app::App;
use crate::auth::{self, Official};
use crate::changes::Change;
use crate::http::Problem;
use crate::id::SiteId;

/// A stream ends after this; the browser connects again by itself, and its session is looked at again.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// More than the desks and rooms of a large site; each costs a few kilobytes.
const MAX_LISTENERS: usize = 4096;

struct Watch {
    app: App,
    official: Official,
    site: Option<SiteId>,
    changes: Receiver<Change>,
    until: Instant,
}

pub fn events(
    app: App,
    official: Official,
    site: Option<SiteId>,
) -> Result<impl Stream<Item = Result<Event, Infallible>>, Problem> {
    let changes = app.changes.subscribe_below(MAX_LISTENERS);
    let changes = changes.ok_or(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy"))?;
    let watch = Watch { app, official, site, changes, until: Instant::now() + LIFETIME };
    Ok(stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok(event), watch))
    }))
}

impl Watch {
    async fn next(&mut self) -> Option<Event> {
        loop {
            let heard = tokio::time::timeout_at(self.until, self.changes.recv()).await.ok()?;
            let change = match heard {
                Ok(change) if !self.is_near(&change) => continue,
                Ok(change) => Some(change),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return None,
            };
            if !self.is_still_there().await {
                return None;
            }
            let event = match change {
                Some(change) => self.of(&change).await,
                None => Some(json!({ "visit": null })),
            };
            if let Some(event) = event {
                return Some(changed(event));
            }
        }
    }

    fn is_near(&self, change: &Change) -> bool {
        self.is_taken_away(change) || self.site.is_none_or(|site| site == change.site)
    }

    fn is_taken_away(&self, change: &Change) -> bool {
        change.taken_from.contains(&self.official.institution)
    }

    /// What this official's board is told of a change. Nothing tells why: of a visit that was released not even its name.
    async fn of(&self, change: &Change) -> Option<Value> {
        if self.is_taken_away(change) {
            return Some(json!({ "visit": null }));
        }
        match actions::visit_seen(&self.app, &self.official, self.site, change.visit).await {
            Ok(visit) => visit.map(|visit| json!({ "visit": visit })),
            // A change that cannot be looked at now is told as "read everything again".
            Err(_) => Some(json!({ "visit": null })),
        }
    }

    /// Who signed out hears nothing more, and who lost a role hears by those that are left. A database that does not
    /// answer ends the stream, too: the browser comes back by itself.
    async fn is_still_there(&mut self) -> bool {
        let Ok(Some(official)) = auth::still(&self.app, &self.official).await else { return false };
        self.official = official;
        true
    }
}

fn changed(data: Value) -> Event {
    Event::default().event("changed").data(data.to_string())
}
