//! A kiosk's browser proves itself: enrolled once by a code, then a signature over a fresh nonce for each session.
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::admission::error::Error;
use crate::admission::store;
use crate::app::App;
use crate::auth::KioskDevice;
use crate::db::Scope;
use crate::directory;
use crate::id::PublicId;
use crate::secret::Token;

/// A signature takes a second; a slow network some more.
const CHALLENGE_LIFETIME: SignedDuration = SignedDuration::from_mins(2);
/// A working day at the kiosk; the page opens the next session by itself.
const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// What is signed starts with this, so that a signature is good for nothing else.
const SIGNED_PREFIX: &str = "reencuentro-kiosk:";

/// The public half as WebCrypto exports it.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

impl Jwk {
    /// Uncompressed point, checked to lie on the curve.
    fn point(&self) -> Option<Vec<u8>> {
        let coordinate = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32);
        let is_p256 = self.kty == "EC" && self.crv == "P-256";
        let point = [vec![4], coordinate(&self.x)?, coordinate(&self.y)?].concat();
        (is_p256 && ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).is_ok()).then_some(point)
    }
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = KioskOfSession)]
pub struct KioskSession {
    pub id: PublicId,
    pub name: String,
    pub site_name: String,
    pub zone: String,
}

pub async fn enrol(app: &App, code: &str, key: &Jwk) -> Result<PublicId, Error> {
    let key = key.point().ok_or(Error::Invalid { field: "public_key", code: "not_understood" })?;
    let mut tx = app.db.begin(Scope::Auth).await?;
    let kiosk = directory::enrol_kiosk(app, &mut tx, code, &key).await?.ok_or(Error::NotEnrolled)?;
    tx.commit().await?;
    Ok(kiosk.public_id)
}

/// A nonce for a kiosk; whether the kiosk exists is not told here.
pub async fn challenge(app: &App, kiosk: PublicId) -> Result<Token, Error> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let nonce = Token::new(&app.chance);
    if let Some(device) = directory::device_of_kiosk(&mut tx, kiosk).await? {
        let expires_at = tx.now + CHALLENGE_LIFETIME;
        store::insert_challenge(&mut tx, &nonce.hash(), device.kiosk, expires_at).await?;
    }
    tx.commit().await?;
    Ok(nonce)
}

/// The nonce is used up by the try, whatever the signature.
pub async fn open_session(
    app: &App,
    kiosk: PublicId,
    nonce: &str,
    signature: &str,
) -> Result<(KioskSession, Token, i64), Error> {
    let nonce = Token::parse(nonce).ok_or(Error::NotEnrolled)?;
    let mut tx = app.db.begin(Scope::Auth).await?;
    let device = directory::device_of_kiosk(&mut tx, kiosk).await?.ok_or(Error::NotEnrolled)?;
    let is_fresh = store::use_challenge(&mut tx, &nonce.hash(), device.kiosk).await?;
    if !is_fresh || !is_signed(&device.key, &nonce, signature) {
        tx.commit().await?;
        return Err(Error::NotEnrolled);
    }
    let token = Token::new(&app.chance);
    let expires_at = tx.now + SESSION_LIFETIME;
    store::insert_kiosk_session(&mut tx, &token.hash(), device.kiosk, expires_at).await?;
    directory::saw_kiosk(&mut tx, device.kiosk).await?;
    let kiosk = directory::kiosk(&mut tx, device.kiosk).await?.ok_or(Error::NotEnrolled)?;
    let site = directory::site(&mut tx, kiosk.site).await?.ok_or(Error::NotEnrolled)?;
    tx.commit().await?;
    let session = KioskSession { id: kiosk.public_id, name: kiosk.name, site_name: site.name, zone: site.zone };
    Ok((session, token, SESSION_LIFETIME.as_secs()))
}

/// ECDSA P-256 with SHA-256; 64 bytes r‖s as WebCrypto makes them.
fn is_signed(key: &[u8], nonce: &Token, signature: &str) -> bool {
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    let message = format!("{SIGNED_PREFIX}{}", nonce.expose());
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message.as_bytes(), &signature).is_ok()
}

pub async fn heartbeat(app: &App, kiosk: &KioskDevice) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    directory::saw_kiosk(&mut tx, kiosk.id).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;
    use crate::id::Chance;

    fn pair() -> (EcdsaKeyPair, Jwk) {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
        let point = pair.public_key().as_ref().to_vec();
        let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
        let jwk = Jwk { kty: "EC".into(), crv: "P-256".into(), x: part(1..33), y: part(33..65) };
        (pair, jwk)
    }

    #[test]
    fn a_kiosk_is_known_by_its_signature_over_this_nonce_only() {
        let (pair, jwk) = pair();
        let key = jwk.point().expect("a key on the curve");
        let chance = Chance::seeded(7);
        let (nonce, other) = (Token::new(&chance), Token::new(&chance));
        let sign = |text: String| {
            URL_SAFE_NO_PAD.encode(pair.sign(&SystemRandom::new(), text.as_bytes()).expect("it signs").as_ref())
        };
        let signature = sign(format!("reencuentro-kiosk:{}", nonce.expose()));
        assert!(is_signed(&key, &nonce, &signature));
        assert!(!is_signed(&key, &other, &signature));
        assert!(!is_signed(&key, &nonce, &sign(nonce.expose().to_owned())), "the prefix is part of it");
        assert!(!is_signed(&key, &nonce, "no signature"));
    }

    #[test]
    fn a_key_that_is_not_on_the_curve_is_no_key() {
        let (_, jwk) = pair();
        let off = Jwk { y: jwk.x.clone(), ..jwk };
        assert_eq!(off.point(), None);
        let (_, jwk) = self::pair();
        assert_eq!(Jwk { crv: "P-384".into(), ..jwk }.point(), None);
    }
}
