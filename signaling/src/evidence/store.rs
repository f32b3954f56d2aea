//! SQL of items and how they were seen; requests stand beside it. In a seat's scope only rows of its visit answer.
mod requests;

use attest::hash::Hash;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

pub(super) use requests::*;

use super::state::{
    About, Corroboration, DocumentKind, EvidenceKind, HowSeen, ReachedBy, Side, SourceKind, SourceOutcome, Strand,
};
use super::still::Checked;
use crate::db::Tx;
use crate::id::{
    CaseId, ClaimId, ContactId, DocumentRequestId, EvidenceId, InstitutionId, OfficialId, ParticipantId, PublicId,
    RowId, VisitId,
};
use crate::objects::Stored;
use crate::schedule::VisitType;

/// A visit as far as evidence asks about it.
pub(super) struct Visit {
    pub id: VisitId,
    pub case: CaseId,
    pub kind: VisitType,
    /// Its call is on, by what is stored.
    pub is_live: bool,
    /// The relative who takes part, and whether they are admitted.
    pub contact: Option<(ParticipantId, ContactId)>,
    pub is_asker_in_it: bool,
    pub open_requests: i64,
}

pub(super) async fn visit(tx: &mut Tx, public_id: PublicId, asker: OfficialId) -> Result<Option<Visit>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select v.id, v.case_id, v.type as kind, p.id as "participant?", p.contact_id as "contact?",
            exists (select 1 from calls c where c.visit_id = v.id and c.live_at is not null and c.ended_at is null)
                as "is_live!",
            exists (select 1 from participants o where o.visit_id = v.id and o.official_id = $2) as "is_asker_in_it!",
            (select count(*) from document_requests r where r.visit_id = v.id and r.state in ('asked', 'accepted'))
                as "open_requests!"
           from visits v left join participants p on p.visit_id = v.id and p.kind = 'contact'
           where v.public_id = $1 and v.cancelled_at is null limit 1"#,
        public_id.uuid(),
        asker.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Visit {
        id: row.id.into(),
        case: row.case_id.into(),
        kind: VisitType::of_column(&row.kind)?,
        is_live: row.is_live,
        contact: row.participant.zip(row.contact).map(|(participant, contact)| (participant.into(), contact.into())),
        is_asker_in_it: row.is_asker_in_it,
        open_requests: row.open_requests,
    }))
}

/// The owner of a case, for what is done in its name.
pub(super) async fn owner(tx: &mut Tx, case: CaseId) -> Result<InstitutionId, sqlx::Error> {
    let owner = sqlx::query_scalar!("select institution_id from cases where id = $1", case.uuid());
    Ok(owner.fetch_one(tx.conn()).await?.into())
}

pub(super) struct NewStill<'a> {
    pub id: EvidenceId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub captured_at: Timestamp,
    pub clock: &'static str,
    pub checked: &'a Checked,
    pub stored: &'a Stored,
}

pub(super) async fn insert_still(tx: &mut Tx, request: &Request, new: &NewStill<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into evidence_items (id, public_id, case_id, visit_id, contact_id, request_id, kind, about, recorded_at,
            captured_at, captured_clock, captured_by_participant, object_key, ciphertext_sha256, plaintext_sha256,
            size_bytes, media_type, width_px, height_px, consent_id)
         values ($1, $2, $3, $4, $5, $6, 'document_still', 'contact', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        new.id.uuid(),
        new.public_id.uuid(),
        new.case.uuid(),
        request.visit.uuid(),
        request.contact.map(ContactId::uuid),
        request.id.uuid(),
        now.to_sqlx(),
        new.captured_at.to_sqlx(),
        new.clock,
        request.participant.uuid(),
        new.stored.key,
        new.stored.ciphertext_sha256.as_bytes(),
        new.checked.sha256.as_bytes(),
        new.checked.size_bytes as i64,
        new.checked.media_type,
        new.checked.width_px,
        new.checked.height_px,
        request.consent.map(|(id, _)| id.uuid())
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct StoredStill {
    pub evidence: PublicId,
    pub sha256: Hash,
    pub size_bytes: i64,
}

pub(super) async fn still_of_request(
    tx: &mut Tx,
    request: DocumentRequestId,
) -> Result<Option<StoredStill>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select public_id, plaintext_sha256 as "sha256!", size_bytes as "size_bytes!" from evidence_items
           where request_id = $1"#,
        request.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        let sha256 = hash_of("evidence_items.plaintext_sha256", &row.sha256)?;
        Ok(StoredStill { evidence: PublicId(row.public_id), sha256, size_bytes: row.size_bytes })
    })
    .transpose()
}

pub(super) struct NoteRow<'a> {
    pub id: EvidenceId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub claim: ClaimId,
    pub contact: Option<ContactId>,
    pub by: OfficialId,
    pub note_sealed: &'a [u8],
    pub account_compatible: bool,
}

