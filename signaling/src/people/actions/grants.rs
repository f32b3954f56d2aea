//! The owner admits another institution to a case, for a purpose, for a time, because the person agreed.
use jiff::{SignedDuration, Timestamp};
use policy::{Action, Purpose};
use serde::{Deserialize, Serialize};

use super::consents::consent_in_force;
use super::{Error, shield};
use crate::app::App;
use crate::auth::{self, Act, Official};
use crate::db::Tx;
use crate::directory::{self, Institution, Named};
use crate::http::Faults;
use crate::id::{CaseId, GrantId, InstitutionId, PublicId};
use crate::jobs::{self, Job};
use crate::people::state::ConsentPurpose;
use crate::people::store::{self, CaseRef, GrantRow, NewGrantRow};
use crate::words;

/// Past this somebody asks again whether the other institution still needs it.
const MAX_GRANT: SignedDuration = SignedDuration::from_hours(24 * 366);

words! {
    /// What a grant may be for. `care` is the owner's alone.
    pub enum GrantPurpose in "case_grants.purpose" { Verification = "verification" }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(in crate::people) struct NewGrant {
    institution: PublicId,
    purpose: GrantPurpose,
    #[schema(value_type = String, format = DateTime)]
    valid_until: Timestamp,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
    pub id: PublicId,
    pub institution: Named,
    pub purpose: GrantPurpose,
    #[schema(value_type = String, format = DateTime)]
    pub valid_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub valid_until: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Timestamp>,
    /// The consent it rests on.
    pub consent: PublicId,
}

impl TryFrom<GrantRow> for GrantView {
    type Error = sqlx::Error;
    fn try_from(row: GrantRow) -> Result<Self, sqlx::Error> {
        Ok(GrantView {
            id: PublicId(row.public_id),
            institution: Named { id: PublicId(row.institution_public_id), name: row.institution_name },
            purpose: GrantPurpose::of_column(&row.purpose)?,
            valid_from: row.valid_from.to_jiff(),
            valid_until: row.valid_until.to_jiff(),
            withdrawn_at: row.withdrawn_at.map(|at| at.to_jiff()),
            consent: PublicId(row.consent_public_id),
        })
    }
}

pub(in crate::people) async fn grant(
    app: &App,
    official: &Official,
    case: PublicId,
    new: NewGrant,
) -> Result<GrantView, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = store::case_ref(&mut tx, case).await?.ok_or(Error::NotFound)?;
    auth::allow(app, &mut tx, official, Act::new(Action::GrantCase, Purpose::Verification, case.id)).await?;
    store::hold(&mut tx, case.id).await?;
    let institution = check(&mut tx, &case, &new).await?;
    let row = admit(app, &mut tx, official, (&case, &institution), &new).await?;
    let view = store::grant_by_public_id(&mut tx, row.public_id).await?.map(GrantView::try_from).transpose()?;
    tx.commit().await?;
    view.ok_or(Error::NotFound)
}

async fn check(tx: &mut Tx, case: &CaseRef, new: &NewGrant) -> Result<Institution, Error> {
    let institution = directory::institution_by_public_id(tx, new.institution).await?;
    let institution = institution.filter(|institution| institution.id != case.institution);
    let mut faults = Faults::default();
    faults
        .need(institution.is_some(), "institution", "unknown")
        .need(new.valid_until > tx.now, "valid_until", "in_the_past")
        .need(new.valid_until <= tx.now + MAX_GRANT, "valid_until", "out_of_range");
    faults.done()?;
    institution.ok_or(Error::NotFound)
}

/// The shield is asked first: whether there was a consent is nobody's matter once somebody fears that State.
async fn admit(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    (case, institution): (&CaseRef, &Institution),
    new: &NewGrant,
) -> Result<NewGrantRow, Error> {
    if let Some(state) = &institution.state {
        shield::check(app, tx, case.id, state).await?;
    }
    let purpose = ConsentPurpose::ShareWithInstitution;
    let consent = consent_in_force(tx, case.id, purpose, Some(institution.id), None).await?;
    let row = NewGrantRow {
        id: GrantId::new(&app.chance, tx.now),
        public_id: app.chance.public_id(),
        case: case.id,
        owner: case.institution,
        institution: institution.id,
        purpose: new.purpose.as_str(),
        valid_until: new.valid_until,
        consent: consent.ok_or(Error::ConsentMissing)?,
        granted_by: official.id,
    };
    store::insert_grant(tx, &row).await?;
    Ok(row)
}

/// An institution is no longer admitted to a case: its visits do not take place.
#[derive(Debug, Serialize, Deserialize)]
pub struct GrantEnded {
    pub case: CaseId,
    /// Whose case, and so in whose scope a listener acts.
    pub institution: InstitutionId,
}

impl Job for GrantEnded {
    const KIND: &'static str = "people.grant_ended";
}

/// A grant of a case that the official does not see, or of nothing, is the same: not found.
pub(in crate::people) async fn withdraw(app: &App, official: &Official, grant: PublicId) -> Result<GrantView, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let row = store::grant_by_public_id(&mut tx, grant).await?.ok_or(Error::NotFound)?;
    let act = Act::new(Action::WithdrawGrant, Purpose::Verification, row.case_id.into()).on(row.id);
    auth::allow(app, &mut tx, official, act).await?;
    store::hold(&mut tx, row.case_id.into()).await?;
    if !store::withdraw_grant(&mut tx, GrantId(row.id)).await? {
        return Err(Error::AlreadyWithdrawn);
    }
    let fact = GrantEnded { case: row.case_id.into(), institution: official.institution };
    jobs::publish(&mut tx, &app.chance, Some(official.institution), &fact, None).await?;
    let view = store::grant_by_public_id(&mut tx, grant).await?.map(GrantView::try_from).transpose()?;
    tx.commit().await?;
    view.ok_or(Error::NotFound)
}

/// Newest first, without the owner's own.
pub async fn grants_of(tx: &mut Tx, case: CaseId) -> Result<Vec<GrantView>, sqlx::Error> {
    store::grants(tx, case).await?.into_iter().map(GrantView::try_from).collect()
}
