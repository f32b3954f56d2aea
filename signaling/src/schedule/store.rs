//! SQL of visits, bookings and who takes part; cancelling stands beside it.
mod cancelling;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff_sqlx::ToSqlx;
use sqlx::Connection;
use uuid::Uuid;

pub(super) use cancelling::*;

use super::slot::Slot;
use super::state::{ParticipantKind, ParticipantState, Resource, Run, SeatKind, VisitState};
use super::visit_type::VisitType;
use crate::db::{Tx, violated_constraint};
use crate::id::{
    BookingId, CaseId, ContactId, InstitutionId, KioskId, OfficialId, ParticipantId, PersonId, PublicId, SiteId,
    VisitId,
};

/// A visit with its booking and what is known of its run.
#[derive(Clone, Debug)]
pub struct Visit {
    pub id: VisitId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub case_public_id: PublicId,
    pub spoken_id: String,
    /// Who owns the case.
    pub institution: InstitutionId,
    pub site: SiteId,
    pub kind: VisitType,
    pub code_phrase: [String; 2],
    pub local_start: DateTime,
    pub zone: String,
    pub duration_min: i32,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub kiosk: Option<KioskId>,
    pub run: Run,
}

impl Visit {
    pub fn state(&self, now: Timestamp) -> VisitState {
        VisitState::derive(self.run, self.ends_at, now)
    }
}

/// One who takes part, at one seat.
#[derive(Clone, Debug)]
pub struct Participant {
    pub id: ParticipantId,
    pub public_id: PublicId,
    pub visit: VisitId,
    pub case: CaseId,
    pub kind: ParticipantKind,
    pub seat: SeatKind,
    pub contact: Option<ContactId>,
    pub official: Option<OfficialId>,
    /// In which they are addressed.
    pub language: String,
    pub state: ParticipantState,
    pub since: Timestamp,
}

/// A row of [`visits`] as the type.
macro_rules! visit_of {
    ($row:expr) => {{
        let code_phrase = $row.code_phrase.try_into().map_err(|_| decode("visits.code_phrase: not two pictures"))?;
        Ok(Visit {
            id: $row.id.into(),
            public_id: PublicId($row.public_id),
            case: $row.case_id.into(),
            case_public_id: PublicId($row.case_public_id),
            spoken_id: $row.spoken_id,
            institution: $row.institution_id.into(),
            site: $row.site_id.into(),
            kind: VisitType::of_column(&$row.kind)?,
            code_phrase,
            local_start: $row.local_start.to_jiff(),
            zone: $row.zone,
            duration_min: $row.duration_min,
            starts_at: $row.starts_at.to_jiff(),
            ends_at: $row.ends_at.to_jiff(),
            kiosk: $row.kiosk_id.map(KioskId),
            run: Run {
                cancelled_at: $row.cancelled_at.map(|at| at.to_jiff()),
                live_at: $row.live_at.map(|at| at.to_jiff()),
                ended_at: $row.ended_at.map(|at| at.to_jiff()),
            },
        })
    }};
}

/// One visit by its key is another statement than several: the planner keeps the plan of the one.
macro_rules! visits {
    ($tx:expr, $which:literal, $ids:expr) => {
        sqlx::query!(
            r#"select v.id as "id!", v.public_id as "public_id!", v.case_id as "case_id!", c.public_id as "case_public_id!",
                c.spoken_id as "spoken_id!", c.institution_id as "institution_id!", v.site_id as "site_id!",
                v.type as "kind!", v.code_phrase as "code_phrase!", v.cancelled_at, b.local_start as "local_start!",
                b.zone as "zone!", b.duration_min as "duration_min!", b.starts_at as "starts_at!", b.ends_at as "ends_at!",
                b.kiosk_id, r.live_at as "live_at?", r.ended_at as "ended_at?"
               from visits v join cases c on c.id = v.case_id
               join lateral (select * from bookings b where b.visit_id = v.id
                   order by (b.released_at is not null), b.starts_at desc limit 1) b on true
               left join calls r on r.visit_id = v.id where "# + $which,
            $ids
        )
        .fetch_all($tx.conn())
        .await?
        .into_iter()
        .map(|row| visit_of!(row))
        .collect()
    };
}

async fn load(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Visit>, sqlx::Error> {
    match ids {
        [one] => visits!(tx, "v.id = $1", *one),
        several => visits!(tx, "v.id = any ($1) order by b.starts_at, v.id", several),
    }
}

fn decode(text: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(text.into())
}

/// As row-level security shows it; the caller decides whether it may be seen.
pub async fn visit(tx: &mut Tx, id: PublicId) -> Result<Option<Visit>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from visits where public_id = $1", id.uuid());
    let Some(id) = id.fetch_optional(tx.conn()).await? else { return Ok(None) };
    visit_by_id(tx, id.into()).await
}

pub async fn visit_by_id(tx: &mut Tx, id: VisitId) -> Result<Option<Visit>, sqlx::Error> {
    Ok(load(tx, &[id.uuid()]).await?.pop())
}

