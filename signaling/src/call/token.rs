//! Room tokens: a JWT signed by this instance for one node, for five minutes, for one use.
//!
//! What it opens is sealed inside, so that no key of the database leaves the server and no page learns more than that
//! it holds a token. The use is made single by `room_passes` at `hello`.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ed25519_dalek::SigningKey;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::id::{Chance, ParticipantId, VisitId};
use crate::keys::Keys;

/// A page asks for a token and opens its websocket at once; the rest is for slow networks.
pub const LIFETIME: SignedDuration = SignedDuration::from_secs(300);
const TYPE: &str = "reencuentro-room+jwt";
const NONCE_BYTES: usize = 24;
/// PKCS#8 of an Ed25519 private key is this and the 32 bytes (RFC 8410).
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

pub struct Tokens {
    issuer: String,
    /// This node: a token for another one opens nothing here.
    audience: String,
    key_id: String,
    public: String,
    signing: EncodingKey,
    checking: DecodingKey,
    sealing: XChaCha20Poly1305,
}

/// What an accepted token opens, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub visit: VisitId,
    pub participant: ParticipantId,
    pub use_id: Uuid,
    pub expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token is not one of ours for this node")]
    NotOurs,
    #[error("the token is over")]
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    jti: Uuid,
    iat: i64,
    exp: i64,
    /// The visit and the participant, sealed.
    seat: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    kid: String,
    x: String,
}

impl Tokens {
    pub fn new(keys: &Keys, issuer: String, node: Uuid) -> Self {
        let seed = keys.derive("room token key");
        let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        let pkcs8 = Zeroizing::new([PKCS8_HEAD.as_slice(), seed.as_slice()].concat());
        let encoded = URL_SAFE_NO_PAD.encode(public);
        let checking = DecodingKey::from_ed_components(&encoded).expect("a public key just encoded is base64url");
        Tokens {
            issuer,
            audience: node.to_string(),
            key_id: URL_SAFE_NO_PAD.encode(&crate::secret::sha256(&public)[..12]),
            public: encoded,
            signing: EncodingKey::from_ed_der(&pkcs8),
            checking,
            sealing: XChaCha20Poly1305::new((&*keys.derive("room token seat")).into()),
        }
    }

