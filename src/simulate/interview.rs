//! One simulated interview from booking to its end, through the public interface alone: what a
//! nurse's and a resident's page do, in their order.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;
use webrtc::peer_connection::RTCPeerConnectionState;
use yorisoi_domain::time::Timestamp;

use super::client::Client;
use super::network::{Badness, Network};
use super::page::{Page, PageError, Resumption};
use super::participant::{Participant, Silence};
use super::plant::{self, Plant, Planted};
use crate::media::engine::Engine;
use crate::media::layout::Line;
use crate::media::reception::Reception;

const NAME: (&str, &str) = ("模擬 面談", "モギ メンダン");
const BIRTH_DATE: &str = "1995-04-01";
/// What is underway when the last packet has been played arrives within this time.
const SETTLE: Duration = Duration::from_millis(500);
/// Between two texts after the end; recognising takes long on a busy machine.
const LAST_WORDS: Duration = Duration::from_secs(130);
const SOON: Duration = Duration::from_secs(10);
/// A path that is gone for so long does not come back by itself; as `web/src/lib/call/peer.ts`.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// A path that carries on after the dark does so by then.
const CARRIES_ON: Duration = Duration::from_millis(300);
/// No simulated talk is longer.
const LONGEST_TALK: Duration = Duration::from_secs(4 * 60 * 60);

/// Returns when the service has told the page that nothing comes by its path. In the dark the page would
/// not be told either; when it is over, the old path may carry on.
async fn asked_for_another_path(
    page: &mut Page,
    path: watch::Receiver<RTCPeerConnectionState>,
    lit: Option<tokio::time::Instant>,
) {
    let lost = |event: &Value| event["type"] == "path_lost";
    while page.told_that(LONGEST_TALK, lost).await.is_ok() {
        let Some(lit) = lit.filter(|lit| *lit > tokio::time::Instant::now()) else {
            return;
        };
        tokio::time::sleep_until(lit + CARRIES_ON).await;
        if *path.borrow() != RTCPeerConnectionState::Connected {
            return;
        }
    }
    std::future::pending().await
}

/// What both sides play: Opus packets of 20 ms, equally many.
#[derive(Debug, Clone)]
pub struct Voices {
    pub nurse: Vec<Bytes>,
    pub resident: Vec<Bytes>,
}

/// What came of one voice.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// By the simulated microphone.
    pub sent: u64,
    /// By the service, as it says itself.
    pub received: u64,
    pub absent_ms: u64,
    pub muted_ms: u64,
    /// By the other side, over its last connection.
    pub forwarded: Reception,
    /// The longest time in which nothing of it came to the other side.
    pub silence: Option<Silence>,
}

/// What came of an interview.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub interview: String,
    pub nurse: Heard,
    pub resident: Heard,
    /// When the voices began to play.
    pub began: Instant,
    /// What was done to the resident's voice.
    pub planted: Vec<Planted>,
    /// How often the resident's page made a new connection because its path was gone.
    pub rejoins: usize,
    /// How often the service asked it for another path.
    pub asked: usize,
    /// Everything that the nurse's page was told from then on, with the time at which it came.
    pub told: Vec<(Instant, Value)>,
}

/// Where and when an interview is held, and over what network.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub office: &'a str,
    pub at: Timestamp,
    pub network: Option<Badness>,
    /// What she answers to being written down: `none`, `captions_only` or `transcript`.
    pub transcription: &'a str,
    /// Whether she lets her sound be kept; asked where she is written down.
    pub keep_audio: bool,
    /// What is done to the resident's voice, in the order of time.
    pub plants: &'a [Plant],
    /// Tells the networks of several interviews apart.
    pub seed: u64,
}

/// An interview that runs: both sides are inside and connected, and nothing is played yet.
#[derive(Debug)]
pub struct Live {
    pub interview: String,
    /// The nurse's and the resident's browsers.
    pub staff: Client,
    pub guest: Client,
    /// The resident, as the pages name her.
    pub resident_id: String,
    pub nurse_page: Page,
    pub resident_page: Page,
    pub nurse: Participant,
    pub resident: Participant,
    /// The resident's, if it is bad.
    pub network: Option<Network>,
    /// When both voices begin.
    pub voices_begin: watch::Sender<Option<tokio::time::Instant>>,
}

