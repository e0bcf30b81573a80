//! What a run that broke off left: calls that nobody closed, and sealed sound whose words were not
//! written yet. It is found before anything is served, heard again, and then settled.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use uuid::Uuid;
use yorisoi_domain::call::record::CallRecord;
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;
use yorisoi_store::KeyKind;

use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::media::spool::{self, SpoolPlace, Stay};
use crate::media::tap::TappedPacket;

/// Sound that nobody agreed to keep waits no longer for a recognizer.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// Of one packet.
pub(crate) const PACKET_MS: i64 = 20;

/// A call that was broken off, or of which sound is left.
#[derive(Debug)]
pub struct BrokenCall {
    pub call: CallRecord,
    pub voices: Vec<LeftVoice>,
    /// When it was found.
    pub at: Timestamp,
    pub found: Instant,
}

/// One voice whose sound lies in the spool.
#[derive(Debug)]
pub struct LeftVoice {
    pub participant: ParticipantId,
    pub track: TrackId,
    /// In the order of time.
    pub places: Vec<SpoolPlace>,
}

/// What can still be heard of a voice.
#[derive(Debug, Default)]
pub struct LeftSound {
    /// What has no text yet, in the order in which it came, each with whether sealed sound before it
    /// does not open any more. A run begins anew where what lies before it has its text.
    pub runs: Vec<Vec<(TappedPacket, bool)>>,
    /// The end of everything that was heard.
    pub until: Option<InterviewMs>,
}

