//! ICE-lite: reads STUN binding requests and answers them (RFC 8489, RFC 8445). An ICE-lite agent never asks.

use crate::bytes_be::{be16, be32};
use aws_lc_rs::{constant_time, hmac};
use std::net::{IpAddr, SocketAddr};

const MAGIC_COOKIE: u32 = 0x2112_A442;
const HEADER: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const FINGERPRINT_XOR: u32 = 0x5354_554e;
const INTEGRITY_LEN: usize = 20;
/// The longest answer: header, an IPv6 address, integrity, fingerprint.
const MAX_ANSWER: usize = HEADER + 24 + 24 + 8;

const CRC32: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut i = 0;
    while i < 256 {
        let (mut crc, mut bit) = (i as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| CRC32[((crc ^ u32::from(*byte)) & 255) as usize] ^ (crc >> 8))
}

/// The key of the short-term credential.
pub fn key(password: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes())
}

/// A binding request that claims to know one of our user fragments; not to be trusted before [`Request::verify`].
pub struct Request<'a> {
    /// Our user fragment, the part of USERNAME before the colon.
    pub ufrag: &'a str,
    /// The controlling side has chosen this pair.
    pub use_candidate: bool,
    transaction: &'a [u8],
    integrity_at: usize,
    raw: &'a [u8],
}

impl<'a> Request<'a> {
    /// A binding request with USERNAME and MESSAGE-INTEGRITY; everything else is `None`.
    pub fn parse(raw: &'a [u8]) -> Option<Self> {
        let length = be16(raw, 2)? as usize;
        if be16(raw, 0)? != BINDING_REQUEST || be32(raw, 4)? != MAGIC_COOKIE || length + HEADER != raw.len() {
            return None;
        }
        let (mut at, mut ufrag, mut use_candidate) = (HEADER, None, false);
        while let (Some(kind), Some(length)) = (be16(raw, at), be16(raw, at + 2)) {
            let length = length as usize;
            let value = raw.get(at + 4..at + 4 + length)?;
            match kind {
                USERNAME => ufrag = std::str::from_utf8(value).ok().and_then(|name| name.split(':').next()),
                USE_CANDIDATE => use_candidate = true,
                // Attributes behind MESSAGE-INTEGRITY are to be ignored (FINGERPRINT adds nothing to it).
                MESSAGE_INTEGRITY if length == INTEGRITY_LEN => {
                    let transaction = raw.get(8..HEADER)?;
                    return Some(Request { ufrag: ufrag?, use_candidate, transaction, integrity_at: at, raw });
                }
                _ => {}
            }
            at += 4 + length.next_multiple_of(4);
        }
        None
    }

    /// Whether the sender knows the password behind `key`.
    pub fn verify(&self, key: &hmac::Key) -> bool {
        let covered_length = (self.integrity_at + 4 + INTEGRITY_LEN - HEADER) as u16;
        let mut mac = hmac::Context::with_key(key);
        mac.update(&self.raw[..2]);
        mac.update(&covered_length.to_be_bytes());
        mac.update(&self.raw[4..self.integrity_at]);
        let given = &self.raw[self.integrity_at + 4..self.integrity_at + 4 + INTEGRITY_LEN];
        constant_time::verify_slices_are_equal(mac.sign().as_ref(), given).is_ok()
    }

