//! The one socket of a media thread, read and written in batches. The only place with `unsafe` code: recvmmsg,
//! sendmmsg and UDP_SEGMENT have no safe form in the standard library.

mod address;
mod inbox;
mod outbox;

pub use inbox::{BATCH, Inbox};
pub use outbox::{DATAGRAM, Outbox};

use std::net::UdpSocket;
use std::os::fd::AsRawFd;

/// A burst of key frames in every room fits: 4 MiB are 3,000 packets.
const SOCKET_BUFFER: libc::c_int = 4 << 20;
/// The kernel may be this late in waking us, in nanoseconds; its default of 50 µs is most of our latency.
const TIMER_SLACK: libc::c_ulong = 1000;

/// Large buffers for the socket and prompt wake-ups for the calling thread. All of it is a wish: without the
/// privilege to exceed the system's limit the kernel grants what it grants.
pub fn tune(socket: &UdpSocket) {
    for (wish, fallback) in [(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF), (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF)] {
        if !set_buffer(socket, wish) {
            set_buffer(socket, fallback);
        }
    }
    // SAFETY: prctl with PR_SET_TIMERSLACK takes one integer and touches no memory of ours.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, TIMER_SLACK) };
}

fn set_buffer(socket: &UdpSocket, option: libc::c_int) -> bool {
    let size = SOCKET_BUFFER;
    // SAFETY: the option's value is an int, which lives through the call, and its length is given.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            (&raw const size).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    result == 0
}