/// Without a viewer all of them; with one, what that institution may know of.
pub(super) async fn visits_of_case(
    tx: &mut Tx,
    case: CaseId,
    viewer: Option<InstitutionId>,
) -> Result<Vec<Visit>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select v.id from visits v join cases c on c.id = v.case_id where v.case_id = $1
           and ($2::uuid is null or c.institution_id = $2 or exists (select 1 from participants p join officials o on o.id = p.official_id
               where p.visit_id = v.id and o.institution_id = $2))"#,
        case.uuid(),
        viewer.map(InstitutionId::uuid)
    );
    let ids = ids.fetch_all(tx.conn()).await?;
    load(tx, &ids).await
}

/// Visits whose local start lies within the days, both included; `viewer` sees those of its own cases, and of others
/// only the ones that its officials take part in.
pub async fn visits_on_days(
    tx: &mut Tx,
    viewer: InstitutionId,
    site: Option<SiteId>,
    (from, to): (Date, Date),
    most: i64,
) -> Result<Vec<Visit>, sqlx::Error> {
    let (from, to) = (from.at(0, 0, 0, 0), to.at(23, 59, 59, 999_999_999));
    let ids = sqlx::query_scalar!(
        r#"select v.id from bookings b join visits v on v.id = b.visit_id join cases c on c.id = v.case_id
           where ($2::uuid is null or b.site_id = $2) and b.local_start between $3 and $4
           and (b.released_at is null or v.cancelled_at is not null)
           and (c.institution_id = $1 or exists (select 1 from participants p join officials o on o.id = p.official_id
               where p.visit_id = v.id and o.institution_id = $1))
           order by b.starts_at, v.id limit $5"#,
        viewer.uuid(),
        site.map(SiteId::uuid),
        from.to_sqlx() as _,
        to.to_sqlx() as _,
        most
    );
    let ids = ids.fetch_all(tx.conn()).await?;
    load(tx, &ids).await
}

/// Whether an institution that does not own the case has an official in the visit.
pub(super) async fn has_official_in(tx: &mut Tx, visit: VisitId, viewer: InstitutionId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from participants p join officials o on o.id = p.official_id
            where p.visit_id = $1 and o.institution_id = $2) as "is_in!""#,
        visit.uuid(),
        viewer.uuid()
    )
    .fetch_one(tx.conn())
    .await
}

pub async fn participants_of(tx: &mut Tx, visit: VisitId) -> Result<Vec<Participant>, sqlx::Error> {
    participants_of_all(tx, &[visit]).await
}

/// Of several visits; in each, who comes by a link stands last.
pub async fn participants_of_all(tx: &mut Tx, visits: &[VisitId]) -> Result<Vec<Participant>, sqlx::Error> {
    let ids: Vec<Uuid> = visits.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select id, public_id, visit_id, case_id, kind, seat, contact_id, official_id, language, state, since
         from participants where visit_id = any ($1) order by visit_id, (seat = 'link'), id",
        &ids
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Participant {
                id: row.id.into(),
                public_id: PublicId(row.public_id),
                visit: row.visit_id.into(),
                case: row.case_id.into(),
                kind: ParticipantKind::of_column(&row.kind)?,
                seat: SeatKind::of_column(&row.seat)?,
                contact: row.contact_id.map(ContactId),
                official: row.official_id.map(OfficialId),
                language: row.language,
                state: ParticipantState::of_column(&row.state)?,
                since: row.since.to_jiff(),
            })
        })
        .collect()
}

/// Whether a grant for verification to this institution is in force and no shield names its State.
pub(super) async fn is_granted(tx: &mut Tx, case: CaseId, institution: InstitutionId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from case_grants g where g.case_id = $1 and g.institution_id = $2
            and g.purpose = 'verification' and grant_is_live(g)) and not exists (select 1 from protection_shields s
            join institutions i on i.state = s.state where s.case_id = $1 and i.id = $2) as "is_granted!""#,
        case.uuid(),
        institution.uuid()
    )
    .fetch_one(tx.conn())
    .await
}

/// What one booking holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    pub kiosk: Option<KioskId>,
    pub person: Option<PersonId>,
    pub contact: Option<ContactId>,
    pub official: Option<OfficialId>,
}

