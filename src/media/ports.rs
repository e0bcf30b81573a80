//! Hands out the UDP ports of the configured range, one number per connection. Never opens the
//! socket that carries the media: the connection binds it.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

/// Every port of the range is in use.
#[derive(Debug, thiserror::Error)]
#[error("no UDP port between {first} and {last} is free; widen the range of media ports")]
pub struct NoFreePort {
    first: u16,
    last: u16,
}

/// The range and what of it is in use.
#[derive(Debug, Clone)]
pub struct Ports {
    range: RangeInclusive<u16>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    leased: BTreeSet<u16>,
    /// A port just given back is used last: late packets of its former connection die out first.
    next: u16,
}

impl Ports {
    #[must_use]
    pub fn new(range: RangeInclusive<u16>) -> Self {
        Self {
            range,
            shared: Arc::default(),
        }
    }

    /// A port that is free on every one of `addresses`.
    ///
    /// # Errors
    /// When the whole range is taken.
    pub fn lease(&self, addresses: &[IpAddr]) -> Result<PortLease, NoFreePort> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = (*self.range.start(), *self.range.end());
        let start = shared.next.clamp(first, last);
        for port in (start..=last).chain(first..start) {
            if !shared.leased.contains(&port) && is_free(port, addresses) {
                shared.leased.insert(port);
                shared.next = port.checked_add(1).filter(|p| *p <= last).unwrap_or(first);
                return Ok(PortLease {
                    port,
                    shared: Arc::clone(&self.shared),
                });
            }
        }
        Err(NoFreePort { first, last })
    }
}

fn is_free(port: u16, addresses: &[IpAddr]) -> bool {
    addresses
        .iter()
        .all(|address| UdpSocket::bind(SocketAddr::new(*address, port)).is_ok())
}

/// One port number; given back on drop.
#[derive(Debug)]
pub struct PortLease {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

impl PortLease {
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for PortLease {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.leased.remove(&self.port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn ports_are_lent_once_and_come_back() {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
        let ports = Ports::new(47_310..=47_311);
        let first = ports.lease(&loopback).unwrap();
        let second = ports.lease(&loopback).unwrap();
        assert_ne!(first.port(), second.port());
        assert!(ports.lease(&loopback).is_err());
        let freed = first.port();
        drop(first);
        assert_eq!(ports.lease(&loopback).unwrap().port(), freed);
    }

    #[test]
    fn a_port_held_by_another_program_is_passed_over() {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
        let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(Ports::new(port..=port).lease(&loopback).is_err());
    }
}
