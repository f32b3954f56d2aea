//! Sign-in links and sessions. Both are random tokens of which only the hash is kept.
use axum::http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use policy::Role;

use super::extract::{Official, SESSION_COOKIE, clear_cookie, cookie};
use super::store;
use crate::app::App;
use crate::db::{Scope, Tx};
use crate::http::Problem;
use crate::id::{OfficialId, PublicId};
use crate::secret::Token;

/// A working day and its overtime; nobody stays signed in over night on a shared desk.
const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// An enrolment link travels by hand or by mail, and is used the same week.
const ENROLMENT_LINK: SignedDuration = SignedDuration::from_hours(24 * 7);
const DEMO_LINK: SignedDuration = SignedDuration::from_hours(24);
/// How long a shown passkey counts as presence (protection.md).
pub(super) const STEP_UP: SignedDuration = SignedDuration::from_mins(5);

/// What a sign-in link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// A full session; exists on demonstration servers only.
    Demo,
    /// A session that may register the first passkey and nothing else.
    Enrol,
}

impl LinkPurpose {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            LinkPurpose::Demo => "demo",
            LinkPurpose::Enrol => "enrol",
        }
    }
    fn lasts(self) -> SignedDuration {
        match self {
            LinkPurpose::Demo => DEMO_LINK,
            LinkPurpose::Enrol => ENROLMENT_LINK,
        }
    }
}

/// A link that signs its official in once.
pub async fn issue_sign_in_link(
    app: &App,
    tx: &mut Tx,
    official: OfficialId,
    purpose: LinkPurpose,
) -> Result<Token, sqlx::Error> {
    let token = Token::new(&app.chance);
    let expires_at = tx.now + purpose.lasts();
    store::insert_sign_in_link(tx, &token.hash(), official, purpose, expires_at).await?;
    Ok(token)
}

/// A session that has just begun.
pub(super) struct SignedIn {
    pub cookie: HeaderValue,
    pub official: Official,
}

/// Redeems a link: one atomic update, so of two at once one wins.
pub(super) async fn redeem_link(app: &App, text: &str, purpose: LinkPurpose) -> Result<SignedIn, Problem> {
    if purpose == LinkPurpose::Demo && !app.config.is_demo {
        return Err(Problem::not_found());
    }
    let token = Token::parse(text).ok_or_else(|| Problem::forbidden("link_not_valid"))?;
    let mut tx = app.db.begin(Scope::Auth).await?;
    let used = store::use_sign_in_link(&mut tx, &token.hash(), purpose).await?;
    let official = used.ok_or_else(|| Problem::forbidden("link_not_valid"))?;
    let is_enrolment_only = purpose == LinkPurpose::Enrol;
    let signed_in = begin_session(app, &mut tx, official, is_enrolment_only).await?;
    tx.commit().await?;
    Ok(signed_in)
}

pub(super) async fn begin_session(
    app: &App,
    tx: &mut Tx,
    official: OfficialId,
    is_enrolment_only: bool,
) -> Result<SignedIn, Problem> {
    let token = Token::new(&app.chance);
    let expires_at = tx.now + SESSION;
    store::insert_session(tx, &token.hash(), official, expires_at, is_enrolment_only).await?;
    let official = store::official_of_session(tx, &token.hash()).await?.ok_or_else(Problem::sign_in_needed)?;
    Ok(SignedIn { cookie: cookie(SESSION_COOKIE, &token, SESSION.as_secs()), official })
}

pub(super) async fn sign_out(app: &App, official: &Official) -> Result<HeaderValue, Problem> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    store::end_session(&mut tx, &official.session_hash).await?;
    tx.commit().await?;
    Ok(clear_cookie(SESSION_COOKIE))
}

/// Who is at the other end of something long, now: nobody any more once the session ended, and with the roles of now.
pub async fn still(app: &App, official: &Official) -> Result<Option<Official>, sqlx::Error> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let official = store::official_of_session(&mut tx, &official.session_hash).await?;
    tx.commit().await?;
    Ok(official)
}

/// Presence shown: counts for five minutes from now.
pub(super) async fn step_up(tx: &mut Tx, official: &Official) -> Result<(), sqlx::Error> {
    let until = tx.now + STEP_UP;
    store::set_step_up(tx, &official.session_hash, until).await
}

/// What a demonstration allows in place of a passkey, and only to somebody who has none.
pub(super) async fn step_up_in_demo(app: &App, official: &Official) -> Result<(), Problem> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let has_passkey = !store::passkeys_of(&mut tx, official.id).await?.is_empty();
    if !app.config.is_demo || has_passkey {
        return Err(Problem::not_found());
    }
    step_up(&mut tx, official).await?;
    tx.commit().await?;
    Ok(())
}

/// The signed-in official as its own page needs it.
pub(super) struct Profile {
    pub name: String,
    pub institution: (PublicId, String, String, Option<String>),
    pub sites: Vec<(PublicId, String, String)>,
    pub roles: Vec<Role>,
    pub has_passkey: bool,
    pub step_up_until: Option<Timestamp>,
}
