//! The join link is opened by programs before it is opened by anybody: what only looks changes nothing.
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use sqlx::{AssertSqlSafe, PgPool};
use story::World;
use story::office::Office;
use story::visit::{family_visit, redeems, token_and_code};
use tower::ServiceExt;

/// Who opens a link in a message before the person does: previews, scanners, a browser that guesses.
const BOTS: [&str; 8] = [
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) facebookexternalhit/1.1 Twitterbot/1.0",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
    "",
];

/// Every row of every table, as text.
async fn everything(behind: &PgPool) -> BTreeMap<String, Vec<String>> {
    let sql =
        "select relname::text from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(behind).await.expect("the catalogue is readable");
    let mut all = BTreeMap::new();
    for table in tables {
        let sql = AssertSqlSafe(format!("select t::text || t.xmin || t.ctid from {table} t order by 1"));
        all.insert(table, sqlx::query_scalar(sql).fetch_all(behind).await.expect("the owner reads"));
    }
    all
}

async fn world_with_pages() -> World {
    World::with(1, |config| {
        config.web = config.data.join("web");
        std::fs::create_dir_all(&config.web).expect("a folder of our own");
        std::fs::write(config.web.join("join.html"), "<!doctype html><title>Visita</title>").expect("a page");
    })
    .await
}

#[tokio::test]
async fn a_preview_of_the_join_link_changes_no_row_and_the_link_still_opens() {
    let world = world_with_pages().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let behind = world.behind().await;
    let before = everything(&behind).await;
    assert!(before["invitations"].len() == 1 && before["audit_rows"].len() > 1, "there is something to change");
    for bot in BOTS {
        for method in [Method::GET, Method::HEAD] {
            for path in [format!("/v/{token}"), format!("/v/{token}/"), format!("/v/{token}?utm_source=preview")] {
                let request = Request::builder().method(&method).uri(&path).header("user-agent", bot);
                let request = request.header("purpose", "prefetch").header("range", "bytes=0-1023");
                let answer = world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
                assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
                assert!(answer.headers().get("set-cookie").is_none(), "{method} {path} sets a cookie");
            }
        }
    }
    // Whoever takes the address of the redeeming itself out of the page.
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let request = Request::builder().method(&method).uri(format!("/api/join/redeem?token={token}&code={code}"));
        let answer = world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    world.work().await;
    assert_eq!(everything(&behind).await, before);
    assert_eq!(redeems(&mut world.somebody(), &token, &code).await.ok().unwrap()["state"], "waiting");
    assert_ne!(everything(&behind).await, before, "so it would be noticed");
}
