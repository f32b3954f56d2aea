//! Session keys and the two transforms of a packet: AES-128-GCM (RFC 7714) and AES-128-CM with HMAC-SHA1-80 (RFC 3711).

use super::{KEY_LEN, Profile};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hmac};

/// Appended by GCM.
const GCM_TAG: usize = 16;
const SHA1_TAG: usize = 10;

/// Labels of the key derivation (RFC 3711 section 4.3.2), for RTP and for RTCP.
struct Labels {
    encryption: u8,
    authentication: u8,
    salt: u8,
}

const RTP: Labels = Labels { encryption: 0, authentication: 1, salt: 2 };
const RTCP: Labels = Labels { encryption: 3, authentication: 4, salt: 5 };

/// AES-128-GCM for one kind of packet.
pub struct Gcm {
    key: LessSafeKey,
    salt: [u8; 12],
}

/// AES-128 in counter mode with HMAC-SHA1 for one kind of packet.
pub struct CounterMode {
    key: EncryptingKey,
    salt: [u8; 14],
    mac: hmac::Key,
}

/// The keys of RTP and of RTCP.
pub struct Pair<T> {
    rtp: T,
    rtcp: T,
}

/// One direction's session keys.
pub enum Cipher {
    Gcm(Box<Pair<Gcm>>),
    Sha1(Box<Pair<CounterMode>>),
}

fn counter_key(key: &[u8]) -> Option<EncryptingKey> {
    EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, key).ok()?).ok()
}

/// Counter mode is its own inverse.
fn apply_counter(key: &EncryptingKey, iv: [u8; 16], data: &mut [u8]) -> Option<()> {
    key.less_safe_encrypt(data, EncryptionContext::Iv128(FixedLength::from(iv))).ok()?;
    Some(())
}

/// The AES-CM pseudo-random function of RFC 3711 section 4.3.1, key derivation rate 0.
fn derive<const N: usize>(master: &EncryptingKey, salt: &[u8], label: u8) -> Option<[u8; N]> {
    let mut iv = [0u8; 16];
    iv.get_mut(..salt.len())?.copy_from_slice(salt);
    iv[7] ^= label;
    let mut out = [0u8; N];
    apply_counter(master, iv, &mut out)?;
    Some(out)
}

impl Gcm {
    fn derive(master: &EncryptingKey, salt: &[u8], labels: &Labels) -> Option<Gcm> {
        let key: [u8; KEY_LEN] = derive(master, salt, labels.encryption)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
        Some(Gcm { key, salt: derive(master, salt, labels.salt)? })
    }

    /// RFC 7714 section 8.1: two zero bytes, the SSRC, 48 bits of index, all mixed with the salt.
    fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let mut iv = [0u8; 12];
        iv[2..6].copy_from_slice(&ssrc.to_be_bytes());
        iv[6..12].copy_from_slice(&index.to_be_bytes()[2..]);
        for (byte, salt) in iv.iter_mut().zip(self.salt) {
            *byte ^= salt;
        }
        Nonce::assume_unique_for_key(iv)
    }
}

impl CounterMode {
    fn derive(master: &EncryptingKey, salt: &[u8], labels: &Labels) -> Option<CounterMode> {
        let key: [u8; KEY_LEN] = derive(master, salt, labels.encryption)?;
        let mac: [u8; 20] = derive(master, salt, labels.authentication)?;
        Some(CounterMode {
            key: counter_key(&key)?,
            salt: derive(master, salt, labels.salt)?,
            mac: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &mac),
        })
    }

    /// RFC 3711 section 4.1.1.
    fn iv(&self, ssrc: u32, index: u64) -> [u8; 16] {
        let mut iv = [0u8; 16];
        iv[..14].copy_from_slice(&self.salt);
        for (byte, ssrc) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
            *byte ^= ssrc;
        }
        for (byte, index) in iv[8..14].iter_mut().zip(&index.to_be_bytes()[2..]) {
            *byte ^= index;
        }
        iv
    }

    /// The truncated tag over `data` and a trailing word.
    fn tag(&self, data: &[u8], word: u32) -> [u8; SHA1_TAG] {
        let mut mac = hmac::Context::with_key(&self.mac);
        mac.update(data);
        mac.update(&word.to_be_bytes());
        let mut tag = [0; SHA1_TAG];
        tag.copy_from_slice(&mac.sign().as_ref()[..SHA1_TAG]);
        tag
    }
}

/// Header and sender of an SRTCP packet, which stay clear, and the word with its index.
fn rtcp_associated(packet: &[u8], word: u32) -> [u8; 12] {
    let mut data = [0u8; 12];
    data[..8].copy_from_slice(&packet[..8]);
    data[8..].copy_from_slice(&word.to_be_bytes());
    data
}

fn rollovers(index: u64) -> u32 {
    (index >> 16) as u32
}

impl Cipher {
    /// Session keys from a master key and salt; `None` when their lengths do not fit the profile.
    pub fn derive(profile: Profile, key: &[u8], salt: &[u8]) -> Option<Cipher> {
        let master = counter_key(key)?;
        Some(match profile {
            Profile::Aes128Gcm => Cipher::Gcm(Box::new(Pair {
                rtp: Gcm::derive(&master, salt, &RTP)?,
                rtcp: Gcm::derive(&master, salt, &RTCP)?,
            })),
            Profile::Aes128Sha1 => Cipher::Sha1(Box::new(Pair {
                rtp: CounterMode::derive(&master, salt, &RTP)?,
                rtcp: CounterMode::derive(&master, salt, &RTCP)?,
            })),
        })
    }

