//! SRTP and SRTCP (RFC 3711, RFC 7714) in place. One [`Opener`] and one [`Sealer`] per association.
//!
//! The sealer keeps no rollover state: callers pass the 48-bit packet index, which the forwarding table keeps anyway,
//! and must never pass two different packets under one (SSRC, index): with GCM that gives the key away.
//! The opener estimates the index per SSRC and keeps a replay window; nothing is stored for an SSRC before its first
//! packet has been authenticated.

mod cipher;
mod window;

use crate::bytes_be::be32;
use cipher::Cipher;
pub use window::Window;

/// Sources that one client may use in a session: two tracks, their repairs, and changes of each.
const MAX_SOURCES: usize = 32;
/// The E flag of SRTCP: the packet is encrypted. We accept nothing else.
const ENCRYPTED: u32 = 1 << 31;
const KEY_LEN: usize = 16;
/// The longest trailer that sealing appends.
pub const MAX_TRAILER: usize = 20;

/// Protection profiles by the order in which we prefer them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    Aes128Gcm,
    /// 30 to 40 percent more costly per packet; for clients without GCM.
    Aes128Sha1,
}

impl Profile {
    pub const PREFERRED: [Profile; 2] = [Profile::Aes128Gcm, Profile::Aes128Sha1];

    /// The number in the use_srtp extension.
    pub fn code(self) -> u16 {
        match self {
            Profile::Aes128Gcm => 7,
            Profile::Aes128Sha1 => 1,
        }
    }

    fn salt_len(self) -> usize {
        match self {
            Profile::Aes128Gcm => 12,
            Profile::Aes128Sha1 => 14,
        }
    }

    fn tag_len(self) -> usize {
        match self {
            Profile::Aes128Gcm => 16,
            Profile::Aes128Sha1 => 10,
        }
    }

    /// Bytes to be exported from DTLS: two keys, two salts (RFC 5764 section 4.2).
    pub fn material_len(self) -> usize {
        2 * (KEY_LEN + self.salt_len())
    }
}

/// Both directions of an association, from the server's end.
pub struct Keys {
    pub opener: Opener,
    pub sealer: Sealer,
    pub profile: Profile,
}

impl Keys {
    /// From exported material: client key, server key, client salt, server salt. `None` when it is too short.
    pub fn from_material(profile: Profile, material: &[u8]) -> Option<Keys> {
        let ((client_key, client_salt), (server_key, server_salt)) = split(profile, material)?;
        Some(Keys {
            opener: Opener::new(profile, client_key, client_salt)?,
            sealer: Sealer::new(profile, server_key, server_salt)?,
            profile,
        })
    }

    /// The client's end of the same association.
    pub fn of_client(profile: Profile, material: &[u8]) -> Option<Keys> {
        let ((client_key, client_salt), (server_key, server_salt)) = split(profile, material)?;
        Some(Keys {
            opener: Opener::new(profile, server_key, server_salt)?,
            sealer: Sealer::new(profile, client_key, client_salt)?,
            profile,
        })
    }
}

/// A master key and its salt.
type Master<'a> = (&'a [u8], &'a [u8]);

/// The client's and the server's.
fn split(profile: Profile, material: &[u8]) -> Option<(Master<'_>, Master<'_>)> {
    let (client_key, rest) = material.split_at_checked(KEY_LEN)?;
    let (server_key, rest) = rest.split_at_checked(KEY_LEN)?;
    let (client_salt, rest) = rest.split_at_checked(profile.salt_len())?;
    Some(((client_key, client_salt), (server_key, rest.get(..profile.salt_len())?)))
}

/// A packet that passed authentication, decrypted in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened {
    /// 48-bit index: rollovers and sequence number.
    pub index: u64,
    /// Header and payload, without the tag.
    pub len: usize,
}

/// Opens what a client sends.
pub struct Opener {
    cipher: Cipher,
    rtp: Vec<Window>,
    rtcp: Vec<Window>,
}

impl Opener {
    fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Option<Opener> {
        let cipher = Cipher::derive(profile, key, salt)?;
        let windows = || Vec::with_capacity(MAX_SOURCES);
        Some(Opener { cipher, rtp: windows(), rtcp: windows() })
    }

    /// Authenticates and decrypts an RTP packet with a header of `header_len` bytes.
    pub fn rtp(&mut self, packet: &mut [u8], header_len: usize, ssrc: u32, sequence: u16) -> Option<Opened> {
        let len = packet.len().checked_sub(self.cipher.profile().tag_len()).filter(|len| *len >= header_len)?;
        let known = self.rtp.iter_mut().find(|window| window.ssrc == ssrc);
        let index = known.as_ref().map_or(u64::from(sequence), |window| window.guess(sequence));
        match &known {
            Some(window) if !window.is_fresh(index) => return None,
            _ => {}
        }
        self.cipher.open_rtp(packet, header_len, ssrc, index)?;
        match known {
            Some(window) => window.mark(index),
            None => remember(&mut self.rtp, ssrc, index)?,
        }
        Some(Opened { index, len })
    }