/// Books, joins and admits. `staff` is the nurse's browser.
///
/// # Errors
/// Any step that a page would stop at.
pub async fn begin(staff: &Client, place: Setting<'_>, engine: &Engine) -> anyhow::Result<Live> {
    let mut staff = staff.clone();
    let (id, guest) = book_and_knock(&mut staff, place).await?;
    let room = staff.door(&format!("/api/interviews/{id}/socket"));
    let mut nurse_page = Page::open(&room, Resumption::default()).await?;
    let waits = |event: &Value| {
        let own = event["type"] == "participant" && event["data"]["party"] == "resident";
        own && event["data"]["presence"] == "waiting"
    };
    let talk = guest.door("/api/join/socket");
    let mut resident_page = Page::open(&talk, Resumption::default()).await?;
    let knock = nurse_page
        .told_that(SOON, waits)
        .await
        .context("nobody knocks")?;
    let who = knock["data"]["id"].as_str().unwrap_or_default().to_owned();
    let admit = format!("/api/interviews/{id}/participants/{who}/admit");
    staff.post(&admit, json!({})).await?;
    let inside = |event: &Value| event["type"] == "place" && event["data"]["place"] == "inside";
    resident_page
        .told_that(SOON, inside)
        .await
        .context("she is not let in")?;

    let (voices_begin, began) = watch::channel(None);
    let network = |side: u64, badness: Badness| Network {
        badness,
        seed: place.seed * 2 + side,
        began: began.clone(),
    };
    // The one path that breaks is hers.
    let nurses = place.network.map(|badness| Badness {
        blackout: None,
        new_address: None,
        ..badness
    });
    let nurses = nurses.map(|badness| network(0, badness));
    let nurse = nurse_page.join_over(engine, nurses.as_ref()).await?;
    let network = place.network.map(|badness| network(1, badness));
    let resident = resident_page.join_over(engine, network.as_ref()).await?;
    Ok(Live {
        interview: id,
        staff,
        guest,
        resident_id: who,
        nurse_page,
        resident_page,
        nurse,
        resident,
        network,
        voices_begin,
    })
}

/// Holds one interview. `staff` is the nurse's browser.
///
/// # Errors
/// Any step that a page would stop at.
pub async fn hold(
    staff: &Client,
    place: Setting<'_>,
    engine: &Engine,
    voices: &Voices,
) -> anyhow::Result<Outcome> {
    let mut live = begin(staff, place, engine).await?;
    let began = Instant::now();
    live.voices_begin.send_replace(Some(began.into()));
    if place.network.is_some_and(|it| it.whole_again().is_some()) {
        anyhow::ensure!(place.plants.is_empty(), "one fault at a time");
        let (rejoins, asked) = live.play_and_rejoin(engine, voices, began).await?;
        let outcome = live.end(began).await?;
        return Ok(Outcome {
            rejoins,
            asked,
            ..outcome
        });
    }
    let dropped = plant::dropped(place.plants);
    let (played, answered, planted) = tokio::join!(
        live.nurse.play(&voices.nurse),
        live.resident.play_but(&voices.resident, &dropped),
        Box::pin(plant::act(
            place.plants,
            began,
            &mut live.resident_page,
            &mut live.guest
        ))
    );
    played.and(answered)?;
    let planted = planted?;
    let outcome = live.end(began).await?;
    Ok(Outcome { planted, ..outcome })
}

impl Live {
    /// Both voices; a resident whose path is gone joins anew, as her page does where a restart does
    /// not help, and goes on where the talk is by then. Returns how often, and how
    /// often the service asked for it.
    async fn play_and_rejoin(
        &mut self,
        engine: &Engine,
        voices: &Voices,
        began: Instant,
    ) -> anyhow::Result<(usize, usize)> {
        let Self {
            nurse,
            resident,
            resident_page,
            network,
            ..
        } = self;
        let hers = async {
            let (mut rejoins, mut asked) = (0, 0);
            let began: tokio::time::Instant = began.into();
            let dark = network.as_ref().and_then(|it| it.badness.blackout);
            let lit = dark.map(|dark| began + dark.from + dark.lasting);
            loop {
                let path = resident.path();
                let played = tokio::select! {
                    played = resident.play_while_connected(&voices.resident, began, PATIENCE) => played?,
                    () = asked_for_another_path(resident_page, path, lit) => {
                        asked += 1;
                        false
                    }
                };
                if played {
                    break;
                }
                // What can't be reached yet is tried again, as long as the talk lasts.
                match resident_page.join_over(engine, network.as_ref()).await {
                    Ok(again) => {
                        rejoins += 1;
                        let before = std::mem::replace(resident, again);
                        resident.go_on_from(&before);
                        before.close().await;
                    }
                    Err(PageError::Media(error)) => tracing::info!(%error, "no path yet"),
                    Err(error) => return Err(error.into()),
                }
            }
            anyhow::Ok((rejoins, asked))
        };
        let (played, rejoins) = tokio::join!(nurse.play(&voices.nurse), Box::pin(hers));
        played?;
        rejoins
    }

