//! Where a voice's sound lies while its words are made: in one file until the note is approved where
//! she agreed to it, else a minute at a time, under a key of its own, until everything in it has its
//! text. Sound that must not be written never comes here. Keys are made and destroyed beside the sound, which
//! waits for nobody but a new file's key: a slow disk holds neither the words up nor the writing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, JoinSet};
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::span::samples;

use super::{Shared, Taken};
use crate::app::broken::PACKET_MS;
use crate::app::{App, AppError};
use crate::clock::IdGen;
use crate::media::spool::{Spool, SpoolError, SpoolPlace, Stay, Unmade};
use crate::media::tap::{TappedPacket, TappedVoice};

/// A passing file takes no batch that would make it longer than a minute: batches are a second.
const LONGEST_MS: i64 = 58_000;
/// The key of the next file is made before this one is full, so that nothing waits for it.
const NEXT_KEY_MS: i64 = 40_000;
/// Packets in a batch: a second.
const BATCH: usize = 50;
/// Packets that wait for a key or for room on the disk: ten seconds.
const WAITING: usize = 500;
/// How long after the disk or the keys failed they are tried again.
pub(super) const AGAIN: Duration = Duration::from_secs(1);
/// Packets that are written and not heard yet wait in the reorder window, for less than this.
const IN_WINDOW_MS: u64 = 2_000;

/// A file that is to be made, and its key.
pub(super) type Made = Result<Unmade, AppError>;

/// See the module.
pub(super) struct Keep {
    interview: InterviewId,
    participant: ParticipantId,
    track: TrackId,
    stay: Option<Stay>,
    files: Option<Files>,
    /// The disk or the keys failed: when they are tried again.
    again: Option<Instant>,
}

struct Files {
    app: Arc<App>,
    ids: Arc<dyn IdGen>,
    of: (InterviewId, ParticipantId),
    track: TrackId,
    stay: Stay,
    /// The file that takes sound now, and when its first packet came.
    present: Option<(SpoolPlace, Spool, InterviewMs)>,
    /// The key of the next one, while it is being made, and when it is.
    making: Option<JoinHandle<Made>>,
    next: Option<Unmade>,
    /// What has come and is in no file yet.
    waiting: VecDeque<TappedPacket>,
    /// Files that take no more, and the position on the track before which all of their sound lies.
    full: VecDeque<(SpoolPlace, u64)>,
    /// Files that are being destroyed.
    going: JoinSet<()>,
}

impl Keep {
    pub(super) fn nothing(voice: &TappedVoice) -> Self {
        Self {
            interview: voice.interview,
            participant: voice.participant,
            track: voice.track,
            stay: match voice.allowed {
                Tap::TextAndAudio => Some(Stay::Kept),
                Tap::Text => Some(Stay::Passing),
                Tap::MemoryOnly | Tap::Paused | Tap::SecondVoice | Tap::Closed => None,
            },
            files: None,
            again: None,
        }
    }

    /// Where her sound lies from now on, if it may.
    pub(super) fn begin(&mut self, shared: &Shared) {
        if let (Some(app), Some(stay)) = (shared.records.clone(), self.stay) {
            let ids = Arc::clone(&shared.ids);
            self.files = Some(Files {
                app,
                ids,
                of: (self.interview, self.participant),
                track: self.track,
                stay,
                present: None,
                making: None,
                next: None,
                waiting: VecDeque::new(),
                full: VecDeque::new(),
                going: JoinSet::new(),
            });
        }
    }

    /// How long what is kept may stay.
    pub(super) fn stay(&self) -> Option<Stay> {
        self.stay
    }

    /// Whether anything may be kept at all.
    pub(super) fn keeps(&self) -> bool {
        self.files.is_some()
    }

    /// Whether more may come. What can't be kept now is heard all the same.
    pub(super) fn has_room(&self) -> bool {
        let files = self.files.as_ref().filter(|_| self.again.is_none());
        files.is_none_or(|files| files.waiting.len() < WAITING)
    }

