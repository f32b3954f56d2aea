//! The relative's still arrives: checked, sealed, stored, and only then recorded, in one transaction with its log entry.
use attest::commitment::Value;
use attest::hash::Hash;
use jiff::{SignedDuration, Timestamp};
use policy::Purpose;

use super::request::{allow_seat, own};
use crate::app::App;
use crate::auth::Seat;
use crate::call::{self, Notice};
use crate::db::Tx;
use crate::evidence::state::{Receipt, RequestState};
use crate::evidence::still::{self, Checked};
use crate::evidence::store::{self, NewStill, Request};
use crate::evidence::{Error, EvidenceRecorded};
use crate::id::{EvidenceId, PublicId};
use crate::log::{self, Basis, Fact, Kind, StoredObject, text};
use crate::objects::{self, Stored};

/// What sealed stills are bound to.
pub(super) const OBJECT: &str = "evidence_items.object";
const SENDER: &str = "sender";
const SERVER: &str = "server";
/// Clocks that a network sets differ by less.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// What came with the bytes.
pub struct Sent {
    pub bytes: bytes::Bytes,
    /// As the sender computed it.
    pub sha256: Hash,
    /// By the sender's clock.
    pub captured_at: Option<Timestamp>,
}

/// Before a byte of the body is read: is a still expected here at all?
pub async fn prepare(app: &App, seat: &Seat, id: PublicId) -> Result<(), Error> {
    let mut tx = app.db.begin(seat.scope()).await?;
    require_accepted(&own(&mut tx, seat, id).await?)
}

fn require_accepted(request: &Request) -> Result<(), Error> {
    let is_expected = matches!(request.state, RequestState::Accepted | RequestState::Stored);
    if is_expected && request.consent.is_some() { Ok(()) } else { Err(Error::NotAccepted) }
}

/// Safe to repeat: the same bytes get the same answer, other bytes a conflict.
pub async fn store_still(app: &App, seat: &Seat, id: PublicId, sent: Sent) -> Result<Receipt, Error> {
    let checked = still::check(&sent.bytes, sent.sha256)?;
    let mut tx = app.db.begin(seat.scope()).await?;
    let request = own(&mut tx, seat, id).await?;
    require_accepted(&request)?;
    if request.state == RequestState::Stored {
        return same_as_stored(&mut tx, &request, &checked).await;
    }
    // No connection is held while the file is written.
    tx.commit().await?;
    let stored = objects::put(app, seat.case, OBJECT, &sent.bytes).await?;
    let mut tx = app.db.begin(seat.scope()).await?;
    allow_seat(app, &mut tx, seat).await?;
    match record(app, tx, seat, &request, &sent, &checked, &stored).await {
        Ok(receipt) => Ok(receipt),
        Err(Error::NotAccepted) => {
            // Another upload of this request committed meanwhile.
            objects::discard(app, &stored).await;
            let mut tx = app.db.begin(seat.scope()).await?;
            same_as_stored(&mut tx, &request, &checked).await
        }
        // The commit may have come through although we were not told: the file stays, and is swept if it did not.
        Err(error) => Err(error),
    }
}

async fn same_as_stored(tx: &mut Tx, request: &Request, checked: &Checked) -> Result<Receipt, Error> {
    let stored = store::still_of_request(tx, request.id).await?.ok_or(Error::NotAccepted)?;
    if stored.sha256 != checked.sha256 {
        return Err(Error::StoredOtherwise);
    }
    let sha256 = stored.sha256.to_string();
    Ok(Receipt { evidence: stored.evidence, sha256, size_bytes: stored.size_bytes })
}

async fn record(
    app: &App,
    mut tx: Tx,
    seat: &Seat,
    request: &Request,
    sent: &Sent,
    checked: &Checked,
    stored: &Stored,
) -> Result<Receipt, Error> {
    if !store::mark_stored(&mut tx, request.id).await? {
        return Err(Error::NotAccepted);
    }
    let (captured_at, clock) = moment(sent.captured_at, request.asked_at, tx.now);
    let new = NewStill {
        id: EvidenceId::new(&app.chance, tx.now),
        public_id: app.chance.public_id(),
        case: seat.case,
        captured_at,
        clock,
        checked,
        stored,
    };
    store::insert_still(&mut tx, request, &new).await?;
    objects::name(&mut tx, stored).await?;
    let recorded = EvidenceRecorded { evidence: new.id, case: seat.case, institution: seat.institution };
    crate::jobs::publish(&mut tx, &app.chance, Some(seat.institution), &recorded, None).await?;
    log::append(app, &mut tx, fact(seat, request, &new)).await?;
    let receipt =
        Receipt { evidence: new.public_id, sha256: checked.sha256.to_string(), size_bytes: checked.size_bytes as i64 };
    tx.commit().await?;
    let notice = Notice::DocumentStored {
        request: request.public_id,
        evidence: receipt.evidence,
        sha256: receipt.sha256.clone(),
    };
    call::notify(app, seat.visit, notice);
    Ok(receipt)
}

/// When it was captured, and by which clock. The sender's word counts where it can be true: after it was asked for and
/// before it came. A cheap phone whose clock is years off still sends its still; then the moment of receipt stands.
fn moment(sender: Option<Timestamp>, asked_at: Timestamp, received_at: Timestamp) -> (Timestamp, &'static str) {
    let possible = (asked_at - CLOCK_TOLERANCE)..=(received_at + CLOCK_TOLERANCE);
    match sender.filter(|at| possible.contains(at)) {
        Some(at) => (at, SENDER),
        None => (received_at, SERVER),
    }
}

/// Who, when and by which clock, where, how, on which consent.
fn fact(seat: &Seat, request: &Request, new: &NewStill<'_>) -> Fact {
    let place = if seat.is_contact { "link" } else { "kiosk" };
    Fact {
        case: seat.case,
        kind: Kind::DocumentStill,
        occurred_at: new.captured_at,
        actor: seat.actor(),
        institution: seat.institution,
        purpose: Purpose::Verification,
        basis: Basis::GivenFreely,
        fields: vec![
            ("document_type", text(format!("{}/{}", request.document.as_str(), request.side.as_str()))),
            ("presented_by", text("contact")),
            ("captured_by", text("contact")),
            ("place", text(place)),
            ("device", text("camera of the sender's device")),
            ("clock", text(new.clock)),
            ("visit", text(request.visit_public_id.to_string())),
            ("sender_sha256", Value::Hash(new.checked.sha256)),
        ],
        objects: vec![StoredObject {
            ciphertext_sha256: new.stored.ciphertext_sha256,
            plaintext_sha256: new.checked.sha256,
            size_bytes: new.checked.size_bytes as u64,
            media_type: new.checked.media_type,
        }],
        consents: request.consent.iter().map(|(_, public_id)| *public_id).collect(),
        evidence: Some(new.id),
    }
}
