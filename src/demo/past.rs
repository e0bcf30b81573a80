//! The demo's interview of the past: two recorded voices through the recognizer, the rules and the
//! use cases of every interview, with the clock set to when it would have been; their sound is kept
//! as a call's. Nothing in it is written by hand; what to decide and to write about it is left to
//! whoever tries the demo.

use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, anyhow};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use jiff::civil::Weekday;
use yorisoi_domain::access::Actor;
use yorisoi_domain::call::record::{ClosedWhy, TrackReception};
use yorisoi_domain::consent::{Answer, Transcription, YesNo};
use yorisoi_domain::ids::{CallId, InterviewId, OfficeId, ParticipantId, SegmentId, TrackId};
use yorisoi_domain::interview::{Kind, Method};
use yorisoi_domain::participant::{DeviceCheck, DeviceState, Nearby, Network, Noise};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_domain::transcript::segment::{Gap, Segment};
use yorisoi_domain::transcript::span::SAMPLES_PER_MS;

use crate::app::App;
use crate::app::booking::{Booked, Booking, Weeks};
use crate::app::calls::SettledTrack;
use crate::app::consent::ReadText;
use crate::app::join::{Contact, Identity};
use crate::asr::offline::{self, Found};
use crate::asr::{ModelInfo, Recognizer, Slot};
use crate::auth::secret::Secret;
use crate::clock::{Clock, IdGen, SystemIds};
use crate::media::spool::{Spool, SpoolPlace, Stay};
use crate::media::tap::TappedPacket;
use crate::rules;
use crate::simulate::voice;
use crate::sound;

const NURSE: &[u8] = include_bytes!("../../content/demo/past.nurse.opus");
const RESIDENT: &[u8] = include_bytes!("../../content/demo/past.resident.opus");
const NAME: (&str, &str) = ("藤代 みのり", "フジシロ ミノリ");
const BORN: &str = "1995-08-21";
/// From the end of an utterance to its text, as in a talk.
const RECOGNISING: SignedDuration = SignedDuration::from_millis(700);
/// A packet's length in time, and in ticks of its RTP clock.
const PACKET_MS: u16 = 20;
const PACKET_TICKS: usize = 960;
const PACKETS_PER_SECOND: usize = 50;

/// A clock that stands where it is put.
#[derive(Debug)]
pub(super) struct Then(Mutex<Timestamp>);

impl Then {
    /// Begins on the last working day, at nine.
    pub(super) fn last_working_day(
        now: Timestamp,
        zone: &jiff::tz::TimeZone,
    ) -> anyhow::Result<Self> {
        let mut day = now.to_zoned(zone.clone()).date().yesterday()?;
        while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            day = day.yesterday()?;
        }
        let nine = day.at(9, 0, 0, 0).to_zoned(zone.clone())?.timestamp();
        Ok(Self(Mutex::new(nine)))
    }

    fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Clock for Then {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A voice of the interview, heard and not written down yet.
pub(super) struct Heard {
    track: TrackId,
    packets: Vec<Bytes>,
    said: Vec<Segment>,
    gaps: Vec<Gap>,
}

/// The nurse's voice and the resident's, which takes the recognizer about as long as they last.
///
/// # Errors
/// The recognizer failed.
pub(super) fn hear(recognizer: &dyn Recognizer, threads: u16) -> anyhow::Result<[Heard; 2]> {
    let mut slot = recognizer.slot(threads)?;
    let progress = progress();
    let mut hear = |file: &'static [u8]| {
        let pcm = sound::read_from(Box::new(Cursor::new(file)), Path::new("past.opus"))?;
        listen(slot.as_mut(), recognizer.model(), &pcm, &progress)
    };
    Ok([hear(NURSE)?, hear(RESIDENT)?])
}

