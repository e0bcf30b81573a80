//! What a page, a participant or a stranger may not do to the service: fill its memory, write into
//! its log, take what is the others', come in by another's door.
//!
//! - `doors`: links, sign-in, other sites.
//! - `floods`: more of everything than anybody needs.
//! - `media`: offers, handshakes and packets that lie.
//! - `net`: requests and handshakes that are too long, too slow or too old.
//! - `wire`: what a guest's socket may say.

mod doors;
mod floods;
mod media;
mod net;
mod wire;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use yorisoi::media::layout::Line;
use yorisoi::media::peer::{Peer, PeerId};
use yorisoi::simulate::interview::{Voices, hold};
use yorisoi::simulate::page::{Page, PageError};
use yorisoi::simulate::participant::Participant;
use yorisoi::simulate::voice;
use yorisoi::sound;
use yorisoi_domain::consent::Transcription;

use crate::call::{SOON, Talk};
use crate::common::data;
use crate::common::scripted::{SAID, Scripted};
use crate::demonstration::{service_that_hears, signed_in};
use crate::interview::{setting, told};
use crate::media::{carry, loopback, sound as tone};

#[tokio::test]
async fn what_an_offer_says_is_not_in_the_log() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&log);
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || Written(Arc::clone(&written)))
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, _resident) = talk.both().await;
    let (_, offer) = Participant::offer(&loopback()).await.unwrap();
    let hostile = "090-0000-1234";
    for sdp in [
        hostile.to_owned(),
        format!("v=0\r\n{hostile}\r\n"),
        offer.replacen("a=mid:", &format!("a=mid:{hostile}\n"), 1),
        offer.replace("m=video", hostile),
        offer.replace("opus", hostile),
        offer.replace("a=fingerprint:", &format!("a=fingerprint:{hostile}")),
    ] {
        let _ = nurse.ask("offer", json!({ "sdp": sdp })).await;
    }
    let log = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    assert!(log.contains("an offer was refused"), "{log}");
    assert!(log.contains("kind=OfferRefused"), "{log}");
    assert!(!log.contains(hostile), "{log}");
}

struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_frame_is_refused_by_its_announced_length() {
    let talk = Talk::new(Transcription::Transcript).await;
    let host = talk.base.strip_prefix("ws://").unwrap();
    let mut socket = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /0 HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    // A masked text frame of 8 MiB, of which nothing follows.
    let mut frame = vec![0x81, 0xff];
    frame.extend((8_u64 << 20).to_be_bytes());
    frame.extend([0; 4]);
    socket.write_all(&frame).await.unwrap();
    // Well before silence would end it.
    let ended = tokio::time::timeout(Duration::from_secs(2), async {
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        answer
    });
    let answer = ended
        .await
        .expect("the service waits for the rest of the frame");
    assert!(answer.starts_with(b"HTTP/1.1 101"));
}

#[tokio::test]
async fn hostile_messages_are_refused_and_nothing_is_lost() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, mut resident) = talk.both().await;
    let engine = loopback();
    let mut one = nurse.join(&engine).await.unwrap();
    let two = resident.join(&engine).await.unwrap();

    let refused = |error: PageError| match error {
        PageError::Refused(problem) => problem,
        other => panic!("{other:?}"),
    };
    let (_, offer) = Participant::offer(&engine).await.unwrap();
    let cut = offer.rfind("m=video").unwrap();
    for sdp in [
        "",
        "v=0",
        "\u{0}\u{1}\u{2}",
        &offer[..cut],
        &"a=x\r\n".repeat(5_000),
    ] {
        let error = nurse.ask("offer", json!({ "sdp": sdp })).await.unwrap_err();
        assert_eq!(refused(error), "urn:yorisoi:problem:offer-refused");
    }
    let long = json!({ "sdp": "a".repeat(100_000) });
    let error = nurse.ask("offer", long).await.unwrap_err();
    assert_eq!(refused(error), "urn:yorisoi:problem:too-large");
    for (text, problem) in [
        ("x".repeat(100_000), "too-large"),
        ("{\"v\":1".to_owned(), "malformed"),
        (
            json!({"v":1,"id":"z".repeat(65),"type":"ping","data":{}}).to_string(),
            "malformed",
        ),
        (
            json!({"v":1,"id":"","type":"ping","data":{}}).to_string(),
            "malformed",
        ),
    ] {
        let reply = nurse.unaddressed(text).await.unwrap();
        assert_eq!(
            reply["data"]["type"],
            format!("urn:yorisoi:problem:{problem}")
        );
    }
    let restart = nurse
        .ask("offer", json!({ "sdp": "v=0", "restart": true }))
        .await;
    assert_eq!(
        refused(restart.unwrap_err()),
        "urn:yorisoi:problem:offer-refused"
    );

    // The same id is done once and answered twice.
    nurse
        .ask_as("same", "sharing", json!({ "on": true }))
        .await
        .unwrap();
    nurse.ask("sharing", json!({ "on": false })).await.unwrap();
    nurse
        .ask_as("same", "sharing", json!({ "on": true }))
        .await
        .unwrap();
    let mut silent = Page::connect(&talk.door(0), 0).await.unwrap();
    let early = silent
        .ask("muted", json!({ "on": true }))
        .await
        .unwrap_err();
    assert_eq!(refused(early), "urn:yorisoi:problem:hello-first");
    drop(silent);
    let mut nurse = talk.page(0).await;
    let snapshot = nurse.told(SOON).await.unwrap();
    assert_eq!(snapshot["data"]["screen"], Value::Null);

    // The connection of before all that still carries.
    one.play(&voice::packets(&tone(1)).unwrap()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(two.received()[&Line::Audio0].packets(), 50);
}

