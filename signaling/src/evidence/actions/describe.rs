//! An official describes how a document was seen. The newest description holds, the others stay.
use policy::{Action, Purpose};

use super::read::summarize;
use crate::app::App;
use crate::auth::{self, Act, Official};
use crate::evidence::state::{EvidenceKind, EvidenceSummary, HowSeen};
use crate::evidence::store::{self, Item, Which};
use crate::evidence::{Error, EvidenceRecorded};
use crate::id::{PublicId, RowId};
use crate::log::{self, Basis, Fact, Kind, text};

pub async fn describe(app: &App, official: &Official, id: PublicId, how: HowSeen) -> Result<EvidenceSummary, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let which = Which { one: Some(id), ..Which::default() };
    let item = store::items(&mut tx, which).await?.pop().ok_or(Error::NotFound)?;
    let act = Act::new(Action::DescribeEvidence, Purpose::Verification, item.case).on(item.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    if item.kind != EvidenceKind::DocumentStill {
        return Err(Error::NotFound);
    }
    let id = RowId::new(&app.chance, tx.now);
    store::insert_seen(&mut tx, id, &item, how, official.id).await?;
    let owner = store::owner(&mut tx, item.case).await?;
    let recorded = EvidenceRecorded { evidence: item.id, case: item.case, institution: owner };
    crate::jobs::publish(&mut tx, &app.chance, Some(owner), &recorded, None).await?;
    let now = tx.now;
    let basis = if owner == official.institution { Basis::DutyOfCare } else { Basis::Grant };
    log::append(app, &mut tx, Fact { basis, occurred_at: now, ..fact(official, &item, how) }).await?;
    let described = store::items(&mut tx, which).await?;
    let summary = summarize(app, &mut tx, described).await?.pop().ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(summary)
}

fn fact(official: &Official, item: &Item, how: HowSeen) -> Fact {
    let mut fields = vec![
        ("subject", text(item.public_id.to_string())),
        ("observation", text("document_seen")),
        ("how_seen", text(how.as_str())),
        ("observer", text(official.public_id.to_string())),
        ("clock", text("server")),
    ];
    fields.extend(item.visit.map(|visit| ("visit", text(visit.to_string()))));
    Fact {
        case: item.case,
        kind: Kind::Observation,
        occurred_at: item.recorded_at,
        actor: official.actor(),
        institution: official.institution,
        purpose: Purpose::Verification,
        basis: Basis::DutyOfCare,
        fields,
        objects: vec![],
        consents: item.consent.into_iter().collect(),
        evidence: Some(item.id),
    }
}
