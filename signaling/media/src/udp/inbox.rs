//! Receives datagrams in batches.

use super::address::RawAddress;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

/// Datagrams taken in one call.
pub const BATCH: usize = 64;
/// Longer ones are cut and then fail authentication. Nothing we negotiate exceeds an Ethernet frame.
const LONGEST_DATAGRAM: usize = 2048;

/// Buffers for one batch. Not `Send`: it is made and used on the media thread.
pub struct Inbox {
    buffer: Vec<u8>,
    names: Vec<RawAddress>,
    /// Pointed to by `headers`; never touched again, never moved (a Vec's heap block stays when the Vec moves).
    _slices: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
}

impl Inbox {
    pub fn new() -> Inbox {
        let mut buffer = vec![0u8; BATCH * LONGEST_DATAGRAM];
        let mut names = vec![RawAddress::zero(); BATCH];
        let mut slices: Vec<libc::iovec> = buffer
            .chunks_exact_mut(LONGEST_DATAGRAM)
            .map(|slot| libc::iovec { iov_base: slot.as_mut_ptr().cast(), iov_len: slot.len() })
            .collect();
        let headers = names.iter_mut().zip(&mut slices).map(|(name, slice)| header(name, slice)).collect();
        Inbox { buffer, names, _slices: slices, headers }
    }

    /// Takes what is there; `wait` blocks for the first datagram up to the socket's read timeout.
    /// Returns how many are in the batch, and whether there may be more.
    pub fn receive(&mut self, socket: &UdpSocket, wait: bool) -> (usize, bool) {
        let flags = if wait { libc::MSG_WAITFORONE } else { libc::MSG_DONTWAIT };
        for header in &mut self.headers {
            header.msg_hdr.msg_namelen = RawAddress::LEN;
        }
        // SAFETY: every header points to one name and one slice, each slice to its own part of `buffer`; all of them
        // live in Vecs of this struct that are never resized.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                flags as _,
                std::ptr::null_mut(),
            )
        };
        let received = usize::try_from(received).unwrap_or(0);
        (received, received == BATCH)
    }

    /// Datagram `position` of the last batch and where it came from.
    pub fn get(&mut self, position: usize) -> (SocketAddr, &mut [u8]) {
        let len = (self.headers[position].msg_len as usize).min(LONGEST_DATAGRAM);
        (self.names[position].get(), &mut self.buffer[position * LONGEST_DATAGRAM..][..len])
    }
}

fn header(name: &mut RawAddress, slice: &mut libc::iovec) -> libc::mmsghdr {
    // SAFETY: the structure is integers and pointers, for which zero is a value.
    let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
    header.msg_hdr.msg_name = (&raw mut *name).cast();
    header.msg_hdr.msg_iov = slice;
    header.msg_hdr.msg_iovlen = 1;
    header
}
