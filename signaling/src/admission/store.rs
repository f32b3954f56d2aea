//! SQL of admission: moves of participants, invitations, kiosk starts, seats, kiosk sessions.
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::db::Tx;
use crate::id::{
    CaseId, Chance, ContactId, InvitationId, KioskId, OfficialId, ParticipantId, PublicId, RowId, SiteId, VisitId,
};
use crate::schedule::{Participant, ParticipantKind, ParticipantState, SeatKind};

macro_rules! participant {
    ($row:expr) => {
        Participant {
            id: $row.id.into(),
            public_id: PublicId($row.public_id),
            visit: $row.visit_id.into(),
            case: $row.case_id.into(),
            kind: ParticipantKind::of_column(&$row.kind)?,
            seat: SeatKind::of_column(&$row.seat)?,
            contact: $row.contact_id.map(Into::into),
            official: $row.official_id.map(Into::into),
            language: $row.language,
            state: ParticipantState::of_column(&$row.state)?,
            since: $row.since.to_jiff(),
        }
    };
}

pub(super) async fn participant(tx: &mut Tx, id: ParticipantId) -> Result<Option<Participant>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, public_id, visit_id, case_id, kind, seat, contact_id, official_id, language, state, since
         from participants where id = $1",
        id.uuid()
    );
    let Some(row) = row.fetch_optional(tx.conn()).await? else { return Ok(None) };
    Ok(Some(participant!(row)))
}

pub(super) async fn participant_by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<Participant>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, public_id, visit_id, case_id, kind, seat, contact_id, official_id, language, state, since
         from participants where public_id = $1",
        id.uuid()
    );
    let Some(row) = row.fetch_optional(tx.conn()).await? else { return Ok(None) };
    Ok(Some(participant!(row)))
}

/// Who, when, from where to where, why.
pub(super) struct Moved<'a> {
    pub participant: &'a Participant,
    pub to: ParticipantState,
    pub by: Option<OfficialId>,
    pub reason: Option<&'static str>,
    pub text_sealed: Option<Vec<u8>>,
}

/// False: the participant is no longer in the state that the move was decided on; nothing changed.
pub(super) async fn write_move(tx: &mut Tx, chance: &Chance, moved: Moved<'_>) -> Result<bool, sqlx::Error> {
    let (now, from) = (tx.now, moved.participant);
    let done = sqlx::query!(
        "update participants set state = $3, since = $4 where id = $1 and state = $2",
        from.id.uuid(),
        from.state.as_str(),
        moved.to.as_str(),
        now.to_sqlx()
    );
    if done.execute(tx.conn()).await?.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "insert into participant_transitions (id, participant_id, visit_id, case_id, from_state, to_state, at,
            by_official, reason, text_sealed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        RowId::new(chance, now).uuid(),
        from.id.uuid(),
        from.visit.uuid(),
        from.case.uuid(),
        from.state.as_str(),
        moved.to.as_str(),
        now.to_sqlx(),
        moved.by.map(OfficialId::uuid),
        moved.reason,
        moved.text_sealed
    )
    .execute(tx.conn())
    .await?;
    Ok(true)
}

pub(super) struct NewInvitation<'a> {
    pub id: InvitationId,
    pub participant: &'a Participant,
    /// The fact that asked for it.
    pub cause: Uuid,
    pub token_hash: Vec<u8>,
    pub code_hash: Vec<u8>,
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
}

pub(super) async fn has_invitation_of(tx: &mut Tx, cause: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select 1 from invitations where cause = $1) as "has!""#, cause)
        .fetch_one(tx.conn())
        .await
}

