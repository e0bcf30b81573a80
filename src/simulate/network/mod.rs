//! A bad network in user space: a UDP relay before the server that loses, delays and mixes up
//! packets, goes dark for a while, or gives its client another address, as a phone has that changes
//! from Wi-Fi to mobile. It is put between the two by rewriting the candidates of the server's answer.

mod underway;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use self::underway::Underway;

/// How bad, in each direction.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Badness {
    /// Of the packets of media: 0 to 100.
    pub loss_percent: f64,
    /// Of every packet.
    pub delay: Duration,
    /// Every packet is late by up to so much more, evenly spread; none overtakes another for it.
    pub jitter: Duration,
    /// Of the packets of media: so many come behind those of the next 60 ms.
    pub reorder_percent: f64,
    /// Nothing comes through, in this time of the talk.
    pub blackout: Option<Stretch>,
    /// From this time of the talk on the server sees the client under another address, and what is
    /// sent to the old one is lost.
    pub new_address: Option<Duration>,
}

/// A stretch of a talk, from when its voices began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from: Duration,
    pub lasting: Duration,
}

impl Badness {
    #[must_use]
    pub fn is_good(&self) -> bool {
        *self == Self::default()
    }

    /// When the network is whole again after what breaks a path, if something does.
    #[must_use]
    pub fn whole_again(&self) -> Option<Duration> {
        let lit = self.blackout.map(|dark| dark.from + dark.lasting);
        lit.max(self.new_address)
    }
}

/// A network as one participant has it, over all their connections.
#[derive(Debug, Clone)]
pub struct Network {
    pub badness: Badness,
    /// Decides which packets are lost.
    pub seed: u64,
    /// When the voices of the talk began; until then nothing is dark.
    pub began: watch::Receiver<Option<Instant>>,
}

/// The longest datagram.
const LONGEST: usize = 2_048;

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
    /// alone.
    ///
    /// # Errors
    /// When no socket can be opened.
    pub async fn before(answer: &str, network: &Network) -> io::Result<(Self, String)> {
        let mut relays = Self { relays: Vec::new() };
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
                    let near = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                    let relay = near.local_addr()?;
                    let far = towards(server).await?;
                    let work = relayed(near, far, server, network.clone());
                    relays.relays.push(tokio::spawn(work));
                    known.push((server, relay));
                    relay
                }
            };
            fields[4] = relay.ip().to_string();
            fields[5] = relay.port().to_string();
            out.push_str(&format!("a=candidate:{}\r\n", fields.join(" ")));
        }
        Ok((relays, out))
    }
}

async fn towards(server: SocketAddr) -> io::Result<UdpSocket> {
    let far = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    far.connect(server).await?;
    Ok(far)
}

/// `near` is where the client sends to, `far` is what the server sees.
async fn relayed(near: UdpSocket, mut far: UdpSocket, server: SocketAddr, network: Network) {
    let Network {
        badness,
        seed,
        mut began,
    } = network;
    let mut up = Underway::new(badness, seed, began.clone());
    let mut down = Underway::new(badness, seed.wrapping_add(1), began.clone());
    let mut client = None;
    let mut new_address = badness.new_address;
    let (mut sent, mut answered) = ([0; LONGEST], [0; LONGEST]);
    loop {
        // What can't be received or sent is lost: this is a bad network.
        tokio::select! {
            received = near.recv_from(&mut sent) => {
                if let Ok((length, from)) = received {
                    client = Some(from);
                    up.take(&sent[..length]);
                }
            }
            received = far.recv(&mut answered) => {
                if let Ok(length) = received {
                    down.take(&answered[..length]);
                }
            }
            datagram = up.next() => drop(far.send(&datagram).await),
            datagram = down.next() => {
                if let Some(client) = client {
                    let _ = near.send_to(&datagram, client).await;
                }
            }
            () = reached(&mut began, new_address) => {
                new_address = None;
                if let Ok(other) = towards(server).await {
                    far = other;
                }
            }
        }
    }
}

/// Waits for this time of the talk; for ever when there is none.
async fn reached(began: &mut watch::Receiver<Option<Instant>>, time: Option<Duration>) {
    let Some(time) = time else {
        return std::future::pending().await;
    };
    match began.wait_for(Option::is_some).await.map(|it| *it) {
        Ok(Some(began)) => sleep_until(began + time).await,
        // The talk is over.
        Ok(None) | Err(_) => std::future::pending().await,
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

#[cfg(test)]
mod tests;
