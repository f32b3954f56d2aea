//! The embedded default: a private PostgreSQL run from the system's binaries, on a unix socket that only this
//! account may open, never as root. It stops when the server stops, also when the server is killed.
use std::ffi::{CStr, CString};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::process::{Child, Command};

use super::place;
use super::setup::APP_ROLE;

const START_TIMEOUT: Duration = Duration::from_secs(120);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);
const OWNER: &str = "owner";

/// The account postgres runs as when we are root.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) name: String,
}

pub struct Embedded {
    child: Child,
    socket: PathBuf,
}

impl Embedded {
    /// Starts the cluster of the data folder's `root`, making it first where it is missing; see `place` for where it
    /// stands. `is_durable: false` is for tests.
    pub async fn start(root: &Path, is_durable: bool) -> Result<Self> {
        let binaries = find_binaries()?;
        let account = unprivileged_account()?;
        let root = place::choose(root, account.as_ref())?;
        let (data, socket) = (root.join("data"), root.join("run"));
        make_private_folder(&socket, account.as_ref())?;
        if !data.join("PG_VERSION").exists() {
            initialise(&binaries, &root, &data, account.as_ref(), is_durable).await?;
        }
        wait_for_predecessor(&data).await?;
        let mut child = spawn(&binaries, &root, &data, &socket, account.as_ref(), is_durable)?;
        wait_until_ready(&mut child, &data)
            .await
            .with_context(|| format!("see {}", root.join("postgres.log").display()))?;
        Ok(Embedded { child, socket })
    }

    /// The way for the app role into the cluster of `root` that another process of ours runs; none while none does.
    pub async fn attach(root: &Path) -> Result<Option<PgConnectOptions>> {
        let root = place::choose(root, unprivileged_account()?.as_ref())?;
        let data = root.join("data");
        if !running_postmaster(&data.join("postmaster.pid"), &data) {
            return Ok(None);
        }
        Ok(Some(options(&root.join("run"), APP_ROLE, "postgres")))
    }

    pub fn owner(&self, database: &str) -> PgConnectOptions {
        options(&self.socket, OWNER, database)
    }

    pub fn app(&self, database: &str) -> PgConnectOptions {
        options(&self.socket, APP_ROLE, database)
    }

    /// A fast shutdown: open transactions are rolled back, everything committed is on disk.
    pub async fn stop(mut self) -> Result<()> {
        signal(&self.child, libc::SIGINT);
        if tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            signal(&self.child, libc::SIGQUIT);
            self.child.wait().await?;
        }
        Ok(())
    }
}

fn options(socket: &Path, role: &str, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host(&socket.to_string_lossy())
        .port(5432)
        .username(role)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

fn signal(child: &Child, signal: i32) {
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        // SAFETY: kill(2) on the pid of a child that we have not reaped yet.
        unsafe { libc::kill(pid, signal) };
    }
}

fn is_cluster_binaries(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}

/// Where Debian keeps them, the highest version first; then whatever PATH leads to.
fn find_binaries() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| is_cluster_binaries(folder))
        .collect();
    versions.sort();
    if let Some((_, folder)) = versions.pop() {
        return Ok(folder);
    }
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .filter_map(|folder| folder.join("postgres").canonicalize().ok())
        .filter_map(|binary| binary.parent().map(Path::to_path_buf))
        .find(|folder| is_cluster_binaries(folder))
        .context("no PostgreSQL server found: install the package postgresql, or set DATABASE_URL")
}

pub(super) fn unprivileged_account() -> Result<Option<Account>> {
    // SAFETY: geteuid(2) has no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        return Ok(None);
    }
    let found = ["postgres", "nobody"].into_iter().find_map(account_named);
    Ok(Some(found.context("running as root, and neither account postgres nor nobody exists")?))
}

fn account_named(name: &str) -> Option<Account> {
    let c_name = CString::new(name).ok()?;
    // SAFETY: the name is zero-terminated; the result is read before any other call of this family.
    let entry = unsafe { libc::getpwnam(c_name.as_ptr()).as_ref() }?;
    Some(Account { uid: entry.pw_uid, gid: entry.pw_gid, name: name.to_owned() })
}

fn own_account_name() -> String {
    // SAFETY: as above; a missing entry is a null pointer.
    unsafe {
        let uid = libc::geteuid();
        match libc::getpwuid(uid).as_ref() {
            Some(entry) => CStr::from_ptr(entry.pw_name).to_string_lossy().into_owned(),
            None => uid.to_string(),
        }
    }
}

