//! `reencuentro-verify PACKAGE --trust FILE [--json]`: says whether an evidence package is valid,
//! and if not, why. It reads the package and the trust file, and nothing else; it never uses a
//! network or a clock.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attest::archive::{MAX_PACKAGE_BYTES, MAX_PACKAGE_FILES, read_zip};
use attest::package::Files;
use attest::trust::Trust;
use attest::verify::{Reason, Redaction, Valid, Verdict, verify};

const USAGE: &str = "usage: reencuentro-verify PACKAGE --trust FILE [--json]

PACKAGE  the folder or the .zip file that you received
FILE     the trust file: the keys that you believe, from a source of your own
--json   print the verdict as JSON

exit code: 0 valid, 1 not valid, 2 the question could not be asked";
const NOT_VALID: u8 = 1;
const NOT_ASKED: u8 = 2;
/// Largest trust file: thousands of keys.
const MAX_TRUST_BYTES: u64 = 1024 * 1024;
/// Deepest folder of a package: `data/objects/`.
const MAX_FOLDER_DEPTH: usize = 2;

struct Question {
    package: PathBuf,
    trust: PathBuf,
    is_json: bool,
}

fn main() -> ExitCode {
    let answer = ask(std::env::args_os().skip(1).map(PathBuf::from));
    let (text, code) = match answer {
        Ok((verdict, is_json)) => {
            let code = if verdict.is_valid() { ExitCode::SUCCESS } else { NOT_VALID.into() };
            (if is_json { as_json(&verdict) } else { in_words(&verdict) }, code)
        }
        Err(message) => {
            eprintln!("{message}");
            return NOT_ASKED.into();
        }
    };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => code,
        Err(_) => NOT_ASKED.into(),
    }
}

fn ask(arguments: impl Iterator<Item = PathBuf>) -> Result<(Verdict, bool), String> {
    let question = parse(arguments)?;
    let trust = read_bounded(&question.trust, MAX_TRUST_BYTES)
        .map_err(|error| format!("{}: {error}", question.trust.display()))?;
    let trust = Trust::from_json(&trust).map_err(|error| error.to_string())?;
    let files = read_package(&question.package).map_err(|error| format!("{}: {error}", question.package.display()))?;
    let verdict = match files {
        Ok(files) => verify(&files, &trust),
        Err(reason) => Err(reason).into(),
    };
    Ok((verdict, question.is_json))
}

fn parse(mut arguments: impl Iterator<Item = PathBuf>) -> Result<Question, String> {
    let (mut package, mut trust, mut is_json) = (None, None, false);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--json") => is_json = true,
            Some("--trust") if trust.is_none() => trust = arguments.next(),
            Some(option) if option.starts_with('-') => return Err(USAGE.to_owned()),
            _ if package.is_none() => package = Some(argument),
            _ => return Err(USAGE.to_owned()),
        }
    }
    match (package, trust) {
        (Some(package), Some(trust)) => Ok(Question { package, trust, is_json }),
        _ => Err(USAGE.to_owned()),
    }
}

fn read_bounded(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(io::Error::other("the file is too large"));
    }
    Ok(bytes)
}

/// The outer error: the package could not be read. The inner one: it was, and cannot be valid.
fn read_package(path: &Path) -> io::Result<Result<Files, Reason>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(read_zip(&read_bounded(path, MAX_PACKAGE_BYTES)?));
    }
    let mut folder = Folder { files: Files::new(), room: MAX_PACKAGE_BYTES };
    Ok(folder.read(path, "", 0)?.map(|()| folder.files))
}

struct Folder {
    files: Files,
    room: u64,
}

impl Folder {
    fn read(&mut self, folder: &Path, prefix: &str, depth: usize) -> io::Result<Result<(), Reason>> {
        for member in fs::read_dir(folder)? {
            let member = member?;
            let Ok(name) = member.file_name().into_string() else {
                return Ok(Err(unexpected(format!("{prefix}?"))));
            };
            let path = format!("{prefix}{name}");
            let kind = member.file_type()?;
            let outcome = if kind.is_dir() && depth < MAX_FOLDER_DEPTH {
                self.read(&member.path(), &format!("{path}/"), depth + 1)?
            } else if kind.is_file() {
                self.take(path, &member.path())?
            } else {
                // A link or a device could lead anywhere; a package has neither.
                Err(unexpected(path))
            };
            if outcome.is_err() {
                return Ok(outcome);
            }
        }
        Ok(Ok(()))
    }

    fn take(&mut self, path: String, file: &Path) -> io::Result<Result<(), Reason>> {
        if fs::metadata(file)?.len() > self.room || self.files.len() >= MAX_PACKAGE_FILES {
            return Ok(Err(Reason::TooLarge { detail: path }));
        }
        let bytes = read_bounded(file, self.room)?;
        self.room -= bytes.len() as u64;
        self.files.insert(path, bytes);
        Ok(Ok(()))
    }
}

fn unexpected(path: String) -> Reason {
    Reason::FileUnexpected { path }
}

fn as_json(verdict: &Verdict) -> String {
    let json = serde_json::to_string_pretty(verdict).expect("a verdict is plain data");
    json + "\n"
}

fn in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::NotValid { message, .. } => format!("not valid: {}\n", printable(message)),
        Verdict::Valid(valid) => valid_in_words(valid),
    }
}

fn valid_in_words(valid: &Valid) -> String {
    let mut words = String::from("valid\n\n");
    words += &format!("case:      {}\n", valid.case);
    words += &format!(
        "entries:   {}, recorded from {} to {}, all in the log and without a gap\n",
        valid.entries, valid.first_recorded, valid.last_recorded
    );
    words += &format!("documents: {}, unchanged since they were recorded\n", valid.objects);
    words += &format!("log:       {}, {} entries, root {}\n", printable(&valid.log), valid.tree_size, valid.root);
    words += "signed by (from your trust file):\n";
    for key in [&valid.log_key].into_iter().chain(&valid.institution_keys) {
        words += &format!("  {}\n", printable(key));
    }
    if valid.redactions.is_empty() {
        return words + "withheld:  nothing\n";
    }
    words += "withheld (recorded, but not shown in this package):\n";
    for redaction in &valid.redactions {
        words += &match redaction {
            Redaction::Field { number, name } => format!("  entry {number}: {name}\n"),
            Redaction::Object { number, object } => format!("  entry {number}: document {object}\n"),
        };
    }
    words
}

/// Text from a package must not steer the terminal that shows it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
