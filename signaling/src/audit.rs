//! One row for every read and every change of a case, in the transaction of what it tells about.
use policy::{Action, Purpose};
use uuid::Uuid;

use crate::db::Tx;
use crate::id::{AuditId, CaseId, Chance, InstitutionId, KioskId, OfficialId, ParticipantId};

#[derive(Clone, Copy, Debug)]
pub enum Actor {
    Official(OfficialId),
    Participant(ParticipantId),
    Kiosk(KioskId),
    System,
}

impl Actor {
    fn columns(self) -> (&'static str, Option<Uuid>) {
        match self {
            Actor::Official(id) => ("official", Some(id.uuid())),
            Actor::Participant(id) => ("participant", Some(id.uuid())),
            Actor::Kiosk(id) => ("kiosk", Some(id.uuid())),
            Actor::System => ("system", None),
        }
    }
}

/// What is written down: who, on whose behalf, what, why, about which cases, about which thing.
pub struct Entry<'a> {
    pub actor: Actor,
    /// Whose official acts; for a participant or a job, the owner of the case.
    pub institution: InstitutionId,
    pub action: Action,
    pub purpose: Purpose,
    pub cases: &'a [CaseId],
    pub subject: Option<Uuid>,
}

pub async fn record(tx: &mut Tx, chance: &Chance, entry: Entry<'_>) -> Result<(), sqlx::Error> {
    use jiff_sqlx::ToSqlx;
    let (actor_kind, actor_id) = entry.actor.columns();
    let cases: Vec<Uuid> = entry.cases.iter().map(|case| case.uuid()).collect();
    let now = tx.now;
    sqlx::query!(
        "insert into audit_rows (id, at, institution_id, actor_kind, actor_id, action, purpose, case_ids, subject_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        AuditId::new(chance, now).uuid(),
        now.to_sqlx(),
        entry.institution.uuid(),
        actor_kind,
        actor_id,
        entry.action.as_str(),
        entry.purpose.as_str(),
        &cases,
        entry.subject
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
