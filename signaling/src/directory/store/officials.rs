//! SQL of officials and their roles.
use jiff_sqlx::ToSqlx;
use policy::Role;
use uuid::Uuid;

use crate::auth::{Held, held};
use crate::db::Tx;
use crate::directory::state::{Named, OfficialEntry};
use crate::id::{InstitutionId, OfficialId, PublicId, SiteId};

struct OfficialRow {
    id: Uuid,
    public_id: Uuid,
    name: String,
    institution_id: Uuid,
    institution_public_id: Uuid,
    institution_name: String,
    roles: Vec<String>,
    sites: Vec<Option<Uuid>>,
}

impl From<OfficialRow> for OfficialEntry {
    fn from(row: OfficialRow) -> Self {
        OfficialEntry {
            id: row.id.into(),
            public_id: PublicId(row.public_id),
            name: row.name,
            institution: row.institution_id.into(),
            institution_named: Named { id: PublicId(row.institution_public_id), name: row.institution_name },
            held: held(&row.roles, &row.sites),
        }
    }
}

pub async fn official(tx: &mut Tx, id: OfficialId) -> Result<Option<OfficialEntry>, sqlx::Error> {
    let now = tx.now;
    let query = sqlx::query_as!(
        OfficialRow,
        r#"select o.id, o.public_id, o.name, o.institution_id, i.public_id as institution_public_id,
            i.name as institution_name,
            array(select r.role from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "roles!",
            array(select r.site_id from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "sites!: Vec<Option<Uuid>>"
           from officials o join institutions i on i.id = o.institution_id where o.id = $1"#,
        id.uuid(),
        now.to_sqlx()
    );
    Ok(query.fetch_optional(tx.conn()).await?.map(OfficialEntry::from))
}

pub async fn official_by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<OfficialEntry>, sqlx::Error> {
    let now = tx.now;
    let query = sqlx::query_as!(
        OfficialRow,
        r#"select o.id, o.public_id, o.name, o.institution_id, i.public_id as institution_public_id,
            i.name as institution_name,
            array(select r.role from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "roles!",
            array(select r.site_id from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "sites!: Vec<Option<Uuid>>"
           from officials o join institutions i on i.id = o.institution_id
           where o.public_id = $1 and o.disabled_at is null"#,
        id.uuid(),
        now.to_sqlx()
    );
    Ok(query.fetch_optional(tx.conn()).await?.map(OfficialEntry::from))
}

/// Whom an institution may book: its own, and those of institutions that it admitted to a case now.
pub(in crate::directory) async fn bookable_officials(
    tx: &mut Tx,
    institution: InstitutionId,
    role: Option<Role>,
) -> Result<Vec<OfficialEntry>, sqlx::Error> {
    let now = tx.now;
    let query = sqlx::query_as!(
        OfficialRow,
        r#"select seen.id, seen.public_id, seen.name, seen.institution_id, seen.institution_public_id, seen.institution_name,
            seen."roles!", seen."sites!: Vec<Option<Uuid>>"
           from (select o.id, o.public_id, o.name, o.institution_id, i.public_id as institution_public_id,
            i.name as institution_name,
            array(select r.role from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "roles!",
            array(select r.site_id from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "sites!: Vec<Option<Uuid>>"
           from officials o join institutions i on i.id = o.institution_id
           where o.disabled_at is null and (o.institution_id = $1 or o.institution_id in (select g.institution_id
              from case_grants g where g.owner_institution_id = $1 and g.basis = 'grant' and grant_is_live(g)))) seen
           where $3::text is null or $3 = any (seen."roles!") order by name, id"#,
        institution.uuid(),
        now.to_sqlx(),
        role.map(Role::as_str)
    );
    Ok(query.fetch_all(tx.conn()).await?.into_iter().map(OfficialEntry::from).collect())
}

pub(in crate::directory) async fn insert_official(
    tx: &mut Tx,
    id: OfficialId,
    public_id: PublicId,
    institution: InstitutionId,
    name: &str,
    locale: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into officials (id, public_id, institution_id, name, locale) values ($1, $2, $3, $4, $5)",
        id.uuid(),
        public_id.uuid(),
        institution.uuid(),
        name,
        locale
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::directory) async fn insert_role(
    tx: &mut Tx,
    id: Uuid,
    official: OfficialId,
    held: Held,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into role_assignments (id, official_id, role, valid_from, site_id) values ($1, $2, $3, $4, $5)",
        id,
        official.uuid(),
        held.role.as_str(),
        now.to_sqlx(),
        held.site.map(SiteId::uuid)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// By name within an institution.
pub(in crate::directory) async fn official_of(
    tx: &mut Tx,
    institution: InstitutionId,
    name: &str,
) -> Result<Option<OfficialId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from officials where institution_id = $1 and name = $2 and disabled_at is null order by id limit 1",
        institution.uuid(),
        name
    );
    Ok(id.fetch_optional(tx.conn()).await?.map(Into::into))
}

pub(in crate::directory) async fn official_named(tx: &mut Tx, name: &str) -> Result<Option<OfficialId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from officials where name = $1 order by id limit 1", name)
        .fetch_optional(tx.conn())
        .await?;
    Ok(id.map(Into::into))
}
