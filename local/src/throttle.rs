//! Slows down guessing of the admin secret.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use latchkey_shared::clock::Millis;
use lru::LruCache;

/// The period over which failures are counted.
const MINUTE: Millis = 60_000;
/// How much longer the refusal of each further failure is delayed.
const STEP: Duration = Duration::from_millis(100);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(1);
/// How many addresses are tracked: those that failed last.
const ADDRESSES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// The addresses with failed admin authentications. Only refusals are ever delayed: a caller with
/// the secret is served at once, whatever others at the same address do.
pub(crate) struct Throttle {
    allowed: u32,
    failures: Mutex<LruCache<IpAddr, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    since: Millis,
    count: u32,
}

impl Throttle {
    /// Delays refusals after `allowed` failures from one address within a minute.
    pub(crate) fn new(allowed: u32) -> Self {
        Self { allowed, failures: Mutex::new(LruCache::new(ADDRESSES)) }
    }

    /// Counts a failure from `peer`, and waits for as long as its refusal is delayed.
    pub(crate) async fn hold_back(&self, peer: IpAddr, now: Millis) {
        let excess = self.excess(peer, now);
        if excess == 1 {
            let failures = self.allowed;
            tracing::warn!(%peer, "more than {failures} failed admin authentications in a minute: refusals are delayed");
        }
        if excess > 0 {
            tokio::time::sleep(delay(excess)).await;
        }
    }

    /// Counts a failure from `peer`; returns by how many failures exceed the allowed number.
    fn excess(&self, peer: IpAddr, now: Millis) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = failures.get_or_insert_mut(network(peer), || Failures { since: now, count: 0 });
        // A clock that is set back must not prolong the minute.
        if !(0..MINUTE).contains(&(now - of_peer.since)) {
            *of_peer = Failures { since: now, count: 0 };
        }
        of_peer.count = of_peer.count.saturating_add(1);
        of_peer.count.saturating_sub(self.allowed)
    }
}

fn delay(excess: u32) -> Duration {
    STEP.saturating_mul(excess).min(LONGEST)
}

/// The address or, for IPv6, the network, because one client has a whole network.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn twenty_failures_in_a_minute_are_not_delayed_and_further_ones_are_by_a_second_at_most() {
        let throttle = Throttle::new(20);
        let excess: Vec<_> = (0..40).map(|_| throttle.excess(peer("192.0.2.1"), 1_000)).collect();
        assert_eq!(excess[..20], [0; 20]);
        assert_eq!(excess[20..], (1..=20).collect::<Vec<_>>());
        assert_eq!(delay(1), STEP);
        assert!((1..=u32::MAX).step_by(1_000_003).all(|excess| delay(excess) <= LONGEST));
    }

    #[test]
    fn failures_are_forgotten_after_a_minute_and_when_the_clock_is_set_back() {
        for later in [61_000, -5_000] {
            let throttle = Throttle::new(1);
            assert_eq!([1_000, 1_000].map(|now| throttle.excess(peer("192.0.2.1"), now)), [0, 1]);
            assert_eq!(throttle.excess(peer("192.0.2.1"), later), 0);
        }
    }

    #[test]
    fn one_address_does_not_delay_another() {
        let throttle = Throttle::new(1);
        let excess = |address| throttle.excess(peer(address), 0);
        assert_eq!([excess("192.0.2.1"), excess("192.0.2.1"), excess("192.0.2.2")], [0, 1, 0]);
        // All of a network's addresses are one client's; an IPv4 address is the same in either
        // form.
        assert_eq!([excess("2001:db8::1"), excess("2001:db8::2"), excess("2001:db8:0:1::1")], [0, 1, 0]);
        assert_eq!(excess("::ffff:192.0.2.2"), 1);
    }

    #[test]
    fn the_table_of_addresses_is_bounded() {
        let throttle = Throttle::new(0);
        for address in 0..20_000_u32 {
            let _counted = throttle.excess(IpAddr::V4(address.into()), 0);
        }
        assert_eq!(throttle.failures.lock().unwrap().len(), ADDRESSES.get());
    }
}