impl App {
    /// What a crash left; to be called before anything is served. Sound whose track the store could not
    /// write down before the crash gets its call and its track now.
    ///
    /// # Errors
    /// The store, the keys or the disk failed.
    pub async fn find_broken(&self) -> Result<Vec<BrokenCall>> {
        let (at, found) = (self.now(), self.clock.monotonic());
        for place in spool::places(&self.spool)? {
            // One that fails keeps no other, and nobody from being served.
            if let Err(error) = self.know_track(place).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(track = %place.track, error, "sound without a track stays in the spool");
            }
        }
        let mut reader = self.store.read().await?;
        let broken = |call: CallRecord| BrokenCall {
            call,
            voices: Vec::new(),
            at,
            found,
        };
        let open = reader.open_calls().await?.into_iter();
        let mut calls: Vec<_> = open.map(broken).collect();
        let mut unknown = Vec::new();
        for place in spool::places(&self.spool)? {
            let Some(call) = reader.call_of(place.track).await? else {
                unknown.push(place);
                continue;
            };
            let tracks = reader.tracks_of(call.id).await?.into_iter();
            let of = tracks
                .filter(|track| track.id == place.track)
                .map(|track| track.participant);
            let known = calls.iter().position(|it| it.call.id == call.id);
            let known = known.unwrap_or_else(|| {
                calls.push(broken(call));
                calls.len() - 1
            });
            let voices = &mut calls[known].voices;
            for participant in of {
                match voices.iter_mut().find(|voice| voice.track == place.track) {
                    Some(voice) => voice.places.push(place),
                    None => voices.push(LeftVoice {
                        participant,
                        track: place.track,
                        places: vec![place],
                    }),
                }
            }
        }
        drop(reader);
        for place in unknown {
            match spool::voice_of(&self.spool, place)? {
                // Its records are not here, as after a copy of before was restored.
                Some(_) => tracing::error!(
                    track = %place.track,
                    "sound of somebody whom the records do not know stays in the spool"
                ),
                None => {
                    tracing::error!(track = %place.track, "sound of nobody is archived or destroyed");
                    if let Err(error) = self.settle_left(place).await {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(track = %place.track, error, "it stays until the next start");
                    }
                }
            }
        }
        Ok(calls)
    }

    /// Writes down the track of a file, and the call where that is missing too, if only the crash kept
    /// them from being written: whose voice it is, the file says.
    async fn know_track(&self, place: SpoolPlace) -> Result<()> {
        let mut reader = self.store.read().await?;
        if reader.call_of(place.track).await?.is_some() {
            return Ok(());
        }
        let Some((interview, of)) = spool::voice_of(&self.spool, place)? else {
            return Ok(());
        };
        let seat = reader.participant(of).await?;
        if seat.is_none_or(|row| row.participant.interview != interview) {
            return Ok(());
        }
        let mut call = None;
        for open in reader.open_calls().await? {
            let tracks = reader.tracks_of(open.id).await?;
            if open.interview == interview && tracks.iter().all(|it| it.participant != of) {
                call = Some(open.id);
            }
        }
        drop(reader);
        let call = match call {
            Some(call) => call,
            None => {
                let call = CallId::new(self.ids.id());
                self.open_call_at(
                    call,
                    interview,
                    begun(place.epoch).unwrap_or_else(|| self.now()),
                )
                .await?;
                call
            }
        };
        tracing::warn!(%call, track = %place.track, "a track that a crash left unwritten is written");
        self.open_track(place.track, call, of).await
    }

    /// Removes sound of which the records know nothing, with its keys where they are its own: what a
    /// copy of before does not know. Says how many files there were.
    ///
    /// # Errors
    /// The store, the keys or the disk failed.
    pub async fn remove_unknown_sound(&self) -> Result<usize> {
        let mut reader = self.store.read().await?;
        let mut unknown = Vec::new();
        for place in spool::places(&self.spool)? {
            let seat = match spool::voice_of(&self.spool, place)? {
                Some((_, of)) => reader.participant(of).await?,
                None => None,
            };
            if seat.is_none() && reader.call_of(place.track).await?.is_none() {
                unknown.push(place);
            }
        }
        drop(reader);
        for place in &unknown {
            match place.stay {
                Stay::Kept => spool::remove(&self.spool, *place)?,
                Stay::Passing => self.destroy_passing(*place).await?,
            }
        }
        Ok(unknown.len())
    }

    /// What is left of a voice. What does not open, or was taken back, is not among it.
    ///
    /// # Errors
    /// The store, the keys or the disk failed.
    pub async fn left_sound(
        &self,
        interview: InterviewId,
        of: ParticipantId,
        track: TrackId,
        places: &[SpoolPlace],
    ) -> Result<LeftSound> {
        match self.expect_not_withdrawn(of).await {
            Err(AppError::Withdrawn) => return Ok(LeftSound::default()),
            asked => asked?,
        }
        let mut reader = self.store.read().await?;
        if reader.certificate_of(of).await?.is_some() {
            return Ok(LeftSound::default());
        }
        let segments = reader.segments_of(interview).await?.into_iter();
        let said = segments
            .filter(|(_, it)| it.track == track)
            .map(|(_, it)| (it.start, it.end));
        let gaps = reader.gaps_of(interview).await?.into_iter();
        let refused = gaps
            .filter(|(_, it)| it.track == track && it.reason == GapReason::Unintelligible)
            .map(|(_, it)| (it.start, it.end));
        let final_already: Vec<_> = said.chain(refused).collect();
        drop(reader);
        let mut left = LeftSound::default();
        let mut anew = true;
        for place in places {
            let owner = match place.stay {
                Stay::Kept => of.uuid(),
                Stay::Passing => place.epoch,
            };
            let key = match self.keyring.get(KeyKind::Audio, owner).await {
                Err(KeyError::Missing { .. } | KeyError::Destroyed { .. }) => {
                    anew = true;
                    continue;
                }
                found => found?,
            };
            let replay = match spool::read_apart(&self.spool, *place, &key.into()).await {
                // Taken back meanwhile, or settled before.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    anew = true;
                    continue;
                }
                replay => replay?,
            };
            if replay.closed > 0 || replay.torn {
                let closed = replay.closed;
                tracing::error!(%track, closed, torn = replay.torn, "sealed sound is damaged");
            }
            // Texts of one file are written in the order in which they were spoken. Of another file,
            // which another tap of the same voice may have made, a later one may have been faster.
            let times = || replay.packets.iter().map(|packet| packet.spoken.0);
            let (Some(first), Some(last)) = (times().min(), times().max()) else {
                continue;
            };
            let inside = final_already
                .iter()
                .filter(|(start, end)| start.0 < last + PACKET_MS && first < end.0);
            // One that ends after the file is the next file's too. Here it counts from its beginning on:
            // without a recognizer a file waits whole, while what is said after it is heard at once.
            let (within, beyond): (Vec<_>, Vec<_>) =
                inside.partition(|(_, end)| end.0 <= last + PACKET_MS);
            let written = within.iter().map(|(_, end)| *end).max();
            let beyond = beyond.iter().map(|(start, _)| *start).min();
            let mut before: Option<u16> = None;
            for packet in replay.packets {
                let follows = before.is_none_or(|it| it.wrapping_add(1) == packet.sequence);
                before = Some(packet.sequence);
                let end = InterviewMs(packet.spoken.0 + PACKET_MS);
                left.until = left.until.max(Some(end));
                let has_text = written.is_some_and(|written| packet.spoken < written)
                    || beyond.is_some_and(|start| start <= packet.spoken);
                if has_text {
                    anew = true;
                    continue;
                }
                if std::mem::take(&mut anew) {
                    left.runs.push(Vec::new());
                }
                if let Some(run) = left.runs.last_mut() {
                    run.push((packet, !follows && replay.closed > 0));
                }
            }
        }
        Ok(left)
    }

    /// How long sound may wait for a recognizer: what nobody agreed to keep a day, other as long as sound is
    /// kept.
    #[must_use]
    pub fn longest_wait(&self, stay: Stay) -> Duration {
        match stay {
            Stay::Passing => LONGEST_WAIT,
            Stay::Kept => LONGEST_WAIT * u32::from(self.settings.retention.audio_days),
        }
    }

    /// Now, by the clock that nobody sets.
    #[must_use]
    pub fn monotonic(&self) -> Instant {
        self.clock.monotonic()
    }

    /// Sound that nobody has heard goes: first it is written down that it has no text.
    async fn give_up_sound(&self, voice: &LeftVoice, place: SpoolPlace) -> Result<()> {
        let owner = match place.stay {
            Stay::Kept => voice.participant.uuid(),
            Stay::Passing => place.epoch,
        };
        let spoken = match self.keyring.get(KeyKind::Audio, owner).await {
            Err(KeyError::Missing { .. } | KeyError::Destroyed { .. }) => None,
            key => match spool::read_apart(&self.spool, place, &key?.into()).await {
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                replay => {
                    let spoken = replay?.packets.into_iter().map(|packet| packet.spoken);
                    let spoken: Vec<_> = spoken.collect();
                    spoken.iter().copied().min().zip(spoken.into_iter().max())
                }
            },
        };
        if let Some((start, last)) = spoken {
            let gap = Gap {
                track: voice.track,
                start,
                end: InterviewMs(last.0 + PACKET_MS),
                reason: GapReason::Crash,
            };
            self.note_gap(&gap).await?;
        }
        match place.stay {
            Stay::Passing => self.destroy_passing(place).await,
            Stay::Kept => self.take_sound_back(voice.participant, place).await,
        }
    }

    /// While there is no recognizer: sound that has waited for as long as it may goes unheard, by the clock and
    /// by the time that has passed since it was found; while the clock is in doubt none does. Whether
    /// anything is left to wait for.
    ///
    /// # Errors
    /// The keys, the disk or the store; it can be tried again.
    pub async fn give_up_waiting(&self, broken: &mut BrokenCall) -> Result<bool> {
        if self.clock_doubt().await?.is_some() {
            return Ok(broken.voices.iter().any(|voice| !voice.places.is_empty()));
        }
        let (now, at) = (self.now(), broken.at);
        let since_found = self.monotonic().saturating_duration_since(broken.found);
        let over = |place: &SpoolPlace| {
            let long = |since| {
                let until = |at: Timestamp| Duration::try_from(at.duration_since(since));
                let by_clock = until(now).unwrap_or_default();
                by_clock.min(until(at).unwrap_or_default() + since_found)
            };
            begun(place.epoch).map(long) >= Some(self.longest_wait(place.stay))
        };
        for voice in &mut broken.voices {
            while let Some(at) = voice.places.iter().position(over) {
                self.give_up_sound(voice, voice.places[at]).await?;
                voice.places.remove(at);
            }
        }
        Ok(broken.voices.iter().any(|voice| !voice.places.is_empty()))
    }

    /// What had to be heard of it was heard: kept sound moves to the archive, passing sound goes with
    /// its key.
    ///
    /// # Errors
    /// The keys, or the disk; it can be tried again.
    pub async fn settle_left(&self, place: SpoolPlace) -> Result<()> {
        match place.stay {
            Stay::Kept => self.archive_sound(place).await,
            Stay::Passing => self.destroy_passing(place).await,
        }
    }

    /// Closes the call, if the crash left it open and nobody has closed it since.
    ///
    /// # Errors
    /// The store failed.
    pub async fn settle_broken(
        &self,
        broken: &BrokenCall,
        heard: &BTreeMap<TrackId, InterviewMs>,
    ) -> Result<()> {
        let open = self.store.read().await?.open_calls().await?;
        if open.iter().all(|call| call.id != broken.call.id) {
            return Ok(());
        }
        self.close_broken_call(&broken.call, broken.at, heard).await
    }
}

/// When a file was begun, as its epoch says.
fn begun(epoch: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = epoch.get_timestamp()?.to_unix();
    let ms = i64::try_from(seconds).ok()? * 1_000 + i64::from(nanos / 1_000_000);
    Timestamp::from_millisecond(ms).ok()
}