pub(super) async fn insert_note(tx: &mut Tx, note: &NoteRow<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into evidence_items (id, public_id, case_id, claim_id, contact_id, kind, about, recorded_at, captured_at,
            captured_clock, captured_by_official, note_sealed, account_compatible)
         values ($1, $2, $3, $4, $5, 'case_note', $6, $7, $7, 'server', $8, $9, $10)",
        note.id.uuid(),
        note.public_id.uuid(),
        note.case.uuid(),
        note.claim.uuid(),
        note.contact.map(ContactId::uuid),
        if note.contact.is_some() { About::Contact } else { About::Person }.as_str(),
        now.to_sqlx(),
        note.by.uuid(),
        note.note_sealed,
        note.account_compatible
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct CorroborationRow<'a> {
    pub id: EvidenceId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub claim: ClaimId,
    pub contact: Option<ContactId>,
    pub by: OfficialId,
    pub said: Corroboration,
    pub note_sealed: &'a [u8],
    pub source_sealed: &'a [u8],
}

pub(super) async fn insert_corroboration(tx: &mut Tx, row: &CorroborationRow<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into evidence_items (id, public_id, case_id, claim_id, contact_id, kind, about, recorded_at, captured_at,
            captured_clock, captured_by_official, note_sealed, source_sealed, source_kind, reached_by, outcome)
         values ($1, $2, $3, $4, $5, 'corroboration', $6, $7, $7, 'server', $8, $9, $10, $11, $12, $13)",
        row.id.uuid(),
        row.public_id.uuid(),
        row.case.uuid(),
        row.claim.uuid(),
        row.contact.map(ContactId::uuid),
        if row.contact.is_some() { About::Contact } else { About::Person }.as_str(),
        now.to_sqlx(),
        row.by.uuid(),
        row.note_sealed,
        row.source_sealed,
        row.said.source_kind.as_str(),
        row.said.reached_by.as_str(),
        row.said.outcome.as_str()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_seen(
    tx: &mut Tx,
    id: RowId,
    item: &Item,
    how: HowSeen,
    by: OfficialId,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into evidence_seen (id, evidence_id, case_id, how, by_official, at) values ($1, $2, $3, $4, $5, $6)",
        id.uuid(),
        item.id.uuid(),
        item.case.uuid(),
        how.as_str(),
        by.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct StillFile {
    pub object_key: String,
    pub sha256: Hash,
    pub media_type: String,
}

/// An item with everything that a summary shows.
pub(super) struct Item {
    pub id: EvidenceId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub kind: EvidenceKind,
    pub about: About,
    pub document: Option<DocumentKind>,
    pub side: Option<Side>,
    pub contact: Option<PublicId>,
    pub recorded_at: Timestamp,
    pub captured_at: Timestamp,
    pub captured_by_label: String,
    pub how_seen: Option<HowSeen>,
    pub file: Option<StillFile>,
    pub size_bytes: Option<i64>,
    pub width_px: Option<i32>,
    pub height_px: Option<i32>,
    pub claim: Option<PublicId>,
    pub note_sealed: Option<Vec<u8>>,
    pub account_compatible: Option<bool>,
    pub corroboration: Option<Corroboration>,
    pub source_sealed: Option<Vec<u8>>,
    pub consent: Option<PublicId>,
    pub visit: Option<PublicId>,
}

/// Which items: of a case, of a claim (its own and its contact's), or one.
#[derive(Clone, Copy, Default)]
pub(super) struct Which {
    pub case: Option<CaseId>,
    pub claim: Option<ClaimId>,
    pub one: Option<PublicId>,
    pub id: Option<EvidenceId>,
}

pub(super) async fn items(tx: &mut Tx, which: Which) -> Result<Vec<Item>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.id, i.public_id, i.case_id, i.kind, i.about, i.recorded_at,
            coalesce(i.captured_at, i.recorded_at) as "captured_at!", i.object_key, i.plaintext_sha256, i.media_type,
            i.size_bytes, i.width_px, i.height_px, i.note_sealed, i.account_compatible, i.source_sealed, i.source_kind,
            i.reached_by, i.outcome, r.document as "document?",
            r.side as "side?", c.public_id as "contact?", coalesce(o.name, c.relation, '') as "label!",
            coalesce(cl.public_id, link.public_id) as claim, e.public_id as "consent?", v.public_id as "visit?",
            (select s.how from evidence_seen s where s.evidence_id = i.id order by s.at desc, s.id desc limit 1) as how
           from evidence_items i left join document_requests r on r.id = i.request_id
           left join contacts c on c.id = i.contact_id left join officials o on o.id = i.captured_by_official
           left join claims cl on cl.id = i.claim_id
           left join claims link on link.contact_id = i.contact_id and link.kind = 'link'
           left join consent_events e on e.id = i.consent_id left join visits v on v.id = i.visit_id
           where ($1::uuid is null or i.case_id = $1) and ($2::uuid is null or i.claim_id = $2 or
                (i.claim_id is null and i.contact_id = (select t.contact_id from claims t where t.id = $2)))
             and ($3::uuid is null or i.public_id = $3) and ($4::uuid is null or i.id = $4)
           order by i.recorded_at, i.id"#,
        which.case.map(CaseId::uuid),
        which.claim.map(ClaimId::uuid),
        which.one.map(PublicId::uuid),
        which.id.map(EvidenceId::uuid)
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Item {
                id: row.id.into(),
                public_id: PublicId(row.public_id),
                case: row.case_id.into(),
                kind: EvidenceKind::of_column(&row.kind)?,
                about: About::of_column(&row.about)?,
                document: row.document.as_deref().map(DocumentKind::of_column).transpose()?,
                side: row.side.as_deref().map(Side::of_column).transpose()?,
                contact: row.contact.map(PublicId),
                recorded_at: row.recorded_at.to_jiff(),
                captured_at: row.captured_at.to_jiff(),
                captured_by_label: row.label,
                how_seen: row.how.as_deref().map(HowSeen::of_column).transpose()?,
                file: file_of(row.object_key, row.plaintext_sha256, row.media_type)?,
                size_bytes: row.size_bytes,
                width_px: row.width_px,
                height_px: row.height_px,
                claim: row.claim.map(PublicId),
                note_sealed: row.note_sealed,
                account_compatible: row.account_compatible,
                corroboration: corroboration(row.source_kind, row.reached_by, row.outcome)?,
                source_sealed: row.source_sealed,
                consent: row.consent.map(PublicId),
                visit: row.visit.map(PublicId),
            })
        })
        .collect()
}

