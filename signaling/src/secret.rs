//! Secrets that go out once and come back once: links, cookies, codes. They are stored as hashes and have no `Debug`.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::id::Chance;

/// 32 random bytes in base64url, as it stands in a link or a cookie.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    pub fn new(chance: &Chance) -> Self {
        Token(URL_SAFE_NO_PAD.encode(chance.bytes::<32>()))
    }

    /// What somebody sent us; anything that is not 32 bytes in base64url is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Token(text.to_owned()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> Vec<u8> {
        sha256(self.0.as_bytes()).to_vec()
    }
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
