//! What a desk hears while it looks at the board: that something changed, never what.
use std::convert::Infallible;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::Event;
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::Instant;

use super::actions;
use crate::app::App;
use crate::auth::Official;
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
            match heard {
                // Nothing tells why: a visit that was released is gone, and its name with it.
                Ok(change) if change.taken_from.contains(&self.official.institution) => {
                    return Some(changed(json!({ "visit": null })));
                }
                Ok(change) if self.site.is_none_or(|site| site == change.site) => {
                    // A change that cannot be looked at now is told as "read everything again".
                    let seen = actions::visit_seen(&self.app, &self.official, self.site, change.visit).await;
                    match seen {
                        Ok(Some(visit)) => return Some(changed(json!({ "visit": visit }))),
                        Ok(None) => {}
                        Err(_) => return Some(changed(json!({ "visit": null }))),
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(changed(json!({ "visit": null }))),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

fn changed(data: serde_json::Value) -> Event {
    Event::default().event("changed").data(data.to_string())
}
