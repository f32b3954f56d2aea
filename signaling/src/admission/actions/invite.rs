//! The ways in are made when a visit is booked: a link and a code for a relative, six digits for a kiosk. Jobs; each may
//! run twice.
use policy::{Action, Purpose};
use uuid::Uuid;

use crate::admission::error::Error;
use crate::admission::pass::{OPENS_BEFORE, step};
use crate::admission::state::Move;
use crate::admission::store::{self, NewInvitation, NewStart};
use crate::app::App;
use crate::audit::{self, Actor, Entry};
use crate::changes::{self, Change};
use crate::contact::{self, ContactRefused};
use crate::db::{Scope, Tx};
use crate::http::Problem;
use crate::id::{InstitutionId, InvitationId, KioskId};
use crate::message::{self, Channel, NewMessage, text};
use crate::schedule::{self, CodeAgain, Participant, ParticipantState, SeatKind, Visit, VisitBooked, VisitCancelled};
use crate::secret::Token;

/// As the table keeps a code: keyed, and bound to its link.
pub(super) fn code_hash(app: &App, token: &Token, code: &str) -> Vec<u8> {
    app.keys.derive(&format!("invitation code:{}:{code}", token.expose())).to_vec()
}

pub(super) fn digits_hash(app: &App, kiosk: KioskId, digits: &str) -> Vec<u8> {
    app.keys.derive(&format!("kiosk digits:{}:{digits}", kiosk.uuid().simple())).to_vec()
}

/// A visit was booked.
pub async fn prepare(app: &App, fact: VisitBooked) -> Result<(), Problem> {
    let mut tx = app.db.begin(Scope::System { institution: fact.institution }).await?;
    let Some(visit) = schedule::visit_by_id(&mut tx, fact.visit).await? else { return Ok(()) };
    if visit.state(tx.now).is_over() {
        return Ok(());
    }
    for participant in schedule::participants_of(&mut tx, visit.id).await? {
        match (participant.seat, visit.kiosk) {
            (SeatKind::Link, _) => invite(app, &mut tx, &visit, &participant, participant.id.uuid()).await?,
            (SeatKind::Kiosk, Some(kiosk)) => give_digits(app, &mut tx, &visit, &participant, kiosk).await?,
            (SeatKind::Kiosk, None) | (SeatKind::Desk, _) => {}
        }
    }
    finish(app, tx, &visit).await
}

/// The relative needs a new link and code; who came by the old ones is out.
pub async fn invite_again(app: &App, fact: CodeAgain) -> Result<(), Problem> {
    let mut tx = app.db.begin(Scope::System { institution: fact.institution }).await?;
    let Some(visit) = schedule::visit_by_id(&mut tx, fact.visit).await? else { return Ok(()) };
    if visit.state(tx.now).is_over() || store::has_invitation_of(&mut tx, fact.cause).await? {
        return Ok(());
    }
    let participants = schedule::participants_of(&mut tx, visit.id).await?;
    for participant in participants.into_iter().filter(|one| one.seat == SeatKind::Link) {
        if participant.state == ParticipantState::TurnedAway {
            continue;
        }
        store::revoke_ways_in(&mut tx, participant.id).await?;
        let participant = match participant.state {
            ParticipantState::Expected => participant,
            _ => step(app, &mut tx, &visit, participant, Move::Reissue, None).await?,
        };
        invite(app, &mut tx, &visit, &participant, fact.cause).await?;
    }
    finish(app, tx, &visit).await
}

