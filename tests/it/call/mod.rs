//! A whole call over real sockets: signalling, media and taps, with two and more simulated pages.

mod seats;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::call::registry::Registry;
use yorisoi::call::{Entry, News};
use yorisoi::clock::{Clock, SystemClock, SystemIds};
use yorisoi::media::engine::{Bind, Engine, MediaSettings};
use yorisoi::media::layout::Line;
use yorisoi::media::tap::{AudioSink, Refused, TappedPacket, TappedVoice, Taps};
use yorisoi::media::turn::TurnRelays;
use yorisoi::signalling::ws;
use yorisoi::simulate::page::{Door as PageDoor, Page, Resumption};
use yorisoi::simulate::voice;
use yorisoi_domain::call::{Door, Limits};
use yorisoi_domain::consent::{Agreed, InEffect, Tap, Transcription, YesNo};
use yorisoi_domain::ids::{InterviewId, InvitationId, ParticipantId, UserId};
use yorisoi_domain::participant::{GuestRole, Who};
use yorisoi_store::Revision;

use crate::media::{loopback, sound};

pub(crate) const SOON: Duration = Duration::from_secs(5);
const INTERVIEW: InterviewId = InterviewId::new(Uuid::from_u128(1));

fn seat(n: u8) -> ParticipantId {
    ParticipantId::new(Uuid::from_u128(u128::from(n) + 10))
}

fn consent(transcription: Transcription) -> InEffect {
    InEffect {
        interview: Some(YesNo::Yes),
        transcription: Some(transcription),
        keep_audio: Some(YesNo::No),
        sharing: Some(YesNo::Yes),
    }
}

/// Everything that was tapped, by participant.
#[derive(Debug, Default)]
struct Recording(Mutex<HashMap<ParticipantId, Vec<TappedPacket>>>);

impl Recording {
    fn of(&self, seat: ParticipantId) -> Vec<TappedPacket> {
        self.0
            .lock()
            .unwrap()
            .get(&seat)
            .cloned()
            .unwrap_or_default()
    }
}

#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Recording>);

struct Sink(Arc<Recording>, ParticipantId);

impl Taps for Recorder {
    fn open(&self, voice: TappedVoice) -> Box<dyn AudioSink> {
        assert_ne!(voice.allowed, Tap::Closed);
        Box::new(Sink(Arc::clone(&self.0), voice.participant))
    }

    fn forget(&self, _: ParticipantId) {}
}

impl AudioSink for Sink {
    fn take(&mut self, packet: TappedPacket) -> Result<(), Refused> {
        self.0
            .0
            .lock()
            .unwrap()
            .entry(self.1)
            .or_default()
            .push(packet);
        Ok(())
    }
}

/// What the records would say of each seat.
type Entries = Arc<Mutex<HashMap<u8, (Door, InEffect)>>>;

#[derive(Clone)]
struct Service {
    registry: Registry,
    entries: Entries,
}

/// A service of one interview without records: the door is a map.
pub(crate) struct Talk {
    service: Service,
    recording: Arc<Recording>,
    pub(crate) base: String,
}