    /// Ends it by the nurse's hand and waits for the last words.
    ///
    /// # Errors
    /// Any step that a page would stop at.
    pub async fn end(mut self, began: Instant) -> anyhow::Result<Outcome> {
        let silences = (
            self.resident.silence(Line::Audio0),
            self.nurse.silence(Line::Audio0),
        );
        tokio::time::sleep(SETTLE).await;
        let arrived = |at: &Participant| reception(&at.received(), Line::Audio0);
        let to_resident = (arrived(&self.resident), silences.0);
        let to_nurse = (arrived(&self.nurse), silences.1);
        let sent = (self.nurse.sent(), self.resident.sent());

        self.staff
            .post(
                &format!("/api/interviews/{}/end", self.interview),
                json!({}),
            )
            .await?;
        self.nurse.close().await;
        self.resident.close().await;
        // The last words come after the end; then the service closes the socket.
        let mut told = Vec::new();
        while let Ok(event) = self.nurse_page.told_at(LAST_WORDS).await {
            told.push(event);
        }
        let over = told.iter().find(|(_, event)| event["type"] == "over");
        let (_, over) = over.context("the end is not told")?;
        let account = |party: &str, sent, (forwarded, silence)| {
            let tracks = over["data"]["tracks"].as_array();
            let track = tracks.and_then(|all| all.iter().find(|track| track["party"] == party));
            let track = track.with_context(|| format!("no account of the {party}'s voice"))?;
            let number = |name: &str| track[name].as_u64().unwrap_or_default();
            anyhow::Ok(Heard {
                sent,
                received: number("packets"),
                absent_ms: number("absent_ms"),
                muted_ms: number("muted_ms"),
                forwarded,
                silence,
            })
        };
        Ok(Outcome {
            nurse: account("nurse", sent.0, to_resident)?,
            resident: account("resident", sent.1, to_nurse)?,
            interview: self.interview,
            began,
            planted: Vec::new(),
            rejoins: 0,
            asked: 0,
            told,
        })
    }
}

fn reception(all: &std::collections::BTreeMap<Line, Reception>, line: Line) -> Reception {
    all.get(&line).copied().unwrap_or_default()
}

/// A link, and what whoever comes by it says at the door.
#[derive(Debug, Clone, Copy)]
pub struct Invited<'a> {
    pub link: &'a str,
    pub name_kana: &'a str,
    /// `YYYY-MM-DD`
    pub birth_date: &'a str,
    pub booking_number: &'a str,
    /// What she answers to being written down: `none`, `captions_only` or `transcript`.
    pub transcription: &'a str,
    pub keep_audio: bool,
}

/// Books an interview and goes with its link to the door.
async fn book_and_knock(
    staff: &mut Client,
    place: Setting<'_>,
) -> anyhow::Result<(String, Client)> {
    let booking = json!({
        "office": place.office, "name": NAME.0, "kana": NAME.1, "birth_date": BIRTH_DATE,
        "due_date": null, "weeks": { "weeks": 14, "days": 2 },
        "kind": "notification", "method": "online", "scheduled_at": place.at.to_string(),
    });
    let booked = staff.post("/api/interviews", booking).await?;
    let text = |name: &str| {
        booked[name]
            .as_str()
            .ok_or_else(|| anyhow!("no `{name}` was booked"))
    };
    let guest = knock(Invited {
        link: text("link")?,
        name_kana: NAME.1,
        birth_date: BIRTH_DATE,
        booking_number: text("booking_number")?,
        transcription: place.transcription,
        keep_audio: place.keep_audio,
    });
    Ok((text("id")?.to_owned(), guest.await?))
}

/// From the link to the door, as the phone's pages go. Returns her browser.
///
/// # Errors
/// Any step that a page would stop at.
pub async fn knock(invited: Invited<'_>) -> anyhow::Result<Client> {
    let (origin, secret) = invited
        .link
        .split_once("/r#")
        .context("the link has another form")?;
    let mut guest = Client::new(origin);
    guest
        .post("/api/join/claim", json!({ "secret": secret }))
        .await?;
    let identity = json!({
        "name_kana": invited.name_kana, "birth_date": invited.birth_date,
        "booking_number": invited.booking_number,
    });
    guest.post("/api/join/identity", identity).await?;
    let contact = json!({ "callback": "090-0000-0000", "place": "自宅" });
    guest.post("/api/join/contact", contact).await?;
    let device =
        json!({ "camera": "works", "microphone": "works", "noise": "quiet", "network": "good" });
    guest.post("/api/join/device", device).await?;
    let texts = guest.get("/api/join/consent").await?;
    for (choice, value) in [
        ("interview", "yes"),
        ("transcription", invited.transcription),
        ("keep_audio", if invited.keep_audio { "yes" } else { "no" }),
        ("sharing", "yes"),
    ] {
        if choice == "keep_audio" && invited.transcription != "transcript" {
            // Not asked of who is not written down.
            continue;
        }
        answer(&mut guest, &texts, choice, value).await?;
    }
    guest.post("/api/join/knock", json!({})).await?;
    Ok(guest)
}

/// Answers one of the questions that her page was shown.
pub(super) async fn answer(
    guest: &mut Client,
    texts: &Value,
    choice: &str,
    value: &str,
) -> anyhow::Result<()> {
    let shown = texts["texts"].as_array();
    let shown = shown.and_then(|all| all.iter().find(|text| text["choice"] == choice));
    let shown = shown.with_context(|| format!("no consent text for `{choice}`"))?;
    let answer = json!({
        "choice": choice, "value": value, "locale": texts["locale"],
        "version": shown["version"], "sha256": shown["sha256"],
    });
    guest.post("/api/join/consent", answer).await?;
    Ok(())
}
