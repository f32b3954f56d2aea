//! What others read of evidence: summaries, strands, the still itself.
use std::collections::HashMap;

use attest::hash::Hash;
use policy::{Action, Purpose};

use super::note::{NOTE, SOURCE};
use super::upload::OBJECT;
use crate::app::App;
use crate::auth::{self, Act, Official};
use crate::db::{Tx, hex};
use crate::evidence::Error;
use crate::evidence::state::{EvidenceSummary, LogPosition, Strand};
use crate::evidence::store::{self, Item, StillFile, Which};
use crate::id::{CaseId, ClaimId, EvidenceId, PublicId};
use crate::keys::{CaseKeyClass, KeyError};
use crate::{log, objects};

/// A captured file in clear.
pub struct Still {
    pub bytes: Vec<u8>,
    pub media_type: String,
}

/// All items of a case, oldest first. The caller has allowed it.
pub async fn items_of_case(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<EvidenceSummary>, Error> {
    let items = store::items(tx, Which { case: Some(case), ..Which::default() }).await?;
    summarize(app, tx, items).await
}

/// The items of a claim: its notes and what its contact showed, oldest first. The caller has allowed it.
pub async fn items_of_claim(app: &App, tx: &mut Tx, claim: ClaimId) -> Result<Vec<EvidenceSummary>, Error> {
    let items = store::items(tx, Which { claim: Some(claim), ..Which::default() }).await?;
    summarize(app, tx, items).await
}

/// What the items of a claim count for, oldest first.
pub async fn strands_of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<Strand>, Error> {
    Ok(store::strands(tx, claim).await?)
}

pub async fn content(app: &App, official: &Official, id: PublicId) -> Result<Still, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let which = Which { one: Some(id), ..Which::default() };
    let item = store::items(&mut tx, which).await?.pop().ok_or(Error::NotFound)?;
    let act = Act::new(Action::ReadEvidence, Purpose::Verification, item.case).on(item.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    let file = item.file.ok_or(Error::NotFound)?;
    tx.commit().await?;
    open(app, item.case, &file).await
}

/// What became of an item's file.
pub enum StillOfItem {
    Here(Still),
    /// Its key was destroyed.
    Erased,
}

/// The file of an item, for an export. The caller has allowed it.
pub async fn still_of_item(app: &App, tx: &mut Tx, id: EvidenceId) -> Result<StillOfItem, Error> {
    let which = Which { id: Some(id), ..Which::default() };
    let item = store::items(tx, which).await?.pop().ok_or(Error::NotFound)?;
    let file = item.file.ok_or(Error::NotFound)?;
    match open(app, item.case, &file).await {
        Ok(still) => Ok(StillOfItem::Here(still)),
        Err(Error::Objects(objects::Error::Key(KeyError::Gone))) => Ok(StillOfItem::Erased),
        Err(error) => Err(error),
    }
}

async fn open(app: &App, case: CaseId, file: &StillFile) -> Result<Still, Error> {
    let bytes = objects::get(app, case, OBJECT, &file.object_key).await?;
    if Hash::of(&bytes) != file.sha256 {
        return Err(Error::Changed);
    }
    Ok(Still { bytes, media_type: file.media_type.clone() })
}

pub(super) async fn summarize(app: &App, tx: &mut Tx, items: Vec<Item>) -> Result<Vec<EvidenceSummary>, Error> {
    let ids: Vec<EvidenceId> = items.iter().map(|item| item.id).collect();
    let positions = log::positions_of_items(tx, &ids).await?;
    items.into_iter().map(|item| summary(app, item, &positions)).collect()
}

fn summary(app: &App, item: Item, positions: &HashMap<EvidenceId, log::Position>) -> Result<EvidenceSummary, Error> {
    let position = positions.get(&item.id).ok_or(Error::Changed)?;
    Ok(EvidenceSummary {
        id: item.public_id,
        kind: item.kind,
        document: item.document,
        side: item.side,
        about: item.about,
        contact: item.contact,
        recorded_at: item.recorded_at,
        captured_at: item.captured_at,
        captured_by_label: item.captured_by_label,
        how_seen: item.how_seen,
        sha256: item.file.as_ref().map(|file| hex(file.sha256.as_bytes())),
        size_bytes: item.size_bytes,
        width_px: item.width_px,
        height_px: item.height_px,
        log: LogPosition { number_in_case: position.number_in_case, index: position.index },
        claim: item.claim,
        note: item.note_sealed.map(|sealed| open_text(app, item.case, NOTE, &sealed)).transpose()?.flatten(),
        account_compatible: item.account_compatible,
        corroboration: item.corroboration,
        source: item.source_sealed.map(|sealed| open_text(app, item.case, SOURCE, &sealed)).transpose()?.flatten(),
        consent: item.consent,
    })
}

/// None once the key was destroyed.
fn open_text(app: &App, case: CaseId, what: &str, sealed: &[u8]) -> Result<Option<String>, Error> {
    match app.keys.open_sealed(case, CaseKeyClass::Evidence, what, sealed) {
        Ok(bytes) => Ok(Some(String::from_utf8(bytes).map_err(|_| KeyError::DoesNotOpen)?)),
        Err(KeyError::Gone) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