    pub fn issue(
        &self,
        chance: &Chance,
        now: Timestamp,
        visit: VisitId,
        participant: ParticipantId,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let header = Header { typ: Some(TYPE.into()), kid: Some(self.key_id.clone()), ..Header::new(Algorithm::EdDSA) };
        let use_id = chance.public_id().uuid();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            jti: use_id,
            iat: now.as_second(),
            exp: (now + LIFETIME).as_second(),
            seat: self.seal(chance, use_id, visit, participant),
        };
        jsonwebtoken::encode(&header, &claims, &self.signing)
    }

    /// Whether it was used before is the database's to say.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Ticket, TokenError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // The library would ask the system's clock.
        validation.validate_exp = false;
        let data =
            jsonwebtoken::decode::<Claims>(token, &self.checking, &validation).map_err(|_| TokenError::NotOurs)?;
        if data.header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::NotOurs);
        }
        let expires_at = Timestamp::from_second(data.claims.exp).map_err(|_| TokenError::NotOurs)?;
        if now >= expires_at {
            return Err(TokenError::Expired);
        }
        let (visit, participant) = self.open(data.claims.jti, &data.claims.seat).ok_or(TokenError::NotOurs)?;
        Ok(Ticket { visit, participant, use_id: data.claims.jti, expires_at })
    }

    /// Public keys, for whoever checks tokens elsewhere.
    pub fn key_set(&self) -> JwkSet {
        let key = Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            usage: "sig",
            kid: self.key_id.clone(),
            x: self.public.clone(),
        };
        JwkSet { keys: vec![key] }
    }

    /// At start: what we sign we accept, and a changed letter we do not. A wrong crypto provider shows here, not in
    /// the first visit.
    pub fn works(&self, chance: &Chance, now: Timestamp) -> bool {
        let (visit, participant) = (VisitId::new(chance, now), ParticipantId::new(chance, now));
        let Ok(token) = self.issue(chance, now, visit, participant) else { return false };
        let Some((signed, signature)) = token.rsplit_once('.') else { return false };
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let forged = format!("{signed}.{first}{}", &signature[1..]);
        let accepted =
            self.check(&token, now).is_ok_and(|ticket| (ticket.visit, ticket.participant) == (visit, participant));
        accepted && self.check(&forged, now) == Err(TokenError::NotOurs)
    }

    fn seal(&self, chance: &Chance, use_id: Uuid, visit: VisitId, participant: ParticipantId) -> String {
        let nonce = chance.bytes::<NONCE_BYTES>();
        let plain = [visit.uuid().into_bytes(), participant.uuid().into_bytes()].concat();
        let payload = Payload { msg: &plain, aad: use_id.as_bytes() };
        let sealed = self.sealing.encrypt(&XNonce::from(nonce), payload).expect("encryption fails only past 256 GiB");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, use_id: Uuid, seat: &str) -> Option<(VisitId, ParticipantId)> {
        let bytes = URL_SAFE_NO_PAD.decode(seat).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: use_id.as_bytes() };
        let plain = self.sealing.decrypt(&XNonce::from(nonce), payload).ok()?;
        let (visit, participant) = plain.split_at_checked(16)?;
        Some((Uuid::from_slice(visit).ok()?.into(), Uuid::from_slice(participant).ok()?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World {
        tokens: Tokens,
        elsewhere: Tokens,
        chance: Chance,
        now: Timestamp,
        visit: VisitId,
        participant: ParticipantId,
        _folder: tempfile::TempDir,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let chance = Chance::seeded(7);
        let keys = Keys::open(folder.path(), chance.clone()).expect("a temporary folder can be written");
        let now: Timestamp = "2026-11-23T17:00:00Z".parse().expect("a valid instant");
        let issuer = || "https://visitas.test/".to_owned();
        World {
            tokens: Tokens::new(&keys, issuer(), chance.public_id().uuid()),
            elsewhere: Tokens::new(&keys, issuer(), chance.public_id().uuid()),
            visit: VisitId::new(&chance, now),
            participant: ParticipantId::new(&chance, now),
            chance,
            now,
            _folder: folder,
        }
    }

    impl World {
        fn token(&self) -> String {
            self.tokens.issue(&self.chance, self.now, self.visit, self.participant).expect("signing works")
        }
    }

    #[test]
    fn a_token_opens_the_seat_it_was_made_for() {
        let world = world();
        let ticket = world.tokens.check(&world.token(), world.now).expect("ours");
        assert_eq!((ticket.visit, ticket.participant), (world.visit, world.participant));
        assert!(world.tokens.works(&world.chance, world.now));
    }

    #[test]
    fn an_expired_token_is_refused_from_its_last_second_on() {
        let world = world();
        let token = world.token();
        let last = world.now + LIFETIME - SignedDuration::from_secs(1);
        assert!(world.tokens.check(&token, last).is_ok());
        assert_eq!(world.tokens.check(&token, world.now + LIFETIME), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_for_another_node_is_refused() {
        let world = world();
        assert_eq!(world.elsewhere.check(&world.token(), world.now), Err(TokenError::NotOurs));
    }

    #[test]
    fn a_token_without_signature_or_with_another_algorithm_is_refused() {
        let world = world();
        let token = world.token();
        let claims = token.split('.').nth(1).expect("three parts");
        let none = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","typ":"{TYPE}"}}"#));
        let unsigned = [format!("{none}.{claims}."), format!("{none}.{claims}.AAAA"), format!("{none}.{claims}")];
        for forged in unsigned {
            assert_eq!(world.tokens.check(&forged, world.now), Err(TokenError::NotOurs));
        }
        // The public key, taken as a shared secret.
        let decoded: Claims =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("our claims");
        let header = Header { typ: Some(TYPE.into()), ..Header::new(Algorithm::HS256) };
        let secret = EncodingKey::from_secret(world.tokens.public.as_bytes());
        let confused = jsonwebtoken::encode(&header, &decoded, &secret).expect("signing works");
        assert_eq!(world.tokens.check(&confused, world.now), Err(TokenError::NotOurs));
    }

    #[test]
    fn a_token_of_another_kind_is_refused() {
        let world = world();
        let claims = Claims {
            iss: world.tokens.issuer.clone(),
            aud: world.tokens.audience.clone(),
            jti: Uuid::nil(),
            iat: 0,
            exp: (world.now + LIFETIME).as_second(),
            seat: world.tokens.seal(&world.chance, Uuid::nil(), world.visit, world.participant),
        };
        let header = Header { typ: Some("JWT".into()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, &world.tokens.signing).expect("signing works");
        assert_eq!(world.tokens.check(&token, world.now), Err(TokenError::NotOurs));
    }

    #[test]
    fn a_token_says_nothing_about_who_it_is_for() {
        let world = world();
        let token = world.token();
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("three parts")).expect("base64url");
        let text = String::from_utf8(claims).expect("JSON");
        for id in [world.visit.uuid(), world.participant.uuid()] {
            assert!(!text.contains(&id.to_string()) && !text.contains(&id.simple().to_string()));
        }
    }
}