impl Talk {
    pub(crate) async fn new(transcription: Transcription) -> Self {
        let recorder = Recorder::default();
        let recording = Arc::clone(&recorder.0);
        let limits = Limits {
            grace: Duration::from_millis(1_500),
            ..Limits::default()
        };
        let taps = Some(Arc::new(recorder) as Arc<dyn Taps>);
        let registry = Registry::new(
            with_relays(),
            Arc::new(SystemClock),
            Arc::new(SystemIds),
            limits,
            taps,
            None,
        );
        let entries = HashMap::from([
            (0, (Door::LetIn, InEffect::default())),
            (1, (Door::Waits, consent(transcription))),
            (2, (Door::Waits, consent(transcription))),
        ]);
        let service = Service {
            registry,
            entries: Arc::new(Mutex::new(entries)),
        };
        let app = Router::new()
            .route("/{seat}", get(open))
            .with_state(service.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("ws://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            service,
            recording,
            base,
        }
    }

    pub(crate) fn door(&self, n: u8) -> PageDoor {
        PageDoor {
            url: format!("{}/{n}", self.base),
            origin: String::new(),
            cookie: String::new(),
        }
    }

    pub(crate) async fn page(&self, n: u8) -> Page {
        Page::open(&self.door(n), Resumption::default())
            .await
            .unwrap()
    }

    async fn tell(&self, news: News) {
        self.service.registry.tell(INTERVIEW, news).await.unwrap();
    }

    pub(crate) async fn admit(&self, n: u8) {
        self.service.entries.lock().unwrap().get_mut(&n).unwrap().0 = Door::LetIn;
        self.tell(News::Admitted(seat(n), Revision::FIRST.next()))
            .await;
    }

    /// A nurse and a resident, both inside.
    pub(crate) async fn both(&self) -> (Page, Page) {
        let (nurse, resident) = (self.page(0).await, self.page(1).await);
        self.admit(1).await;
        (nurse, resident)
    }
}

async fn open(
    upgrade: WebSocketUpgrade,
    Path(n): Path<u8>,
    State(service): State<Service>,
) -> Response {
    let wires = service
        .registry
        .enter(INTERVIEW, entry(&service, n))
        .await
        .unwrap();
    ws::bounded(upgrade).on_upgrade(async move |socket| {
        ws::serve(socket, wires, std::future::pending()).await;
    })
}

fn entry(service: &Service, n: u8) -> Entry {
    let (door, consent) = service.entries.lock().unwrap()[&n];
    let invitation = InvitationId::new(Uuid::from_u128(2));
    let who = match n {
        0 => Who::Nurse(UserId::new(Uuid::from_u128(3))),
        _ => Who::Guest(GuestRole::Resident, invitation),
    };
    Entry {
        seat: seat(n),
        who,
        door,
        holder: None,
        revision: match door {
            Door::Waits => Revision::FIRST,
            Door::LetIn => Revision::FIRST.next(),
        },
        consent: Agreed {
            to: consent,
            entries: 4,
            ..Agreed::default()
        },
        pauses: Default::default(),
        started: None,
    }
}

fn presence(n: u8, presence: &'static str) -> impl Fn(&Value) -> bool {
    let id = seat(n).to_string();
    move |event| {
        event["type"] == "participant"
            && event["data"]["id"] == id.as_str()
            && event["data"]["presence"] == presence
    }
}

fn of_type(name: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["type"] == name
}

fn with_relays() -> Engine {
    let urls = vec!["turns:relay.example:443?transport=tcp".to_owned()];
    Engine::new(MediaSettings {
        bind: Bind::Addresses(vec!["127.0.0.1".parse().unwrap()]),
        turn: Some(TurnRelays::new(urls, "a secret".to_owned())),
        ..MediaSettings::default()
    })
}

#[tokio::test]
async fn a_page_is_told_of_the_relays_and_never_of_their_secret() {
    let talk = Talk::new(Transcription::Transcript).await;
    let mut page = Page::connect(&talk.door(1), 0).await.unwrap();
    let ack = page
        .ask("hello", json!({ "resume": null, "last_seq": 0 }))
        .await
        .unwrap();
    let relay = &ack["ice_servers"][0];
    assert_eq!(
        relay["urls"],
        json!(["turns:relay.example:443?transport=tcp"])
    );
    let ends: i64 = relay["username"].as_str().unwrap().parse().unwrap();
    let left = ends - SystemClock.now().as_second();
    assert!(
        (11 * 3_600..=12 * 3_600).contains(&left),
        "good for {left} s"
    );
    assert!(!ack.to_string().contains("a secret"));
}

#[tokio::test]
async fn both_hear_each_other_and_the_tap_hears_both_in_order() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, mut resident) = talk.both().await;
    talk.tell(News::Started(SystemClock.now())).await;
    let engine = loopback();
    let mut asking = nurse.join(&engine).await.unwrap();
    let mut answering = resident.join(&engine).await.unwrap();
    let packets = voice::packets(&sound(1)).unwrap();
    // The question, then the answer.
    asking.play(&packets).await.unwrap();
    answering.play(&packets).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    for (page, line) in [(&asking, Line::Audio0), (&answering, Line::Audio0)] {
        let heard = page.received()[&line];
        assert_eq!((heard.packets(), heard.missing()), (50, 0));
    }
    let (question, answer) = (talk.recording.of(seat(0)), talk.recording.of(seat(1)));
    assert_eq!((question.len(), answer.len()), (50, 50));
    assert_eq!(question[0].payload, packets[0]);
    let last = question.last().unwrap();
    assert!(
        last.spoken < answer[0].spoken,
        "the answer stands before the question"
    );
    for packet in question.iter().chain(&answer) {
        assert!(packet.spoken <= packet.arrived);
    }

    talk.tell(News::Ended).await;
    let over = nurse.told_that(SOON, of_type("over")).await.unwrap();
    let tracks = over["data"]["tracks"].as_array().unwrap();
    let packets = |party: &str| {
        tracks
            .iter()
            .find(|track| track["party"] == party)
            .map(|t| t["packets"].clone())
    };
    assert_eq!(packets("nurse"), Some(json!(50)));
    assert_eq!(packets("resident"), Some(json!(50)));
    let over = resident.told_that(SOON, of_type("over")).await.unwrap();
    assert_eq!(over["data"], json!({ "why": "ended" }));
}

#[tokio::test]
async fn without_her_consent_nothing_is_tapped_until_she_gives_it() {
    let talk = Talk::new(Transcription::None).await;
    let (mut nurse, mut resident) = talk.both().await;
    let engine = loopback();
    let mut one = nurse.join(&engine).await.unwrap();
    let mut two = resident.join(&engine).await.unwrap();
    let packets = voice::packets(&sound(1)).unwrap();
    let (first, second) = tokio::join!(one.play(&packets), two.play(&packets));
    first.and(second).unwrap();
    assert!(
        talk.recording.0.lock().unwrap().is_empty(),
        "a tap exists without consent"
    );
    assert!(
        two.received()[&Line::Audio0].packets() >= 40,
        "she is not heard live"
    );

    // The positive control: the same probe, once she agrees.
    let agreed = Agreed {
        to: consent(Transcription::CaptionsOnly),
        entries: 6,
        ..Agreed::default()
    };
    talk.tell(News::Consented(seat(1), agreed)).await;
    let tap = nurse.told_that(SOON, of_type("tap")).await.unwrap();
    assert_eq!(tap["data"]["allowed"], "captions_only");
    let (first, second) = tokio::join!(one.play(&packets), two.play(&packets));
    first.and(second).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(talk.recording.of(seat(0)).len() >= 45);
    assert!(talk.recording.of(seat(1)).len() >= 45);
}
