//! A bad network in user space: a UDP relay before the server that loses and delays packets. It is
//! put between the two by rewriting the candidates of the server's answer.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Badness {
    /// Of the packets of media, in each direction: 0 to 100.
    pub loss_percent: f64,
    /// Of every packet, in each direction.
    pub delay: Duration,
}

/// The longest datagram.
const LONGEST: usize = 2_048;
/// Datagrams on their way in one direction; more are lost, as in a full router.
const UNDERWAY: usize = 4_096;

/// The relays of one connection; they end when it is dropped.
#[derive(Debug)]
pub struct BadNetwork {
    relays: Vec<JoinHandle<()>>,
}

impl Drop for BadNetwork {
    fn drop(&mut self) {
        for relay in &self.relays {
            relay.abort();
        }
    }
}

impl BadNetwork {
    /// Relays before every IPv4 host candidate of `answer`, and the answer that names the relays
    /// alone. `seed` decides which packets are lost.
    ///
    /// # Errors
    /// When no socket can be opened.
    pub async fn before(answer: &str, badness: Badness, seed: u64) -> io::Result<(Self, String)> {
        let mut network = Self { relays: Vec::new() };
        let mut known: Vec<(SocketAddr, SocketAddr)> = Vec::new();
        let mut out = String::with_capacity(answer.len());
        for line in answer.split_inclusive('\n') {
            let Some(fields) = line.strip_prefix("a=candidate:") else {
                out.push_str(line);
                continue;
            };
            let mut fields: Vec<String> = fields.trim_end().split(' ').map(str::to_owned).collect();
            let Some(server) = host_candidate(&fields) else {
                continue;
            };
            let relay = match known.iter().find(|(known, _)| *known == server) {
                Some((_, relay)) => *relay,
                None => {
                    let relay = network.relay(server, badness, seed).await?;
                    known.push((server, relay));
                    relay
                }
            };
            fields[4] = relay.ip().to_string();
            fields[5] = relay.port().to_string();
            out.push_str(&format!("a=candidate:{}\r\n", fields.join(" ")));
        }
        Ok((network, out))
    }

    /// Opens one relay and returns where the client sends to.
    async fn relay(
        &mut self,
        server: SocketAddr,
        badness: Badness,
        seed: u64,
    ) -> io::Result<SocketAddr> {
        let near = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let far = Arc::new(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?);
        far.connect(server).await?;
        let address = near.local_addr()?;
        let (client, known) = watch::channel(None);
        let (from, to) = (Arc::clone(&near), Arc::clone(&far));
        self.relays.push(tokio::spawn(async move {
            let mut underway = Underway::new(badness, seed);
            let mut buffer = [0; LONGEST];
            loop {
                tokio::select! {
                    received = from.recv_from(&mut buffer) => {
                        let Ok((length, client_now)) = received else { continue };
                        client.send_replace(Some(client_now));
                        underway.take(&buffer[..length]);
                    }
                    datagram = underway.next() => { let _ = to.send(&datagram).await; }
                }
            }
        }));
        self.relays.push(tokio::spawn(async move {
            let mut underway = Underway::new(badness, seed.wrapping_add(1));
            let mut buffer = [0; LONGEST];
            loop {
                tokio::select! {
                    received = far.recv(&mut buffer) => {
                        let Ok(length) = received else { continue };
                        underway.take(&buffer[..length]);
                    }
                    datagram = underway.next() => {
                        let client = *known.borrow();
                        if let Some(client) = client {
                            let _ = near.send_to(&datagram, client).await;
                        }
                    }
                }
            }
        }));
        Ok(address)
    }
}

/// The address of a UDP host candidate over IPv4; others are left out of the answer.
fn host_candidate(fields: &[String]) -> Option<SocketAddr> {
    if !fields.get(2)?.eq_ignore_ascii_case("udp") || fields.get(7)? != "host" {
        return None;
    }
    let ip: IpAddr = fields.get(4)?.parse().ok()?;
    let port = fields.get(5)?.parse().ok()?;
    ip.is_ipv4().then(|| SocketAddr::new(ip, port))
}

/// The datagrams of one direction.
struct Underway {
    badness: Badness,
    state: u64,
    queue: VecDeque<(Instant, Vec<u8>)>,
}

impl Underway {
    fn new(badness: Badness, seed: u64) -> Self {
        Self {
            badness,
            state: seed ^ 0x9E37_79B9_7F4A_7C15,
            queue: VecDeque::new(),
        }
    }

    fn take(&mut self, datagram: &[u8]) {
        if is_media(datagram) && self.dice() * 100.0 < self.badness.loss_percent {
            return;
        }
        if self.queue.len() < UNDERWAY {
            self.queue
                .push_back((Instant::now() + self.badness.delay, datagram.to_vec()));
        }
    }

    /// Waits for the next datagram whose time has come; for ever when none is underway.
    async fn next(&mut self) -> Vec<u8> {
        match self.queue.front() {
            Some((due, _)) => sleep_until(*due).await,
            None => std::future::pending().await,
        }
        self.queue
            .pop_front()
            .map(|(_, datagram)| datagram)
            .unwrap_or_default()
    }

    /// In 0..1 (xorshift64*: no randomness is needed, only an even spread).
    fn dice(&mut self) -> f64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        f64::from(u32::try_from(bits).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
    }
}

/// RTP and RTCP by the first byte (RFC 7983); the handshakes are delayed and never lost, because
/// a test of lost sound must not become a test of a connection that never comes about.
fn is_media(datagram: &[u8]) -> bool {
    datagram
        .first()
        .is_some_and(|first| (128..192).contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn media_is_lost_as_asked_and_everything_is_late() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let answer = format!(
            "v=0\r\na=candidate:1 1 udp 2130706431 {} {} typ host\r\n\
             a=candidate:2 1 udp 2130706431 fd00::2 9 typ host\r\na=end-of-candidates\r\n",
            server.local_addr().unwrap().ip(),
            server.local_addr().unwrap().port(),
        );
        let badness = Badness {
            loss_percent: 20.0,
            delay: Duration::from_millis(60),
        };
        let (_network, rewritten) = BadNetwork::before(&answer, badness, 7).await.unwrap();
        assert!(!rewritten.contains("fd00::2"));
        let line = rewritten
            .lines()
            .find(|line| line.starts_with("a=candidate:1"))
            .unwrap();
        let port: u16 = line.split(' ').nth(5).unwrap().parse().unwrap();
        assert_ne!(port, server.local_addr().unwrap().port());

        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.connect(("127.0.0.1", port)).await.unwrap();
        let started = Instant::now();
        for _ in 0..500 {
            client.send(&[128, 1]).await.unwrap();
            client.send(&[0, 1]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut buffer = [0; 16];
        let (mut media, mut other) = (0, 0);
        let mut first = None;
        while let Ok(Ok(_)) =
            tokio::time::timeout(Duration::from_millis(500), server.recv(&mut buffer)).await
        {
            first.get_or_insert_with(|| started.elapsed());
            if buffer[0] == 128 {
                media += 1
            } else {
                other += 1
            }
        }
        assert!(first.unwrap() >= Duration::from_millis(60));
        assert_eq!(other, 500);
        assert!((350..450).contains(&media), "{media} of 500 arrived");
    }
}
