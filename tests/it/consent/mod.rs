//! What each answer does, and what it leaves undone, cell by cell of `docs/consent.md`: the real service
//! with real WebRTC voices, several talks at a time, and one probe for all of them.

mod along;
mod back;
mod beside;
mod choices;
mod counter;
mod staff;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;
use yorisoi::call::scribe::Scribe;
use yorisoi::clock::{Clock as _, SystemClock, SystemIds};
use yorisoi::media::archive::Archive;
use yorisoi::media::spool::{self, Stay};
use yorisoi::media::tap::{AudioSink, Refused, TappedPacket, TappedVoice, Taps};
use yorisoi::simulate::client::Client;
use yorisoi::simulate::interview::Live;
use yorisoi::simulate::page::{Page, Resumption};
use yorisoi::simulate::voice;
use yorisoi::sound;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_store::{KeyKind, Keys as _, Store as _};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore, contents};

use crate::common::rules::HIT;
use crate::common::scripted::Scripted;
use crate::common::{data, log};
use crate::demonstration::{Running, signed_in, tapped_by};
use crate::interview::settled;
use crate::media::loopback;

const SOON: Duration = Duration::from_secs(20);
/// Nothing more comes after so long.
const QUIET: Duration = Duration::from_millis(1_000);
const BIRTH_DATE: &str = "1995-04-01";
const PASSWORD: &str = "hitori-no-wakaba-2031";
const KANA: &str = "モギ メンダン";

/// One tap: whose, what it may do, and the packets that it was handed.
type Opened = Arc<Mutex<Vec<(ParticipantId, Tap, usize)>>>;

/// Notes every tap that is opened, and each packet that goes into it: without one there is nothing that
/// could be decoded or recognised.
struct Watched(Scribe, Opened);

impl Taps for Watched {
    fn open(&self, voice: TappedVoice) -> Box<dyn AudioSink> {
        let mut opened = self.1.lock().unwrap();
        opened.push((voice.participant, voice.allowed, 0));
        let (nth, opened) = (opened.len() - 1, Arc::clone(&self.1));
        Box::new(Counted(self.0.open(voice), nth, opened))
    }

    fn forget(&self, participant: ParticipantId) {
        self.0.forget(participant);
    }
}

struct Counted(Box<dyn AudioSink>, usize, Opened);

impl AudioSink for Counted {
    fn take(&mut self, packet: TappedPacket) -> Result<(), Refused> {
        self.2.lock().unwrap()[self.1].2 += 1;
        self.0.take(packet)
    }
}

/// A service that hears [`HIT`] in every sound, and in which talks are held side by side.
struct House {
    running: Running,
    staff: Client,
    /// The same nurse, signed in at another computer.
    elsewhere: Client,
    office: String,
    opened: Opened,
    /// What each interview was booked as: its link and number.
    booked: Mutex<BTreeMap<String, Value>>,
}

impl House {
    async fn open() -> Arc<Self> {
        let opened = Opened::default();
        let noted = Arc::clone(&opened);
        let running = tapped_by(None, |app| {
            let recognizer = Scripted::that_says(HIT);
            let records = Some(Arc::clone(app));
            let scribe = Scribe::start(&recognizer, 1, 1, Arc::new(SystemIds), records).unwrap();
            Some(Arc::new(Watched(scribe, noted)))
        })
        .await;
        let (mut staff, office) = signed_in(&running).await;
        let password = json!({ "current": null, "new": PASSWORD });
        post(&mut staff, "/api/me/password", password).await;
        let me = staff.get("/api/me").await.unwrap();
        let mut elsewhere = Client::new(&running.origin);
        let login = json!({ "staff_id": me["staff_id"], "password": PASSWORD });
        post(&mut elsewhere, "/api/login", login).await;
        Arc::new(Self {
            running,
            staff,
            elsewhere,
            office,
            opened,
            booked: Mutex::default(),
        })
    }

    /// Who takes the answers down: she by tap, or the nurse.
    async fn talk(&self, manner: &str, answers: &[(&str, &str)]) -> Live {
        let mut staff = self.staff.clone();
        let booking = json!({
            "office": self.office, "name": "模擬 面談", "kana": KANA, "birth_date": BIRTH_DATE,
            "due_date": null, "weeks": { "weeks": 14, "days": 2 }, "kind": "notification",
            "method": "online", "scheduled_at": SystemClock.now().to_string(),
        });
        let booked = staff.post("/api/interviews", booking).await.unwrap();
        let id = booked["id"].as_str().unwrap().to_owned();
        let mut guest = self.claimed(&booked).await;
        self.booked
            .lock()
            .unwrap()
            .insert(id.clone(), booked.clone());
        let identity = json!({
            "name_kana": KANA, "birth_date": BIRTH_DATE, "booking_number": booked["booking_number"],
        });
        post(&mut guest, "/api/join/identity", identity).await;
        let contact = json!({ "callback": "090-0000-0000", "place": "自宅" });
        post(&mut guest, "/api/join/contact", contact).await;
        post(&mut guest, "/api/join/device", device()).await;
        let she = self.last_guest(&id).await;
        for (choice, value) in answers {
            answer(&mut staff, &mut guest, (&id, &she), manner, choice, value).await;
        }
        post(&mut guest, "/api/join/knock", json!({})).await;
        let room = staff.door(&format!("/api/interviews/{id}/socket"));
        let mut nurse_page = Page::open(&room, Resumption::default()).await.unwrap();
        let mut resident_page = enter(&mut staff, &mut nurse_page, &guest, &id, &she).await;
        let nurse = nurse_page.join(&loopback()).await.unwrap();
        let resident = resident_page.join(&loopback()).await.unwrap();
        Live {
            interview: id,
            staff,
            guest,
            resident_id: she,
            nurse_page,
            resident_page,
            nurse,
            resident,
            network: None,
            voices_begin: watch::Sender::new(None),
        }
    }