/// Held until the end of the transaction; taken in the order of the keys.
pub(super) async fn lock(tx: &mut Tx, keys: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"select count(pg_advisory_xact_lock(key)::text) as "taken!" from (select key from unnest($1::bigint[]) key order by key) sorted"#,
        keys
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

/// What of the resources is busy within the slot, as far as this institution sees.
pub(super) async fn busy(tx: &mut Tx, held: &Resources, slot: &Slot) -> Result<Vec<Resource>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce(bool_or(kiosk_id = $3), false) as "kiosk!", coalesce(bool_or(person_id = $4), false) as "person!",
            coalesce(bool_or(contact_id = $5), false) as "contact!", coalesce(bool_or(official_id = $6), false) as "official!"
           from bookings where released_at is null and busy && tstzrange($1, $2)
           and (kiosk_id = $3 or person_id = $4 or contact_id = $5 or official_id = $6)"#,
        slot.starts_at.to_sqlx(),
        slot.busy_until.to_sqlx(),
        held.kiosk.map(KioskId::uuid),
        held.person.map(PersonId::uuid),
        held.contact.map(ContactId::uuid),
        held.official.map(OfficialId::uuid)
    )
    .fetch_one(tx.conn())
    .await?;
    let all = [
        (row.kiosk, Resource::Kiosk),
        (row.person, Resource::Person),
        (row.contact, Resource::Contact),
        (row.official, Resource::Official),
    ];
    Ok(all.into_iter().filter_map(|(is_busy, resource)| is_busy.then_some(resource)).collect())
}

pub(super) struct NewVisit<'a> {
    pub id: VisitId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub site: SiteId,
    pub kind: VisitType,
    pub code_phrase: &'a [String],
    pub by: OfficialId,
}

pub(super) async fn insert_visit(tx: &mut Tx, new: &NewVisit<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into visits (id, public_id, case_id, site_id, type, code_phrase, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id.uuid(),
        new.public_id.uuid(),
        new.case.uuid(),
        new.site.uuid(),
        new.kind.as_str(),
        new.code_phrase,
        now.to_sqlx(),
        new.by.uuid()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) enum Held {
    Yes,
    /// The net under the locks: somebody holds it, maybe in a case that we do not see.
    Taken(Resource),
}

async fn insert_booking(
    conn: &mut sqlx::PgConnection,
    id: BookingId,
    new: &NewVisit<'_>,
    held: &Resources,
    slot: &Slot,
) -> Result<Held, sqlx::Error> {
    let done = sqlx::query!(
        "insert into bookings (id, visit_id, case_id, site_id, kiosk_id, person_id, contact_id, official_id, local_start,
            zone, tzdb_version, duration_min, turnaround_min, starts_at, ends_at, busy)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, tstzrange($14, $16))",
        id.uuid(),
        new.id.uuid(),
        new.case.uuid(),
        new.site.uuid(),
        held.kiosk.map(KioskId::uuid),
        held.person.map(PersonId::uuid),
        held.contact.map(ContactId::uuid),
        held.official.map(OfficialId::uuid),
        slot.local_start.to_sqlx() as _,
        slot.zone,
        slot.tzdb_version,
        slot.duration_min,
        super::slot::TURNAROUND_MIN,
        slot.starts_at.to_sqlx(),
        slot.ends_at.to_sqlx(),
        slot.busy_until.to_sqlx()
    )
    .execute(conn)
    .await;
    match done {
        Ok(_) => Ok(Held::Yes),
        Err(error) => match violated_constraint(&error).and_then(resource_of_constraint) {
            Some(resource) => Ok(Held::Taken(resource)),
            None => Err(error),
        },
    }
}

fn resource_of_constraint(name: &str) -> Option<Resource> {
    match name {
        "bookings_kiosk_free" => Some(Resource::Kiosk),
        "bookings_person_free" => Some(Resource::Person),
        "bookings_contact_free" => Some(Resource::Contact),
        "bookings_official_free" => Some(Resource::Official),
        _ => None,
    }
}

/// Takes the slot, or says who has it; a refusal leaves the transaction usable.
pub(super) async fn hold_slot(
    tx: &mut Tx,
    id: BookingId,
    new: &NewVisit<'_>,
    held: &Resources,
    slot: &Slot,
) -> Result<Held, sqlx::Error> {
    let mut savepoint = tx.conn().begin().await?;
    let outcome = insert_booking(&mut savepoint, id, new, held, slot).await?;
    match outcome {
        Held::Yes => savepoint.commit().await?,
        Held::Taken(_) => savepoint.rollback().await?,
    }
    Ok(outcome)
}

/// Whether the slot could be held; nothing remains of the try.
pub(super) async fn would_hold(
    tx: &mut Tx,
    id: BookingId,
    new: &NewVisit<'_>,
    held: &Resources,
    slot: &Slot,
) -> Result<bool, sqlx::Error> {
    let mut savepoint = tx.conn().begin().await?;
    let outcome = insert_booking(&mut savepoint, id, new, held, slot).await?;
    savepoint.rollback().await?;
    Ok(matches!(outcome, Held::Yes))
}

pub(super) async fn insert_participant(tx: &mut Tx, new: &Participant) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into participants (id, public_id, visit_id, case_id, kind, seat, contact_id, official_id, language, state, since)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id.uuid(),
        new.public_id.uuid(),
        new.visit.uuid(),
        new.case.uuid(),
        new.kind.as_str(),
        new.seat.as_str(),
        new.contact.map(ContactId::uuid),
        new.official.map(OfficialId::uuid),
        new.language,
        new.state.as_str(),
        new.since.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