/// A visit was cancelled.
pub async fn end_ways_in(app: &App, fact: VisitCancelled) -> Result<(), Problem> {
    let mut tx = app.db.begin(Scope::System { institution: fact.institution }).await?;
    let Some(visit) = schedule::visit_by_id(&mut tx, fact.visit).await? else { return Ok(()) };
    for participant in schedule::participants_of(&mut tx, fact.visit).await? {
        if store::revoke_ways_in(&mut tx, participant.id).await? {
            tell_that_it_is_off(app, &mut tx, &visit, &participant).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The same words whatever the reason (model: what each may see). Once: only the run that ended the link tells.
async fn tell_that_it_is_off(app: &App, tx: &mut Tx, visit: &Visit, participant: &Participant) -> Result<(), Problem> {
    let Some(contact) = participant.contact.filter(|_| tx.now < visit.ends_at) else { return Ok(()) };
    let Some(phone) = contact::phone(app, tx, contact).await? else { return Ok(()) };
    let text = text::not_now(super::own_visit::ui_locale(&participant.language));
    let new = NewMessage {
        case: visit.case,
        institution: visit.institution,
        visit: visit.id,
        contact,
        channel: Channel::Sms,
        to: phone.expose(),
        text,
        link: None,
    };
    message::enqueue(app, tx, new).await?;
    Ok(())
}

/// A contact was refused: every link that they hold ends, whoever waits or is in a call by one is out.
pub async fn end_ways_in_of_contact(app: &App, fact: ContactRefused) -> Result<(), Problem> {
    let mut tx = app.db.begin(Scope::System { institution: fact.institution }).await?;
    for id in store::participants_of_contact(&mut tx, fact.contact).await? {
        let (visit, participant) = super::super::pass::load(&mut tx, id).await?;
        if store::revoke_ways_in(&mut tx, participant.id).await? {
            tell_that_it_is_off(app, &mut tx, &visit, &participant).await?;
        }
        if matches!(participant.state, ParticipantState::Waiting | ParticipantState::Admitted | ParticipantState::Left)
        {
            step(app, &mut tx, &visit, participant, Move::TurnAway, None).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Link and code exist in clear only in the two sealed messages that this transaction writes.
async fn invite(app: &App, tx: &mut Tx, visit: &Visit, participant: &Participant, cause: Uuid) -> Result<(), Problem> {
    let Some(contact) = participant.contact else { return Ok(()) };
    if store::has_invitation_of(tx, cause).await? {
        return Ok(());
    }
    let Some(phone) = contact::phone(app, tx, contact).await? else { return Ok(()) };
    let (token, code) = (Token::new(&app.chance), app.chance.six_digits());
    let invitation = NewInvitation {
        id: InvitationId::new(&app.chance, tx.now),
        participant,
        cause,
        token_hash: token.hash(),
        code_hash: code_hash(app, &token, &code),
        opens_at: visit.starts_at - OPENS_BEFORE,
        closes_at: visit.ends_at,
    };
    store::insert_invitation(tx, &invitation).await?;
    let link = format!("{}/v/{}", app.config.public_url.as_str().trim_end_matches('/'), token.expose());
    let language = super::own_visit::ui_locale(&participant.language);
    let new = |channel| NewMessage {
        case: visit.case,
        institution: visit.institution,
        visit: visit.id,
        contact,
        channel,
        to: phone.expose(),
        text: "",
        link: None,
    };
    let sms = text::invitation(language, &link);
    message::enqueue(app, tx, NewMessage { text: &sms, link: Some(&link), ..new(Channel::Sms) }).await?;
    let spoken = text::code(language, &code);
    message::enqueue(app, tx, NewMessage { text: &spoken, ..new(Channel::Voice) }).await?;
    Ok(())
}

async fn give_digits(
    app: &App,
    tx: &mut Tx,
    visit: &Visit,
    participant: &Participant,
    kiosk: KioskId,
) -> Result<(), Error> {
    let digits = app.chance.six_digits();
    let start = NewStart {
        participant,
        kiosk,
        digits_hash: digits_hash(app, kiosk, &digits),
        digits_sealed: app.keys.seal_text(visit.case, "kiosk_starts.digits", &digits)?,
        opens_at: visit.starts_at - OPENS_BEFORE,
        closes_at: visit.ends_at,
    };
    store::insert_kiosk_start(tx, &app.chance, &start).await?;
    Ok(())
}

async fn finish(app: &App, mut tx: Tx, visit: &Visit) -> Result<(), Problem> {
    record(app, &mut tx, visit.institution, visit).await?;
    changes::announce(&mut tx, Change::of(visit.site, visit.id)).await?;
    tx.commit().await?;
    Ok(())
}

async fn record(app: &App, tx: &mut Tx, institution: InstitutionId, visit: &Visit) -> Result<(), sqlx::Error> {
    let entry = Entry {
        actor: Actor::System,
        institution,
        action: Action::Invite,
        purpose: Purpose::Scheduling,
        cases: &[visit.case],
        subject: Some(visit.id.uuid()),
    };
    audit::record(tx, &app.chance, entry).await
}
