//! SQL of claims, levels, recommendations and decisions.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use policy::Role;

use super::Error;
use super::levels::{Computed, Conclusion, Condition, RULE_VERSION};
use crate::claim::{ClaimKind, Level};
use crate::db::{Tx, violated_constraint};
use crate::id::{CaseId, ClaimId, ContactId, DecisionId, InstitutionId, OfficialId, PublicId, RecommendationId, RowId};

pub(super) struct Claim {
    pub id: ClaimId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub case_public_id: PublicId,
    pub owner: InstitutionId,
    pub kind: ClaimKind,
    pub statement: String,
    pub contact: Option<ContactId>,
    pub level: Level,
}

/// What somebody concluded, still sealed.
pub(super) struct Judgement {
    pub recommendation: RecommendationId,
    pub conclusion: Conclusion,
    pub reasons_sealed: Vec<u8>,
    pub counter_evidence_sealed: Option<Vec<u8>>,
    pub by_public_id: PublicId,
    pub by_name: String,
    pub at: Timestamp,
}

pub(super) struct LevelChange {
    pub at: Timestamp,
    pub from: Level,
    pub to: Level,
    pub rule_version: String,
}

/// False where the link is claimed already.
pub(super) async fn insert_link_claim(
    tx: &mut Tx,
    id: ClaimId,
    public_id: PublicId,
    case: CaseId,
    contact: ContactId,
    relation: &str,
) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "insert into claims (id, public_id, case_id, kind, contact_id, statement, opened_at)
         values ($1, $2, $3, 'link', $4, $5, $6) on conflict do nothing",
        id.uuid(),
        public_id.uuid(),
        case.uuid(),
        contact.uuid(),
        relation,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn claim(tx: &mut Tx, id: PublicId) -> Result<Option<Claim>, sqlx::Error> {
    Ok(claims(tx, Some(id), None).await?.pop())
}

pub(super) async fn claims_of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Claim>, sqlx::Error> {
    claims(tx, None, Some(case)).await
}

async fn claims(tx: &mut Tx, id: Option<PublicId>, case: Option<CaseId>) -> Result<Vec<Claim>, sqlx::Error> {
    let rows = sqlx::query!(
        "select l.id, l.public_id, l.case_id, c.public_id as case_public_id, c.institution_id, l.kind, l.statement,
            l.contact_id, l.level
         from claims l join cases c on c.id = l.case_id
         where ($1::uuid is null or l.public_id = $1) and ($2::uuid is null or l.case_id = $2) order by l.id",
        id.map(PublicId::uuid),
        case.map(CaseId::uuid)
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Claim {
                id: row.id.into(),
                public_id: PublicId(row.public_id),
                case: row.case_id.into(),
                case_public_id: PublicId(row.case_public_id),
                owner: row.institution_id.into(),
                kind: ClaimKind::of_column(&row.kind)?,
                statement: row.statement,
                contact: row.contact_id.map(Into::into),
                level: Level::of_column(&row.level)?,
            })
        })
        .collect()
}

/// False where somebody else changed it meanwhile.
pub(super) async fn change_level(
    tx: &mut Tx,
    row: RowId,
    claim: &Claim,
    computed: &Computed,
) -> Result<bool, sqlx::Error> {
    let (now, from, to) = (tx.now, claim.level.as_str(), computed.level.as_str());
    let done = sqlx::query!("update claims set level = $3 where id = $1 and level = $2", claim.id.uuid(), from, to)
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let owned = |conditions: &[Condition]| conditions.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into claim_levels (id, claim_id, case_id, from_level, to_level, rule_version, satisfied, missing, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.uuid(),
        claim.id.uuid(),
        claim.case.uuid(),
        from,
        to,
        RULE_VERSION,
        &owned(&computed.satisfied),
        &owned(&computed.missing),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(true)
}

pub(super) async fn level_history(tx: &mut Tx, claim: ClaimId) -> Result<Vec<LevelChange>, sqlx::Error> {
    let rows = sqlx::query!(
        "select from_level, to_level, rule_version, at from claim_levels where claim_id = $1 order by at, id",
        claim.uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LevelChange {
                at: row.at.to_jiff(),
                from: Level::of_column(&row.from_level)?,
                to: Level::of_column(&row.to_level)?,
                rule_version: row.rule_version,
            })
        })
        .collect()
}

