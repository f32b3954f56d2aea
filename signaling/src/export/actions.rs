//! One export: asked for, built, fetched.
use jiff::Timestamp;
use policy::{Action, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::jobs::ExportAsked;
use super::package::{self, MAX_CAPTURED_BYTES};
use super::profile::PROFILE;
use super::store::{self, Export, NewExport, Progress, Which};
use super::{Error, FailedReason};
use crate::app::App;
use crate::auth::{self, Act, Official};
use crate::db::{Scope, hex};
use crate::http::Faults;
use crate::id::{ExportId, PublicId};
use crate::log::{self, Basis, Fact, Kind, text};
use crate::people::{self, CaseRef};
use crate::{jobs, objects};

/// What sealed packages are bound to.
const OBJECT: &str = "exports.object";
const RECIPIENT: &str = "exports.recipient";
const PURPOSE: &str = "exports.purpose";
const BASIS: &str = "exports.basis";
/// A name and an office, a purpose, the article of a law; the reasons for it stand in the case.
const MAX_TEXT_CHARS: usize = 300;
/// How long between two looks whether the log has placed the entries: it takes a second at most.
const LOOK_AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_millis(500);
/// A log that gave no place for this long will not for this package.
const LOG_MUST_COME: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// To whom, for what, on which ground (rule D4).
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskExport {
    recipient: String,
    purpose: String,
    basis: String,
}

impl AskExport {
    fn check(self) -> Result<Self, Faults> {
        let trim = |text: String| text.trim().to_owned();
        let asked = AskExport { recipient: trim(self.recipient), purpose: trim(self.purpose), basis: trim(self.basis) };
        let mut faults = Faults::default();
        for (name, value) in [("recipient", &asked.recipient), ("purpose", &asked.purpose), ("basis", &asked.basis)] {
            faults.need(!value.is_empty(), name, "required");
            faults.need(value.chars().count() <= MAX_TEXT_CHARS, name, "too_long");
        }
        faults.done()?;
        Ok(asked)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExportState {
    Preparing,
    Ready,
    Failed,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Export)]
pub(super) struct ExportView {
    id: PublicId,
    state: ExportState,
    /// Of a failure.
    reason: Option<FailedReason>,
    recipient: String,
    purpose: String,
    basis: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Of the archive.
    sha256: Option<String>,
    size_bytes: Option<i64>,
}

impl ExportView {
    fn open(app: &App, export: Export) -> Result<Self, Error> {
        let open = |what: &str, sealed: &[u8]| app.keys.open_text(export.case, what, sealed);
        let (state, reason, ready) = match export.progress {
            Progress::Preparing => (ExportState::Preparing, None, None),
            Progress::Ready(ready) => (ExportState::Ready, None, Some(ready)),
            Progress::Failed(reason) => (ExportState::Failed, Some(reason), None),
        };
        Ok(ExportView {
            id: export.public_id,
            state,
            reason,
            recipient: open(RECIPIENT, &export.recipient_sealed)?,
            purpose: open(PURPOSE, &export.purpose_sealed)?,
            basis: open(BASIS, &export.basis_sealed)?,
            created_at: export.requested_at,
            sha256: ready.as_ref().map(|ready| hex(&ready.sha256)),
            size_bytes: ready.map(|ready| ready.size_bytes),
        })
    }
}

pub(super) async fn ask(app: &App, official: &Official, case: PublicId, asked: AskExport) -> Result<ExportView, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = people::case_ref(&mut tx, case).await?.ok_or(Error::NotFound)?;
    let (id, public_id) = (ExportId::new(&app.chance, tx.now), app.chance.public_id());
    let act = Act::new(Action::ExportCase, Purpose::Export, case.id).on(id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    let asked = asked.check().map_err(Error::Input)?;
    if store::captured_bytes(&mut tx, case.id).await? > MAX_CAPTURED_BYTES {
        return Err(Error::TooLarge);
    }
    let job = ExportAsked { export: id, case: case.id, institution: case.institution };
    jobs::publish(&mut tx, &app.chance, Some(case.institution), &job, None).await?;
    let fact = fact(official, &case, &asked, tx.now);
    let entry = log::append(app, &mut tx, fact).await?;
    let seal = |what: &str, text: &str| app.keys.seal_text(case.id, what, text);
    let new = NewExport {
        id,
        public_id,
        case: case.id,
        recipient_sealed: seal(RECIPIENT, &asked.recipient)?,
        purpose_sealed: seal(PURPOSE, &asked.purpose)?,
        basis_sealed: seal(BASIS, &asked.basis)?,
        entry: entry.id,
        by: official.id,
    };
    store::insert(&mut tx, &new).await?;
    let which = Which { id: Some(id), ..Which::default() };
    let view = store::exports(&mut tx, which).await?.pop().ok_or(Error::NotFound)?;
    tx.commit().await?;
    ExportView::open(app, view)
}

fn fact(official: &Official, case: &CaseRef, asked: &AskExport, occurred_at: Timestamp) -> Fact {
    Fact {
        case: case.id,
        kind: Kind::ExportMade,
        occurred_at,
        actor: official.actor(),
        institution: official.institution,
        purpose: Purpose::Export,
        basis: Basis::DutyOfCare,
        fields: vec![
            ("recipient", text(asked.recipient.as_str())),
            ("purpose_shown", text(asked.purpose.as_str())),
            ("legal_basis", text(asked.basis.as_str())),
            ("profile", text(PROFILE)),
        ],
        objects: vec![],
        consents: vec![],
        evidence: None,
    }
}

/// The job: builds, keeps, marks ready. Safe to repeat; while the log lags it comes back a moment later.
pub(super) async fn prepare(app: &App, job: &ExportAsked) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::System { institution: job.institution }).await?;
    let which = Which { id: Some(job.export), ..Which::default() };
    let export = store::exports(&mut tx, which).await?.pop().ok_or(Error::NotFound)?;
    if !matches!(export.progress, Progress::Preparing) {
        return Ok(());
    }
    let Some(archive) = package::build(app, &mut tx, &export).await? else {
        if tx.now.duration_since(export.requested_at) > LOG_MUST_COME {
            store::give_up(&mut tx, export.id, FailedReason::LogTooSlow).await?;
            return Ok(tx.commit().await?);
        }
        let again = tx.now + LOOK_AGAIN;
        jobs::publish(&mut tx, &app.chance, Some(job.institution), job, Some(again)).await?;
        return Ok(tx.commit().await?);
    };
    let stored = objects::put(app, export.case, OBJECT, &archive).await?;
    let sha256 = crate::secret::sha256(&archive);
    let size_bytes = i64::try_from(archive.len()).unwrap_or(i64::MAX);
    if !store::make_ready(&mut tx, export.id, &stored, &sha256, size_bytes).await? {
        objects::discard(app, &stored).await;
        return Ok(());
    }
    objects::name(&mut tx, &stored).await?;
    Ok(tx.commit().await?)
}

