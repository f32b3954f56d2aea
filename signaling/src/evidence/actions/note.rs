//! A note of staff about a claim. `verification` allows it and hands it over; here it becomes an item.
use policy::Purpose;

use crate::app::App;
use crate::auth::Official;
use crate::db::Tx;
use crate::evidence::Error;
use crate::evidence::store::{self, NoteRow};
use crate::id::{CaseId, ClaimId, ContactId, EvidenceId, PublicId};
use crate::keys::CaseKeyClass;
use crate::log::{self, Basis, Fact, Kind, text};

/// What sealed notes are bound to.
pub(super) const NOTE: &str = "evidence_items.note";

pub struct NewNote<'a> {
    pub case: CaseId,
    pub claim: ClaimId,
    pub claim_public_id: PublicId,
    pub contact: Option<ContactId>,
    pub text: &'a str,
    /// Whether what was told fits what is known.
    pub account_compatible: bool,
}

/// The row and its log entry; the caller has allowed it and commits.
pub async fn record_note(app: &App, tx: &mut Tx, official: &Official, note: NewNote<'_>) -> Result<EvidenceId, Error> {
    let id = EvidenceId::new(&app.chance, tx.now);
    let note_sealed = app.keys.seal(note.case, CaseKeyClass::Evidence, NOTE, note.text.as_bytes())?;
    let row = NoteRow {
        id,
        public_id: app.chance.public_id(),
        case: note.case,
        claim: note.claim,
        contact: note.contact,
        by: official.id,
        note_sealed: &note_sealed,
        account_compatible: note.account_compatible,
    };
    store::insert_note(tx, &row).await?;
    let owner = store::owner(tx, note.case).await?;
    let account = if note.account_compatible { "account_compatible" } else { "account_not_compatible" };
    let fact = Fact {
        case: note.case,
        kind: Kind::Observation,
        occurred_at: tx.now,
        actor: official.actor(),
        institution: official.institution,
        purpose: Purpose::Verification,
        basis: if owner == official.institution { Basis::DutyOfCare } else { Basis::Grant },
        fields: vec![
            ("subject", text(note.claim_public_id.to_string())),
            ("observation", text(note.text)),
            ("account", text(account)),
            ("observer", text(official.public_id.to_string())),
            ("clock", text("server")),
        ],
        objects: vec![],
        consents: vec![],
        evidence: Some(id),
    };
    log::append(app, tx, fact).await?;
    Ok(id)
}