/// The newest recommendation.
pub(super) async fn recommendation(tx: &mut Tx, claim: ClaimId) -> Result<Option<Judgement>, sqlx::Error> {
    let row = sqlx::query!(
        "select r.id, r.conclusion, r.reasons_sealed, r.counter_evidence_sealed, o.public_id, o.name, r.at
         from recommendations r join officials o on o.id = r.recommended_by where r.claim_id = $1
         order by r.at desc, r.id desc limit 1",
        claim.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Judgement {
            recommendation: row.id.into(),
            conclusion: Conclusion::of_column(&row.conclusion)?,
            reasons_sealed: row.reasons_sealed,
            counter_evidence_sealed: row.counter_evidence_sealed,
            by_public_id: PublicId(row.public_id),
            by_name: row.name,
            at: row.at.to_jiff(),
        })
    })
    .transpose()
}

/// The newest decision.
pub(super) async fn decision(tx: &mut Tx, claim: ClaimId) -> Result<Option<Judgement>, sqlx::Error> {
    let row = sqlx::query!(
        "select d.recommendation_id, d.conclusion, d.reasons_sealed, o.public_id, o.name, d.at
         from decisions d join officials o on o.id = d.decided_by where d.claim_id = $1 order by d.at desc, d.id desc limit 1",
        claim.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Judgement {
            recommendation: row.recommendation_id.into(),
            conclusion: Conclusion::of_column(&row.conclusion)?,
            reasons_sealed: row.reasons_sealed,
            counter_evidence_sealed: None,
            by_public_id: PublicId(row.public_id),
            by_name: row.name,
            at: row.at.to_jiff(),
        })
    })
    .transpose()
}

/// The role that an official took on a claim.
pub(super) async fn role_on(tx: &mut Tx, claim: ClaimId, official: OfficialId) -> Result<Option<Role>, sqlx::Error> {
    let role = sqlx::query_scalar!(
        "select role from claim_roles where claim_id = $1 and official_id = $2",
        claim.uuid(),
        official.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    role.map(|role| Role::parse(&role).ok_or_else(|| sqlx::Error::Decode("claim_roles.role".into()))).transpose()
}

/// Takes a role on a claim. Whoever has one keeps it: the judgement that needs another one is refused by the schema.
async fn take_role(tx: &mut Tx, claim: &Claim, official: OfficialId, role: Role) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into claim_roles (claim_id, case_id, official_id, role, taken_at) values ($1, $2, $3, $4, $5)
         on conflict (claim_id, official_id) do nothing",
        claim.id.uuid(),
        claim.case.uuid(),
        official.uuid(),
        role.as_str(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the schema refuses in a judgement.
fn refused(error: sqlx::Error) -> Error {
    match violated_constraint(&error) {
        Some("recommendations_four_eyes" | "decisions_four_eyes") => Error::FourEyes,
        Some("decisions_recommendation_id_key") => Error::NothingRecommended,
        _ => Error::Database(error),
    }
}

pub(super) async fn insert_recommendation(
    tx: &mut Tx,
    id: RecommendationId,
    claim: &Claim,
    conclusion: Conclusion,
    (reasons, counter_evidence): (&[u8], Option<&[u8]>),
    by: OfficialId,
) -> Result<(), Error> {
    take_role(tx, claim, by, Role::Verifier).await?;
    let now = tx.now;
    sqlx::query!(
        "insert into recommendations (id, claim_id, case_id, conclusion, reasons_sealed, counter_evidence_sealed, recommended_by, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.uuid(),
        claim.id.uuid(),
        claim.case.uuid(),
        conclusion.as_str(),
        reasons,
        counter_evidence,
        by.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await
    .map_err(refused)?;
    Ok(())
}

pub(super) async fn insert_decision(
    tx: &mut Tx,
    id: DecisionId,
    claim: &Claim,
    of: &Judgement,
    (conclusion, reasons): (Conclusion, &[u8]),
    by: OfficialId,
) -> Result<(), Error> {
    take_role(tx, claim, by, Role::Decider).await?;
    let now = tx.now;
    sqlx::query!(
        "insert into decisions (id, claim_id, case_id, recommendation_id, decided_by, conclusion, reasons_sealed, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.uuid(),
        claim.id.uuid(),
        claim.case.uuid(),
        of.recommendation.uuid(),
        by.uuid(),
        conclusion.as_str(),
        reasons,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await
    .map_err(refused)?;
    Ok(())
}
