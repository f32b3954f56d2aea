//! How often: named quotas per address and per account, in memory, bounded.
//!
//! They make guessing slow; what makes it hopeless (five tries, one use, an end) is kept in PostgreSQL by whoever
//! owns the secret. Several nodes multiply a quota by their number, which is why the floor is not here.
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{RateLimiter, clock};
use uuid::Uuid;

use super::Problem;
use crate::clock::Clock;

/// Keys kept per quota; past this newcomers share one, so that a flood of addresses fills no memory.
const MAX_KEYS: usize = 20_000;

/// What is counted. A burst is allowed at once, then one per interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// Links and passkeys of officials. An office behind one address signs in at eight in the morning.
    SignIn,
    /// A relative's link. A shared mobile address serves a village.
    Redeem,
    /// Six digits at a kiosk, an enrolment code: per device or address.
    Code,
    /// What costs money to send, per account.
    Send,
    /// Room tokens, per participant: one for each time a page connects again.
    Room,
}

impl Quota {
    const ALL: [Quota; 5] = [Quota::SignIn, Quota::Redeem, Quota::Code, Quota::Send, Quota::Room];

    fn governor(self) -> governor::Quota {
        let (burst, per_minute) = match self {
            Quota::SignIn => (30, 30),
            Quota::Redeem => (20, 20),
            Quota::Code => (10, 10),
            Quota::Send => (20, 10),
            Quota::Room => (30, 30),
        };
        let count = |n| NonZeroU32::new(n).expect("the quotas above are not zero");
        governor::Quota::per_minute(count(per_minute)).allow_burst(count(burst))
    }
}

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Address(IpAddr),
    Account(Uuid),
    Overflow,
}

type Limiter = RateLimiter<Key, DashMapStateStore<Key>, Ours, NoOpMiddleware<Nanos>>;

#[derive(Clone)]
pub struct Limits(Arc<Vec<Limiter>>);

impl Limits {
    pub fn new(clock: &Clock) -> Self {
        let limiter = |quota: Quota| RateLimiter::dashmap_with_clock(quota.governor(), Ours(clock.clone()));
        Limits(Arc::new(Quota::ALL.into_iter().map(limiter).collect()))
    }

    /// Counts one more, or says to slow down.
    pub fn check(&self, quota: Quota, key: Key) -> Result<(), Problem> {
        let at = Quota::ALL.iter().position(|each| *each == quota).expect("ALL holds every quota");
        let limiter = &self.0[at];
        if limiter.len() >= MAX_KEYS {
            limiter.retain_recent();
        }
        let key = if limiter.len() >= MAX_KEYS { Key::Overflow } else { key };
        limiter.check_key(&key).map_err(|wait| {
            let seconds = wait.wait_time_from(limiter.clock().now()).as_secs() + 1;
            Problem::slow_down(seconds)
        })
    }
}

/// Our clock as governor's, so that a held clock holds the quotas, too.
#[derive(Clone)]
pub struct Ours(Clock);

impl clock::Clock for Ours {
    type Instant = Nanos;
    fn now(&self) -> Nanos {
        Nanos::from(u64::try_from(self.0.now().as_nanosecond()).unwrap_or(0))
    }
}

/// Where a request comes from, as far as counting goes; an IPv6 subscriber owns a /64, so that is one key.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    pub fn key(self) -> Key {
        match self.0 {
            IpAddr::V6(six) => match six.to_ipv4_mapped() {
                Some(four) => Key::Address(four.into()),
                None => Key::Address(Ipv6Addr::from(u128::from(six) >> 64 << 64).into()),
            },
            four => Key::Address(four),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        let local = IpAddr::from([127, 0, 0, 1]);
        Ok(ClientAddress(match peer {
            // Only a proxy on this machine may speak for somebody else; the last entry is the one it wrote itself.
            Some(ip) if ip.is_loopback() => forwarded(parts).unwrap_or(ip),
            Some(ip) => ip,
            None => local,
        }))
    }
}

/// Somebody at this very machine, and not a proxy on it that speaks for somebody else.
pub struct ThisMachine;

impl<S: Send + Sync> FromRequestParts<S> for ThisMachine {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        let is_local = peer.is_some_and(|ip| ip.is_loopback());
        let is_passed_on = SPOKEN_FOR.iter().any(|name| parts.headers.contains_key(*name));
        if is_local && !is_passed_on { Ok(ThisMachine) } else { Err(Problem::not_found()) }
    }
}

/// What proxies write about whom they speak for.
const SPOKEN_FOR: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

fn forwarded(parts: &Parts) -> Option<IpAddr> {
    let line = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    #[test]
    fn who_guesses_too_often_waits_and_nobody_else_does() {
        let clock = Clock::held_at(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1));
        let limits = Limits::new(&clock);
        let (one, other) = (Key::Account(Uuid::nil()), Key::Account(Uuid::max()));
        while limits.check(Quota::Code, one).is_ok() {}
        assert_eq!(limits.check(Quota::Code, one).expect_err("still too soon").code(), "slow_down");
        assert!(limits.check(Quota::Code, other).is_ok());
        assert!(limits.check(Quota::Redeem, one).is_ok());
        clock.advance(SignedDuration::from_secs(7));
        assert!(limits.check(Quota::Code, one).is_ok());
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_key_whatever_the_address_within() {
        let key = |text: &str| ClientAddress(text.parse().expect("an address")).key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
    }
}
