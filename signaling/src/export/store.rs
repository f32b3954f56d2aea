//! SQL of exports, and the keys of institutions for the trust file.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::FailedReason;
use crate::db::Tx;
use crate::id::{CaseId, EntryId, ExportId, InstitutionId, OfficialId, PublicId};
use crate::objects::Stored;

pub(super) struct Export {
    pub id: ExportId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub recipient_sealed: Vec<u8>,
    pub purpose_sealed: Vec<u8>,
    pub basis_sealed: Vec<u8>,
    pub requested_at: Timestamp,
    /// The number of this export's own entry; the package ends with it.
    pub last_entry: u64,
    pub progress: Progress,
}

/// Where an export stands.
pub(super) enum Progress {
    Preparing,
    Ready(Ready),
    /// For good; who still needs the package asks again.
    Failed(FailedReason),
}

pub(super) struct Ready {
    pub object_key: String,
    pub sha256: Vec<u8>,
    pub size_bytes: i64,
}

pub(super) struct NewExport {
    pub id: ExportId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub recipient_sealed: Vec<u8>,
    pub purpose_sealed: Vec<u8>,
    pub basis_sealed: Vec<u8>,
    pub entry: EntryId,
    pub by: OfficialId,
}

pub(super) async fn insert(tx: &mut Tx, new: &NewExport) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into exports (id, public_id, case_id, recipient_sealed, purpose_sealed, basis_sealed, entry_id, requested_by, requested_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id.uuid(),
        new.public_id.uuid(),
        new.case.uuid(),
        new.recipient_sealed,
        new.purpose_sealed,
        new.basis_sealed,
        new.entry.uuid(),
        new.by.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(Clone, Copy, Default)]
pub(super) struct Which {
    pub case: Option<CaseId>,
    pub one: Option<PublicId>,
    pub id: Option<ExportId>,
}

/// Newest first.
pub(super) async fn exports(tx: &mut Tx, which: Which) -> Result<Vec<Export>, sqlx::Error> {
    let rows = sqlx::query!(
        "select x.id, x.public_id, x.case_id, x.recipient_sealed, x.purpose_sealed, x.basis_sealed, x.requested_at, x.object_key, x.sha256,
            x.size_bytes, x.failed_reason, e.number_in_case
         from exports x join log_entries e on e.id = x.entry_id
         where ($1::uuid is null or x.case_id = $1) and ($2::uuid is null or x.public_id = $2)
           and ($3::uuid is null or x.id = $3)
         order by x.requested_at desc, x.id desc",
        which.case.map(CaseId::uuid),
        which.one.map(PublicId::uuid),
        which.id.map(ExportId::uuid)
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let last_entry = u64::try_from(row.number_in_case)
                .map_err(|_| sqlx::Error::Decode("log_entries.number_in_case is negative".into()))?;
            let progress = match (row.object_key, row.sha256, row.size_bytes, row.failed_reason) {
                (Some(object_key), Some(sha256), Some(size_bytes), None) => {
                    Progress::Ready(Ready { object_key, sha256, size_bytes })
                }
                (None, None, None, Some(reason)) => Progress::Failed(FailedReason::of_column(&reason)?),
                (None, None, None, None) => Progress::Preparing,
                _ => return Err(sqlx::Error::Decode("exports: neither ready nor failed nor preparing".into())),
            };
            Ok(Export {
                id: row.id.into(),
                public_id: PublicId(row.public_id),
                case: row.case_id.into(),
                recipient_sealed: row.recipient_sealed,
                purpose_sealed: row.purpose_sealed,
                basis_sealed: row.basis_sealed,
                requested_at: row.requested_at.to_jiff(),
                last_entry,
                progress,
            })
        })
        .collect()
}

/// False when another run of the job was faster.
pub(super) async fn make_ready(
    tx: &mut Tx,
    id: ExportId,
    stored: &Stored,
    sha256: &[u8],
    size_bytes: i64,
) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let made = sqlx::query!(
        "update exports set ready_at = $2, object_key = $3, sha256 = $4, size_bytes = $5
         where id = $1 and ready_at is null and failed_at is null",
        id.uuid(),
        now.to_sqlx(),
        stored.key,
        sha256,
        size_bytes
    )
    .execute(tx.conn())
    .await?;
    Ok(made.rows_affected() == 1)
}

/// False where it is ready or had failed.
pub(super) async fn give_up(tx: &mut Tx, id: ExportId, reason: FailedReason) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update exports set failed_at = $2, failed_reason = $3 where id = $1 and ready_at is null and failed_at is null",
        id.uuid(),
        now.to_sqlx(),
        reason.as_str()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Bytes of the captured files of a case.
pub(super) async fn captured_bytes(tx: &mut Tx, case: CaseId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(size_bytes), 0)::bigint as "bytes!" from evidence_items where case_id = $1"#,
        case.uuid()
    )
    .fetch_one(tx.conn())
    .await
}

/// Every institution of this server, oldest first.
pub(super) async fn institutions(tx: &mut Tx) -> Result<Vec<(InstitutionId, PublicId)>, sqlx::Error> {
    let rows = sqlx::query!("select id, public_id from institutions order by id").fetch_all(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), PublicId(row.public_id))).collect())
}
