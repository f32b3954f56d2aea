//! Brings a database up: the app role, the migrations, a pool as the app role.
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};

/// Not owner, not superuser, cannot bypass policies.
pub const APP_ROLE: &str = "reencuentro_app";
/// Two cores serve no more at once; PostgreSQL's default of 100 leaves room for the owner and backups.
const MAX_CONNECTIONS: u32 = 32;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// Makes the app role (with a password where the connection is not by socket) and applies the migrations.
pub async fn migrate(owner: &PgConnectOptions, app_password: Option<&str>) -> anyhow::Result<()> {
    let mut conn = PgConnection::connect_with(owner).await.context("connecting as owner")?;
    make_app_role(&mut conn, app_password).await?;
    MIGRATIONS.run(&mut conn).await.context("applying migrations")?;
    conn.close().await?;
    Ok(())
}

/// An owner that is no superuser may make a role and give it a password, but not say again what it may not do: that is
/// checked, and a role that passes the policies is not used.
async fn make_app_role(conn: &mut PgConnection, password: Option<&str>) -> anyhow::Result<()> {
    let passes_policies: Option<bool> =
        sqlx::query_scalar("select rolsuper or rolbypassrls from pg_roles where rolname = $1")
            .bind(APP_ROLE)
            .fetch_optional(&mut *conn)
            .await?;
    anyhow::ensure!(passes_policies != Some(true), "the role {APP_ROLE} of this database passes the policies");
    let mut sql = match (passes_policies, password) {
        (Some(_), None) => return Ok(()),
        (Some(_), Some(_)) => format!("alter role {APP_ROLE}"),
        (None, _) => format!("create role {APP_ROLE} login nosuperuser nobypassrls nocreatedb nocreaterole"),
    };
    if let Some(password) = password {
        anyhow::ensure!(
            password.bytes().all(|b| b.is_ascii_alphanumeric()),
            "the app role's password is hex by construction"
        );
        sql += &format!(" password '{password}'");
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(conn).await.context("making the app role")?;
    Ok(())
}

/// A policy's expressions look costly to the planner; compiling them takes longer than any of our queries.
const NO_COMPILER: [(&str, &str); 1] = [("jit", "off")];

pub async fn app_pool(options: PgConnectOptions) -> anyhow::Result<PgPool> {
    let options = options.options(NO_COMPILER);
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .context("connecting as the app role")
}
