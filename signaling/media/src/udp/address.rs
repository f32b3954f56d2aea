//! Socket addresses as the kernel reads and writes them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Either family in one place; which one is told by the first field, which both share.
#[derive(Clone, Copy)]
#[repr(C)]
pub union RawAddress {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl RawAddress {
    pub const LEN: libc::socklen_t = size_of::<RawAddress>() as libc::socklen_t;

    pub fn zero() -> RawAddress {
        // SAFETY: both structures are plain integers, for which zero is a value; v6 covers the whole union.
        RawAddress { v6: unsafe { std::mem::zeroed() } }
    }

    /// The address and the length that belongs to its family.
    pub fn new(address: SocketAddr) -> (RawAddress, libc::socklen_t) {
        let mut raw = RawAddress::zero();
        match address {
            SocketAddr::V4(v4) => {
                raw.v4 = libc::sockaddr_in {
                    sin_family: libc::AF_INET as libc::sa_family_t,
                    sin_port: v4.port().to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from(*v4.ip()).to_be() },
                    sin_zero: [0; 8],
                };
                (raw, size_of::<libc::sockaddr_in>() as libc::socklen_t)
            }
            SocketAddr::V6(v6) => {
                raw.v6 = libc::sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: v6.port().to_be(),
                    sin6_flowinfo: v6.flowinfo(),
                    sin6_addr: libc::in6_addr { s6_addr: v6.ip().octets() },
                    sin6_scope_id: v6.scope_id(),
                };
                (raw, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
            }
        }
    }

    /// What the kernel wrote.
    pub fn get(&self) -> SocketAddr {
        // SAFETY: every bit pattern is a value of both structures, the union is initialized throughout (`zero`), and
        // the family field lies at the same place in both.
        unsafe {
            if libc::c_int::from(self.v4.sin_family) == libc::AF_INET6 {
                let v6 = &self.v6;
                let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
                SocketAddrV6::new(ip, u16::from_be(v6.sin6_port), v6.sin6_flowinfo, v6.sin6_scope_id).into()
            } else {
                let ip = Ipv4Addr::from(u32::from_be(self.v4.sin_addr.s_addr));
                SocketAddr::new(IpAddr::V4(ip), u16::from_be(self.v4.sin_port))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_come_back_as_they_went() {
        for text in ["192.0.2.7:4000", "[2001:db8::5]:4001", "[::ffff:192.0.2.7]:4002"] {
            let address: SocketAddr = text.parse().expect("an address");
            assert_eq!(RawAddress::new(address).0.get(), address);
        }
    }
}
