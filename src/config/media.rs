//! Where sound and picture arrive.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// UDP ports, first and last, that the firewall lets through.
    pub udp_ports: [u16; 2],
    /// Addresses to listen on; empty: every address of the machine.
    pub addresses: Vec<IpAddr>,
    /// Addresses under which the machine is reached from outside, the ports unchanged.
    pub public_addresses: Vec<IpAddr>,
    /// Relays (TURN) for browsers behind a closed firewall; empty: none.
    pub turn_urls: Vec<String>,
    /// The file with the secret that the relays share with this service.
    pub turn_secret_file: Option<PathBuf>,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            udp_ports: [40_000, 40_199],
            addresses: Vec::new(),
            public_addresses: Vec::new(),
            turn_urls: Vec::new(),
            turn_secret_file: None,
        }
    }
}

impl Media {
    pub(super) fn check(&self) -> Result<(), String> {
        let [first, last] = self.udp_ports;
        if first == 0 || first > last {
            return Err("media.udp_ports is [first, last], first not above last".to_owned());
        }
        // A fixed port on the unspecified address would take no packet that it could answer.
        let unspecified = self.addresses.iter().chain(&self.public_addresses);
        if unspecified.into_iter().any(IpAddr::is_unspecified) {
            return Err("media.addresses names addresses of the machine, never 0.0.0.0".to_owned());
        }
        if self.turn_urls.is_empty() != self.turn_secret_file.is_none() {
            return Err("media.turn_urls and media.turn_secret_file go together".to_owned());
        }
        let relay = |url: &String| url.starts_with("turn:") || url.starts_with("turns:");
        if !self.turn_urls.iter().all(relay) {
            return Err("media.turn_urls begin with turn: or turns:".to_owned());
        }
        Ok(())
    }
}
