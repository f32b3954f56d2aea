//! Tells everybody who watches that something about a visit changed: the board at a desk, a room with its websockets,
//! on this node or another. Only ids travel, and only after the commit; whoever hears reads the state again.
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::db::{Db, Tx};
use crate::id::{InstitutionId, SiteId, VisitId};

const CHANNEL: &str = "reencuentro_changes";
/// A listener that falls further behind reads everything again ([`broadcast::error::RecvError::Lagged`]).
const BACKLOG: usize = 256;
const RETRY: Duration = Duration::from_millis(500);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub site: SiteId,
    pub visit: VisitId,
    /// Who knew of the visit, and from now on does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_from: Vec<InstitutionId>,
}

impl Change {
    pub fn of(site: SiteId, visit: VisitId) -> Self {
        Change { site, visit, taken_from: vec![] }
    }
}

#[derive(Clone)]
pub struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Changes(broadcast::channel(BACKLOG).0)
    }
}

impl Changes {
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }

    /// As [`Changes::subscribe`], while fewer than `most` listen.
    pub fn subscribe_below(&self, most: usize) -> Option<broadcast::Receiver<Change>> {
        (self.0.receiver_count() < most).then(|| self.subscribe())
    }

    /// Hears what any node committed, until told to stop; a lost connection is made again.
    pub async fn listen(self, db: Db, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let heard = tokio::select! { heard = self.hear(&db) => heard, () = stop.cancelled() => return };
            if let Err(error) = heard {
                tracing::warn!(error = %error, "not hearing changes; connecting again");
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    async fn hear(&self, db: &Db) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(db.pool()).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let notice = listener.recv().await?;
            if let Ok(change) = serde_json::from_str(notice.payload()) {
                // Nobody listening is no fault.
                let _ = self.0.send(change);
            }
        }
    }
}

/// In the transaction of what changed; PostgreSQL delivers it at commit, or never.
pub async fn announce(tx: &mut Tx, change: Change) -> Result<(), sqlx::Error> {
    let payload = serde_json::to_string(&change).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(r#"select pg_notify($1, $2)::text as "done""#, CHANNEL, payload).fetch_one(tx.conn()).await?;
    Ok(())
}
