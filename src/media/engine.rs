//! Makes WebRTC connections: codecs, interceptors, ICE settings, sockets, and the candidates that
//! go into an answer. The only module that knows how the webrtc crate is configured.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::Slot;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind,
};
use webrtc::peer_connection::{
    CipherSuiteId, MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
    Registry, SettingEngine, SettingEngineBuilder, SrtpProtectionProfile,
    register_default_interceptors,
};

use super::keyframes::{self, KeyframeRequests};
use super::ports::{NoFreePort, PortLease, Ports};
use super::turn::{TurnCredential, TurnRelays};

/// Where media sockets are opened.
#[derive(Debug, Clone, Default)]
pub enum Bind {
    /// Loopback and every address of the machine a peer can reach, looked up at each connection.
    #[default]
    Everywhere,
    Addresses(Vec<IpAddr>),
}

/// The media section of the configuration.
#[derive(Debug, Clone, Default)]
pub struct MediaSettings {
    pub bind: Bind,
    /// `None`: any free port.
    pub ports: Option<RangeInclusive<u16>>,
    /// Addresses under which this machine is reached from outside, the port unchanged (1:1 NAT).
    pub public: Vec<IpAddr>,
    /// Relays for browsers that reach none of these.
    pub turn: Option<TurnRelays>,
}

/// A connection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the machine's network addresses could not be listed")]
    Addresses(#[source] std::io::Error),
    #[error(transparent)]
    Ports(#[from] NoFreePort),
    #[error("the WebRTC connection could not be set up")]
    WebRtc(#[from] webrtc::error::Error),
}

/// A connection and the port it occupies while it lives.
pub struct Connection {
    pub pc: Arc<dyn PeerConnection>,
    _port: Option<PortLease>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Makes connections with one set of settings.
#[derive(Debug, Clone)]
pub struct Engine {
    settings: MediaSettings,
    ports: Option<Ports>,
}

impl Engine {
    #[must_use]
    pub fn new(settings: MediaSettings) -> Self {
        let ports = settings.ports.clone().map(Ports::new);
        Self { settings, ports }
    }

    /// A new connection with its sockets open.
    ///
    /// # Errors
    /// When no port of the range is free or no socket could be opened.
    pub async fn connect(
        &self,
        handler: Arc<dyn PeerConnectionEventHandler>,
    ) -> Result<Connection, EngineError> {
        let addresses = match &self.settings.bind {
            Bind::Everywhere => reachable_addresses()?,
            Bind::Addresses(addresses) => addresses.clone(),
        };
        let lease = match &self.ports {
            Some(ports) => Some(ports.lease(&addresses)?),
            None => None,
        };
        let port = lease.as_ref().map_or(0, PortLease::port);
        let sockets: Vec<SocketAddr> = addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect();
        let (media, interceptors) = codecs_and_interceptors()?;
        let building = PeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_interceptor_registry(interceptors)
            .with_setting_engine(ice_settings())
            .with_handler(handler)
            .with_udp_addrs(sockets)
            .build();
        // Boxed because the crate's future is 20 kB.
        let pc = Box::pin(building).await?;
        Ok(Connection {
            pc: Arc::new(pc),
            _port: lease,
        })
    }

    /// What browsers are told of relays; `now` in seconds since 1970.
    #[must_use]
    pub fn turn_credential(&self, now: i64) -> Option<TurnCredential> {
        self.settings
            .turn
            .as_ref()
            .map(|relays| relays.credential(now))
    }

    /// The local description as the other side must see it.
    #[must_use]
    pub fn published(&self, sdp: &str) -> String {
        with_public_candidates(sdp, &self.settings.public)
    }
}

/// Loopback, and what a peer could reach: no link-local address, because it means nothing without
/// its interface.
///
/// # Errors
/// The system does not list them.
pub fn reachable_addresses() -> Result<Vec<IpAddr>, EngineError> {
    let interfaces = rtc::shared::ifaces::ifaces().map_err(EngineError::Addresses)?;
    let others: BTreeSet<IpAddr> = interfaces
        .into_iter()
        .filter_map(|interface| interface.addr)
        .map(|address| address.ip())
        .filter(|ip| {
            let link_local = match ip {
                IpAddr::V4(v4) => v4.is_link_local(),
                IpAddr::V6(v6) => v6.is_unicast_link_local(),
            };
            !ip.is_loopback() && !ip.is_unspecified() && !link_local
        })
        .collect();
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    addresses.extend(others);
    Ok(addresses)
}

fn ice_settings() -> SettingEngine {
    SettingEngineBuilder::new()
        // A multicast socket fails where there is no multicast route, and a browser's .local
        // candidate is not needed: it reaches our address and shows its own.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        // Authenticated encryption alone, with the kind of certificate that is made here: no CBC,
        // no SHA-1 in the handshake.
        .with_dtls_cipher_suites(vec![
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
        ])
        // The last is what every browser has; none with a shorter tag.
        .with_srtp_protection_profiles(vec![
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        ])
        // A path from which nothing came for two seconds is told to the page, which looks for another;
        // after fifteen it is given up.
        .with_ice_timeouts(
            Some(Duration::from_secs(2)),
            Some(Duration::from_secs(13)),
            Some(Duration::from_secs(1)),
        )
        .build()
}

/// Opus and VP8 with retransmission, and nothing else: both legs of a forwarded stream always
/// agree, and no header extension has to survive forwarding.
fn codecs_and_interceptors() -> Result<(MediaEngine, Registry), webrtc::error::Error> {
    let mut media = MediaEngine::default();
    let feedback = |typ: &str, parameter: &str| RTCPFeedback {
        typ: typ.to_owned(),
        parameter: parameter.to_owned(),
    };
    let codec = |mime: &str, clock_rate, channels, fmtp: &str, rtcp_feedback, payload_type| {
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: mime.to_owned(),
                clock_rate,
                channels,
                sdp_fmtp_line: fmtp.to_owned(),
                rtcp_feedback,
            },
            payload_type,
        }
    };
    let opus = "minptime=10;useinbandfec=1";
    media.register_codec(
        codec("audio/opus", 48_000, 2, opus, vec![], 111),
        RtpCodecKind::Audio,
    )?;
    let video = vec![
        feedback("goog-remb", ""),
        feedback("ccm", "fir"),
        feedback("nack", ""),
        feedback("nack", "pli"),
    ];
    media.register_codec(
        codec("video/VP8", 90_000, 0, "", video, 96),
        RtpCodecKind::Video,
    )?;
    media.register_codec(
        codec("video/rtx", 90_000, 0, "apt=96", vec![], 97),
        RtpCodecKind::Video,
    )?;
    let registry = register_default_interceptors(Registry::new(), &mut media)?
        .with(Slot::from(keyframes::SLOT), KeyframeRequests::default());
    Ok((media, registry))
}

/// Adds, for every host candidate that is not loopback, the same candidate under each public
/// address of its family, at a lower priority. The original stays for peers in the same network.
fn with_public_candidates(sdp: &str, public: &[IpAddr]) -> String {
    let mut out = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        out.push_str(line);
        for (index, address) in public.iter().enumerate() {
            if let Some(candidate) = public_candidate(line.trim_end(), *address, index) {
                out.push_str(&candidate);
                out.push_str("\r\n");
            }
        }
    }
    out
}

