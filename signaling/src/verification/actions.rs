//! Claim, compute, note, recommend, decide.
use policy::{Action, Purpose, Role};

use super::levels::{self, Conclusion, RULE_VERSION};
use super::store::{self, Claim, Judgement, LevelChange};
use super::{Error, levels::Computed};
use crate::app::App;
use crate::audit::Actor;
use crate::auth::{self, Act, Official};
use crate::claim::{ClaimKind, Level};
use crate::contact::{self, ContactNamed};
use crate::db::{Scope, Tx};
use crate::evidence::{self, Corroboration, EvidenceSummary, NewCorroboration, NewNote};
use crate::id::{CaseId, ClaimId, DecisionId, InstitutionId, PublicId, RecommendationId, RowId};
use crate::keys::CaseKeyClass;
use crate::log::{self, Basis, Fact, Kind, text};
use crate::people;

/// Two pages of reasons; what needs more is a document of its own.
const MAX_TEXT_CHARS: usize = 6000;
/// A log entry reveals at most this much of a text; the whole stays in the record.
const MAX_LOGGED_CHARS: usize = 1500;
const REASONS: &str = "judgements.reasons";
const COUNTER_EVIDENCE: &str = "recommendations.counter_evidence";

/// A judgement in clear.
pub(super) struct Opened {
    pub conclusion: Conclusion,
    pub reasons: String,
    pub counter_evidence: Option<String>,
    pub by: (PublicId, String),
    pub at: jiff::Timestamp,
}

/// Everything that a page about one claim shows.
pub(super) struct File {
    pub id: PublicId,
    pub case: PublicId,
    pub kind: ClaimKind,
    pub statement: String,
    pub subject: String,
    pub object: Option<String>,
    pub level: Level,
    pub computed: Computed,
    pub evidence: Vec<EvidenceSummary>,
    pub recommendation: Option<Opened>,
    pub decision: Option<Opened>,
    pub history: Vec<LevelChange>,
    pub own_role: Option<Role>,
    pub may_note: bool,
    pub may_corroborate: bool,
    pub may_recommend: bool,
    pub may_decide: bool,
}

fn new_fact(claim: &Claim, kind: Kind, now: jiff::Timestamp) -> Fact {
    Fact {
        case: claim.case,
        kind,
        occurred_at: now,
        actor: Actor::System,
        institution: claim.owner,
        purpose: Purpose::Verification,
        basis: Basis::DutyOfCare,
        fields: vec![("claim", text(claim.public_id.to_string()))],
        objects: vec![],
        consents: vec![],
        evidence: None,
    }
}

fn fact_by(official: &Official, claim: &Claim, kind: Kind, now: jiff::Timestamp) -> Fact {
    let basis = if official.institution == claim.owner { Basis::DutyOfCare } else { Basis::Grant };
    Fact { actor: official.actor(), institution: official.institution, basis, ..new_fact(claim, kind, now) }
}

/// Naming a relative claims a link. Repeatable: a contact has one link claim.
pub(super) async fn open_link_claim(app: &App, named: &ContactNamed) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::System { institution: named.institution }).await?;
    let contact = contact::get_by_id(app, &mut tx, named.contact).await?.ok_or(Error::NotFound)?;
    let relation = contact.relation.as_str();
    let (id, public_id) = (ClaimId::new(&app.chance, tx.now), app.chance.public_id());
    if !store::insert_link_claim(&mut tx, id, public_id, named.case, named.contact, relation).await? {
        return Ok(());
    }
    let claim = store::claim(&mut tx, public_id).await?.ok_or(Error::NotFound)?;
    let mut fact = new_fact(&claim, Kind::ClaimMade, tx.now);
    fact.fields.extend([
        ("claim_type", text("link")),
        ("relation", text(relation)),
        ("object", text(contact.public_id.to_string())),
        ("made_by", text("person")),
    ]);
    log::append(app, &mut tx, fact).await?;
    Ok(tx.commit().await?)
}

/// Computes the levels of a case's claims again; what changed is written down and logged.
pub(super) async fn compute_levels(app: &App, institution: InstitutionId, case: CaseId) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::System { institution }).await?;
    for claim in store::claims_of_case(&mut tx, case).await? {
        compute_level(app, &mut tx, &claim).await?;
    }
    Ok(tx.commit().await?)
}

async fn computed(tx: &mut Tx, claim: &Claim) -> Result<Computed, Error> {
    let strands = evidence::strands_of_claim(tx, claim.id).await?;
    let decision = store::decision(tx, claim.id).await?.map(|decision| (decision.conclusion, decision.at));
    Ok(levels::compute(&strands, decision))
}

