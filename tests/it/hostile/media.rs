//! Offers, handshakes and packets that lie.

use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;
use yorisoi::media::peer::{Peer, PeerEvent, PeerId, PeerState};
use yorisoi::simulate::participant::Participant;
use yorisoi::simulate::voice;

use super::address;
use crate::media::{Events, loopback, sound as tone};

/// What came by a connection within a moment: whether it stood, and packets.
async fn came(incoming: &mut Events) -> (bool, usize) {
    let (mut connected, mut packets) = (false, 0);
    while let Ok(Some((_, event))) = timeout(Duration::from_millis(500), incoming.recv()).await {
        match event {
            PeerEvent::State(PeerState::Connected) => connected = true,
            PeerEvent::Packet { .. } => packets += 1,
            _ => {}
        }
    }
    (connected, packets)
}

#[tokio::test]
async fn an_offer_makes_the_service_send_to_nobody_whom_it_names() {
    let engine = loopback();
    let (events, mut incoming) = mpsc::channel(1_024);
    let named = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = named.local_addr().unwrap().port();
    let (mut participant, offer) = Participant::offer(&engine).await.unwrap();
    let mut more: String = (0..500)
        .map(|n| format!("a=candidate:9{n} 1 udp 2130706431 127.0.0.1 {port} typ host\r\n"))
        .collect();
    more.push_str("a=candidate:8 1 udp 2130706431 nobody.example 9 typ host\r\n");
    let offer = offer.replacen("a=candidate:", &format!("{more}a=candidate:"), 1);
    assert!(offer.contains(&more));
    let answer = Peer::answer(&engine, PeerId(1), &offer, events.clone()).await;
    let (_peer, answer) = answer.unwrap();
    // The control: whoever knocks by herself is let in.
    participant.accept(answer).await.unwrap();
    assert!(came(&mut incoming).await.0);
    let mut datagram = [0; 2_048];
    let knocked = timeout(Duration::from_secs(1), named.recv_from(&mut datagram)).await;
    assert!(knocked.is_err(), "the service knocks where it was told to");
}

#[tokio::test]
async fn a_certificate_that_is_not_the_announced_one_makes_no_connection() {
    let engine = loopback();
    let packets = voice::packets(&tone(1)).unwrap();
    for announced in [true, false] {
        let (events, mut incoming) = mpsc::channel(1_024);
        let (mut participant, mut offer) = Participant::offer(&engine).await.unwrap();
        if !announced {
            let lines = offer.split_inclusive('\n').map(|line| {
                if !line.starts_with("a=fingerprint:") {
                    return line.to_owned();
                }
                let end = line.trim_end();
                let other = if end.ends_with('0') { '1' } else { '0' };
                format!("{}{other}\r\n", &end[..end.len() - 1])
            });
            offer = lines.collect();
        }
        let answer = Peer::answer(&engine, PeerId(1), &offer, events.clone()).await;
        let (_peer, answer) = answer.unwrap();
        // This side may believe that it stands: it is the service that must not.
        let accepted = timeout(Duration::from_secs(2), participant.accept(answer)).await;
        if accepted.is_ok_and(|accepted| accepted.is_ok()) {
            let _ = participant.play(&packets[..20]).await;
        }
        let (connected, packets) = came(&mut incoming).await;
        assert_eq!(connected, announced);
        assert_eq!(packets > 0, announced, "{packets}");
        participant.close().await;
    }
}

/// A DTLS 1.2 ClientHello of one flight, as a library sends it first.
fn client_hello() -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([7; 32]);
    // No session, no cookie; ECDHE-ECDSA with AES-128-GCM; no compression.
    body.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let extensions: &[&[u8]] = &[
        &[0, 10, 0, 4, 0, 2, 0, 23],
        &[0, 11, 0, 2, 1, 0],
        &[0, 13, 0, 4, 0, 2, 4, 3],
        &[0, 14, 0, 5, 0, 2, 0, 1, 0],
        &[0, 23, 0, 0],
    ];
    let extensions = extensions.concat();
    body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    body.extend(extensions);
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut handshake = vec![1];
    handshake.extend(&length[1..]);
    handshake.extend([0, 0, 0, 0, 0]);
    handshake.extend(&length[1..]);
    handshake.extend(body);
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
    record.extend(u16::try_from(handshake.len()).unwrap().to_be_bytes());
    record.extend(handshake);
    record
}

#[tokio::test]
async fn a_strangers_client_hello_before_hers_takes_no_connection() {
    let engine = loopback();
    let (events, mut incoming) = mpsc::channel(1_024);
    let (mut participant, offer) = Participant::offer(&engine).await.unwrap();
    let answer = Peer::answer(&engine, PeerId(1), &offer, events.clone()).await;
    let (_peer, answer) = answer.unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = address(&answer);
    for _ in 0..50 {
        stranger.send_to(&client_hello(), port).await.unwrap();
    }
    let mut datagram = [0; 2_048];
    let told = timeout(
        Duration::from_millis(500),
        stranger.recv_from(&mut datagram),
    )
    .await;
    assert!(told.is_err(), "a stranger was answered");
    participant.accept(answer).await.unwrap();
    let packets = voice::packets(&tone(1)).unwrap();
    participant.play(&packets[..20]).await.unwrap();
    let (connected, packets) = came(&mut incoming).await;
    assert!(connected && packets > 0, "{packets}");
}