pub(super) async fn insert_invitation(tx: &mut Tx, new: &NewInvitation<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into invitations (id, visit_id, case_id, participant_id, cause, token_hash, code_hash, opens_at, closes_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id.uuid(),
        new.participant.visit.uuid(),
        new.participant.case.uuid(),
        new.participant.id.uuid(),
        new.cause,
        new.token_hash,
        new.code_hash,
        new.opens_at.to_sqlx(),
        new.closes_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends every way in that the participant holds: link, digits, seat. True: there was a link.
pub(super) async fn revoke_ways_in(tx: &mut Tx, participant: ParticipantId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let links = sqlx::query!(
        "update invitations set revoked_at = $2 where participant_id = $1 and revoked_at is null",
        participant.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update kiosk_starts set revoked_at = $2 where participant_id = $1 and revoked_at is null",
        participant.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    end_seats(tx, participant).await?;
    Ok(links.rows_affected() > 0)
}

pub(super) struct Knock {
    pub participant: ParticipantId,
    pub visit: VisitId,
    pub is_redeemed: bool,
    pub tries_left: i32,
}

/// The one atomic statement: the right code redeems, a wrong one costs a try. None: the link cannot be used now.
pub(super) async fn try_redeem(tx: &mut Tx, token_hash: &[u8], code_hash: &[u8]) -> Result<Option<Knock>, sqlx::Error> {
    let now = tx.now;
    let row = sqlx::query!(
        r#"update invitations set redeemed_at = case when code_hash = $2 then $3::timestamptz end,
            tries_left = case when code_hash = $2 then tries_left else tries_left - 1 end
           where token_hash = $1 and revoked_at is null and redeemed_at is null and tries_left > 0
            and opens_at <= $3 and closes_at > $3
           returning participant_id, visit_id, redeemed_at is not null as "is_redeemed!", tries_left"#,
        token_hash,
        code_hash,
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Knock {
        participant: row.participant_id.into(),
        visit: row.visit_id.into(),
        is_redeemed: row.is_redeemed,
        tries_left: row.tries_left,
    }))
}

pub(super) struct Link {
    pub participant: ParticipantId,
    pub opens_at: Timestamp,
    pub is_code_right: bool,
    /// Neither revoked nor redeemed, and has tries.
    pub is_fresh: bool,
    pub is_redeemed: bool,
}

pub(super) async fn link(tx: &mut Tx, token_hash: &[u8], code_hash: &[u8]) -> Result<Option<Link>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select participant_id, opens_at, code_hash = $2 as "is_code_right!",
            revoked_at is null and redeemed_at is null and tries_left > 0 as "is_fresh!",
            revoked_at is null and redeemed_at is not null as "is_redeemed!"
           from invitations where token_hash = $1"#,
        token_hash,
        code_hash
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Link {
        participant: row.participant_id.into(),
        opens_at: row.opens_at.to_jiff(),
        is_code_right: row.is_code_right,
        is_fresh: row.is_fresh,
        is_redeemed: row.is_redeemed,
    }))
}

pub(super) struct NewStart<'a> {
    pub participant: &'a Participant,
    pub kiosk: KioskId,
    pub digits_hash: Vec<u8>,
    pub digits_sealed: Vec<u8>,
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
}

/// Nothing happens where the participant has digits already.
pub(super) async fn insert_kiosk_start(tx: &mut Tx, chance: &Chance, new: &NewStart<'_>) -> Result<(), sqlx::Error> {
    let id = RowId::new(chance, tx.now);
    sqlx::query!(
        "insert into kiosk_starts (id, visit_id, case_id, participant_id, kiosk_id, digits_hash, digits_sealed, opens_at, closes_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (participant_id) do nothing",
        id.uuid(),
        new.participant.visit.uuid(),
        new.participant.case.uuid(),
        new.participant.id.uuid(),
        new.kiosk.uuid(),
        new.digits_hash,
        new.digits_sealed,
        new.opens_at.to_sqlx(),
        new.closes_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct Started {
    pub participant: ParticipantId,
    pub visit: VisitId,
}

/// Digits open their visit at their kiosk in its time, again after a crash of the browser.
pub(super) async fn start_at_kiosk(
    tx: &mut Tx,
    kiosk: KioskId,
    digits_hash: &[u8],
) -> Result<Option<Started>, sqlx::Error> {
    let now = tx.now;
    let row = sqlx::query!(
        "update kiosk_starts set started_at = coalesce(started_at, $3)
         where kiosk_id = $1 and digits_hash = $2 and revoked_at is null and opens_at <= $3 and closes_at > $3
         returning participant_id, visit_id",
        kiosk.uuid(),
        digits_hash,
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Started { participant: row.participant_id.into(), visit: row.visit_id.into() }))
}

/// Sealed digits of visits, for the board of those who hand them over.
pub(super) async fn digits_of(tx: &mut Tx, visits: &[VisitId]) -> Result<Vec<(VisitId, CaseId, Vec<u8>)>, sqlx::Error> {
    let ids: Vec<Uuid> = visits.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select visit_id, case_id, digits_sealed from kiosk_starts where visit_id = any ($1) and revoked_at is null",
        &ids
    );
    let rows = rows.fetch_all(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (row.visit_id.into(), row.case_id.into(), row.digits_sealed)).collect())
}