    /// Keeps the packets as they came, before anything is made of them; `position` is how much of
    /// the track has been heard. A second of sound is a few kilobytes for the system to take; who
    /// talks is not made to wait for the disk. Says from when to when what had to go for it was spoken.
    pub(super) fn store(
        &mut self,
        batch: &[Taken],
        position: u64,
    ) -> Option<(InterviewMs, InterviewMs)> {
        let mut gone = None;
        if let Some(files) = &mut self.files {
            files
                .waiting
                .extend(batch.iter().map(|(packet, _)| packet.clone()));
            let more = files.waiting.len().saturating_sub(WAITING);
            if self.again.is_some() {
                gone = stretch(files.waiting.range(..more));
                files.waiting.drain(..more);
            }
        }
        self.write(position);
        gone
    }

    /// From when to when what has come and lies nowhere was spoken.
    pub(super) fn unkept(&self) -> Option<(InterviewMs, InterviewMs)> {
        let files = self.files.as_ref()?;
        stretch(files.waiting.range(..))
    }

    /// The key of the next file is made, or can't be; waits for ever while none is being made. Nothing is
    /// lost when it is not waited for to the end.
    pub(super) async fn made(&mut self) -> Made {
        let files = self.files.as_mut();
        let Some(making) = files.and_then(|files| files.making.as_mut()) else {
            return std::future::pending().await;
        };
        making.await.unwrap_or_else(|error| Err(error.into()))
    }

