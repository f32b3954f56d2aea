//! One embedded PostgreSQL for all tests of a process. It is started by a thread that never ends, because the kernel
//! stops it together with the thread that started it.
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use reencuentro::db::embedded::Embedded;
use reencuentro::db::setup;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const TEMPLATE: &str = "story_template";
const FOLDER_PREFIX: &str = "reencuentro-story-";

pub struct Cluster {
    owner: PgConnectOptions,
    app: PgConnectOptions,
    pub folder: PathBuf,
}

pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let (tell, hear) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                // A bench of writes means nothing without the disk.
                let is_durable = std::env::var_os("STORY_DURABLE").is_some();
                sweep();
                let folder = std::env::temp_dir().join(format!("{FOLDER_PREFIX}{}", std::process::id()));
                let embedded = Embedded::start(&folder.join("postgres"), is_durable).await.expect("PostgreSQL starts");
                let owner = embedded.owner("postgres");
                setup::migrate(&owner.clone().database("template1"), None).await.expect("migrations apply");
                create(&owner, TEMPLATE, "template1").await;
                let cluster = Cluster { owner, app: embedded.app("postgres"), folder };
                tell.send(cluster).expect("the first test waits");
                std::future::pending::<()>().await;
                drop(embedded);
            });
        });
        hear.recv().expect("the cluster's thread answers")
    })
}

/// A process of tests ends without a last word, and its cluster is large: the next one removes what dead ones left.
fn sweep() {
    let folders = std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in folders {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(Ok(pid)) = name.strip_prefix(FOLDER_PREFIX).map(str::parse::<u32>) else { continue };
        if !PathBuf::from(format!("/proc/{pid}")).exists() {
            // Whoever else sweeps at the same moment may be faster.
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}

async fn create(owner: &PgConnectOptions, name: &str, template: &str) {
    let mut conn = PgConnection::connect_with(owner).await.expect("connecting as owner");
    let sql = format!("create database {name} template {template}");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("cloning the template");
}

impl Cluster {
    /// An empty database of an owner who is no superuser, as an institution's own PostgreSQL gives one.
    pub async fn database_of_an_ordinary_owner(&self) -> PgConnectOptions {
        let (role, name) = ("ordinary_owner", "ordinary");
        let mut conn = PgConnection::connect_with(&self.owner).await.expect("connecting as owner");
        for sql in [
            format!("create role {role} createrole"),
            format!("create database {name} template template0 owner {role}"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("made once");
        }
        self.owner.clone().database(name).options([("role", role)])
    }

    /// A fresh database: (as owner, as the app role).
    pub async fn database(&self) -> (PgConnectOptions, PgConnectOptions) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("story_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        create(&self.owner, &name, TEMPLATE).await;
        (self.owner.clone().database(&name), self.app.clone().database(&name))
    }
}
