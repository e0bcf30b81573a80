//! More of everything than anybody needs: messages, pings, packets, connections.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use yorisoi::media::layout::Source;
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