fn file_of(
    key: Option<String>,
    sha256: Option<Vec<u8>>,
    media_type: Option<String>,
) -> Result<Option<StillFile>, sqlx::Error> {
    let (Some(object_key), Some(sha256), Some(media_type)) = (key, sha256, media_type) else { return Ok(None) };
    Ok(Some(StillFile { object_key, sha256: hash_of("evidence_items.plaintext_sha256", &sha256)?, media_type }))
}

/// What the items of a claim count for, oldest first.
pub(super) async fn strands(tx: &mut Tx, claim: ClaimId) -> Result<Vec<Strand>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.kind, i.account_compatible, i.source_kind, i.reached_by, i.outcome, i.recorded_at, r.document as "document?",
            exists (select 1 from evidence_seen s where s.evidence_id = i.id) as "is_seen!"
           from evidence_items i left join document_requests r on r.id = i.request_id where i.claim_id = $1 or
                (i.claim_id is null and i.contact_id = (select t.contact_id from claims t where t.id = $1))
           order by i.recorded_at, i.id"#,
        claim.uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let document = row.document.as_deref().map(DocumentKind::of_column).transpose()?;
            Ok(match EvidenceKind::of_column(&row.kind)? {
                EvidenceKind::DocumentStill if document.is_some_and(DocumentKind::identifies_its_holder) => {
                    Strand::IdentityDocument { is_seen: row.is_seen }
                }
                EvidenceKind::DocumentStill => Strand::OtherDocument { is_seen: row.is_seen },
                EvidenceKind::CaseNote => {
                    Strand::CaseNote { account_compatible: row.account_compatible.unwrap_or(false) }
                }
                EvidenceKind::Corroboration => Strand::Corroboration {
                    said: corroboration(row.source_kind, row.reached_by, row.outcome)?
                        .ok_or_else(|| sqlx::Error::Decode("evidence_items.outcome: none".into()))?,
                    recorded_at: row.recorded_at.to_jiff(),
                },
            })
        })
        .collect()
}

fn corroboration(
    source_kind: Option<String>,
    reached_by: Option<String>,
    outcome: Option<String>,
) -> Result<Option<Corroboration>, sqlx::Error> {
    let (Some(source_kind), Some(reached_by), Some(outcome)) = (source_kind, reached_by, outcome) else {
        return Ok(None);
    };
    Ok(Some(Corroboration {
        source_kind: SourceKind::of_column(&source_kind)?,
        reached_by: ReachedBy::of_column(&reached_by)?,
        outcome: SourceOutcome::of_column(&outcome)?,
    }))
}

fn hash_of(column: &'static str, bytes: &[u8]) -> Result<Hash, sqlx::Error> {
    bytes.try_into().map(Hash).map_err(|_| sqlx::Error::Decode(format!("{column} has another length").into()))
}
