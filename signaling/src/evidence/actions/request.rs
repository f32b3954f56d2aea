//! An official asks for a document, the relative says yes or no.
use policy::{Action, Facts, Purpose, Standing};

use crate::app::App;
use crate::audit;
use crate::auth::{self, Act, Official, Seat};
use crate::call::{self, Notice};
use crate::db::{Scope, Tx};
use crate::evidence::Error;
use crate::evidence::state::{AnswerRequest, AskDocument, DocumentRequest, RequestState};
use crate::evidence::store::{self, Request, Visit};
use crate::http::Problem;
use crate::id::{CaseId, DocumentRequestId, InstitutionId, ParticipantId, PublicId};
use crate::people::{self, ConsentMode, ConsentOutcome, ConsentPurpose, GivenBy, NewConsent};

/// Both sides of a few documents; more at once is a mistake of a page.
const MAX_OPEN_REQUESTS: i64 = 8;

pub async fn ask(
    app: &App,
    official: &Official,
    visit: PublicId,
    asked: AskDocument,
) -> Result<DocumentRequest, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let visit = store::visit(&mut tx, visit, official.id).await?.ok_or(Error::NotFound)?;
    let act = Act::new(Action::AskDocument, Purpose::Verification, visit.case).in_visit(visit.id);
    auth::allow(app, &mut tx, official, act).await?;
    let participant = require_askable(app, &mut tx, &visit).await?;
    let new = store::NewRequest {
        id: DocumentRequestId::new(&app.chance, tx.now),
        public_id: app.chance.public_id(),
        document: asked.document,
        side: asked.side,
        participant,
        asked_by: official.id,
    };
    store::insert_request(&mut tx, &visit, &new).await?;
    let request = one(&mut tx, visit.id, new.public_id).await?;
    tx.commit().await?;
    let notice =
        Notice::DocumentAsked { request: request.public_id, document: asked.document.into(), side: asked.side.into() };
    call::notify(app, visit.id, notice);
    Ok(shape(&request))
}

/// Who is to show it, if this visit is one in which documents are shown, now.
async fn require_askable(app: &App, tx: &mut Tx, visit: &Visit) -> Result<ParticipantId, Error> {
    if !visit.is_asker_in_it {
        return Err(Error::NotInVisit);
    }
    if !visit.kind.rules().takes_documents {
        return Err(Error::VisitTakesNoDocuments);
    }
    if !visit.is_live && !call::is_live(app, visit.id) {
        return Err(Error::CallNotLive);
    }
    let (participant, contact) = visit.contact.ok_or(Error::VisitTakesNoDocuments)?;
    if !people::is_agreed(tx, visit.case, ConsentPurpose::Verification, contact).await? {
        return Err(Error::ConsentMissing);
    }
    if visit.open_requests >= MAX_OPEN_REQUESTS {
        return Err(Error::TooManyRequests);
    }
    Ok(participant)
}

/// A consent was withdrawn or a visit cancelled: nobody waits any longer for a document on its ground, and no still is
/// taken. A job; may run twice.
pub async fn close_requests(app: &App, case: CaseId, institution: InstitutionId) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::System { institution }).await?;
    let mut closed = Vec::new();
    for request in store::open_requests(&mut tx, case).await? {
        let is_agreed = match request.contact {
            Some(contact) => people::is_agreed(&mut tx, case, ConsentPurpose::Verification, contact).await?,
            None => false,
        };
        if request.is_off || !is_agreed {
            store::close_request(&mut tx, request.id).await?;
            closed.push(request);
        }
    }
    tx.commit().await?;
    for request in closed {
        call::notify(app, request.visit, Notice::DocumentRefused { request: request.public_id });
    }
    Ok(())
}