/// Holds the interview. `nurse` may book in `office`.
///
/// # Errors
/// A use case refused, or the sound can't be written.
pub(super) async fn hold(
    app: &App,
    then: &Then,
    nurse: &Actor,
    office: OfficeId,
    heard: [Heard; 2],
) -> anyhow::Result<()> {
    let begins = then.now() + SignedDuration::from_hours(5);
    let booked = book(app, nurse, office, begins).await?;
    let interview = InterviewId::from(booked.id);

    then.set(begins - SignedDuration::from_mins(4));
    let seat = come_to_the_door(app, &booked).await?;
    then.set(begins);
    let room = app.enter_room(nurse, interview).await?;
    app.admit(nurse, interview, seat).await?;

    let call = CallId::new(SystemIds.id());
    app.open_call(call, interview).await?;
    let mut said = Vec::new();
    let mut settled = Vec::new();
    let mut kept = Vec::new();
    let mut length = 0;
    for (who, heard) in [room.participant, seat].into_iter().zip(heard) {
        app.open_track(heard.track, call, who).await?;
        kept.push(keep(app, who, heard.track, &heard.packets).await?);
        length = length.max(i64::try_from(heard.packets.len())? * i64::from(PACKET_MS));
        said.extend(heard.said.into_iter().map(|segment| (who, segment)));
        settled.push(SettledTrack {
            id: heard.track,
            reception: TrackReception {
                packets: heard.packets.len() as u64,
                missing: 0,
                absent_ms: 0,
                muted_ms: 0,
            },
            gaps: heard.gaps,
        });
    }
    said.sort_by_key(|(_, segment)| (segment.end, segment.start));
    for (who, segment) in &said {
        then.set(begins + SignedDuration::from_millis(segment.end.0) + RECOGNISING);
        app.confirm_segment(interview, *who, segment).await?;
    }
    then.set(begins + SignedDuration::from_millis(length) + RECOGNISING * 2);
    app.end_interview(nurse, interview).await?;
    for place in kept {
        app.archive_sound(place).await?;
    }
    let lasted = then.now().duration_since(begins).as_millis();
    let lasted = InterviewMs(i64::try_from(lasted)?);
    app.close_call(call, interview, (ClosedWhy::Ended, lasted), &settled)
        .await?;
    Ok(())
}

/// Seals a voice's packets in a spool of its own, as a call whose talk may be kept does.
async fn keep(
    app: &App,
    of: ParticipantId,
    track: TrackId,
    packets: &[Bytes],
) -> anyhow::Result<SpoolPlace> {
    let place = SpoolPlace {
        track,
        epoch: SystemIds.id(),
        stay: Stay::Kept,
    };
    let mut spool = Spool::create(app.spool(), place, app.audio_key(of).await?)?;
    let sequences = (0..=u16::MAX).cycle();
    let timestamps = (0_u32..).step_by(PACKET_TICKS);
    let spoken = (0..).step_by(PACKET_MS.into()).map(InterviewMs);
    let clocks = sequences.zip(timestamps).zip(spoken);
    let packets: Vec<_> = packets
        .iter()
        .zip(clocks)
        .map(|(payload, ((sequence, timestamp), spoken))| TappedPacket {
            ssrc: 1,
            sequence,
            timestamp,
            arrived: spoken,
            spoken,
            payload: payload.clone(),
        })
        .collect();
    for second in packets.chunks(PACKETS_PER_SECOND) {
        spool.append(second)?;
    }
    Ok(place)
}