/// Payloads that are no Opus: empty, cut off, every size up to a packet's, one larger than a network
/// carries whole; no two runs of them alike in content, all alike in every run.
fn no_opus() -> Vec<Bytes> {
    let mut seed = 7_u32;
    let mut byte = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    };
    [0, 1, 2, 3, 20, 60, 200, 600, 1_150, 1_400]
        .iter()
        .cycle()
        .take(50)
        .map(|length| (0..*length).map(|_| byte()).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_that_are_no_sound_end_nothing_and_her_words_are_heard_after_them() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted)).await;
    let (staff, office) = signed_in(&running).await;
    let sentence = sound::read(&data("speech/sentence.opus")).unwrap();
    let quiet = voice::packets(&vec![0.0; sentence.len() + 16_000]).unwrap();
    let said = voice::packets(&sentence).unwrap();
    let voices = Voices {
        nurse: quiet,
        resident: [no_opus(), said].concat(),
    };
    let outcome = hold(&staff, setting(&office, "transcript"), &loopback(), &voices)
        .await
        .unwrap();
    let resident = told(&outcome, "segment");
    assert!(
        resident
            .iter()
            .any(|segment| segment["text"].as_str().unwrap().starts_with(SAID)),
        "{resident:?}"
    );
    running.closes().await;
}

/// Where the service takes media, as its answer says.
pub(super) fn address(answer: &str) -> SocketAddr {
    let candidate = answer
        .lines()
        .find(|line| line.starts_with("a=candidate:") && line.contains(" typ host"))
        .unwrap();
    let words: Vec<_> = candidate.split_whitespace().collect();
    format!("{}:{}", words[4], words[5]).parse().unwrap()
}

#[tokio::test]
async fn strangers_datagrams_at_the_media_port_disturb_no_talk() {
    let engine = loopback();
    let (events, mut incoming) = mpsc::channel(1_024);
    let (mut one, offer) = Participant::offer(&engine).await.unwrap();
    let (first, answer) = Peer::answer(&engine, PeerId(1), &offer, events.clone())
        .await
        .unwrap();
    let port = address(&answer);
    one.accept(answer).await.unwrap();
    let (mut two, offer) = Participant::offer(&engine).await.unwrap();
    let (second, answer) = Peer::answer(&engine, PeerId(2), &offer, events.clone())
        .await
        .unwrap();
    two.accept(answer).await.unwrap();

    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let flood = async {
        // STUN, DTLS, RTP and RTCP by their first byte, each cut off and each full of nonsense.
        for (n, payload) in no_opus().iter().cycle().take(400).enumerate() {
            for kind in [0x00, 0x01, 0x14, 0x16, 0x80, 0x90, 0xc8, 0xff] {
                let datagram = [&[kind, 0xc8, 0, 1], &payload[..]].concat();
                let _ = stranger.send_to(&datagram, port).await;
            }
            if n % 4 == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        let _ = stranger.send_to(&vec![0x80; 65_000], port).await;
    };
    let peers = BTreeMap::from([(1, first), (2, second)]);
    let packets = voice::packets(&tone(1)).unwrap();
    let carrying = carry(&mut incoming, &peers, 1, Duration::from_millis(1_600));
    let (played, (heard, _), ()) = tokio::join!(one.play(&packets), carrying, flood);
    played.unwrap();
    assert_eq!(heard.len(), tone(1).len());
    let audio = two.received()[&Line::Audio0];
    assert_eq!((audio.packets(), audio.missing()), (50, 0));
    one.close().await;
}
