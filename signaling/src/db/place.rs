//! Where the embedded cluster stands: in the data folder, or, where its account could not enter that or a socket's path
//! would be too long, in a folder of its own to which the data folder's `postgres` is then a link.
//!
//! The link is the memory of the choice: the next start follows it, and never makes a second, empty cluster beside a
//! first one that cannot be reached for the moment.
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::embedded::Account;

/// sockaddr_un holds 108 bytes with the terminating zero.
const MAX_SOCKET_PATH: usize = 107;
const SOCKET_IN_ROOT: &str = "/run/.s.PGSQL.5432.lock";
/// As many data folders of one path may have come and gone on one machine.
const MAX_NAMES: u32 = 100;

/// The folder of the cluster for the data folder's `wanted`, made where it is missing; canonical.
pub(super) fn choose(wanted: &Path, account: Option<&Account>) -> Result<PathBuf> {
    choose_with(wanted, account, &elsewhere(account))
}

/// For a service, where services keep their state; for a person, where programs keep a person's.
fn elsewhere(account: Option<&Account>) -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let base = match account {
        Some(_) => PathBuf::from("/var/lib"),
        None => std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home).unwrap_or_else(std::env::temp_dir),
    };
    base.join("reencuentro")
}

fn choose_with(wanted: &Path, account: Option<&Account>, elsewhere: &Path) -> Result<PathBuf> {
    if fs::symlink_metadata(wanted).is_ok_and(|found| found.is_symlink()) {
        let root = wanted.canonicalize();
        let root = root.with_context(|| format!("the database of {} is gone from where it was", wanted.display()))?;
        return usable(root, account);
    }
    fs::create_dir_all(wanted).with_context(|| format!("making {}", wanted.display()))?;
    let root = wanted.canonicalize()?;
    fs::set_permissions(&root, fs::Permissions::from_mode(0o711))?;
    if why_not(&root, account)?.is_none() || root.join("data").exists() {
        return usable(root, account);
    }
    let moved = usable(make_elsewhere(&root, elsewhere)?, account)?;
    fs::remove_dir(&root).with_context(|| format!("{} is not empty", root.display()))?;
    symlink(&moved, &root).with_context(|| format!("linking {}", root.display()))?;
    Ok(moved)
}

fn usable(root: PathBuf, account: Option<&Account>) -> Result<PathBuf> {
    match why_not(&root, account)? {
        None => Ok(root),
        Some(why) => bail!("the database cannot run in {}: {why}", root.display()),
    }
}

fn why_not(root: &Path, account: Option<&Account>) -> Result<Option<String>> {
    if root.as_os_str().len() + SOCKET_IN_ROOT.len() > MAX_SOCKET_PATH {
        return Ok(Some("the path is too long for a socket; choose a shorter REENCUENTRO_DATA".into()));
    }
    let Some(account) = account else { return Ok(None) };
    let is_open = enters(root, account)?;
    Ok((!is_open).then(|| format!("the account {} may not enter it or a folder above it", account.name)))
}

/// Asked of the kernel by a process of that account: modes, lists and mounts all count.
fn enters(folder: &Path, account: &Account) -> io::Result<bool> {
    use std::os::unix::process::CommandExt;
    let mut test = Command::new("test");
    test.env_clear().env("PATH", "/usr/bin:/bin").arg("-x").arg(folder).current_dir("/").stdin(Stdio::null());
    Ok(test.uid(account.uid).gid(account.gid).status()?.success())
}

/// Named after the data folder, so that people find it; never one that is there already: it has other keys.
fn make_elsewhere(root: &Path, elsewhere: &Path) -> Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o711).create(elsewhere)?;
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let name = super::hex(&digest[..6]);
    for number in 1..=MAX_NAMES {
        let folder = elsewhere.join(if number == 1 { name.clone() } else { format!("{name}-{number}") });
        match fs::DirBuilder::new().mode(0o711).create(&folder) {
            Ok(()) => return Ok(folder.canonicalize()?),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("making {}", folder.display())),
        }
    }
    bail!("{} holds {MAX_NAMES} databases of former data folders: remove some", elsewhere.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test that others may walk into or, as a home, may not; gone with the test.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with_mode(mode: u32) -> Folder {
            let folder = tempfile::tempdir().expect("a folder");
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("our own folder");
            Folder(folder)
        }

        fn home() -> Folder {
            Folder::with_mode(0o700)
        }

        fn join(&self, name: &str) -> PathBuf {
            self.0.path().canonicalize().expect("it is there").join(name)
        }
    }

    fn deep(home: &Folder) -> PathBuf {
        (0..12).fold(home.join("far"), |path, _| path.join("a-long-name")).join("postgres")
    }

    #[test]
    fn a_cluster_stands_in_its_data_folder_where_nothing_speaks_against_it() {
        let home = Folder::home();
        let root = choose_with(&home.join("data/postgres"), None, &home.join("else")).expect("a place");
        assert_eq!(root, home.join("data/postgres"));
        assert!(!home.join("else").exists());
    }

    #[test]
    fn a_path_too_long_for_a_socket_leads_elsewhere_and_the_next_start_finds_it() {
        let home = Folder::home();
        let (wanted, elsewhere) = (deep(&home), home.join("else"));
        let first = choose_with(&wanted, None, &elsewhere).expect("a place");
        assert!(first.starts_with(&elsewhere) && wanted.canonicalize().expect("a link") == first);
        assert_eq!(choose_with(&wanted, None, &elsewhere).expect("the same"), first);
    }

    #[test]
    fn a_new_data_folder_never_gets_the_database_of_a_former_one() {
        let home = Folder::home();
        let (wanted, elsewhere) = (deep(&home), home.join("else"));
        let first = choose_with(&wanted, None, &elsewhere).expect("a place");
        fs::remove_file(&wanted).expect("the former data folder goes");
        assert_ne!(choose_with(&wanted, None, &elsewhere).expect("another"), first);
    }

    #[test]
    fn a_database_that_was_moved_away_is_missed_and_not_made_anew() {
        let home = Folder::home();
        let (wanted, elsewhere) = (deep(&home), home.join("else"));
        let first = choose_with(&wanted, None, &elsewhere).expect("a place");
        fs::remove_dir(&first).expect("somebody removes it");
        assert!(choose_with(&wanted, None, &elsewhere).is_err());
    }

    /// Needs root, which alone runs the cluster under another account; an ordinary account has nobody to shut out.
    #[test]
    fn a_folder_that_the_cluster_s_account_cannot_enter_leads_elsewhere() {
        let Some(account) = super::super::embedded::unprivileged_account().expect("an account") else { return };
        let (home, elsewhere) = (Folder::home(), Folder::with_mode(0o711));
        let open = elsewhere.join("open");
        let root = choose_with(&home.join("data/postgres"), Some(&account), &open).expect("a place");
        assert!(root.starts_with(&open) && enters(&root, &account).expect("test runs"));
        fs::create_dir_all(home.join("old/postgres/data")).expect("a cluster of a time when the folder was open");
        assert!(choose_with(&home.join("old/postgres"), Some(&account), &open).is_err());
    }
}
