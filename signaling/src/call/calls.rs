//! All rooms of this node: who runs where, and the way from media, from changes and from other modules to them.
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use media::{Identity, Media, RoomId};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Notice;
use super::events::SocketId;
use super::figures;
use super::protocol::ErrorCode;
use super::room::{self, Mail, Wire};
use super::token::{Ticket, Tokens};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::id::{Chance, ParticipantId, VisitId};
use crate::keys::Keys;

/// Messages that may wait for a room: eight participants who all negotiate at once are fewer than a hundred.
const MAILBOX: usize = 256;
/// Rooms of this node; the media plane has the same bound per thread.
const MAX_ROOMS: usize = 1000;
/// Rooms say goodbye and write down what they know within this time.
const GOODBYE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Calls(Arc<Node>);

struct Node {
    tokens: Tokens,
    media: Media,
    /// Taken once, by [`run`].
    events: Mutex<Option<mpsc::Receiver<media::Event>>>,
    rooms: Mutex<Rooms>,
    next_socket: AtomicU64,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

#[derive(Default)]
struct Rooms {
    by_visit: HashMap<VisitId, Entry>,
    by_media: HashMap<RoomId, VisitId>,
}

struct Entry {
    mailbox: mpsc::Sender<Mail>,
    glance: Glance,
}

/// What others may know of a room without asking it.
#[derive(Default, Clone)]
pub(super) struct Glance {
    pub is_live: bool,
    pub present: Vec<ParticipantId>,
}

impl Calls {
    /// Binds the media sockets and checks that tokens work.
    pub fn start(config: &Config, keys: &Keys, clock: &Clock, chance: &Chance) -> anyhow::Result<Self> {
        let tokens = Tokens::new(keys, config.public_url.to_string(), chance.public_id().uuid());
        ensure!(tokens.works(chance, clock.now()), "room tokens do not pass their own check");
        let listen = media::Config { listen: config.media_listen.clone(), advertise: config.media_advertise.clone() };
        let identity = Identity::generate().context("making the media identity")?;
        let (media, events) = Media::start(listen, identity).context("starting the media plane")?;
        Ok(Calls(Arc::new(Node {
            tokens,
            media,
            events: Mutex::new(Some(events)),
            rooms: Mutex::default(),
            next_socket: AtomicU64::new(1),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        })))
    }

    pub(super) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    pub(super) fn media(&self) -> &Media {
        &self.0.media
    }

    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    pub(super) fn new_socket(&self) -> SocketId {
        SocketId(self.0.next_socket.fetch_add(1, Ordering::Relaxed))
    }

    /// Brings a websocket to the room of its visit, which is made if nobody was there. What the room sends back comes
    /// by the wire; the mailbox is for what the socket says.
    pub(super) fn join(
        &self,
        app: &App,
        ticket: Ticket,
        socket: SocketId,
        wire: Wire,
    ) -> Result<mpsc::Sender<Mail>, ErrorCode> {
        if self.0.stopping.is_cancelled() {
            return Err(ErrorCode::ServerRestarting);
        }
        let mut rooms = self.rooms();
        if !rooms.by_visit.contains_key(&ticket.visit) {
            if rooms.by_visit.len() >= MAX_ROOMS {
                return Err(ErrorCode::Unavailable);
            }
            let (mailbox, received) = mpsc::channel(MAILBOX);
            rooms.by_visit.insert(ticket.visit, Entry { mailbox, glance: Glance::default() });
            self.0.tasks.spawn(room::run(app.clone(), ticket.visit, received));
        }
        let mailbox = rooms.by_visit[&ticket.visit].mailbox.clone();
        // Under the lock, so that a room cannot retire between the look and the letter.
        let mail = Mail::Joined { participant: ticket.participant, socket, wire };
        mailbox.try_send(mail).map_err(|_| ErrorCode::Unavailable)?;
        Ok(mailbox)
    }

    /// From now on the media plane's events for this room find it.
    pub(super) fn name(&self, visit: VisitId, room: RoomId) {
        self.rooms().by_media.insert(room, visit);
    }

