//! `reencuentro-verify` as somebody runs it, over the golden package of format v1. That package
//! must verify for ever: if a test here fails, the format was broken, not the package.

mod fixture;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use attest::archive::read_zip;
use attest::package::build;
use serde_json::{Value, json};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/v1");

fn golden(name: &str) -> PathBuf {
    Path::new(GOLDEN).join(name)
}

fn run(package: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reencuentro-verify"));
    command.arg(package).arg("--trust").arg(golden("trust.json")).args(options);
    command.output().unwrap()
}

/// Exit code and the first line of what was said.
fn answer(package: &Path) -> (Option<i32>, String) {
    let output = run(package, &[]);
    let words = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), words.lines().next().unwrap_or_default().to_owned())
}

/// A folder of this test run that is empty at first.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn copy_of_golden(name: &str) -> PathBuf {
    let folder = scratch(name);
    for (path, bytes) in golden_files() {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn golden_files() -> attest::package::Files {
    read_zip(&std::fs::read(golden("package.zip")).unwrap()).unwrap()
}

#[test]
fn the_golden_package_is_valid_as_folder_and_as_zip() {
    for package in ["package", "package.zip"] {
        assert_eq!(answer(&golden(package)), (Some(0), "valid".to_owned()));
        let output = run(&golden(package), &["--json"]);
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(verdict["verdict"], "valid");
        assert_eq!((&verdict["entries"], &verdict["objects"]), (&json!(10), &json!(1)));
        assert_eq!(verdict["redactions"], json!([{"what": "field", "number": 1, "name": "person"}]));
    }
}

/// Recipients unpack a package and pack it again with whatever they have.
#[test]
fn a_package_packed_again_with_compression_is_valid() {
    use std::io::Write;
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let path = scratch("again").join("again.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    writer.add_directory("otro nombre/", options).unwrap();
    for (name, bytes) in golden_files() {
        writer.start_file(format!("otro nombre/{name}"), options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap();
    let packed = std::fs::metadata(&path).unwrap().len();
    assert!(packed < std::fs::metadata(golden("package.zip")).unwrap().len());
    assert_eq!(answer(&path), (Some(0), "valid".to_owned()));
}

#[test]
fn the_golden_package_is_what_this_crate_still_builds() {
    let mut case = fixture::whole_case();
    case.reveals.entries.get_mut(&1).unwrap().fields.remove("person");
    let files = build(&case.parts(vec![fixture::still()])).unwrap();
    let golden_files = golden_files();
    assert!(files.keys().eq(golden_files.keys()));
    for (path, bytes) in &files {
        assert!(golden_files[path] == *bytes, "{path} differs from the golden package");
        assert!(std::fs::read(golden("package").join(path)).unwrap() == *bytes, "{path}");
    }
}

#[test]
fn one_flipped_byte_is_not_valid_and_the_answer_says_where() {
    let folder = copy_of_golden("flipped");
    let path = folder.join("data/report.html");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let (code, words) = answer(&folder);
    assert_eq!(code, Some(1));
    assert!(words.starts_with("not valid: the file data/report.html was changed"), "{words}");
    let verdict: Value = serde_json::from_slice(&run(&folder, &["--json"]).stdout).unwrap();
    assert_eq!(verdict["verdict"], "not_valid");
    assert_eq!(verdict["reason"], json!({"code": "file_changed", "path": "data/report.html"}));
}

#[test]
fn a_broken_archive_is_not_valid() {
    let folder = scratch("broken");
    let mut bytes = std::fs::read(golden("package.zip")).unwrap();
    bytes.truncate(bytes.len() / 2);
    let path = folder.join("broken.zip");
    std::fs::write(&path, bytes).unwrap();
    let (code, words) = answer(&path);
    assert_eq!(code, Some(1));
    assert!(words.starts_with("not valid: the archive cannot be read"), "{words}");
}

#[cfg(unix)]
#[test]
fn a_link_inside_a_package_is_not_followed() {
    let folder = copy_of_golden("linked");
    std::os::unix::fs::symlink("/etc/hostname", folder.join("data/objects/link")).unwrap();
    let (code, words) = answer(&folder);
    assert_eq!(code, Some(1));
    assert!(words.contains("data/objects/link"), "{words}");
}

#[test]
fn a_question_that_cannot_be_asked_exits_with_two() {
    let verifier = || Command::new(env!("CARGO_BIN_EXE_reencuentro-verify"));
    let package = golden("package");
    let (package, trust) = (package.to_str().unwrap(), golden("trust.json"));
    let trust = trust.to_str().unwrap();
    for arguments in [
        vec![],
        vec![package],
        vec![package, "--trust"],
        vec![package, "--trust", "/nonexistent/trust.json"],
        vec![package, "--trust", golden("package.zip").to_str().unwrap()],
        vec!["/nonexistent/package", "--trust", trust],
        vec![package, package, "--trust", trust],
        vec![package, "--trust", trust, "--loud"],
    ] {
        let output = verifier().args(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}
