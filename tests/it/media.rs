//! Two participants through two server-side connections over real sockets: what one says is what
//! the other receives and what a decoder hears, also after a rejoin.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yorisoi::media::engine::{Bind, Engine, MediaSettings};
use yorisoi::media::jitter::{Received, ReorderWindow};
use yorisoi::media::layout::{Line, Source};
use yorisoi::media::opus::VoiceDecoder;
use yorisoi::media::peer::{Peer, PeerError, PeerEvent, PeerId, PeerState};
use yorisoi::simulate::participant::Participant;
use yorisoi::simulate::voice;

pub(crate) type Events = mpsc::Receiver<(PeerId, PeerEvent)>;

pub(crate) fn loopback() -> Engine {
    Engine::new(MediaSettings {
        bind: Bind::Addresses(vec!["127.0.0.1".parse().unwrap()]),
        ..MediaSettings::default()
    })
}

/// A sound whose pieces cannot be mistaken for each other: a rising tone at 16 kHz.
pub(crate) fn sound(seconds: u16) -> Vec<f32> {
    let mut phase = 0.0f32;
    (0..u32::from(seconds) * 16_000)
        .map(|i| {
            phase += (200.0 + 0.01 * i as f32) * std::f32::consts::TAU / 16_000.0;
            phase.sin() * 0.25
        })
        .collect()
}

/// How alike two sounds are at the best shift within 400 samples; 1 is equal.
pub(crate) fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let length = a.len().min(b.len()) - 400;
    (0..400)
        .map(|shift| {
            let (a, b) = (&a[shift..shift + length], &b[..length]);
            let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        })
        .fold(0.0, f32::max)
}

async fn join(
    engine: &Engine,
    id: u64,
    events: &mpsc::Sender<(PeerId, PeerEvent)>,
) -> (Participant, Peer) {
    let (mut participant, offer) = Participant::offer(engine).await.unwrap();
    let (peer, answer) = Peer::answer(engine, PeerId(id), &offer, events.clone())
        .await
        .unwrap();
    participant.accept(answer).await.unwrap();
    (participant, peer)
}

/// Forwards between participants for a while and decodes what `voice` says.
pub(crate) async fn carry(
    events: &mut Events,
    peers: &BTreeMap<u64, Peer>,
    voice: u64,
    for_: Duration,
) -> (Vec<f32>, Vec<PeerState>) {
    let mut window = ReorderWindow::default();
    let mut decoder = VoiceDecoder::new().unwrap();
    let (mut heard, mut states) = (Vec::new(), Vec::new());
    let end = tokio::time::Instant::now() + for_;
    while let Ok(Some((id, event))) = tokio::time::timeout_at(end, events.recv()).await {
        match event {
            PeerEvent::State(state) => states.push(state),
            PeerEvent::KeyframeWanted(_) => {}
            PeerEvent::Packet {
                source,
                packet,
                arrived,
            } => {
                for (other, peer) in peers {
                    if *other != id.0 {
                        peer.send(Line::downward(source, 0).unwrap(), packet.clone());
                    }
                }
                if id.0 == voice && source == Source::Microphone {
                    window.push(Received {
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        payload: packet.payload,
                        arrived,
                    });
                    while let Some(ordered) = window.pop(Instant::now()) {
                        heard.extend(decoder.decode(&ordered).samples);
                    }
                }
            }
        }
    }
    (heard, states)
}

#[tokio::test]
async fn a_voice_reaches_the_other_and_the_decoder_also_after_a_rejoin() {
    let engine = loopback();
    let (events, mut incoming) = mpsc::channel(1_024);
    let (mut one, first) = join(&engine, 1, &events).await;
    let (two, second) = join(&engine, 2, &events).await;
    let mut peers = BTreeMap::from([(1, first), (2, second)]);
    let said = sound(2);
    let packets = voice::packets(&said).unwrap();

    let carrying = carry(&mut incoming, &peers, 1, Duration::from_millis(2_600));
    let (played, (heard, states)) = tokio::join!(one.play(&packets), carrying);
    played.unwrap();
    assert!(states.contains(&PeerState::Connected));
    assert_eq!(heard.len(), said.len());
    let similar = correlation(&heard, &said);
    assert!(similar > 0.9, "the decoder heard something else: {similar}");
    let before = two.received();
    let audio = before[&Line::Audio0];
    assert_eq!((audio.packets(), audio.missing()), (100, 0));
    assert_eq!(before[&Line::Video0].packets(), 10);

    peers.remove(&1).unwrap().close().await;
    one.close().await;
    let (mut again, third) = join(&engine, 3, &events).await;
    peers.insert(3, third);
    let carrying = carry(&mut incoming, &peers, 3, Duration::from_millis(1_600));
    let (played, _) = tokio::join!(again.play(&packets[..50]), carrying);
    played.unwrap();
    let audio = two.received()[&Line::Audio0];
    assert_eq!((audio.packets(), audio.missing()), (150, 0));
}

#[tokio::test]
async fn an_offer_in_another_layout_is_refused() {
    let engine = loopback();
    let (events, _incoming) = mpsc::channel(8);
    let (participant, offer) = Participant::offer(&engine).await.unwrap();
    let wrong = offer.replacen("a=recvonly", "a=inactive", 1);
    assert!(
        Peer::answer(&engine, PeerId(1), &offer, events.clone())
            .await
            .is_ok()
    );
    let cut = offer.rfind("m=video").unwrap();
    for sdp in [&offer[..cut], "v=0\r\n", "nonsense"] {
        assert!(
            Peer::answer(&engine, PeerId(2), sdp, events.clone())
                .await
                .is_err()
        );
    }
    let swapped = wrong.replacen("a=sendrecv", "a=recvonly", 1);
    let refused = Peer::answer(&engine, PeerId(3), &swapped, events).await;
    assert!(matches!(refused, Err(PeerError::Layout(_))));
    participant.close().await;
}
