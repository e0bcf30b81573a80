//! Where sound and picture arrive.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// UDP ports, first and last, that the firewall lets through.
    pub udp_ports: [u16; 2],
}

impl Default for Media {
    fn default() -> Self {
        Self {
            udp_ports: [40_000, 40_199],
        }
    }
}

impl Media {
    pub(super) fn check(&self) -> Result<(), String> {
        let [first, last] = self.udp_ports;
        if first == 0 || first > last {
            return Err("media.udp_ports is [first, last], first not above last".to_owned());
        }
        Ok(())
    }
}