/// The handshake messages of a datagram of DTLS: their kind and what follows their head. Later
/// messages are encrypted and begin a record of epoch 1.
fn handshakes(datagram: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let (mut rest, mut found) = (datagram, Vec::new());
    while let [22, 0xfe, _, 0, 0, _, _, _, _, _, _, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((record, next)) = after.split_at_checked(length) else {
            break;
        };
        if let Some(body) = record.get(12..) {
            found.push((record[0], body.to_vec()));
        }
        rest = next;
    }
    found
}

fn pairs(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect()
}

/// Cipher suites and SRTP profiles that a hello names; a ServerHello names the chosen ones.
fn named(kind: u8, hello: &[u8]) -> (Vec<u16>, Vec<u16>) {
    let mut at = 2 + 32;
    at += 1 + usize::from(hello[at]);
    let suites = if kind == 1 {
        at += 1 + usize::from(hello[at]);
        let length = usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
        let suites = pairs(&hello[at + 2..at + 2 + length]);
        at += 2 + length;
        at += 1 + usize::from(hello[at]);
        suites
    } else {
        let suite = pairs(&hello[at..at + 2]);
        at += 3;
        suite
    };
    at += 2;
    let mut profiles = Vec::new();
    while let Some([a, b, c, d]) = hello.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let value = &hello[at + 4..at + 4 + length];
        if [*a, *b] == [0, 14] {
            let length = usize::from(u16::from_be_bytes([value[0], value[1]]));
            profiles = pairs(&value[2..2 + length]);
        }
        at += 4 + length;
    }
    (suites, profiles)
}

#[tokio::test]
async fn a_handshake_names_and_chooses_approved_ciphers_alone_and_a_certificate_of_its_own() {
    let engine = loopback();
    let mut certificates = Vec::new();
    let (mut hellos, mut chosen) = (0, 0);
    for id in 0..2 {
        let (events, _incoming) = mpsc::channel(1_024);
        let (mut participant, offer) = Participant::offer(&engine).await.unwrap();
        let answer = Peer::answer(&engine, PeerId(id), &offer, events).await;
        let (_peer, answer) = answer.unwrap();
        let fingerprint = answer
            .lines()
            .find(|line| line.starts_with("a=fingerprint:"));
        certificates.push(fingerprint.unwrap().to_owned());

        // Between the two, where somebody of the same network would listen.
        let server = address(&answer);
        let between = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let here = between.local_addr().unwrap().port().to_string();
        let there = server.port().to_string();
        let answer = answer.replace(&format!(" {there} typ host"), &format!(" {here} typ host"));
        let listening = tokio::spawn(async move {
            let (mut client, mut heard) = (None, Vec::new());
            let mut datagram = [0; 2_048];
            while let Ok(received) =
                timeout(Duration::from_secs(1), between.recv_from(&mut datagram)).await
            {
                let (length, from) = received.unwrap();
                heard.extend(handshakes(&datagram[..length]));
                let to = if from == server { client } else { Some(server) };
                if from != server {
                    client = Some(from);
                }
                if let Some(to) = to {
                    between.send_to(&datagram[..length], to).await.unwrap();
                }
            }
            heard
        });
        participant.accept(answer).await.unwrap();
        participant.close().await;
        for (kind, hello) in listening.await.unwrap() {
            if ![1, 2].contains(&kind) {
                continue;
            }
            let (suites, profiles) = named(kind, &hello);
            hellos += 1;
            chosen += usize::from(kind == 2);
            // ECDHE-ECDSA with AES-GCM or ChaCha20-Poly1305, and the signal against downgrades.
            assert!(
                suites
                    .iter()
                    .all(|it| [0xc02b, 0xcca9, 0x00ff].contains(it)),
                "{suites:x?}"
            );
            assert!(
                !profiles.is_empty() && profiles.iter().all(|it| [1, 7, 8].contains(it)),
                "{profiles:?}"
            );
        }
    }
    assert!(hellos >= 4 && chosen >= 2, "{hellos} {chosen}");
    assert_ne!(certificates[0], certificates[1]);
}

/// A page's offer with lines left out, said twice, exchanged, or with characters changed; alike in
/// every run.
fn spoiled(offer: &str, mut chance: impl FnMut(usize) -> usize) -> String {
    let mut lines: Vec<String> = offer.lines().map(str::to_owned).collect();
    for _ in 0..=chance(4) {
        let (at, other) = (chance(lines.len()), chance(lines.len()));
        match chance(6) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[other].clone()),
            2 => lines.swap(at, other),
            3 => lines[at].truncate(chance(20)),
            4 => lines[at].push_str(&"9".repeat(chance(400))),
            _ => {
                let line = lines[at].clone();
                let place = chance(line.len().max(1));
                let byte = u8::try_from(chance(95)).unwrap() + 32;
                let changed = line
                    .char_indices()
                    .map(|(n, c)| if n == place { char::from(byte) } else { c });
                lines[at] = changed.collect();
            }
        }
    }
    lines.join("\r\n") + "\r\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_offer_is_answered_or_refused() {
    let engine = loopback();
    let (events, _incoming) = mpsc::channel(1_024);
    let (participant, offer) = Participant::offer(&engine).await.unwrap();
    let mut seed = 11_u32;
    let mut chance = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(seed >> 8).unwrap() % below.max(1)
    };
    let (mut answered, mut refused) = (0, 0);
    for id in 0..150 {
        let sdp = spoiled(&offer, &mut chance);
        let answer = Peer::answer(&engine, PeerId(id), &sdp, events.clone());
        match timeout(Duration::from_secs(10), answer).await.expect(&sdp) {
            Ok((peer, _)) => {
                answered += 1;
                peer.close().await;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(answered > 10 && refused > 10, "{answered} {refused}");
    participant.close().await;
}