    /// A room with nobody in it goes, unless somebody is at the door. True: it is gone.
    pub(super) fn retire(&self, visit: VisitId, room: Option<RoomId>, received: &mpsc::Receiver<Mail>) -> bool {
        let mut rooms = self.rooms();
        if !received.is_empty() {
            return false;
        }
        rooms.by_visit.remove(&visit);
        if let Some(room) = room {
            rooms.by_media.remove(&room);
        }
        true
    }

    pub(super) fn show(&self, visit: VisitId, glance: Glance) {
        if let Some(entry) = self.rooms().by_visit.get_mut(&visit) {
            entry.glance = glance;
        }
    }

    /// Something about the visit changed: its room reads again.
    pub(super) fn changed(&self, visit: VisitId) {
        self.post(visit, Mail::Changed);
    }

    pub(super) fn notify(&self, visit: VisitId, notice: Notice) {
        self.post(visit, Mail::Notice(notice));
    }

    pub(super) fn is_live(&self, visit: VisitId) -> bool {
        self.rooms().by_visit.get(&visit).is_some_and(|entry| entry.glance.is_live)
    }

    pub(super) fn is_present(&self, visit: VisitId, participant: ParticipantId) -> bool {
        self.rooms().by_visit.get(&visit).is_some_and(|entry| entry.glance.present.contains(&participant))
    }

    pub(super) fn is_anybody_present(&self, visit: VisitId) -> bool {
        self.rooms().by_visit.get(&visit).is_some_and(|entry| !entry.glance.present.is_empty())
    }

    fn post(&self, visit: VisitId, mail: Mail) {
        let mailbox = self.rooms().by_visit.get(&visit).map(|entry| entry.mailbox.clone());
        if mailbox.is_some_and(|mailbox| mailbox.try_send(mail).is_err()) {
            metrics::counter!("call_mail_lost_total").increment(1);
        }
    }

    fn bring(&self, event: media::Event) {
        let (media::Event::Offer { room, .. }
        | media::Event::Connected { room, .. }
        | media::Event::Lost { room, .. }
        | media::Event::TrackStarted { room, .. }) = &event;
        let visit = self.rooms().by_media.get(room).copied();
        if let Some(visit) = visit {
            self.post(visit, Mail::Media(event));
        }
    }

    fn everywhere(&self) -> Vec<VisitId> {
        self.rooms().by_visit.keys().copied().collect()
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits nobody any more, tells every page to come back soon, closes media. Calls stay open in the database: they
    /// go on when the server is back.
    pub async fn shutdown(&self) {
        self.0.stopping.cancel();
        for visit in self.everywhere() {
            self.post(visit, Mail::Stop);
        }
        self.0.tasks.close();
        if tokio::time::timeout(GOODBYE, self.0.tasks.wait()).await.is_err() {
            tracing::warn!("some rooms did not end in time");
        }
        let media = self.0.media.clone();
        // It waits for its threads.
        let _ = tokio::task::spawn_blocking(move || media.shutdown()).await;
    }
}

/// Until `stop`: media's events and everybody's changes go to their rooms, figures to Prometheus; then the rooms close.
pub async fn run(app: App, stop: CancellationToken) {
    let events = app.calls.0.events.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut events) = events else { return };
    let mut changes = app.changes.subscribe();
    let mut figures_due = tokio::time::interval(figures::PERIOD);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(event) = events.recv() => app.calls.bring(event),
            change = changes.recv() => match change {
                Ok(change) => app.calls.changed(change.visit),
                Err(RecvError::Lagged(_)) => app.calls.everywhere().into_iter().for_each(|visit| app.calls.changed(visit)),
                Err(RecvError::Closed) => break,
            },
            _ = figures_due.tick() => {
                let rooms = app.calls.rooms();
                let present = rooms.by_visit.values().map(|entry| entry.glance.present.len()).sum();
                let live = rooms.by_visit.values().filter(|entry| entry.glance.is_live).count();
                figures::publish(rooms.by_visit.len(), live, present, &app.calls.0.media.stats());
            }
        }
    }
    app.calls.shutdown().await;
}
