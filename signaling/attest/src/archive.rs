//! A package as one zip file. Writing is deterministic (sorted names, nothing compressed, one
//! fixed date); reading takes what ordinary programs write, within bounds, because a small archive
//! can claim to hold far more than a machine has.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::package::{BAGIT, Files, MAX_ENTRIES};
use crate::reason::Reason;

/// Most bytes of a package, unpacked: the stills of a long case, held in memory once.
pub const MAX_PACKAGE_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Most files of a package: one proof for each entry, the objects, the rest.
pub const MAX_PACKAGE_FILES: usize = 2 * MAX_ENTRIES;

#[derive(Debug, thiserror::Error)]
#[error("the archive cannot be written: {0}")]
pub struct WriteError(#[from] zip::result::ZipError);

/// The files as one zip, inside one folder of the given name. Equal files give equal bytes.
pub fn write_zip(files: &Files, folder: &str) -> Result<Vec<u8>, WriteError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(format!("{folder}/{path}"), options)?;
        writer.write_all(bytes).map_err(zip::result::ZipError::from)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The files of a zip. A single folder around everything is taken off, as archiving programs add.
pub fn read_zip(bytes: &[u8]) -> Result<Files, Reason> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > MAX_PACKAGE_FILES {
        return Err(Reason::TooLarge { detail: format!("{} files", archive.len()) });
    }
    let mut room = MAX_PACKAGE_BYTES;
    let mut files = Files::new();
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(unreadable)?;
        if member.is_dir() {
            continue;
        }
        if !member.is_file() {
            return Err(unreadable(format!("{} is not a plain file", member.name())));
        }
        let name = member.name().to_owned();
        let content = read_within(&mut member, room)?;
        room -= content.len() as u64;
        if files.insert(name.clone(), content).is_some() {
            return Err(unreadable(format!("{name} is in the archive twice")));
        }
    }
    Ok(without_folder(files))
}

fn read_within(member: &mut impl Read, room: u64) -> Result<Vec<u8>, Reason> {
    let mut content = Vec::new();
    member.take(room + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > room {
        return Err(Reason::TooLarge { detail: format!("over {MAX_PACKAGE_BYTES} bytes") });
    }
    Ok(content)
}

fn unreadable(error: impl ToString) -> Reason {
    Reason::ArchiveUnreadable { detail: error.to_string() }
}

fn without_folder(files: Files) -> Files {
    let folder = files
        .keys()
        .find_map(|path| path.strip_suffix(BAGIT).filter(|folder| folder.ends_with('/')))
        .unwrap_or_default()
        .to_owned();
    let is_around_all = files.keys().all(|path| path.starts_with(&folder));
    if folder.matches('/').count() != 1 || !is_around_all {
        return files;
    }
    let strip = |(path, bytes): (String, Vec<u8>)| (path[folder.len()..].to_owned(), bytes);
    files.into_iter().map(strip).collect()
}
