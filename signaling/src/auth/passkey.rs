//! Passkeys: registration, sign-in without typing a name, and the step-up before what must not happen by accident.
//!
//! The state of a ceremony is kept here, never in the browser, for five minutes and for one answer.
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::extract::Official;
use super::session::SignedIn;
use super::{session, store};
use crate::app::App;
use crate::db::{Scope, Tx};
use crate::http::Problem;
use crate::id::{CeremonyId, OfficialId};

const CEREMONY: SignedDuration = SignedDuration::from_mins(5);
/// A person has a phone, a laptop and a spare; more is a mistake or an attack.
const MAX_PASSKEYS: usize = 10;

#[derive(Clone, Copy)]
pub(super) enum Ceremony {
    Register,
    SignIn,
    StepUp,
}

impl Ceremony {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Ceremony::Register => "register",
            Ceremony::SignIn => "sign_in",
            Ceremony::StepUp => "step_up",
        }
    }
}

/// What the browser gets to begin with.
pub(super) struct Begun {
    pub ceremony: CeremonyId,
    pub options: Value,
}

fn webauthn(app: &App) -> Result<Webauthn, Problem> {
    let origin = &app.config.public_url;
    let host = origin.host_str().ok_or_else(refused)?;
    WebauthnBuilder::new(host, origin).and_then(|builder| builder.rp_name("Reencuentro").build()).map_err(|_| refused())
}

fn refused() -> Problem {
    Problem::forbidden("passkey_refused")
}

pub(super) async fn begin_registration(app: &App, official: &Official) -> Result<Begun, Problem> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let stored = store::passkeys_of(&mut tx, official.id).await?;
    require_presence(app, official, stored.is_empty())?;
    let known: Vec<Passkey> = read_all(stored)?;
    if known.len() >= MAX_PASSKEYS {
        return Err(Problem::conflict("too_many_passkeys"));
    }
    let name = store::profile(&mut tx, official).await?.name;
    let exclude = known.iter().map(|key| key.cred_id().clone()).collect();
    let (mut challenge, state) = webauthn(app)?
        .start_passkey_registration(official.public_id.uuid(), &name, &name, Some(exclude))
        .map_err(|_| refused())?;
    // The key must be found without a name typed first.
    if let Some(selection) = &mut challenge.public_key.authenticator_selection {
        selection.require_resident_key = true;
        selection.resident_key = Some(ResidentKeyRequirement::Required);
    }
    let begun = keep(app, &mut tx, Ceremony::Register, Some(official), &state, &challenge).await?;
    tx.commit().await?;
    Ok(begun)
}

/// The first passkey comes by an enrolment link, and so does the one after all were lost; a further one needs a passkey
/// shown now, so that an unattended desk does not become somebody else's for good.
fn require_presence(app: &App, official: &Official, is_first: bool) -> Result<(), Problem> {
    let is_demo_without = app.config.is_demo && is_first;
    if official.is_enrolment_only || official.has_stepped_up || is_demo_without {
        return Ok(());
    }
    Err(Problem::step_up_needed())
}

pub(super) async fn finish_registration(
    app: &App,
    official: &Official,
    ceremony: CeremonyId,
    credential: &RegisterPublicKeyCredential,
) -> Result<(), Problem> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    require_presence(app, official, store::passkeys_of(&mut tx, official.id).await?.is_empty())?;
    let state: PasskeyRegistration = take(&mut tx, ceremony, Ceremony::Register, Some(official)).await?;
    let passkey = webauthn(app)?.finish_passkey_registration(credential, &state).map_err(|_| refused())?;
    let stored = serde_json::to_value(&passkey).map_err(|_| refused())?;
    store::insert_passkey(&mut tx, passkey.cred_id().as_ref(), official.id, &stored).await?;
    store::open_session_fully(&mut tx, &official.session_hash).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn begin_sign_in(app: &App) -> Result<Begun, Problem> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let (mut challenge, state) = webauthn(app)?.start_discoverable_authentication().map_err(|_| refused())?;
    // The page asks by a button, not by a form's autofill.
    challenge.mediation = None;
    let begun = keep(app, &mut tx, Ceremony::SignIn, None, &state, &challenge).await?;
    tx.commit().await?;
    Ok(begun)
}