async fn book(
    app: &App,
    nurse: &Actor,
    office: OfficeId,
    begins: Timestamp,
) -> anyhow::Result<Booked> {
    let booking = Booking {
        office: office.uuid(),
        name: NAME.0.to_owned().into(),
        kana: NAME.1.to_owned().into(),
        birth_date: BORN.to_owned().into(),
        due_date: None,
        weeks: Some(Weeks { weeks: 22, days: 3 }),
        kind: Kind::Notification,
        method: Method::Online,
        scheduled_at: begins,
        once: false,
    };
    Ok(app.book_interview(nurse, booking).await?)
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// From the link to the door, as her phone goes.
async fn come_to_the_door(app: &App, booked: &Booked) -> anyhow::Result<ParticipantId> {
    let link = booked.link.link.expose();
    let secret = link
        .split_once('#')
        .and_then(|(_, secret)| Secret::parse(secret));
    let token = app.claim_invitation(secret.as_ref(), None, HERE).await?;
    let token = token.context("the link gave no seat")?;
    let her = || async {
        let seat = app.known_seat(&token).await?;
        seat.map(Actor::Seat)
            .ok_or_else(|| anyhow!("the seat is gone"))
    };
    let identity = Identity {
        name_kana: NAME.1.to_owned().into(),
        birth_date: BORN.to_owned().into(),
        booking_number: booked.booking_number.clone(),
    };
    app.check_identity(&her().await?, identity, HERE).await?;
    // What she is from now on.
    let her = her().await?;
    let contact = Contact {
        callback: Pii::new("090-0000-5678".to_owned()),
        place: Pii::new("自宅".to_owned()),
    };
    app.give_contact(&her, contact).await?;
    let device = DeviceCheck {
        camera: DeviceState::Works,
        microphone: DeviceState::Works,
        noise: Noise::Quiet,
        network: Network::Good,
    };
    app.report_device(&her, device).await?;
    let texts = app.consent_texts(&her, None).await?;
    for answer in [
        Answer::Interview(YesNo::Yes),
        Answer::Transcription(Transcription::Transcript),
        Answer::KeepAudio(YesNo::Yes),
        Answer::Sharing(YesNo::Yes),
    ] {
        let mut shown = texts.texts.iter();
        let shown = shown.find(|text| text.choice == answer.choice());
        let shown = shown.context("a consent text is missing")?;
        let read = ReadText {
            locale: texts.locale.clone(),
            version: shown.version,
            sha256: shown.sha256.clone(),
        };
        app.give_consent(&her, answer, read).await?;
    }
    app.say_nearby(&her, Nearby::Alone).await?;
    app.knock(&her).await?;
    match her {
        Actor::Seat(seat) => Ok(seat.participant),
        _ => Err(anyhow!("the seat is nobody's")),
    }
}

/// What a recording holds, on the interview's clock.
fn listen(
    slot: &mut dyn Slot,
    model: &ModelInfo,
    pcm: &[f32],
    progress: &ProgressBar,
) -> anyhow::Result<Heard> {
    let (before, ms) = (progress.position(), pcm.len() as u64 / SAMPLES_PER_MS);
    progress.inc_length(ms);
    let track = TrackId::new(SystemIds.id());
    let pack = rules::shipped()?;
    let (mut said, mut gaps) = (Vec::new(), Vec::new());
    offline::hear(slot, pcm, |found| match found {
        Found::Said(span, hypothesis) => {
            progress.set_position(before + span.to_ms());
            let text = hypothesis.text();
            said.push(Segment {
                repairs: pack.repairs(&text),
                id: SegmentId::new(SystemIds.id()),
                track,
                start: on_clock(span.from_ms()),
                end: on_clock(span.to_ms()),
                text: text.into(),
                pieces: hypothesis.pieces,
                model_sha256: model.sha256.bytes(),
                revision: 1,
            });
        }
        Found::Gap(span, reason) => gaps.push(Gap {
            track,
            start: on_clock(span.from_ms()),
            end: on_clock(span.to_ms()),
            reason,
        }),
    })?;
    progress.set_position(before + ms);
    Ok(Heard {
        track,
        packets: voice::packets(pcm)?,
        said,
        gaps,
    })
}

/// Seconds of the recordings, on the terminal.
fn progress() -> ProgressBar {
    let bar = ProgressBar::new(0).with_message("練習用の面談(録音)を聞いています");
    match ProgressStyle::with_template("{msg} {bar:40} {percent} %") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn on_clock(ms: u64) -> InterviewMs {
    InterviewMs(i64::try_from(ms).unwrap_or(i64::MAX))
}