    /// What waits for this key is written.
    pub(super) fn take(&mut self, made: Made, position: u64) {
        let Some(files) = &mut self.files else { return };
        files.making = None;
        match made {
            Ok(made) => {
                files.next = Some(made);
                self.write(position);
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Writes what waits, if it can be tried again.
    pub(super) fn write(&mut self, position: u64) {
        let waits = self.again.is_some_and(|again| Instant::now() < again);
        let Some(files) = self.files.as_mut().filter(|_| !waits) else {
            return;
        };
        match files.write(position) {
            Ok(true) if self.again.take().is_some() => {
                tracing::warn!(track = %self.track, "a voice is kept again");
            }
            Ok(_) => {}
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&mut self, error: &(dyn std::error::Error + 'static)) {
        if self.again.is_none() {
            tracing::error!(track = %self.track, error, "a voice is not kept for now");
        }
        self.again = Some(Instant::now() + AGAIN);
    }

    /// Everything before this position of the track has its text.
    pub(super) fn settle(&mut self, final_until: u64) {
        let Some(files) = &mut self.files else { return };
        while let Some((place, end)) = files.full.front().copied() {
            if end > final_until || files.stay == Stay::Kept {
                return;
            }
            files.full.pop_front();
            files.destroy(place);
        }
    }

    /// Nothing comes, and everything that has come has its text: passing sound goes at once, for a
    /// voice may be still for as long as it wants.
    pub(super) fn rest(&mut self) {
        let Some(files) = &mut self.files else { return };
        if files.stay == Stay::Passing {
            files.waiting.clear();
            files.retire(0);
            for (place, _) in std::mem::take(&mut files.full) {
                files.destroy(place);
            }
        }
    }

    /// Everything that lies here, also what waited for its key; what comes now goes elsewhere.
    pub(super) async fn places(&mut self) -> Vec<SpoolPlace> {
        self.flush().await;
        let Some(files) = &mut self.files else {
            return Vec::new();
        };
        files.retire(0);
        files.full.iter().map(|(place, _)| *place).collect()
    }

    /// Whether something that has come is in no file yet.
    pub(super) fn waits(&self) -> bool {
        let files = self.files.as_ref();
        files.is_some_and(|files| !files.waiting.is_empty())
    }

    /// The last try: now, whatever failed before.
    async fn flush(&mut self) {
        self.again = self.again.map(|_| Instant::now());
        self.write(0);
        let making = |files: &Files| files.making.is_some();
        if self.waits() && self.files.as_ref().is_some_and(making) {
            let made = self.made().await;
            self.take(made, 0);
        }
    }

    /// Nothing comes any more, and what has come is written: no file stays open, and no key in memory.
    pub(super) async fn close(&mut self) {
        let Some(files) = &mut self.files else { return };
        files.retire(0);
        if let Some(making) = files.making.take() {
            files.next = making.await.ok().and_then(Result::ok);
        }
        if let Some(unused) = files.next.take().filter(|_| files.stay == Stay::Passing) {
            files.destroy(unused.place);
        }
    }

    /// The tap is closed and its last words are written, or were taken back.
    pub(super) async fn end(&mut self, taken_back: bool) {
        if self.stay == Some(Stay::Kept) && !taken_back {
            self.flush().await;
        }
        self.close().await;
        let Some(mut files) = self.files.take() else {
            return;
        };
        for (place, _) in std::mem::take(&mut files.full) {
            match place.stay {
                Stay::Passing => files.destroy(place),
                Stay::Kept if taken_back => {
                    if let Err(error) = files.app.take_sound_back(self.participant, place).await {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(track = %place.track, error, "sealed sound that was taken back stays in the spool");
                    }
                }
                Stay::Kept => {
                    if let Err(error) = files.app.archive_sound(place).await {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(track = %place.track, error, "sound stays in the spool");
                    }
                }
            }
        }
        while files.going.join_next().await.is_some() {}
    }
}

fn stretch<'a>(
    packets: impl Iterator<Item = &'a TappedPacket>,
) -> Option<(InterviewMs, InterviewMs)> {
    let spoken = packets.map(|packet| packet.spoken.0);
    let (first, last) = spoken.fold(None, |found, at| match found {
        None => Some((at, at)),
        Some((first, last)) => Some((at.min(first), at.max(last))),
    })?;
    Some((InterviewMs(first), InterviewMs(last + PACKET_MS)))
}

impl Files {
    /// Whether everything that has come is written; else it waits for a key.
    fn write(&mut self, position: u64) -> Result<bool, SpoolError> {
        let Some(last) = self.waiting.back().map(|it| it.arrived) else {
            return Ok(true);
        };
        let passing = self.stay == Stay::Passing;
        let age = |(_, _, begun): &(SpoolPlace, Spool, InterviewMs)| last.0 - begun.0;
        if passing && self.present.as_ref().map(age) > Some(LONGEST_MS) {
            self.retire(position);
        }
        let soon = passing && self.present.as_ref().map(age) > Some(NEXT_KEY_MS);
        if self.present.is_none() || soon {
            self.make_key();
        }
        if self.present.is_none() {
            let Some(next) = self.next.take() else {
                return Ok(false);
            };
            let place = next.place;
            let (interview, participant) = self.of;
            let spool = match next.make(self.app.spool()) {
                Ok(spool) => spool.of(interview, participant),
                // Its key is used, or destroyed, when there is room.
                Err(refused) => {
                    let (next, error) = *refused;
                    self.next = Some(next);
                    return Err(error);
                }
            };
            let begun = self.waiting.front().map_or(last, |first| first.arrived);
            self.present = Some((place, spool, begun));
        }
        while let (Some((_, spool, _)), false) = (&mut self.present, self.waiting.is_empty()) {
            let batch = self.waiting.len().min(BATCH);
            let appended = spool.append(self.waiting.range(..batch));
            if appended.is_err() && !spool.is_whole() {
                self.retire(position);
            }
            appended?;
            self.waiting.drain(..batch);
        }
        Ok(true)
    }

    /// Begins to make the key of the next file, unless there is one.
    fn make_key(&mut self) {
        if self.making.is_some() || self.next.is_some() {
            return;
        }
        let place = SpoolPlace {
            track: self.track,
            epoch: self.ids.id(),
            stay: self.stay,
        };
        let (app, (_, participant)) = (Arc::clone(&self.app), self.of);
        self.making = Some(tokio::spawn(async move {
            let key = match place.stay {
                Stay::Kept => app.audio_key(participant).await?,
                Stay::Passing => app.passing_key(participant, place).await?,
            };
            Ok(Unmade::new(place, key))
        }));
    }

    /// The present file takes no more.
    fn retire(&mut self, position: u64) {
        if let Some((place, ..)) = self.present.take() {
            self.full
                .push_back((place, position + samples(IN_WINDOW_MS)));
        }
    }

    fn destroy(&mut self, place: SpoolPlace) {
        let app = Arc::clone(&self.app);
        self.going.spawn(async move {
            if let Err(error) = app.destroy_passing(place).await {
                let error = &error as &dyn std::error::Error;
                // It is tried again at the next start.
                tracing::error!(track = %place.track, error, "passing sound could not be destroyed");
            }
        });
        // Collects what has gone since the last time.
        while self.going.try_join_next().is_some() {}
    }
}
