//! The one STUN message that a client needs: a binding request that nominates.

use super::LoadError;
use super::describe::{Credentials, attribute};
use crate::stun;

/// A binding request under the server's password, which its description tells.
pub fn request(ours: &Credentials, theirs: &str) -> Result<Vec<u8>, LoadError> {
    let ufrag = attribute(theirs, "ice-ufrag").ok_or(LoadError::Description("ice-ufrag"))?;
    let password = attribute(theirs, "ice-pwd").ok_or(LoadError::Description("ice-pwd"))?;
    Ok(stun::write_request(&format!("{ufrag}:{}", ours.ufrag), &stun::key(password)))
}

/// Whether a datagram is the answer.
pub fn is_success(datagram: &[u8]) -> bool {
    datagram.get(..2) == Some(&[1, 1])
}
