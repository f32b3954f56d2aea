//! What a room knows of its visit: from the database, and from admission, which alone lets somebody in.
use media::RoomId;

use super::events::{Reading, Reported, VisitStanding};
use super::inside::{Inside, Place};
use super::store::{self, Seated, VisitFacts};
use crate::app::App;
use crate::db::Scope;
use crate::id::{ParticipantId, VisitId};

pub struct Pass;

pub struct Known {
    pub facts: VisitFacts,
    pub participants: Vec<Seated>,
    reading: Option<Reading<Pass>>,
}

impl Known {
    /// Media knows the room by a number that means nothing elsewhere.
    pub fn room(&self) -> RoomId {
        RoomId(self.facts.public.uuid().as_u128())
    }

    pub fn seated(&self, participant: ParticipantId) -> Option<&Seated> {
        self.participants.iter().find(|seated| seated.id == participant)
    }

    /// For the room's state, once.
    pub fn take_reading(&mut self) -> Reading<Pass> {
        self.reading.take().expect("made by `read`, taken once")
    }
}

pub async fn read(app: App, visit: VisitId) -> Result<Known, sqlx::Error> {
    let mut tx = app.db.begin(Scope::Seat { visit }).await?;
    let facts = store::visit(&mut tx, visit).await?;
    let participants = store::seated(&mut tx, visit).await?;
    tx.commit().await?;
    let reported = participants
        .iter()
        .map(|seated| Reported {
            id: seated.id,
            public: seated.public,
            kind: seated.kind,
            seat: seated.seat,
            place: Place::Inside(Inside::new(seated.id, Pass)),
        })
        .collect();
    let reading = Reading { ends_at: facts.ends_at, standing: standing_of(&facts), participants: reported };
    Ok(Known { facts, participants, reading: Some(reading) })
}

fn standing_of(facts: &VisitFacts) -> VisitStanding {
    if facts.is_ended {
        VisitStanding::Ended
    } else if facts.is_cancelled || !may_be_held(&facts.visit_type) {
        VisitStanding::NotAvailable
    } else if facts.was_live {
        VisitStanding::OpenAgain
    } else {
        VisitStanding::Open
    }
}

/// Privileged types wait for end-to-end encryption, supervised ones for the supervisor's seat: until then nobody is
/// let into such a room, whatever else went wrong before.
fn may_be_held(visit_type: &str) -> bool {
    matches!(visit_type, "family" | "verification")
}
