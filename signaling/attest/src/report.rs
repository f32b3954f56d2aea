//! The report of a package: one HTML page in Spanish and English, rendered from the entries and
//! reveals alone, without a clock or a setting, so that whoever verifies renders it again and
//! compares it byte by byte. FORMAT.md gives the template; a change here is a new package format.

use crate::commitment::Value;
use crate::entry::{Entry, Object, SignedEntry};
use crate::fields::{Label, find, kind_label};
use crate::hash::Hash;
use crate::note::Checkpoint;
use crate::package::{EntryReveals, Reveals, object_file_name};

const HEAD: &str = r#"<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<title>Expediente de pruebas / Evidence file</title>
<style>
body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
table{border-collapse:collapse;width:100%}
th,td{border-top:1px solid #767676;padding:.4rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{width:30%}
td{white-space:pre-wrap}
i{display:block;font-weight:400;font-size:.85em;color:#595959}
img{max-width:100%}
</style>
</head>
<body>
<h1>Expediente de pruebas <i lang="en">Evidence file</i></h1>
<p>Esta página se generó a partir de los registros del paquete. Sólo vale si el verificador dice que el paquete es válido. <i lang="en">This page was rendered from the entries of the package. It counts only if the verifier says that the package is valid.</i></p>
"#;
const FOOT: &str = "</body>\n</html>\n";
/// Media types that the page shows in place; every other object is a link.
const SHOWN: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// Renders the report.
pub fn render(checkpoint: &Checkpoint, entries: &[SignedEntry], reveals: &Reveals) -> String {
    let mut page = String::from(HEAD);
    page.push_str("<table>\n");
    let case = entries.first().map_or("", |first| first.entry().case.as_str());
    row(&mut page, label("Caso", "Case"), &text(case));
    row(&mut page, label("Bitácora", "Log"), &text(&checkpoint.origin));
    row(&mut page, label("Tamaño de la bitácora", "Size of the log"), &text(&checkpoint.size.to_string()));
    row(&mut page, label("Raíz de la bitácora", "Root of the log"), &text(&checkpoint.root.to_string()));
    row(&mut page, label("Registros", "Entries"), &text(&entries.len().to_string()));
    page.push_str("</table>\n");
    let nothing = EntryReveals::default();
    for signed in entries {
        let revealed = reveals.entries.get(&signed.entry().number).unwrap_or(&nothing);
        section(&mut page, signed, revealed);
    }
    page.push_str(FOOT);
    page
}

fn section(page: &mut String, signed: &SignedEntry, revealed: &EntryReveals) {
    let entry = signed.entry();
    let kind = kind_label(entry.kind);
    page.push_str(&format!(
        "<h2 id=\"e{}\">{}. {} <i lang=\"en\">{}</i></h2>\n<table>\n",
        entry.number, entry.number, kind.es, kind.en
    ));
    provenance(page, entry, signed.hash());
    for name in entry.fields.keys() {
        let cell = revealed.fields.get(name).map_or_else(withheld, |reveal| value(&reveal.value));
        let unknown = format!("<th>{name}</th>");
        let head = find(name).map_or(unknown, |field| heading(field.label));
        page.push_str(&format!("<tr>{head}<td>{cell}</td></tr>\n"));
    }
    for (at, object) in (0..).zip(&entry.objects) {
        let cell = revealed.objects.get(&at).map_or_else(withheld, |reveal| document(object, &reveal.sha256));
        row(page, label("Archivo", "File"), &cell);
    }
    page.push_str("</table>\n");
}

fn provenance(page: &mut String, entry: &Entry, hash: Hash) {
    row(page, label("Ocurrió", "Occurred"), &text(&entry.occurred.to_string()));
    row(page, label("Registrado", "Recorded"), &text(&entry.recorded.to_string()));
    row(page, label("Institución", "Institution"), &text(&entry.institution));
    row(page, label("Llave de quien actuó", "Key of the actor"), &text(&entry.actor));
    row(page, label("Finalidad", "Purpose"), &text(&entry.purpose));
    row(page, label("Base jurídica", "Legal basis"), &text(&entry.basis));
    row(page, label("Consentimientos", "Consents"), &text(&entry.consents.join(", ")));
    row(page, label("Programa", "Software"), &text(&entry.software));
    row(page, label("Reglas", "Rules"), &text(&entry.policy));
    row(page, label("Huella del registro", "Hash of the entry"), &text(&hash.to_string()));
}

const fn label(es: &'static str, en: &'static str) -> Label {
    Label { es, en }
}

fn row(page: &mut String, label: Label, cell: &str) {
    page.push_str(&format!("<tr>{}<td>{cell}</td></tr>\n", heading(label)));
}

fn heading(label: Label) -> String {
    format!("<th>{} <i lang=\"en\">{}</i></th>", label.es, label.en)
}

fn withheld() -> String {
    "<em>Reservado <i lang=\"en\">Withheld</i></em>".to_owned()
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(given) => text(given),
        // A value that was read or committed to has canonical bytes, so this cannot fail here.
        Value::Json(_) => text(&String::from_utf8_lossy(&value.to_bytes().unwrap_or_default())),
        Value::Instant(instant) => text(&instant.to_string()),
        Value::Hash(hash) => text(&hash.to_string()),
    }
}

fn document(object: &Object, sha256: &Hash) -> String {
    let file = object_file_name(sha256, &object.media_type);
    let link = format!("<a href=\"objects/{file}\">{file}</a> ({} B)", object.size_bytes);
    if SHOWN.contains(&object.media_type.as_str()) {
        format!("{link}<br><img src=\"objects/{file}\" alt=\"\">")
    } else {
        link
    }
}

/// Text in its own direction, so that no character in it can reorder what stands around it.
fn text(given: &str) -> String {
    let mut cell = String::from("<bdi>");
    for character in given.chars() {
        match character {
            '&' => cell.push_str("&amp;"),
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '"' => cell.push_str("&quot;"),
            '\'' => cell.push_str("&#39;"),
            other => cell.push(other),
        }
    }
    cell.push_str("</bdi>");
    cell
}