pub(super) async fn finish_sign_in(
    app: &App,
    ceremony: CeremonyId,
    credential: &PublicKeyCredential,
) -> Result<SignedIn, Problem> {
    let webauthn = webauthn(app)?;
    let mut tx = app.db.begin(Scope::Auth).await?;
    let state: DiscoverableAuthentication = take(&mut tx, ceremony, Ceremony::SignIn, None).await?;
    let (user, credential_id) = webauthn.identify_discoverable_authentication(credential).map_err(|_| refused())?;
    let (official, mut passkey) = passkey_of_user(&mut tx, user, credential_id).await?;
    let result = webauthn.finish_discoverable_authentication_v2(credential, state, &passkey).map_err(|_| refused())?;
    remember_use(&mut tx, &mut passkey, &result).await?;
    let signed_in = session::begin_session(app, &mut tx, official, false).await?;
    tx.commit().await?;
    Ok(signed_in)
}

pub(super) async fn begin_step_up(app: &App, official: &Official) -> Result<Begun, Problem> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let known: Vec<Passkey> = read_all(store::passkeys_of(&mut tx, official.id).await?)?;
    if known.is_empty() {
        return Err(Problem::forbidden("passkey_needed"));
    }
    let (challenge, state) = webauthn(app)?.start_passkey_authentication(&known).map_err(|_| refused())?;
    let begun = keep(app, &mut tx, Ceremony::StepUp, Some(official), &state, &challenge).await?;
    tx.commit().await?;
    Ok(begun)
}

pub(super) async fn finish_step_up(
    app: &App,
    official: &Official,
    ceremony: CeremonyId,
    credential: &PublicKeyCredential,
) -> Result<(), Problem> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let state: PasskeyAuthentication = take(&mut tx, ceremony, Ceremony::StepUp, Some(official)).await?;
    let result = webauthn(app)?.finish_passkey_authentication(credential, &state).map_err(|_| refused())?;
    let (_, mut passkey) = passkey_of_user(&mut tx, official.public_id.uuid(), result.cred_id().as_ref()).await?;
    remember_use(&mut tx, &mut passkey, &result).await?;
    session::step_up(&mut tx, official).await?;
    tx.commit().await?;
    Ok(())
}

async fn keep(
    app: &App,
    tx: &mut Tx,
    purpose: Ceremony,
    official: Option<&Official>,
    state: &impl Serialize,
    challenge: &impl Serialize,
) -> Result<Begun, Problem> {
    let ceremony = CeremonyId(app.chance.public_id().uuid());
    let state = serde_json::to_value(state).map_err(|_| refused())?;
    let session = official.map(|official| official.session_hash.as_slice());
    let expires_at = tx.now + CEREMONY;
    store::insert_ceremony(tx, ceremony, purpose, official.map(|one| one.id), session, &state, expires_at).await?;
    let options = serde_json::to_value(challenge).map_err(|_| refused())?;
    Ok(Begun { ceremony, options })
}

/// Takes the state away with the first answer, right or wrong; only the session that began may finish.
async fn take<T: DeserializeOwned>(
    tx: &mut Tx,
    ceremony: CeremonyId,
    purpose: Ceremony,
    official: Option<&Official>,
) -> Result<T, Problem> {
    let session = official.map(|official| official.session_hash.as_slice());
    let state = store::take_ceremony(tx, ceremony, purpose, session).await?.ok_or_else(refused)?;
    serde_json::from_value(state).map_err(|_| refused())
}

async fn passkey_of_user(tx: &mut Tx, user: Uuid, credential_id: &[u8]) -> Result<(OfficialId, Passkey), Problem> {
    let (official, stored) = store::passkey(tx, user, credential_id).await?.ok_or_else(refused)?;
    Ok((official, serde_json::from_value(stored).map_err(|_| refused())?))
}

/// Keeps the counter, so that a copied key shows.
async fn remember_use(tx: &mut Tx, passkey: &mut Passkey, result: &AuthenticationResult) -> Result<(), Problem> {
    passkey.update_credential(result);
    let stored = serde_json::to_value(&*passkey).map_err(|_| refused())?;
    Ok(store::update_passkey(tx, passkey.cred_id().as_ref(), &stored).await?)
}

fn read_all(stored: Vec<Value>) -> Result<Vec<Passkey>, Problem> {
    stored.into_iter().map(|one| serde_json::from_value(one).map_err(|_| refused())).collect()
}
