//! The relative lost the link or the code: new ones, and the old ones end.
use policy::{Action, Purpose};

use super::{CodeAgain, seen};
use crate::app::App;
use crate::auth::Official;
use crate::http::limit::{Key, Quota};
use crate::id::PublicId;
use crate::jobs;
use crate::schedule::error::Error;
use crate::schedule::state::{ParticipantKind, ParticipantState};
use crate::schedule::store;

pub(in crate::schedule) async fn send_code_again(app: &App, official: &Official, id: PublicId) -> Result<(), Error> {
    app.limits.check(Quota::Send, Key::Account(official.id.uuid())).map_err(Error::Earlier)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let visit = seen(app, &mut tx, official, id, (Action::SendCodeAgain, Purpose::Scheduling)).await?;
    let participants = store::participants_of(&mut tx, visit.id).await?;
    let relative = participants.iter().find(|one| one.kind == ParticipantKind::Contact).ok_or(Error::Conflict)?;
    // Who was turned away is not let in again by a new link.
    if visit.state(tx.now).is_over() || relative.state == ParticipantState::TurnedAway {
        return Err(Error::Conflict);
    }
    let cause = app.chance.public_id().uuid();
    let fact = CodeAgain { visit: visit.id, institution: visit.institution, cause };
    jobs::publish(&mut tx, &app.chance, Some(visit.institution), &fact, None).await?;
    tx.commit().await?;
    Ok(())
}