    /// Authenticates and decrypts a compound RTCP packet; returns its plain length.
    pub fn rtcp(&mut self, packet: &mut [u8]) -> Option<usize> {
        let profile = self.cipher.profile();
        let len = packet.len().checked_sub(profile.tag_len() + 4).filter(|len| *len >= 8)?;
        let ssrc = be32(packet, 4)?;
        let word = match profile {
            Profile::Aes128Gcm => be32(packet, packet.len() - 4)?,
            Profile::Aes128Sha1 => be32(packet, len)?,
        };
        if word & ENCRYPTED == 0 {
            return None;
        }
        let index = u64::from(word & !ENCRYPTED);
        let known = self.rtcp.iter_mut().find(|window| window.ssrc == ssrc);
        match &known {
            Some(window) if !window.is_fresh(index) => return None,
            _ => {}
        }
        self.cipher.open_rtcp(packet, len, ssrc, word)?;
        match known {
            Some(window) => window.mark(index),
            None => remember(&mut self.rtcp, ssrc, index)?,
        }
        Some(len)
    }
}

fn remember(windows: &mut Vec<Window>, ssrc: u32, index: u64) -> Option<()> {
    if windows.len() == MAX_SOURCES {
        return None;
    }
    windows.push(Window::new(ssrc, index));
    Some(())
}

/// Seals what we send to a client.
pub struct Sealer {
    cipher: Cipher,
    rtcp_index: u32,
}

impl Sealer {
    fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Option<Sealer> {
        Some(Sealer { cipher: Cipher::derive(profile, key, salt)?, rtcp_index: 0 })
    }

    /// `buffer[..len]` is the plain packet, the tag is appended; returns the length on the wire, or 0 on failure.
    pub fn rtp(&self, buffer: &mut [u8], len: usize, header_len: usize, ssrc: u32, index: u64) -> usize {
        self.cipher.seal_rtp(buffer, len, header_len, ssrc, index).unwrap_or(0)
    }

    /// The same for a compound RTCP packet; its indices are counted here. 0 too when the key is used up.
    pub fn rtcp(&mut self, buffer: &mut [u8], len: usize) -> usize {
        let word = self.rtcp_index | ENCRYPTED;
        if word == u32::MAX {
            return 0; // 2^31 packets under one key: RFC 3711 section 9.2 ends the session
        }
        self.rtcp_index += 1;
        self.cipher.seal_rtcp(buffer, len, word).unwrap_or(0)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Sealer and opener with the same key.
    pub fn pair(profile: Profile) -> (Sealer, Opener) {
        let salt = &[9; 14][..profile.salt_len()];
        let sealer = Sealer::new(profile, &[7; 16], salt).expect("a key of the right size");
        (sealer, Opener::new(profile, &[7; 16], salt).expect("a key of the right size"))
    }

    fn packet(sequence: u16, ssrc: u32) -> Vec<u8> {
        let mut bytes = vec![0x80, 96];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(1u32.to_be_bytes());
        bytes.extend(ssrc.to_be_bytes());
        bytes.extend([0x55; 100]);
        bytes.extend([0; MAX_TRAILER]);
        bytes
    }

    fn pass(sealer: &Sealer, opener: &mut Opener, index: u64, flip: bool) -> Option<u64> {
        let mut bytes = packet(index as u16, 5);
        let len = sealer.rtp(&mut bytes, 112, 12, 5, index);
        if flip {
            bytes[40] ^= 1;
        }
        let opened = opener.rtp(&mut bytes[..len], 12, 5, index as u16)?;
        assert_eq!(&bytes[12..opened.len], &[0x55; 100]);
        Some(opened.index)
    }

    #[test]
    fn reordered_packets_across_a_rollover_are_opened_once() {
        for profile in Profile::PREFERRED {
            let (sealer, mut opener) = pair(profile);
            for index in [65530, 65533, 65531, 65536, 65534, 65540, 65535, 80000, 100_000, 131_070, 131_073, 131_071] {
                assert_eq!(pass(&sealer, &mut opener, index, false), Some(index), "{profile:?}");
            }
            assert_eq!(pass(&sealer, &mut opener, 131_071, false), None, "a replay");
            assert_eq!(pass(&sealer, &mut opener, 131_074, true), None, "a forgery");
            assert_eq!(pass(&sealer, &mut opener, 131_074, false), Some(131_074));
            assert_eq!(pass(&sealer, &mut opener, 129_000, false), None, "older than the window");
        }
    }

    #[test]
    fn a_report_is_opened_once_and_not_when_touched() {
        for profile in Profile::PREFERRED {
            let (mut sealer, mut opener) = pair(profile);
            let plain = packet(1, 5);
            let mut bytes = plain.clone();
            let len = sealer.rtcp(&mut bytes, 112);
            let mut again = bytes.clone();
            let mut touched = bytes.clone();
            touched[30] ^= 4;
            assert_eq!(opener.rtcp(&mut touched[..len]), None);
            assert_eq!(opener.rtcp(&mut bytes[..len]), Some(112));
            assert_eq!(&bytes[..112], &plain[..112]);
            assert_eq!(opener.rtcp(&mut again[..len]), None);
        }
    }

    #[test]
    fn forged_sources_leave_no_state() {
        let (_, mut opener) = pair(Profile::Aes128Gcm);
        for ssrc in 0..1000 {
            let mut bytes = packet(1, ssrc);
            assert_eq!(opener.rtp(&mut bytes, 12, ssrc, 1), None);
        }
        assert!(opener.rtp.is_empty());
    }
}
