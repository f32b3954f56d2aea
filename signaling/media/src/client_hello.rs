//! The SRTP profiles that a ClientHello offers (RFC 5764), read before the DTLS stack sees it.
//!
//! `rtc-dtls` takes the first profile of the client's list, which is not the one that costs least. So we look first and
//! configure a single one. Chromium's ClientHello comes in fragments, its extensions in random order.

use crate::bytes_be::{be16, be24};

const RECORD_HEADER: usize = 13;
const HANDSHAKE_HEADER: usize = 12;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const USE_SRTP: u16 = 14;
/// A ClientHello with a post-quantum key share is about 1,500 bytes.
const MAX_CLIENT_HELLO: usize = 8192;

/// Whether a datagram begins with a plain record of a ClientHello.
pub fn is_client_hello(datagram: &[u8]) -> bool {
    datagram.first() == Some(&HANDSHAKE)
        && be16(datagram, 3) == Some(0)
        && datagram.get(RECORD_HEADER) == Some(&CLIENT_HELLO)
}

/// The profiles offered in these datagrams, once the whole ClientHello is there.
pub fn offered_profiles<'a>(datagrams: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u16>> {
    use_srtp(&assemble(datagrams)?)
}

/// The body of the ClientHello, put together from its fragments.
fn assemble<'a>(datagrams: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let (mut body, mut have) = (Vec::new(), Vec::new());
    for mut datagram in datagrams {
        while let Some(length) = be16(datagram, 11) {
            let end = RECORD_HEADER + length as usize;
            let fragment = datagram.get(RECORD_HEADER..end)?;
            if datagram[0] == HANDSHAKE && fragment.first() == Some(&CLIENT_HELLO) {
                let total = be24(fragment, 1)? as usize;
                let (offset, length) = (be24(fragment, 6)? as usize, be24(fragment, 9)? as usize);
                if total > MAX_CLIENT_HELLO || offset + length > total {
                    return None;
                }
                let bytes = fragment.get(HANDSHAKE_HEADER..HANDSHAKE_HEADER + length)?;
                body.resize(total.max(body.len()), 0);
                have.resize(total.max(have.len()), false);
                body[offset..offset + length].copy_from_slice(bytes);
                have[offset..offset + length].fill(true);
            }
            datagram = &datagram[end..];
        }
    }
    (!body.is_empty() && have.iter().all(|h| *h)).then_some(body)
}

fn use_srtp(hello: &[u8]) -> Option<Vec<u16>> {
    let mut at = 2 + 32; // version, random
    at += 1 + *hello.get(at)? as usize; // session id
    at += 1 + *hello.get(at)? as usize; // cookie
    at += 2 + be16(hello, at)? as usize; // cipher suites
    at += 1 + *hello.get(at)? as usize; // compression
    at += 2; // length of the extensions
    while let (Some(kind), Some(length)) = (be16(hello, at), be16(hello, at + 2)) {
        if kind == USE_SRTP {
            let list = hello.get(at + 6..at + 6 + be16(hello, at + 4)? as usize)?;
            return Some(list.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect());
        }
        at += 4 + length as usize;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minimal ClientHello body whose use_srtp offers SHA1_80 and then GCM.
    fn body() -> Vec<u8> {
        let mut hello = vec![0xfe, 0xfd];
        hello.extend([7; 32]);
        hello.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]); // session, cookie, one suite, one compression
        hello.extend([0, 15, 0, 23, 0, 0, 0, 14, 0, 7, 0, 4, 0, 1, 0, 7, 0]);
        hello
    }

    fn record(total: usize, offset: usize, fragment: &[u8]) -> Vec<u8> {
        let be24 = |n: usize| [(n >> 16) as u8, (n >> 8) as u8, n as u8];
        let mut out = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
        out.extend(((HANDSHAKE_HEADER + fragment.len()) as u16).to_be_bytes());
        out.push(CLIENT_HELLO);
        out.extend(be24(total));
        out.extend([0, 0]);
        out.extend(be24(offset));
        out.extend(be24(fragment.len()));
        out.extend(fragment);
        out
    }

    #[test]
    fn profiles_are_read_from_fragments_in_any_order() {
        let body = body();
        let (a, b) = body.split_at(20);
        let (first, second) = (record(body.len(), 0, a), record(body.len(), 20, b));
        assert!(is_client_hello(&first));
        assert_eq!(offered_profiles([&first[..]].into_iter()), None);
        assert_eq!(offered_profiles([&second[..], &first[..]].into_iter()), Some(vec![1, 7]));
    }
}