    /// A browser that has opened the link.
    async fn claimed(&self, booked: &Value) -> Client {
        let link = booked["link"].as_str().unwrap();
        let (origin, secret) = link.split_once("/r#").unwrap();
        let mut guest = Client::new(origin);
        post(&mut guest, "/api/join/claim", json!({ "secret": secret })).await;
        guest
    }

    /// Who came last to the door.
    async fn last_guest(&self, id: &str) -> String {
        let mut staff = self.staff.clone();
        let door = staff.get(&format!("/api/interviews/{id}/door")).await;
        let door = door.unwrap();
        let guest = door["guests"].as_array().unwrap().last().unwrap().clone();
        guest["participant"].as_str().unwrap().to_owned()
    }

    /// How this participant's voice was tapped, in order.
    fn taps_of(&self, participant: &str) -> Vec<Tap> {
        let participant: ParticipantId = participant.parse().unwrap();
        let opened = self.opened.lock().unwrap();
        let own = opened.iter().filter(|(of, ..)| *of == participant);
        own.map(|(_, tap, _)| *tap).collect()
    }

    /// How many taps this voice had, and the packets that went into them.
    fn tapped(&self, participant: &str) -> (usize, usize) {
        let participant: ParticipantId = participant.parse().unwrap();
        let opened = self.opened.lock().unwrap();
        let own = opened.iter().filter(|(of, ..)| *of == participant);
        own.fold((0, 0), |(taps, all), (.., packets)| {
            (taps + 1, all + packets)
        })
    }

    /// The service stops, and nothing of what was said, of whose it was and how it sounded lies anywhere.
    async fn closes(&self) {
        self.running.closes().await;
    }

    async fn store(&self) -> SqliteStore {
        let data = self.running.folder.path().join("data");
        SqliteStore::open(&data.join("yorisoi.db")).await.unwrap()
    }

    /// What there is of one voice: decoders, segments, keys, files while they are written, files that are kept.
    async fn left_of(&self, interview: &str, participant: &str) -> Left {
        let interview: InterviewId = interview.parse().unwrap();
        let participant: ParticipantId = participant.parse().unwrap();
        let data = self.running.folder.path().join("data");
        let store = self.store().await;
        let mut reader = store.read().await.unwrap();
        let segments = reader.segments_of(interview).await.unwrap();
        let segments = segments.iter().filter(|(of, _)| *of == participant);
        let segments = segments.count();
        let mut tracks = Vec::<TrackId>::new();
        for call in reader.calls_of(interview).await.unwrap() {
            let all = reader.tracks_of(call.id).await.unwrap();
            let own = all.iter().filter(|it| it.participant == participant);
            tracks.extend(own.map(|it| it.id));
        }
        drop(reader);
        store.close().await;
        let keys = SqliteKeys::open(&data.join("keys.db")).await.unwrap();
        let rows = keys.keys().await.unwrap().into_iter();
        let own = rows.filter(|row| row.owner == participant.uuid());
        let kinds = own.map(|row| match row.kind {
            KeyKind::Talk => "talk",
            KeyKind::Audio => "audio",
            _ => "other",
        });
        let kinds = kinds.collect();
        keys.close().await;
        let spool = spool::places(self.running.app.spool()).unwrap();
        let own = spool.iter().filter(|place| tracks.contains(&place.track));
        let spool = own.map(|place| match place.stay {
            Stay::Kept => "kept",
            Stay::Passing => "passing",
        });
        let spool = spool.collect();
        let archive = Archive::open(&data.join("blobs")).unwrap();
        let (mut blobs, mut decoders) = (0, 0);
        for track in tracks {
            blobs += archive.places(track).await.unwrap().len();
            decoders += log::count(&track.to_string(), "a decoder is made");
        }
        Left {
            decoders,
            segments,
            keys: kinds,
            spool,
            blobs,
        }
    }
}

/// See [`House::left_of`].
#[derive(Debug, Default, PartialEq, Eq)]
struct Left {
    /// That there ever were.
    decoders: usize,
    segments: usize,
    keys: BTreeSet<&'static str>,
    spool: BTreeSet<&'static str>,
    blobs: usize,
}