async fn compute_level(app: &App, tx: &mut Tx, claim: &Claim) -> Result<(), Error> {
    let computed = computed(tx, claim).await?;
    if computed.level == claim.level {
        return Ok(());
    }
    let row = RowId::new(&app.chance, tx.now);
    if !store::change_level(tx, row, claim, &computed).await? {
        return Ok(());
    }
    let mut fact = new_fact(claim, Kind::LevelChanged, tx.now);
    fact.fields.extend([
        ("level_from", text(claim.level.as_str())),
        ("level_to", text(computed.level.as_str())),
        ("rule_version", text(RULE_VERSION)),
    ]);
    Ok(log::append(app, tx, fact).await.map(|_| ())?)
}

pub(super) async fn read(app: &App, official: &Official, id: PublicId) -> Result<File, Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let claim = store::claim(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let act = Act::new(Action::ReadClaim, Purpose::Verification, claim.case).on(claim.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    let file = file(app, &mut tx, official, claim).await?;
    tx.commit().await?;
    Ok(file)
}

async fn file(app: &App, tx: &mut Tx, official: &Official, claim: Claim) -> Result<File, Error> {
    let person = people::person_of(app, tx, claim.case).await?;
    let contact = match claim.contact {
        Some(contact) => contact::get_by_id(app, tx, contact).await?,
        None => None,
    };
    let recommendation = store::recommendation(tx, claim.id).await?;
    let decision = store::decision(tx, claim.id).await?;
    let is_decided = match (&recommendation, &decision) {
        (Some(recommendation), Some(decision)) => decision.recommendation == recommendation.recommendation,
        _ => false,
    };
    let mut reach = auth::reach(tx, official, claim.case).await?;
    reach.facts.role_on_claim = store::role_on(tx, claim.id, official.id).await?;
    let may = |action: Action| auth::may(&reach, action);
    let waits = recommendation.is_some() && !is_decided;
    Ok(File {
        id: claim.public_id,
        case: claim.case_public_id,
        subject: person.names_as_given,
        object: contact.map(|contact| contact.names_as_given),
        computed: computed(tx, &claim).await?,
        evidence: evidence::items_of_claim(app, tx, claim.id).await?,
        history: store::level_history(tx, claim.id).await?,
        own_role: reach.facts.role_on_claim,
        may_note: may(Action::AddNote),
        may_corroborate: may(Action::AddCorroboration),
        may_recommend: may(Action::Recommend) && !waits,
        may_decide: may(Action::Decide) && waits,
        recommendation: recommendation.map(|one| open(app, &claim, one)).transpose()?,
        decision: decision.map(|one| open(app, &claim, one)).transpose()?,
        level: claim.level,
        kind: claim.kind,
        statement: claim.statement,
    })
}

fn open(app: &App, claim: &Claim, judgement: Judgement) -> Result<Opened, Error> {
    let unseal = |what: &str, sealed: &[u8]| {
        let bytes = app.keys.open_sealed(claim.case, CaseKeyClass::Evidence, what, sealed)?;
        String::from_utf8(bytes).map_err(|_| crate::keys::KeyError::DoesNotOpen)
    };
    let counter = judgement.counter_evidence_sealed.as_deref();
    Ok(Opened {
        conclusion: judgement.conclusion,
        reasons: unseal(REASONS, &judgement.reasons_sealed)?,
        counter_evidence: counter.map(|sealed| unseal(COUNTER_EVIDENCE, sealed)).transpose()?,
        by: (judgement.by_public_id, judgement.by_name),
        at: judgement.at,
    })
}

fn needed<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Error> {
    let text = text.trim();
    let is_good = !text.is_empty() && text.chars().count() <= MAX_TEXT_CHARS;
    if is_good { Ok(text) } else { Err(Error::Text(field)) }
}

fn logged(whole: &str) -> attest::commitment::Value {
    text(whole.chars().take(MAX_LOGGED_CHARS).collect::<String>())
}

/// A note of staff about the claim: an item of evidence that counts in the level.
pub(super) async fn note(
    app: &App,
    official: &Official,
    id: PublicId,
    (words, account_compatible): (&str, bool),
) -> Result<File, Error> {
    let words = needed("text", words)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let claim = store::claim(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let act = Act::new(Action::AddNote, Purpose::Verification, claim.case).on(claim.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    let note = NewNote {
        case: claim.case,
        claim: claim.id,
        claim_public_id: claim.public_id,
        contact: claim.contact,
        text: words,
        account_compatible,
    };
    evidence::record_note(app, &mut tx, official, note).await?;
    after(app, tx, official, claim).await
}

/// What a third party said about the claim, by whoever asked them.
pub(super) async fn corroborate(
    app: &App,
    official: &Official,
    id: PublicId,
    (said, source, words): (Corroboration, &str, &str),
) -> Result<File, Error> {
    let (source, words) = (needed("source", source)?, needed("text", words)?);
    let mut tx = app.db.begin(official.scope()).await?;
    let claim = store::claim(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let act = Act::new(Action::AddCorroboration, Purpose::Verification, claim.case).on(claim.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    let new = NewCorroboration {
        case: claim.case,
        claim: claim.id,
        claim_public_id: claim.public_id,
        contact: claim.contact,
        said,
        source,
        text: words,
    };
    evidence::record_corroboration(app, &mut tx, official, new).await?;
    after(app, tx, official, claim).await
}

/// The level computed again and the page's file, in the same transaction.
async fn after(app: &App, mut tx: Tx, official: &Official, claim: Claim) -> Result<File, Error> {
    compute_level(app, &mut tx, &claim).await?;
    let claim = store::claim(&mut tx, claim.public_id).await?.ok_or(Error::NotFound)?;
    let file = file(app, &mut tx, official, claim).await?;
    tx.commit().await?;
    Ok(file)
}

pub(super) struct Recommending<'a> {
    pub conclusion: Conclusion,
    pub reasons: &'a str,
    pub counter_evidence: Option<&'a str>,
}

pub(super) async fn recommend(
    app: &App,
    official: &Official,
    id: PublicId,
    new: Recommending<'_>,
) -> Result<File, Error> {
    let reasons = needed("reasons", new.reasons)?;
    let counter = new.counter_evidence.map(|words| needed("counter_evidence", words)).transpose()?;
    let mut tx = app.db.begin(official.scope()).await?;
    let claim = store::claim(&mut tx, id).await?.ok_or(Error::NotFound)?;
    judges(app, &mut tx, official, &claim, Action::Recommend).await?;
    if waiting(&mut tx, claim.id).await?.is_some() {
        return Err(Error::RecommendationOpen);
    }
    let seal = |what: &str, words: &str| app.keys.seal(claim.case, CaseKeyClass::Evidence, what, words.as_bytes());
    let sealed = (seal(REASONS, reasons)?, counter.map(|words| seal(COUNTER_EVIDENCE, words)).transpose()?);
    let row = RecommendationId::new(&app.chance, tx.now);
    let texts = (sealed.0.as_slice(), sealed.1.as_deref());
    store::insert_recommendation(&mut tx, row, &claim, new.conclusion, texts, official.id).await?;
    let mut fact = fact_by(official, &claim, Kind::Recommendation, tx.now);
    fact.fields.extend([
        ("recommendation", text(new.conclusion.as_str())),
        ("reasons", logged(reasons)),
        ("recommender", text(official.public_id.to_string())),
    ]);
    log::append(app, &mut tx, fact).await?;
    after(app, tx, official, claim).await
}

/// Allows somebody to judge a claim, in the one role that they took or take on it.
async fn judges(app: &App, tx: &mut Tx, official: &Official, claim: &Claim, action: Action) -> Result<(), Error> {
    let role_on_claim = store::role_on(tx, claim.id, official.id).await?;
    let act = Act::new(action, Purpose::Verification, claim.case).on(claim.id.uuid());
    Ok(auth::allow(app, tx, official, Act { role_on_claim, ..act }).await?)
}

/// The newest recommendation, while nobody decided on it.
async fn waiting(tx: &mut Tx, claim: ClaimId) -> Result<Option<Judgement>, Error> {
    let decided = store::decision(tx, claim).await?.map(|decision| decision.recommendation);
    let newest = store::recommendation(tx, claim).await?;
    Ok(newest.filter(|newest| decided != Some(newest.recommendation)))
}

pub(super) async fn decide(
    app: &App,
    official: &Official,
    id: PublicId,
    (conclusion, reasons): (Conclusion, &str),
) -> Result<File, Error> {
    let reasons = needed("reasons", reasons)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let claim = store::claim(&mut tx, id).await?.ok_or(Error::NotFound)?;
    judges(app, &mut tx, official, &claim, Action::Decide).await?;
    let recommendation = waiting(&mut tx, claim.id).await?.ok_or(Error::NothingRecommended)?;
    let sealed = app.keys.seal(claim.case, CaseKeyClass::Evidence, REASONS, reasons.as_bytes())?;
    let row = DecisionId::new(&app.chance, tx.now);
    store::insert_decision(&mut tx, row, &claim, &recommendation, (conclusion, &sealed), official.id).await?;
    let mut fact = fact_by(official, &claim, Kind::Decision, tx.now);
    fact.fields.extend([
        ("conclusion", text(conclusion.as_str())),
        ("level", text(claim.level.as_str())),
        ("reasons", logged(reasons)),
        ("rule_version", text(RULE_VERSION)),
        ("recommender", text(recommendation.by_public_id.to_string())),
        ("decider", text(official.public_id.to_string())),
    ]);
    log::append(app, &mut tx, fact).await?;
    after(app, tx, official, claim).await
}