/// `a=candidate:FOUNDATION COMPONENT udp PRIORITY ADDRESS PORT typ host ...` under `address`.
fn public_candidate(line: &str, address: IpAddr, index: usize) -> Option<String> {
    let rest = line.strip_prefix("a=candidate:")?;
    let mut fields: Vec<String> = rest.split(' ').map(str::to_owned).collect();
    let local: IpAddr = fields.get(4)?.parse().ok()?;
    if fields.get(7)? != "host"
        || !fields[2].eq_ignore_ascii_case("udp")
        || local.is_loopback()
        || local.is_ipv4() != address.is_ipv4()
    {
        return None;
    }
    fields[0] = format!("{}9{index}", fields[0]);
    fields[3] = fields[3]
        .parse::<u32>()
        .ok()?
        .saturating_sub(256)
        .to_string();
    fields[4] = address.to_string();
    Some(format!("a=candidate:{}", fields.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\n\
        a=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host ufrag abc\r\n\
        a=candidate:2 1 udp 2130706431 10.0.0.7 50000 typ host ufrag abc\r\n\
        a=candidate:3 1 udp 2130706431 fd00::2 50000 typ host ufrag abc\r\n\
        a=end-of-candidates\r\n";

    #[test]
    fn the_public_address_is_added_once_per_family() {
        let out = with_public_candidates(SDP, &["203.0.113.9".parse().unwrap()]);
        let added = "a=candidate:290 1 udp 2130706175 203.0.113.9 50000 typ host ufrag abc\r\n";
        assert_eq!(out.replace(added, ""), SDP);
        assert_eq!(out.matches("203.0.113.9").count(), 1);
        assert_eq!(with_public_candidates(SDP, &[]), SDP);
    }

    #[test]
    fn loopback_comes_first_and_nothing_link_local_is_bound() {
        let addresses = reachable_addresses().unwrap();
        assert_eq!(addresses[0], IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert!(!addresses.iter().any(|a| a.to_string().starts_with("fe80")));
    }
}