fn make_private_folder(path: &Path, account: Option<&Account>) -> Result<()> {
    if !path.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    give(path, account)
}

fn give(path: &Path, account: Option<&Account>) -> Result<()> {
    if let Some(account) = account {
        chown(path, Some(account.uid), Some(account.gid))?;
    }
    Ok(())
}

fn command(binary: PathBuf, account: Option<&Account>) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/bin:/bin").current_dir("/");
    command.stdin(std::process::Stdio::null());
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Into a sibling, then renamed: a crash half-way leaves no half cluster.
async fn initialise(
    binaries: &Path,
    root: &Path,
    data: &Path,
    account: Option<&Account>,
    is_durable: bool,
) -> Result<()> {
    let fresh = root.join("data.new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    make_private_folder(&fresh, account)?;
    let mut initdb = command(binaries.join("initdb"), account);
    initdb.arg("-D").arg(&fresh).args(["-U", OWNER, "-E", "UTF8", "--locale=C", "--data-checksums", "--auth=peer"]);
    if !is_durable {
        initdb.arg("--no-sync");
    }
    let output = initdb.output().await?;
    if !output.status.success() {
        bail!("initdb: {}", String::from_utf8_lossy(&output.stderr));
    }
    let us = own_account_name();
    let server = account.map_or_else(|| us.clone(), |account| account.name.clone());
    let map = format!("own {us} {OWNER}\nown {us} {APP_ROLE}\nown {server} {OWNER}\n");
    for (name, text) in [("pg_hba.conf", "local all all peer map=own\n"), ("pg_ident.conf", &map)] {
        fs::write(fresh.join(name), text)?;
        give(&fresh.join(name), account)?;
    }
    fs::rename(&fresh, data)?;
    Ok(())
}

/// A predecessor that was killed may still be shutting down: wait for it, then start.
async fn wait_for_predecessor(data: &Path) -> Result<()> {
    let pid_file = data.join("postmaster.pid");
    let waited = tokio::time::timeout(STOP_TIMEOUT, async {
        while running_postmaster(&pid_file, data) {
            tokio::time::sleep(POLL).await;
        }
    });
    waited.await.map_err(|_| anyhow::anyhow!("another server is using {}", data.display()))
}

fn running_postmaster(pid_file: &Path, data: &Path) -> bool {
    let Ok(text) = fs::read_to_string(pid_file) else { return false };
    let Some(pid) = text.lines().next().and_then(|line| line.trim().parse::<i32>().ok()) else { return false };
    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    let line = String::from_utf8_lossy(&line);
    line.contains("postgres") && line.contains(&*data.to_string_lossy())
}

fn spawn(
    binaries: &Path,
    root: &Path,
    data: &Path,
    socket: &Path,
    account: Option<&Account>,
    is_durable: bool,
) -> Result<Child> {
    let mut postgres = command(binaries.join("postgres"), account);
    postgres.arg("-D").arg(data).arg("-c").arg(format!("unix_socket_directories={}", socket.display()));
    for setting in
        ["listen_addresses=", "unix_socket_permissions=0700", "max_connections=100", "log_min_messages=warning"]
    {
        postgres.args(["-c", setting]);
    }
    // A statement that failed must not put a parameter, which may be personal, into the log.
    postgres.args(["-c", "log_min_error_statement=panic", "-c", "log_parameter_max_length_on_error=0"]);
    if !is_durable {
        postgres.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        postgres.args(["-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=128MB"]);
    }
    let log = fs::OpenOptions::new().create(true).append(true).open(root.join("postgres.log"))?;
    postgres.stdout(log.try_clone()?).stderr(log).process_group(0).kill_on_drop(false);
    // SAFETY: prctl(2) is async-signal-safe; it asks the kernel to stop postgres cleanly when we are killed.
    unsafe {
        postgres.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGINT) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    Ok(postgres.spawn()?)
}

async fn wait_until_ready(child: &mut Child, data: &Path) -> Result<()> {
    let pid = child.id().unwrap_or(0).to_string();
    let pid_file = data.join("postmaster.pid");
    let ready = async {
        loop {
            if let Some(status) = child.try_wait()? {
                bail!("postgres stopped at start: {status}");
            }
            let text = fs::read_to_string(&pid_file).unwrap_or_default();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            if lines.first() == Some(&pid.as_str()) && lines.get(7) == Some(&"ready") {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(START_TIMEOUT, ready).await.context("postgres did not become ready")?
}
