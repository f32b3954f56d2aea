//! What staff write down about a claim: a note, a third party's word. `verification` allows it and hands it over; here it
//! becomes an item.
use attest::commitment::Value;
use policy::Purpose;

use crate::app::App;
use crate::auth::Official;
use crate::db::Tx;
use crate::evidence::Error;
use crate::evidence::state::Corroboration;
use crate::evidence::store::{self, CorroborationRow, NoteRow};
use crate::id::{CaseId, ClaimId, ContactId, EvidenceId, PublicId};
use crate::keys::CaseKeyClass;
use crate::log::{self, Basis, Fact, Kind, text};

/// What sealed notes are bound to.
pub(super) const NOTE: &str = "evidence_items.note";
pub(super) const SOURCE: &str = "evidence_items.source";

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
    let account = if note.account_compatible { "account_compatible" } else { "account_not_compatible" };
    let told = vec![("observation", text(note.text)), ("account", text(account))];
    append(app, tx, official, (note.case, note.claim_public_id, id), told).await?;
    Ok(id)
}

pub struct NewCorroboration<'a> {
    pub case: CaseId,
    pub claim: ClaimId,
    pub claim_public_id: PublicId,
    pub contact: Option<ContactId>,
    pub said: Corroboration,
    /// Who was asked.
    pub source: &'a str,
    pub text: &'a str,
}

/// The row and its log entry; the caller has allowed it and commits.
pub async fn record_corroboration(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    new: NewCorroboration<'_>,
) -> Result<EvidenceId, Error> {
    let id = EvidenceId::new(&app.chance, tx.now);
    let seal = |what: &str, words: &str| app.keys.seal(new.case, CaseKeyClass::Evidence, what, words.as_bytes());
    let row = CorroborationRow {
        id,
        public_id: app.chance.public_id(),
        case: new.case,
        claim: new.claim,
        contact: new.contact,
        by: official.id,
        said: new.said,
        note_sealed: &seal(NOTE, new.text)?,
        source_sealed: &seal(SOURCE, new.source)?,
    };
    store::insert_corroboration(tx, &row).await?;
    let told = vec![
        ("observation", text(new.text)),
        ("source", text(new.source)),
        ("source_kind", text(new.said.source_kind.as_str())),
        ("reached_by", text(new.said.reached_by.as_str())),
        ("outcome", text(new.said.outcome.as_str())),
    ];
    append(app, tx, official, (new.case, new.claim_public_id, id), told).await?;
    Ok(id)
}

async fn append(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    (case, claim, evidence): (CaseId, PublicId, EvidenceId),
    told: Vec<(&'static str, Value)>,
) -> Result<(), Error> {
    let owner = store::owner(tx, case).await?;
    let mut fields = vec![
        ("subject", text(claim.to_string())),
        ("observer", text(official.public_id.to_string())),
        ("clock", text("server")),
    ];
    fields.extend(told);
    let fact = Fact {
        case,
        kind: Kind::Observation,
        occurred_at: tx.now,
        actor: official.actor(),
        institution: official.institution,
        purpose: Purpose::Verification,
        basis: if owner == official.institution { Basis::DutyOfCare } else { Basis::Grant },
        fields,
        objects: vec![],
        consents: vec![],
        evidence: Some(evidence),
    };
    log::append(app, tx, fact).await?;
    Ok(())
}