pub(super) async fn end_seats(tx: &mut Tx, participant: ParticipantId) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "update seats set ended_at = $2 where participant_id = $1 and ended_at is null",
        participant.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_seat(
    tx: &mut Tx,
    token_hash: &[u8],
    participant: &Participant,
    kiosk: Option<KioskId>,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into seats (token_hash, participant_id, visit_id, case_id, kiosk_id, taken_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        token_hash,
        participant.id.uuid(),
        participant.visit.uuid(),
        participant.case.uuid(),
        kiosk.map(KioskId::uuid),
        now.to_sqlx(),
        expires_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Wrong digits since the window began; a window that passed counts for nothing.
pub(super) async fn wrong_digits(tx: &mut Tx, kiosk: KioskId, window: SignedDuration) -> Result<i32, sqlx::Error> {
    let since = tx.now - window;
    let count = sqlx::query_scalar!(
        r#"select case when wrong_digits_since > $2 then wrong_digits else 0 end as "count!" from kiosks where id = $1 for update"#,
        kiosk.uuid(),
        since.to_sqlx()
    );
    count.fetch_one(tx.conn()).await
}

pub(super) async fn count_wrong_digits(tx: &mut Tx, kiosk: KioskId, window: SignedDuration) -> Result<(), sqlx::Error> {
    let (now, since) = (tx.now, tx.now - window);
    sqlx::query!(
        "update kiosks set wrong_digits = case when wrong_digits_since > $2 then wrong_digits + 1 else 1 end,
            wrong_digits_since = case when wrong_digits_since > $2 then wrong_digits_since else $3 end where id = $1",
        kiosk.uuid(),
        since.to_sqlx(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A challenge for a kiosk; those that ran out go.
pub(super) async fn insert_challenge(
    tx: &mut Tx,
    nonce_hash: &[u8],
    kiosk: KioskId,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!("delete from kiosk_challenges where expires_at <= $1", now.to_sqlx()).execute(tx.conn()).await?;
    sqlx::query!(
        "insert into kiosk_challenges (nonce_hash, kiosk_id, expires_at) values ($1, $2, $3)",
        nonce_hash,
        kiosk.uuid(),
        expires_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// True once per nonce, in its time.
pub(super) async fn use_challenge(tx: &mut Tx, nonce_hash: &[u8], kiosk: KioskId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update kiosk_challenges set used_at = $3 where nonce_hash = $1 and kiosk_id = $2 and used_at is null and expires_at > $3",
        nonce_hash,
        kiosk.uuid(),
        now.to_sqlx()
    );
    Ok(done.execute(tx.conn()).await?.rows_affected() == 1)
}

pub(super) async fn insert_kiosk_session(
    tx: &mut Tx,
    token_hash: &[u8],
    kiosk: KioskId,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into kiosk_sessions (token_hash, kiosk_id, created_at, expires_at) values ($1, $2, $3, $4)",
        token_hash,
        kiosk.uuid(),
        now.to_sqlx(),
        expires_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The public id of a visit as this scope sees it, for a board that hears of changes.
pub(super) async fn visit_seen(
    tx: &mut Tx,
    visit: VisitId,
    site: Option<SiteId>,
    viewer: crate::id::InstitutionId,
) -> Result<Option<PublicId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select v.public_id from visits v join cases c on c.id = v.case_id
         where v.id = $1 and ($2::uuid is null or v.site_id = $2)
         and (c.institution_id = $3 or exists (select 1 from participants p join officials o on o.id = p.official_id
             where p.visit_id = v.id and o.institution_id = $3))",
        visit.uuid(),
        site.map(SiteId::uuid),
        viewer.uuid()
    );
    Ok(id.fetch_optional(tx.conn()).await?.map(PublicId))
}

/// Where the contact takes part in what is not over.
pub(super) async fn participants_of_contact(
    tx: &mut Tx,
    contact: ContactId,
) -> Result<Vec<ParticipantId>, sqlx::Error> {
    let now = tx.now;
    let ids = sqlx::query_scalar!(
        "select p.id from participants p join bookings b on b.visit_id = p.visit_id and b.released_at is null
         where p.contact_id = $1 and b.ends_at > $2 order by p.id",
        contact.uuid(),
        now.to_sqlx()
    );
    Ok(ids.fetch_all(tx.conn()).await?.into_iter().map(ParticipantId).collect())
}