async fn post(of: &mut Client, path: &str, body: Value) -> Value {
    let answer = of.post(path, body).await;
    answer.unwrap_or_else(|error| panic!("{path}: {error:?}"))
}

fn device() -> Value {
    json!({ "camera": "works", "microphone": "works", "noise": "quiet", "network": "good" })
}

/// One answer, by her own tap or as the nurse takes it down.
async fn answer(
    staff: &mut Client,
    guest: &mut Client,
    (id, who): (&str, &str),
    manner: &str,
    choice: &str,
    value: &str,
) {
    let by_tap = manner == "tap";
    let texts = match by_tap {
        true => guest.get("/api/join/consent").await,
        false => {
            let path = format!("/api/interviews/{id}/consent-texts");
            staff.get(&path).await
        }
    };
    let texts = texts.unwrap();
    let all = texts["texts"].as_array().unwrap();
    let text = all.iter().find(|text| text["choice"] == choice).unwrap();
    let mut body = json!({
        "choice": choice, "value": value, "locale": "ja-x-easy",
        "version": text["version"], "sha256": text["sha256"],
    });
    if by_tap {
        post(guest, "/api/join/consent", body).await;
    } else {
        body["manner"] = json!(manner);
        let path = format!("/api/interviews/{id}/participants/{who}/consent");
        post(staff, &path, body).await;
    }
}

/// From the door into the talk: the guest's page, inside.
async fn enter(
    staff: &mut Client,
    nurse_page: &mut Page,
    guest: &Client,
    id: &str,
    who: &str,
) -> Page {
    let door = guest.door("/api/join/socket");
    let mut page = Page::open(&door, Resumption::default()).await.unwrap();
    let knocks = |event: &Value| event["type"] == "participant" && event["data"]["id"] == who;
    nurse_page.told_that(SOON, knocks).await.unwrap();
    let admit = format!("/api/interviews/{id}/participants/{who}/admit");
    post(staff, &admit, json!({})).await;
    let inside = |event: &Value| event["type"] == "place" && event["data"]["place"] == "inside";
    page.told_that(SOON, inside).await.unwrap();
    page
}

/// The begin of a sentence, a second and a half, and the silence that ends it.
fn sentence() -> Vec<bytes::Bytes> {
    let mut sentence = sound::read(&data("speech/sentence.opus")).unwrap();
    sentence.truncate(24_000);
    sentence.extend([0.0; 10_400]);
    voice::packets(&sentence).unwrap()
}

/// Both speak, each a sentence; the kinds of words that the nurse's page was told, by participant.
async fn speak(live: &mut Live) -> BTreeMap<String, BTreeSet<String>> {
    let sentence = sentence();
    let (hers, nurses) = tokio::join!(live.resident.play(&sentence), live.nurse.play(&sentence));
    hers.and(nurses).unwrap();
    words(&mut live.nurse_page).await
}

/// Until nothing more comes.
async fn words(page: &mut Page) -> BTreeMap<String, BTreeSet<String>> {
    let mut told = BTreeMap::<String, BTreeSet<String>>::new();
    let is_words = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        matches!(kind, "partial" | "segment" | "flag")
    };
    while let Ok(event) = page.told_that(QUIET, is_words).await {
        let of = event["data"]["participant"].as_str().unwrap_or("all");
        let kind = event["type"].as_str().unwrap().to_owned();
        told.entry(of.to_owned()).or_default().insert(kind);
    }
    told
}

/// The nurse, as the pages name her.
async fn nurse_of(house: &House, live: &Live) -> String {
    let store = house.store().await;
    let mut reader = store.read().await.unwrap();
    let id: InterviewId = live.interview.parse().unwrap();
    let rows = reader.participants_of(id).await.unwrap();
    let nurse = rows.iter().map(|row| row.participant).find(|it| {
        let who = it.who;
        matches!(who, yorisoi_domain::participant::Who::Nurse(_))
    });
    nurse.unwrap().id.to_string()
}

/// Waits until the tap of this voice is so, as the nurse's page is told.
async fn tap_is(page: &mut Page, of: &str, allowed: &str) {
    let told = page.told_that(SOON, |event| {
        event["type"] == "tap"
            && event["data"]["participant"] == of
            && event["data"]["allowed"] == allowed
    });
    if let Err(error) = told.await {
        panic!("the tap never was `{allowed}`: {error:?}");
    }
}

/// Flags, quotes and alerts of one interview.
async fn found(house: &House, interview: &str) -> usize {
    let data = house.running.folder.path().join("data");
    let all = contents(&data.join("yorisoi.db")).await.unwrap();
    let id: uuid::Uuid = interview.parse().unwrap();
    let id = id.simple().to_string().to_uppercase();
    let of = |table: &str| {
        let rows = all[table].iter();
        rows.filter(|row| row.to_uppercase().contains(&id)).count()
    };
    of("flags") + of("alerts")
}
