//! What a room knows of its visit: from schedule what was booked, from admission who is let in.
use media::RoomId;

use super::events::{Reading, Reported, VisitStanding};
use super::inside::{Inside, Place};
use crate::admission::{self, Pass, Way};
use crate::app::App;
use crate::db::{Scope, Tx};
use crate::id::{ParticipantId, VisitId};
use crate::schedule::{self, Participant, Visit};

pub struct Known {
    pub visit: Visit,
    pub participants: Vec<Participant>,
    reading: Option<Reading<Pass>>,
}

impl Known {
    /// Media knows the room by a number that means nothing elsewhere.
    pub fn room(&self) -> RoomId {
        RoomId(self.visit.public_id.uuid().as_u128())
    }

    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.id == id)
    }

    /// For the room's state, once.
    pub fn take_reading(&mut self) -> Reading<Pass> {
        self.reading.take().expect("made by `read`, taken once")
    }
}

pub async fn read(app: App, visit: VisitId) -> Result<Known, sqlx::Error> {
    let mut tx = app.db.begin(Scope::Seat { visit }).await?;
    let visit = schedule::visit_by_id(&mut tx, visit).await?.ok_or(sqlx::Error::RowNotFound)?;
    let participants = schedule::participants_of(&mut tx, visit.id).await?;
    let mut reported = Vec::with_capacity(participants.len());
    for participant in &participants {
        reported.push(Reported {
            id: participant.id,
            public: participant.public_id,
            kind: participant.kind,
            seat: participant.seat,
            place: place_of(&mut tx, participant.id).await?,
        });
    }
    tx.commit().await?;
    let reading = Reading { ends_at: visit.ends_at, standing: standing_of(&visit), participants: reported };
    Ok(Known { visit, participants, reading: Some(reading) })
}

async fn place_of(tx: &mut Tx, participant: ParticipantId) -> Result<Place<Pass>, sqlx::Error> {
    match admission::pass_of(tx, participant).await {
        Ok(Way::Room(pass)) => Ok(Place::Inside(Inside::new(participant, pass))),
        Ok(Way::Lobby(_)) => Ok(Place::Lobby),
        Err(admission::Error::Database(error)) => Err(error),
        Err(_) => Ok(Place::Out),
    }
}

fn standing_of(visit: &Visit) -> VisitStanding {
    if visit.run.ended_at.is_some() {
        VisitStanding::Ended
    } else if visit.run.cancelled_at.is_some() || visit.kind.rules().waits_for.is_some() {
        VisitStanding::NotAvailable
    } else if visit.run.live_at.is_some() {
        VisitStanding::OpenAgain
    } else {
        VisitStanding::Open
    }
}
