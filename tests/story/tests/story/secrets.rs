//! What nobody may find who holds a copy of the database, of the files or of the logs.
use std::path::Path;
use std::sync::{Arc, Mutex};

use reencuentro::telemetry::filter;
use serde_json::json;
use sqlx::AssertSqlSafe;
use story::World;
use story::interview::{Interview, exports, picture};
use story::office::id;
use story::visit::token_and_code;

const PERSON: &str = "Persona Zarzamora de prueba";
const RELATIVE: &str = "Familiar Guanabana de prueba";
const PHONE: &str = "+50299887766";
const VETTING: &str = "Nombra a sus hermanos Ciruelo y Membrillo.";
const CHAT: &str = "Sandiasalada";
const RECIPIENT: &str = "Juzgado de prueba 2";
const STILL: &[u8] = b"Pasaporte de muestra de Zarzamora";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked while writing").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn hex(text: &[u8]) -> String {
    text.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn files_below(folder: &Path, into: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() { files_below(&entry, into) } else { into.push(std::fs::read(&entry).expect("a file")) }
    }
}

/// Tables in which a text stands in clear, or as the bytes of itself.
async fn tables_with(world: &World, secret: &[u8]) -> Vec<String> {
    let behind = world.behind().await;
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(&behind)
        .await
        .expect("the tables");
    let clear = String::from_utf8_lossy(secret).into_owned();
    let mut found = vec![];
    for table in tables {
        // Not inside a longer run of hex digits: six of them in a row come by chance.
        let sql = format!(
            "select exists (select 1 from {table} t
             where t::text ~ ('(^|[^0-9a-f])' || $1 || '([^0-9a-f]|$)') or strpos(t::text, $2) > 0)"
        );
        let is_there: bool = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(clear.replace('+', "\\+").replace('.', "\\."))
            .bind(hex(secret))
            .fetch_one(&behind)
            .await
            .expect("searched");
        if is_there {
            found.push(table);
        }
    }
    found
}

#[tokio::test]
async fn no_name_phone_text_link_or_code_stands_in_the_database_the_files_or_the_log() {
    let log = Log::default();
    let written = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter(Some("trace"))).with_writer(move || written.clone()).finish();
    let _listening = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    let world = World::new().await;
    let person = json!({ "names_as_given": PERSON });
    let relative = json!({ "names_as_given": RELATIVE, "phone": PHONE });
    let mut call = Interview::with(&world, person, relative).await;
    let (token, code) = token_and_code(&mut call.staff, &call.visit).await;
    let receipt = call.shows(&picture(STILL)).await;
    call.describes(&receipt).await;
    call.notes(VETTING, true).await.ok().expect("noted");
    call.home.says(json!({ "type": "chat", "text": CHAT })).await;
    assert_eq!(call.desk.hears("chat").await["text"], CHAT);
    exports(&world, &mut call.staff, &call.ready.case).await;

    let mut files = vec![];
    files_below(&world.folder.join("objects"), &mut files);
    assert!(files.len() >= 2, "the still and the package are stored");
    let log = log.0.lock().expect("nobody panicked while writing").clone();
    assert!(!log.is_empty(), "the log was listened to");
    for secret in [PERSON, RELATIVE, PHONE, &PHONE[1..], VETTING, CHAT, RECIPIENT, token.as_str(), code.as_str()] {
        assert_eq!(tables_with(&world, secret.as_bytes()).await, Vec::<String>::new(), "{secret}");
        assert!(!files.iter().any(|file| holds(file, secret.as_bytes())), "{secret} in a file");
        assert!(!holds(&log, secret.as_bytes()), "{secret} in the log");
    }
    assert!(!files.iter().any(|file| holds(file, STILL)), "a file is not sealed");
    // The search can find: what is public by its nature stands in clear.
    assert!(!tables_with(&world, id(&call.ready.case).as_bytes()).await.is_empty());
}