    pub fn profile(&self) -> Profile {
        match self {
            Cipher::Gcm(_) => Profile::Aes128Gcm,
            Cipher::Sha1(_) => Profile::Aes128Sha1,
        }
    }

    pub fn open_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<()> {
        match self {
            Cipher::Gcm(pair) => {
                let (header, body) = packet.split_at_mut_checked(header_len)?;
                pair.rtp.key.open_in_place(pair.rtp.nonce(ssrc, index), Aad::from(&*header), body).ok()?;
                Some(())
            }
            Cipher::Sha1(pair) => {
                let (plain, tag) = packet.split_at_mut_checked(packet.len().checked_sub(SHA1_TAG)?)?;
                constant_time::verify_slices_are_equal(&pair.rtp.tag(plain, rollovers(index)), tag).ok()?;
                apply_counter(&pair.rtp.key, pair.rtp.iv(ssrc, index), plain.get_mut(header_len..)?)
            }
        }
    }

    pub fn seal_rtp(&self, buffer: &mut [u8], len: usize, header_len: usize, ssrc: u32, index: u64) -> Option<usize> {
        let (plain, rest) = buffer.split_at_mut_checked(len)?;
        match self {
            Cipher::Gcm(pair) => {
                let (header, body) = plain.split_at_mut_checked(header_len)?;
                let nonce = pair.rtp.nonce(ssrc, index);
                let tag = pair.rtp.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), body).ok()?;
                rest.get_mut(..GCM_TAG)?.copy_from_slice(tag.as_ref());
                Some(len + GCM_TAG)
            }
            Cipher::Sha1(pair) => {
                apply_counter(&pair.rtp.key, pair.rtp.iv(ssrc, index), plain.get_mut(header_len..)?)?;
                rest.get_mut(..SHA1_TAG)?.copy_from_slice(&pair.rtp.tag(plain, rollovers(index)));
                Some(len + SHA1_TAG)
            }
        }
    }

    /// `len` is the plain length, `word` the flag and the index as they stand in the packet.
    pub fn open_rtcp(&self, packet: &mut [u8], len: usize, ssrc: u32, word: u32) -> Option<()> {
        let index = u64::from(word & !super::ENCRYPTED);
        match self {
            Cipher::Gcm(pair) => {
                let associated = rtcp_associated(packet, word);
                let body = packet.get_mut(8..len + GCM_TAG)?;
                pair.rtcp.key.open_in_place(pair.rtcp.nonce(ssrc, index), Aad::from(associated), body).ok()?;
                Some(())
            }
            Cipher::Sha1(pair) => {
                let tag = pair.rtcp.tag(packet.get(..len)?, word);
                constant_time::verify_slices_are_equal(&tag, packet.get(len + 4..)?).ok()?;
                apply_counter(&pair.rtcp.key, pair.rtcp.iv(ssrc, index), packet.get_mut(8..len)?)
            }
        }
    }

    pub fn seal_rtcp(&self, buffer: &mut [u8], len: usize, word: u32) -> Option<usize> {
        let (ssrc, index) = (crate::bytes_be::be32(buffer, 4)?, u64::from(word & !super::ENCRYPTED));
        let (plain, rest) = buffer.split_at_mut_checked(len)?;
        match self {
            Cipher::Gcm(pair) => {
                let associated = rtcp_associated(plain, word);
                let nonce = pair.rtcp.nonce(ssrc, index);
                let body = plain.get_mut(8..)?;
                let tag = pair.rtcp.key.seal_in_place_separate_tag(nonce, Aad::from(associated), body).ok()?;
                rest.get_mut(..GCM_TAG)?.copy_from_slice(tag.as_ref());
                rest.get_mut(GCM_TAG..GCM_TAG + 4)?.copy_from_slice(&word.to_be_bytes());
                Some(len + GCM_TAG + 4)
            }
            Cipher::Sha1(pair) => {
                apply_counter(&pair.rtcp.key, pair.rtcp.iv(ssrc, index), plain.get_mut(8..)?)?;
                rest.get_mut(..4)?.copy_from_slice(&word.to_be_bytes());
                rest.get_mut(4..4 + SHA1_TAG)?.copy_from_slice(&pair.rtcp.tag(plain, word));
                Some(len + 4 + SHA1_TAG)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_derived_as_in_rfc3711_appendix_b3() {
        let key = [0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0, 0xD6, 0x4F, 0xA3, 0x2C, 0x06, 0xDE, 0x41, 0x39];
        let salt = [0x0E, 0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6];
        let master = counter_key(&key).expect("16 bytes");
        assert_eq!(
            derive::<16>(&master, &salt, 0),
            Some([0xC6, 0x1E, 0x7A, 0x93, 0x74, 0x4F, 0x39, 0xEE, 0x10, 0x73, 0x4A, 0xFE, 0x3F, 0xF7, 0xA0, 0x87])
        );
    }
}
