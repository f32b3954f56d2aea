//! Writes the golden package of format v1 into a folder: `golden_v1 FOLDER`. The package was made
//! once and stays as it is; this program shows how, and a test compares the two.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::path::Path;

use attest::archive::write_zip;
use attest::package::build;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: golden_v1 FOLDER")?;
    let folder = Path::new(&folder);
    let mut case = fixture::whole_case();
    // One field is withheld, so that the golden package shows a redaction, too.
    if let Some(opened) = case.reveals.entries.get_mut(&1) {
        opened.fields.remove("person");
    }
    let files = build(&case.parts(vec![fixture::still()]))?;
    for (path, bytes) in &files {
        let path = folder.join("package").join(path);
        std::fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        std::fs::write(path, bytes)?;
    }
    std::fs::write(folder.join("package.zip"), write_zip(&files, "package")?)?;
    std::fs::write(folder.join("trust.json"), fixture::trust().to_json())?;
    Ok(())
}
