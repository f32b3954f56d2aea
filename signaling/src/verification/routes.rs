//! Paths and bodies of claims.
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use policy::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, File, Opened, Recommending};
use super::levels::{Conclusion, Condition, RULE_VERSION};
use crate::app::App;
use crate::auth::Official;
use crate::auth::described::RoleWord;
use crate::claim::{ClaimKind, Level};
use crate::evidence::{Corroboration, EvidenceSummary, ReachedBy, SourceKind, SourceOutcome};
use crate::http::{Body, Id, Problem, ProblemBody};
use crate::id::PublicId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_claim))
        .routes(routes!(add_note))
        .routes(routes!(add_corroboration))
        .routes(routes!(recommend))
        .routes(routes!(decide))
}

#[derive(Serialize, ToSchema)]
struct ClaimFile {
    id: PublicId,
    case: PublicId,
    kind: ClaimKind,
    /// What is claimed; of a link the relation.
    statement: String,
    subject_label: String,
    object_label: Option<String>,
    level: Level,
    level_why: LevelWhy,
    evidence: Vec<EvidenceSummary>,
    recommendation: Option<JudgementView>,
    decision: Option<JudgementView>,
    history: Vec<LevelChangeView>,
    /// The role that whoever asks took on this claim: the only one they may have on it.
    #[schema(value_type = Option<RoleWord>)]
    own_role: Option<Role>,
    may: ClaimMay,
}

/// The rule's conditions.
#[derive(Serialize, ToSchema)]
struct LevelWhy {
    rule_version: &'static str,
    satisfied: Vec<Condition>,
    missing: Vec<Condition>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Judgement)]
struct JudgementView {
    conclusion: Conclusion,
    reasons: String,
    counter_evidence: Option<String>,
    by: By,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[schema(as = JudgementBy)]
struct By {
    id: PublicId,
    name: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LevelChange)]
struct LevelChangeView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    from: Level,
    to: Level,
    /// The rule's version.
    why: String,
}

#[derive(Serialize, ToSchema)]
struct ClaimMay {
    note: bool,
    corroborate: bool,
    recommend: bool,
    decide: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
    /// Whether what was told fits what is known.
    account_compatible: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ThirdParty {
    source_kind: SourceKind,
    /// Who was asked.
    source: String,
    reached_by: ReachedBy,
    outcome: SourceOutcome,
    /// What they said, and how it was asked.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Recommendation {
    conclusion: Conclusion,
    reasons: String,
    counter_evidence: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    conclusion: Conclusion,
    reasons: String,
}

impl From<Opened> for JudgementView {
    fn from(opened: Opened) -> Self {
        let (id, name) = opened.by;
        JudgementView {
            conclusion: opened.conclusion,
            reasons: opened.reasons,
            counter_evidence: opened.counter_evidence,
            by: By { id, name },
            at: opened.at,
        }
    }
}

impl From<File> for ClaimFile {
    fn from(file: File) -> Self {
        let change = |change: super::store::LevelChange| LevelChangeView {
            at: change.at,
            from: change.from,
            to: change.to,
            why: change.rule_version,
        };
        ClaimFile {
            id: file.id,
            case: file.case,
            kind: file.kind,
            statement: file.statement,
            subject_label: file.subject,
            object_label: file.object,
            level: file.level,
            level_why: LevelWhy {
                rule_version: RULE_VERSION,
                satisfied: file.computed.satisfied,
                missing: file.computed.missing,
            },
            evidence: file.evidence,
            recommendation: file.recommendation.map(Into::into),
            decision: file.decision.map(Into::into),
            history: file.history.into_iter().map(change).collect(),
            own_role: file.own_role,
            may: ClaimMay {
                note: file.may_note,
                corroborate: file.may_corroborate,
                recommend: file.may_recommend,
                decide: file.may_decide,
            },
        }
    }
}

/// One claim: its level and why, what speaks for it, what was recommended and decided.
#[utoipa::path(get, path = "/api/claims/{id}", tag = "verification", params(("id" = PublicId, Path)),
    responses((status = 200, body = ClaimFile), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn read_claim(State(app): State<App>, official: Official, Id(id): Id) -> Result<Json<ClaimFile>, Problem> {
    Ok(Json(actions::read(&app, &official, id).await?.into()))
}

/// A note of staff about the claim; it counts in the level.
#[utoipa::path(post, path = "/api/claims/{id}/notes", tag = "verification", params(("id" = PublicId, Path)),
    request_body = Note,
    responses((status = 200, body = ClaimFile), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn add_note(
    State(app): State<App>,
    official: Official,
    Id(id): Id,
    Body(note): Body<Note>,
) -> Result<Json<ClaimFile>, Problem> {
    Ok(Json(actions::note(&app, &official, id, (&note.text, note.account_compatible)).await?.into()))
}

/// What somebody apart from the two sides said about the claim; who neither was named by the claimant nor belongs to the
/// house may corroborate it.
#[utoipa::path(post, path = "/api/claims/{id}/corroborations", tag = "verification", params(("id" = PublicId, Path)),
    request_body = ThirdParty,
    responses((status = 200, body = ClaimFile), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn add_corroboration(
    State(app): State<App>,
    official: Official,
    Id(id): Id,
    Body(told): Body<ThirdParty>,
) -> Result<Json<ClaimFile>, Problem> {
    let said = Corroboration { source_kind: told.source_kind, reached_by: told.reached_by, outcome: told.outcome };
    Ok(Json(actions::corroborate(&app, &official, id, (said, &told.source, &told.text)).await?.into()))
}

/// A verifier recommends, with reasons and what speaks against.
#[utoipa::path(post, path = "/api/claims/{id}/recommendation", tag = "verification", params(("id" = PublicId, Path)),
    request_body = Recommendation,
    responses((status = 200, body = ClaimFile), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`four_eyes`: who once decided on the claim does not recommend")))]
async fn recommend(
    State(app): State<App>,
    official: Official,
    Id(id): Id,
    Body(body): Body<Recommendation>,
) -> Result<Json<ClaimFile>, Problem> {
    let counter_evidence = body.counter_evidence.as_deref().filter(|words| !words.trim().is_empty());
    let new = Recommending { conclusion: body.conclusion, reasons: &body.reasons, counter_evidence };
    Ok(Json(actions::recommend(&app, &official, id, new).await?.into()))
}

/// Another person decides, with a fresh passkey.
#[utoipa::path(post, path = "/api/claims/{id}/decision", tag = "verification", params(("id" = PublicId, Path)),
    request_body = Decision,
    responses((status = 200, body = ClaimFile), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`four_eyes`: who once recommended on the claim does not decide")))]
async fn decide(
    State(app): State<App>,
    official: Official,
    Id(id): Id,
    Body(body): Body<Decision>,
) -> Result<Json<ClaimFile>, Problem> {
    Ok(Json(actions::decide(&app, &official, id, (body.conclusion, &body.reasons)).await?.into()))
}
