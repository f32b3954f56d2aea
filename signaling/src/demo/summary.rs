//! What is told to whoever opens the demo: `demo.json`, and the same on the terminal.
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::Actor;

/// A visit that can be joined, or the problem with which the booking was refused: what people did in the demo may stand
/// against it, and that is no fault.
pub(super) enum Booked {
    Visit(Value),
    NotNow(Value),
}

/// What a relative, a hosted person and an attendant need for one visit; the code as it stands in the outbox.
pub(super) async fn of_visit(staff: &mut Actor, site: &Value, booked: &Booked) -> anyhow::Result<Value> {
    let visit = match booked {
        Booked::Visit(visit) => visit,
        Booked::NotNow(why) => return Ok(json!({ "not_now": why["code"], "missing": why["missing"] })),
    };
    let messages = staff.get("/api/messages").await?.ok()?;
    let of_visit = |channel: &str| {
        let mut found = messages.as_array().into_iter().flatten();
        found.rfind(|message| message["visit"] == visit["id"] && message["channel"] == channel).cloned()
    };
    let link = of_visit("sms").map(|message| message["link"].clone());
    let code = of_visit("voice").and_then(|message| six_digits(message["text"].as_str()?));
    let today = staff.get(&format!("/api/today?site={}", text(site))).await?.ok()?;
    let entry = today["visits"].as_array().into_iter().flatten().find(|entry| entry["id"] == visit["id"]).cloned();
    let digits = entry.as_ref().map(|entry| entry["kiosk_digits"].clone());
    let is_opened = entry.is_some_and(|entry| {
        let mut participants = entry["participants"].as_array().into_iter().flatten();
        participants.any(|one| one["kind"] == "contact" && one["state"] != "expected")
    });
    Ok(json!({ "id": visit["id"], "type": visit["type"], "starts_at": visit["starts_at"], "ends_at": visit["ends_at"],
        "link": link, "code": code, "kiosk_digits": digits, "is_opened": is_opened }))
}

/// The first run of exactly six digits, spaces and dashes between them allowed.
fn six_digits(text: &str) -> Option<String> {
    let mut run = String::new();
    for letter in text.chars().chain(['.']) {
        match letter {
            '0'..='9' => run.push(letter),
            ' ' | '-' | ',' => {}
            _ if run.len() == 6 => return Some(run),
            _ => run.clear(),
        }
    }
    None
}

/// Links and codes open the demo: for the account that runs it alone.
pub(super) fn write(path: &Path, told: &Value) -> anyhow::Result<()> {
    let _ = std::fs::remove_file(path);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(serde_json::to_string_pretty(told)?.as_bytes())?)
}

pub(super) fn lines(told: &Value) -> String {
    let mut lines = vec!["Reencuentro, demonstration. Nothing here is about real people.".to_owned(), String::new()];
    for official in told["officials"].as_array().into_iter().flatten() {
        lines.push(format!("  {} — {}", text(&official["name"]), official["roles"]));
        lines.push(format!("      {}", text(&official["sign_in_url"])));
    }
    let kiosk = &told["kiosk"];
    let enrolment = match kiosk["enrolment_code"].as_str() {
        Some(code) => format!("enrolment code {code}"),
        None => format!("{} is enrolled on a device; another gets its code on the admin's page", text(&kiosk["name"])),
    };
    lines.push(format!("  kiosk          {}  {enrolment}", text(&kiosk["url"])));
    lines.push(format!("  family visit   {}", visit_line(&told["family_visit"])));
    lines.push(format!("  verification   {}", visit_line(&told["verification_visit"])));
    lines.push(
        "\n  The sign-in links work once; a new start prints new ones. Details: demo.json in the data folder."
            .to_owned(),
    );
    lines.join("\n")
}

fn visit_line(visit: &Value) -> String {
    if let Some(why) = visit["not_now"].as_str() {
        let missing: Vec<&str> = visit["missing"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        return format!("none now ({}): as it stands at the desk", [&[why], &missing[..]].concat().join(", "));
    }
    let digits = visit["kiosk_digits"].as_str().map(|digits| format!("  kiosk digits {digits}")).unwrap_or_default();
    let opened = match visit["is_opened"] == true {
        true => "  (opened on a device before; the desk sends another)",
        false => "",
    };
    format!("{}  code {}{digits}{opened}", text(&visit["link"]), text(&visit["code"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