    /// Writes the binding success response into `out` (at least `MAX_ANSWER`, 76 bytes) and returns its length.
    pub fn answer(&self, from: SocketAddr, key: &hmac::Key, out: &mut [u8]) -> usize {
        let out = &mut out[..MAX_ANSWER];
        out[..2].copy_from_slice(&BINDING_SUCCESS.to_be_bytes());
        out[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
        out[8..HEADER].copy_from_slice(self.transaction);
        let integrity_at = HEADER + write_mapped_address(from, self.transaction, &mut out[HEADER..]);
        let fingerprint_at = integrity_at + 4 + INTEGRITY_LEN;

        set_length(out, fingerprint_at);
        let mac = hmac::sign(key, &out[..integrity_at]);
        write_attribute(&mut out[integrity_at..], MESSAGE_INTEGRITY, mac.as_ref());

        set_length(out, fingerprint_at + 8);
        let crc = crc32(&out[..fingerprint_at]) ^ FINGERPRINT_XOR;
        write_attribute(&mut out[fingerprint_at..], FINGERPRINT, &crc.to_be_bytes());
        fingerprint_at + 8
    }
}

/// A binding request that nominates its pair, as the controlling side sends it; for load only, our server never asks.
/// The transaction is constant: nobody but the server on this machine sees it, and its answer is not told apart.
pub fn write_request(username: &str, key: &hmac::Key) -> Vec<u8> {
    let mut out = vec![0; HEADER + 4 + username.len().next_multiple_of(4) + 4 + 4 + INTEGRITY_LEN];
    out[..2].copy_from_slice(&BINDING_REQUEST.to_be_bytes());
    out[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
    let mut at = HEADER;
    at += write_attribute(&mut out[at..], USERNAME, username.as_bytes()).next_multiple_of(4);
    at += write_attribute(&mut out[at..], USE_CANDIDATE, &[]);
    let end = out.len();
    set_length(&mut out, end);
    let mac = hmac::sign(key, &out[..at]);
    write_attribute(&mut out[at..], MESSAGE_INTEGRITY, mac.as_ref());
    out
}

/// The length field counts what follows the header, up to `end`.
fn set_length(out: &mut [u8], end: usize) {
    out[2..4].copy_from_slice(&((end - HEADER) as u16).to_be_bytes());
}

fn write_attribute(out: &mut [u8], kind: u16, value: &[u8]) -> usize {
    out[..2].copy_from_slice(&kind.to_be_bytes());
    out[2..4].copy_from_slice(&(value.len() as u16).to_be_bytes());
    out[4..4 + value.len()].copy_from_slice(value);
    4 + value.len()
}

/// XOR-MAPPED-ADDRESS of RFC 8489 section 14.2. A mapped IPv4 address of a dual-stack socket is given as IPv4.
fn write_mapped_address(from: SocketAddr, transaction: &[u8], out: &mut [u8]) -> usize {
    let port = (from.port() ^ (MAGIC_COOKIE >> 16) as u16).to_be_bytes();
    match from.ip().to_canonical() {
        IpAddr::V4(ip) => {
            let ip = (u32::from(ip) ^ MAGIC_COOKIE).to_be_bytes();
            write_attribute(out, XOR_MAPPED_ADDRESS, &[0, 1, port[0], port[1], ip[0], ip[1], ip[2], ip[3]])
        }
        IpAddr::V6(ip) => {
            let mut value = [0, 2, port[0], port[1], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            value[4..].copy_from_slice(&ip.octets());
            let pad = MAGIC_COOKIE.to_be_bytes();
            for (byte, pad) in value[4..].iter_mut().zip(pad.iter().chain(transaction)) {
                *byte ^= pad;
            }
            write_attribute(out, XOR_MAPPED_ADDRESS, &value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769 section 2.1, with its user name and password.
    const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";

    fn sample() -> Vec<u8> {
        (0..REQUEST.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&REQUEST[i..i + 2], 16).expect("the constant is hex"))
            .collect()
    }

    #[test]
    fn the_request_of_rfc5769_is_verified_with_its_password_only() {
        let bytes = sample();
        let request = Request::parse(&bytes).expect("a binding request");
        assert_eq!(request.ufrag, "evtj");
        assert!(request.verify(&key("VOkJxbRl1RmTxUk/WvJxBt")));
        assert!(!request.verify(&key("VOkJxbRl1RmTxUk/WvJxBu")));
        assert_eq!(crc32(&bytes[..bytes.len() - 8]) ^ FINGERPRINT_XOR, 0xe57a_3bcf);
    }

    #[test]
    fn our_own_request_is_one_that_we_verify() {
        let bytes = write_request("server:client1", &key("secret"));
        let request = Request::parse(&bytes).expect("a binding request");
        assert_eq!((request.ufrag, request.use_candidate), ("server", true));
        assert!(request.verify(&key("secret")));
        assert!(!request.verify(&key("secreu")));
    }

    #[test]
    fn an_answer_carries_the_address_of_either_family() {
        let bytes = sample();
        let request = Request::parse(&bytes).expect("a binding request");
        let mut out = [0; MAX_ANSWER];
        let v4: SocketAddr = "192.0.2.1:32853".parse().expect("an address");
        let n = request.answer(v4, &key("VOkJxbRl1RmTxUk/WvJxBt"), &mut out);
        assert_eq!(n, 64);
        // RFC 5769 section 2.2 maps the same address to the same bytes.
        assert_eq!(out[20..32], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:32853".parse().expect("an address");
        let mut again = [0; MAX_ANSWER];
        assert_eq!(request.answer(mapped, &key("VOkJxbRl1RmTxUk/WvJxBt"), &mut again), 64);
        assert_eq!(out, again);
        let v6: SocketAddr = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().expect("an address");
        let n = request.answer(v6, &key("VOkJxbRl1RmTxUk/WvJxBt"), &mut out);
        assert_eq!(n, MAX_ANSWER);
        // RFC 5769 section 2.3.
        assert_eq!(out[24..32], [0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa]);
        assert_eq!(
            out[28..44],
            [0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9]
        );
    }
}