/// The last try failed: the desk is told, and somebody may ask again.
pub(super) async fn give_up(app: &App, job: &ExportAsked, why: FailedReason) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::System { institution: job.institution }).await?;
    store::give_up(&mut tx, job.export, why).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn get(app: &App, official: &Official, id: PublicId) -> Result<ExportView, Error> {
    ExportView::open(app, find(app, official, id, Action::ReadExport).await?)
}

pub(super) async fn list(app: &App, official: &Official, case: PublicId) -> Result<Vec<ExportView>, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = people::case_ref(&mut tx, case).await?.ok_or(Error::NotFound)?;
    auth::allow(app, &mut tx, official, Act::new(Action::ReadExport, Purpose::Export, case.id)).await?;
    let exports = store::exports(&mut tx, Which { case: Some(case.id), ..Which::default() }).await?;
    tx.commit().await?;
    exports.into_iter().map(|export| ExportView::open(app, export)).collect()
}

/// The archive in clear, with its file's name; each fetching is written down.
pub(super) async fn fetch(app: &App, official: &Official, id: PublicId) -> Result<(String, Vec<u8>), Error> {
    let export = find(app, official, id, Action::FetchPackage).await?;
    let Progress::Ready(ready) = export.progress else { return Err(Error::NotReady) };
    let archive = objects::get(app, export.case, OBJECT, &ready.object_key).await?;
    Ok((package::file_name(export.public_id), archive))
}

async fn find(app: &App, official: &Official, id: PublicId, action: Action) -> Result<Export, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let which = Which { one: Some(id), ..Which::default() };
    let export = store::exports(&mut tx, which).await?.pop().ok_or(Error::NotFound)?;
    let act = Act::new(action, Purpose::Export, export.case).on(export.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    tx.commit().await?;
    Ok(export)
}

/// Public: keys and since when they count, nothing else.
pub(super) async fn trust_file(app: &App) -> Result<String, Error> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    Ok(package::trust(app, &mut tx).await?.to_json())
}