/// The relative answers on their own screen; a yes or no is a consent event. The same answer twice is one.
pub async fn answer(app: &App, seat: &Seat, id: PublicId, answer: AnswerRequest) -> Result<DocumentRequest, Error> {
    check(&answer)?;
    let mut tx = app.db.begin(seat.scope()).await?;
    allow_seat(app, &mut tx, seat).await?;
    let request = own(&mut tx, seat, id).await?;
    let was_accepted = matches!(request.state, RequestState::Accepted | RequestState::Stored);
    match request.state {
        RequestState::Asked => {}
        _ if was_accepted == answer.accepted => return Ok(shape(&request)),
        _ => return Err(Error::AnsweredOtherwise),
    }
    let (consent, _) = people::record_consent(app, &mut tx, consent_of(seat, &request, &answer))
        .await
        .map_err(|error| Error::Refused(error.into()))?;
    let state = if answer.accepted { RequestState::Accepted } else { RequestState::Refused };
    if !store::answer_request(&mut tx, request.id, state, consent).await? {
        return Err(Error::AnsweredOtherwise);
    }
    let request = one(&mut tx, seat.visit, id).await?;
    tx.commit().await?;
    if !answer.accepted {
        call::notify(app, seat.visit, Notice::DocumentRefused { request: request.public_id });
    }
    Ok(shape(&request))
}

fn check(answer: &AnswerRequest) -> Result<(), Error> {
    let mut faults = crate::http::Faults::default();
    faults.need(people::is_language(&answer.language), "language", "unknown");
    faults.done().map_err(|faults| Error::Refused(Problem::from(faults)))
}

fn consent_of(seat: &Seat, request: &Request, answer: &AnswerRequest) -> NewConsent {
    NewConsent {
        case: seat.case,
        visit: Some(seat.visit),
        contact: request.contact,
        purpose: ConsentPurpose::Verification,
        recipient: None,
        given_by: GivenBy::Contact,
        outcome: if answer.accepted { ConsentOutcome::Given } else { ConsentOutcome::Refused },
        language: answer.language.clone(),
        mode: ConsentMode::OnScreen,
        text_version: answer.text_version,
        witness: None,
        recorded_by: seat.actor(),
    }
}

/// For the relative's page that comes back: what is asked of this seat.
pub async fn requests_of_seat(app: &App, seat: &Seat) -> Result<Vec<DocumentRequest>, Error> {
    let mut tx = app.db.begin(seat.scope()).await?;
    allow_seat(app, &mut tx, seat).await?;
    let requests = store::requests(&mut tx, seat.visit, None).await?;
    tx.commit().await?;
    Ok(requests.iter().filter(|request| request.participant == seat.participant).map(shape).collect())
}

/// For the desk's page that comes back.
pub async fn requests_of_visit(app: &App, official: &Official, id: PublicId) -> Result<Vec<DocumentRequest>, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let visit = store::visit(&mut tx, id, official.id).await?.ok_or(Error::NotFound)?;
    let act = Act::new(Action::ReadEvidence, Purpose::Verification, visit.case).in_visit(visit.id);
    auth::allow(app, &mut tx, official, act).await?;
    let requests = store::requests(&mut tx, visit.id, None).await?;
    tx.commit().await?;
    Ok(requests.iter().map(shape).collect())
}

/// Allows a participant without an account what concerns a document request of the own visit, and writes it down.
pub(super) async fn allow_seat(app: &App, tx: &mut Tx, seat: &Seat) -> Result<(), Error> {
    let facts = Facts { is_in_visit: true, ..Facts::of(Standing::Stranger) };
    policy::decide(&seat.principal(), Action::AnswerDocumentRequest, &facts).map_err(|_| Error::NotFound)?;
    let entry = audit::Entry {
        actor: seat.actor(),
        institution: seat.institution,
        action: Action::AnswerDocumentRequest,
        purpose: Purpose::OwnVisit,
        cases: &[seat.case],
        subject: Some(seat.visit.uuid()),
    };
    Ok(audit::record(tx, &app.chance, entry).await?)
}

/// A request of this seat; anybody else's does not exist.
pub(super) async fn own(tx: &mut Tx, seat: &Seat, id: PublicId) -> Result<Request, Error> {
    let request = one(tx, seat.visit, id).await?;
    if request.participant == seat.participant { Ok(request) } else { Err(Error::NotFound) }
}

async fn one(tx: &mut Tx, visit: crate::id::VisitId, id: PublicId) -> Result<Request, Error> {
    store::requests(tx, visit, Some(id)).await?.pop().ok_or(Error::NotFound)
}

fn shape(request: &Request) -> DocumentRequest {
    DocumentRequest {
        id: request.public_id,
        document: request.document,
        side: request.side,
        state: request.state,
        asked_at: request.asked_at,
        evidence: request.evidence,
    }
}
