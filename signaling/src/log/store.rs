//! SQL of the log. In a transaction of a fact: heads and entries. As sequencer: leaves, nodes and checkpoints.
use std::collections::HashMap;

use attest::entry::{SealedEntry, SignedEntry};
use attest::hash::Hash;
use attest::tree::NodeId;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::Error;
use crate::db::Tx;
use crate::id::{CaseId, EntryId, EvidenceId, InstitutionId, PublicId};

/// All nodes of one server agree on who sequences by this number.
const SEQUENCER_LOCK: i64 = 0x7265_656e_6c6f_6701;

pub(super) struct Head {
    pub pseudonym: Uuid,
    pub entries: i32,
    pub last_hash: Option<Hash>,
}

pub(super) async fn institution_public_id(tx: &mut Tx, id: InstitutionId) -> Result<PublicId, sqlx::Error> {
    let public_id = sqlx::query_scalar!("select public_id from institutions where id = $1", id.uuid());
    Ok(PublicId(public_id.fetch_one(tx.conn()).await?))
}

/// The case's head, locked to the end of the transaction; made with this pseudonym at the case's first entry.
pub(super) async fn lock_head(tx: &mut Tx, case: CaseId, pseudonym: Uuid) -> Result<Head, sqlx::Error> {
    sqlx::query!(
        "insert into case_heads (case_id, log_pseudonym, entries) values ($1, $2, 0) on conflict (case_id) do nothing",
        case.uuid(),
        pseudonym
    )
    .execute(tx.conn())
    .await?;
    let row = sqlx::query!(
        "select log_pseudonym, entries, last_hash from case_heads where case_id = $1 for update",
        case.uuid()
    )
    .fetch_one(tx.conn())
    .await?;
    let last_hash = row.last_hash.map(|bytes| hash_of("case_heads.last_hash", &bytes)).transpose()?;
    Ok(Head { pseudonym: row.log_pseudonym, entries: row.entries, last_hash })
}

pub(super) struct NewEntry<'a> {
    pub id: EntryId,
    pub case: CaseId,
    pub number_in_case: i32,
    pub kind: &'static str,
    pub signed: &'a SignedEntry,
    pub reveals_sealed: &'a [u8],
    pub evidence: Option<EvidenceId>,
}

