//! More of everything than anybody needs: messages, pings, packets, connections.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use rtc::rtcp;
use rtc::rtcp::goodbye::Goodbye;
use rtc::rtcp::payload_feedbacks::full_intra_request::{FirEntry, FullIntraRequest};
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use yorisoi::media::layout::{Line, Source};
use yorisoi::media::peer::{Peer, PeerEvent, PeerId};
use yorisoi::simulate::page::PageError;
use yorisoi::simulate::participant::Participant;
use yorisoi::simulate::voice;
use yorisoi_domain::consent::Transcription;

use crate::call::Talk;
use crate::media::{loopback, sound as tone};

/// Many times what a page sends.
const FLOOD: usize = 3_000;
const WHILE: Duration = Duration::from_secs(1);
/// A burst of 40, ten a second, and twenty a second that wait for their refusal; doubled.
const ANSWERED: usize = 140;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_floods_is_answered_slowly_and_the_others_at_once() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, _resident) = talk.both().await;
    for flood in [
        Message::Binary(vec![0; 60].into()),
        Message::Ping(vec![1; 100].into()),
        Message::Text("{}".into()),
        Message::Text(
            json!({"v":1,"id":"a","type":"ping","data":{}})
                .to_string()
                .into(),
        ),
        Message::Text(
            json!({"v":1,"id":"b","type":"hello","data":{}})
                .to_string()
                .into(),
        ),
    ] {
        let (socket, _) = connect_async(format!("{}/1", talk.base)).await.unwrap();
        let (mut sending, mut receiving) = socket.split();
        let hello = json!({"v":1,"id":"h","type":"hello","data":{}}).to_string();
        sending.send(Message::Text(hello.into())).await.unwrap();
        let kind = flood.to_string().chars().take(40).collect::<String>();
        let sender = tokio::spawn(async move {
            for _ in 0..FLOOD {
                if sending.send(flood.clone()).await.is_err() {
                    break;
                }
            }
            sending
        });
        let (end, mut answered) = (Instant::now() + WHILE, 0);
        while let Ok(Some(Ok(message))) =
            tokio::time::timeout_at(end.into(), receiving.next()).await
        {
            let text = message.to_string();
            let answer = text.contains("\"ack\"") || text.contains("\"problem\"");
            answered += usize::from(message.is_pong() || answer);
        }
        assert!((10..ANSWERED).contains(&answered), "{kind}: {answered}");
        let asked = Instant::now();
        nurse.ask("ping", json!({})).await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(2), "{kind}");
        sender.abort();
    }
}

#[tokio::test]
async fn offers_without_end_are_refused_and_the_first_are_answered() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, _resident) = talk.both().await;
    let mut answers = Vec::new();
    for _ in 0..12 {
        let Err(PageError::Refused(problem)) = nurse.ask("offer", json!({ "sdp": "v=0" })).await
        else {
            panic!("an offer of nothing was answered");
        };
        answers.push(problem.rsplit(':').next().unwrap().to_owned());
    }
    assert_eq!(answers[..8], ["offer-refused"; 8]);
    assert_eq!(answers[8..], ["too-soon"; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_packets_without_end_takes_nobody_elses_place() {
    let engine = loopback();
    let (events, mut incoming) = mpsc::channel(1_024);
    let mut people = Vec::new();
    for id in [1, 2] {
        let (mut participant, offer) = Participant::offer(&engine).await.unwrap();
        let answer = Peer::answer(&engine, PeerId(id), &offer, events.clone()).await;
        let (peer, answer) = answer.unwrap();
        participant.accept(answer).await.unwrap();
        people.push((participant, peer));
    }
    let (mut flooder, _second) = people.pop().unwrap();
    let (mut speaker, _first) = people.pop().unwrap();
    let packets = voice::packets(&tone(1)).unwrap();
    let flood: Vec<_> = packets.iter().cycle().take(5_000).cloned().collect();
    let counting = async {
        let (mut of_speaker, mut of_flooder) = (0, 0);
        let end = tokio::time::Instant::now() + Duration::from_millis(2_500);
        while let Ok(Some((id, event))) = tokio::time::timeout_at(end, incoming.recv()).await {
            if let PeerEvent::Packet {
                source: Source::Microphone,
                ..
            } = event
            {
                of_speaker += usize::from(id == PeerId(1));
                of_flooder += usize::from(id == PeerId(2));
            }
        }
        (of_speaker, of_flooder)
    };
    let (spoken, sent, (of_speaker, of_flooder)) =
        tokio::join!(speaker.play(&packets), flooder.burst(&flood), counting);
    spoken.unwrap();
    sent.unwrap();
    assert_eq!(of_speaker, 50);
    // Four seconds of 150 a second, and what comes in the time that this takes.
    assert!((300..1_000).contains(&of_flooder), "{of_flooder}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feedback_without_end_costs_the_others_no_packet_and_asks_them_for_few_pictures() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, mut resident) = talk.both().await;
    let engine = loopback();
    let mut speaker = nurse.join(&engine).await.unwrap();
    let hostile = resident.join(&engine).await.unwrap();
    let packets = voice::packets(&tone(1)).unwrap();
    // Her picture is there, so that there is something to ask for.
    speaker.play(&packets).await.unwrap();
    let soon = Duration::from_millis(300);
    tokio::time::sleep(soon).await;
    let line = Line::downward(Source::Camera, 0).unwrap();
    let heard = || hostile.received()[&Line::Audio0].packets();
    let (before, asked, began) = (heard(), speaker.asked(), Instant::now());
    let flood = async {
        for n in 0..FLOOD {
            let about = |media_ssrc| -> Vec<Box<dyn rtcp::Packet>> {
                let (sender_ssrc, number) = (7, u16::try_from(n).unwrap());
                match n % 4 {
                    0 => vec![Box::new(PictureLossIndication {
                        sender_ssrc,
                        media_ssrc,
                    })],
                    1 => vec![Box::new(FullIntraRequest {
                        sender_ssrc,
                        media_ssrc,
                        fir: vec![FirEntry {
                            ssrc: media_ssrc,
                            sequence_number: number.to_be_bytes()[1],
                        }],
                    })],
                    2 => vec![Box::new(TransportLayerNack {
                        sender_ssrc,
                        media_ssrc,
                        nacks: vec![NackPair {
                            packet_id: number,
                            lost_packets: u16::MAX,
                        }],
                    })],
                    _ => vec![Box::new(Goodbye {
                        sources: vec![sender_ssrc, media_ssrc],
                        reason: "over".into(),
                    })],
                }
            };
            hostile.say_about(line, about).await.unwrap();
        }
    };
    let (played, ()) = tokio::join!(speaker.play(&packets), flood);
    played.unwrap();
    tokio::time::sleep(soon).await;
    assert_eq!(heard() - before, 50);
    // Twice a second, and one that was on its way; none at all would show nothing.
    let most = 2 * (began.elapsed().as_secs() + 1) + 1;
    let asked = speaker.asked() - asked;
    assert!((1..=most).contains(&asked), "{asked} requests");
    // Who said goodbye for her is not believed: both lines carry on.
    speaker.play(&packets).await.unwrap();
    tokio::time::sleep(soon).await;
    assert_eq!(heard() - before, 100);
}