pub(super) async fn insert_entry(tx: &mut Tx, new: &NewEntry<'_>) -> Result<(), sqlx::Error> {
    let (now, leaf_hash) = (tx.now, new.signed.hash());
    sqlx::query!(
        "insert into log_entries
            (id, case_id, number_in_case, kind, entry, leaf_hash, signature, reveals_sealed, evidence_id, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id.uuid(),
        new.case.uuid(),
        new.number_in_case,
        new.kind,
        new.signed.sealed().bytes(),
        leaf_hash.as_bytes(),
        new.signed.signature(),
        new.reveals_sealed,
        new.evidence.map(EvidenceId::uuid),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("insert into log_pending (entry_id) values ($1)", new.id.uuid()).execute(tx.conn()).await?;
    Ok(())
}

pub(super) async fn advance_head(tx: &mut Tx, case: CaseId, entries: i32, hash: &Hash) -> Result<(), sqlx::Error> {
    let moved = sqlx::query!(
        "update case_heads set entries = $2, last_hash = $3 where case_id = $1 and entries = $2 - 1",
        case.uuid(),
        entries,
        hash.as_bytes()
    )
    .execute(tx.conn())
    .await?;
    if moved.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Whether this transaction is the one that sequences. Held to its end, so nobody else's writes fall between.
pub(super) async fn try_lease(tx: &mut Tx) -> Result<bool, sqlx::Error> {
    let lease = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "got!""#, SEQUENCER_LOCK);
    lease.fetch_one(tx.conn()).await
}

pub(super) async fn newest_checkpoint(tx: &mut Tx, log: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select note from checkpoints where log = $1 order by size desc limit 1", log)
        .fetch_optional(tx.conn())
        .await
}

pub(super) struct Pending {
    pub entry: EntryId,
    pub leaf_hash: Hash,
}

/// Entries without an index, in the order in which they were recorded; within a case in the order of the case.
pub(super) async fn pending(tx: &mut Tx, limit: i64) -> Result<Vec<Pending>, sqlx::Error> {
    let rows = sqlx::query!(
        "select e.id, e.leaf_hash from log_pending p join log_entries e on e.id = p.entry_id
         order by e.recorded_at, e.case_id, e.number_in_case limit $1",
        limit
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| Ok(Pending { entry: row.id.into(), leaf_hash: hash_of("log_entries.leaf_hash", &row.leaf_hash)? }))
        .collect()
}

pub(super) async fn insert_leaf(tx: &mut Tx, log: &str, index: i64, leaf: &Pending) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into log_leaves (log, index, entry_id, leaf_hash) values ($1, $2, $3, $4)",
        log,
        index,
        leaf.entry.uuid(),
        leaf.leaf_hash.as_bytes()
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("delete from log_pending where entry_id = $1", leaf.entry.uuid()).execute(tx.conn()).await?;
    Ok(())
}

pub(super) async fn insert_nodes(tx: &mut Tx, log: &str, nodes: &[(NodeId, Hash)]) -> Result<(), sqlx::Error> {
    let levels: Vec<i32> = nodes.iter().map(|(node, _)| node.level as i32).collect();
    let indices: Vec<i64> = nodes.iter().map(|(node, _)| node.index as i64).collect();
    let hashes: Vec<Vec<u8>> = nodes.iter().map(|(_, hash)| hash.as_bytes().to_vec()).collect();
    sqlx::query!(
        "insert into log_nodes (log, level, index, hash) select $1, * from unnest($2::int[], $3::bigint[], $4::bytea[])",
        log,
        &levels,
        &indices,
        &hashes
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_checkpoint(
    tx: &mut Tx,
    log: &str,
    size: u64,
    root: &Hash,
    note: &str,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into checkpoints (log, size, root, note, at) values ($1, $2, $3, $4, $5)",
        log,
        size as i64,
        root.as_bytes(),
        note,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stored nodes; one that is missing is missing in the answer, and the tree's functions say so.
pub(super) async fn nodes(tx: &mut Tx, log: &str, wanted: &[NodeId]) -> Result<HashMap<NodeId, Hash>, sqlx::Error> {
    let levels: Vec<i32> = wanted.iter().map(|node| node.level as i32).collect();
    let indices: Vec<i64> = wanted.iter().map(|node| node.index as i64).collect();
    let rows = sqlx::query!(
        "select n.level, n.index, n.hash from unnest($2::int[], $3::bigint[]) as w (level, index)
         join log_nodes n on n.log = $1 and n.level = w.level and n.index = w.index",
        log,
        &levels,
        &indices
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let node = NodeId { level: row.level as u32, index: row.index as u64 };
            Ok((node, hash_of("log_nodes.hash", &row.hash)?))
        })
        .collect()
}

pub(super) async fn leaf_hashes(tx: &mut Tx, log: &str) -> Result<Vec<Hash>, sqlx::Error> {
    let rows = sqlx::query_scalar!("select leaf_hash from log_leaves where log = $1 order by index", log);
    let rows = rows.fetch_all(tx.conn()).await?;
    rows.iter().map(|bytes| hash_of("log_leaves.leaf_hash", bytes)).collect()
}

/// Leaves whose stored entry has other bytes than those that were hashed.
pub(super) async fn changed_entries(tx: &mut Tx, log: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from log_leaves l join log_entries e on e.id = l.entry_id
           where l.log = $1 and sha256('\x00'::bytea || e.entry) <> l.leaf_hash"#,
        log
    )
    .fetch_one(tx.conn())
    .await
}

/// Lines up entries that have neither an index nor a place in the queue (a dump that left the queue out).
pub(super) async fn queue_forgotten(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into log_pending (entry_id) select e.id from log_entries e
         where not exists (select 1 from log_leaves l where l.entry_id = e.id) on conflict do nothing"
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct EntryRow {
    pub signed: SignedEntry,
    pub reveals_sealed: Vec<u8>,
    pub evidence: Option<EvidenceId>,
    pub index: Option<u64>,
}

pub(super) async fn entries_of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<EntryRow>, Error> {
    let rows = sqlx::query!(
        r#"select e.entry, e.signature, e.reveals_sealed, e.evidence_id, l.index as "index?"
           from log_entries e left join log_leaves l on l.entry_id = e.id
           where e.case_id = $1 order by e.number_in_case"#,
        case.uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let signature = row.signature.try_into().map_err(|_| undecodable("log_entries.signature"))?;
            Ok(EntryRow {
                signed: SealedEntry::from_bytes(&row.entry)?.with_signature(signature),
                reveals_sealed: row.reveals_sealed,
                evidence: row.evidence_id.map(Into::into),
                index: row.index.map(|index| index as u64),
            })
        })
        .collect()
}

pub(super) struct PositionRow {
    pub evidence: EvidenceId,
    pub number_in_case: i32,
    pub index: Option<i64>,
}

/// Where the entry that first recorded each item stands.
pub(super) async fn positions_of_items(tx: &mut Tx, items: &[Uuid]) -> Result<Vec<PositionRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select distinct on (e.evidence_id) e.evidence_id as "evidence!", e.number_in_case, l.index as "index?"
           from log_entries e left join log_leaves l on l.entry_id = e.id
           where e.evidence_id = any ($1) order by e.evidence_id, e.number_in_case"#,
        items
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PositionRow { evidence: row.evidence.into(), number_in_case: row.number_in_case, index: row.index })
        .collect())
}

fn hash_of(column: &'static str, bytes: &[u8]) -> Result<Hash, sqlx::Error> {
    bytes.try_into().map(Hash).map_err(|_| undecodable(column))
}

fn undecodable(column: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} has another length").into())
}
