//! Where a voice's sound lies while its words are made: in one file until the note is approved where
//! she agreed to it, else a minute at a time, under a key of its own, until everything in it has its
//! text. Sound that must not be written never comes here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::span::samples;

use super::{Shared, Taken};
use crate::app::App;
use crate::clock::IdGen;
use crate::media::spool::{Spool, SpoolPlace, Stay};
use crate::media::tap::TappedVoice;

/// A passing file takes no batch that would make it longer than a minute: batches are a second.
const LONGEST_MS: i64 = 58_000;
/// How long after the disk or the keys failed they are tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Packets that are written and not heard yet wait in the reorder window, for less than this.
const IN_WINDOW_MS: u64 = 2_000;

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
    stay: Stay,
    /// The file that takes sound now, and when its first packet came.
    present: Option<(SpoolPlace, Spool, InterviewMs)>,
    /// Files that take no more, and the position on the track before which all of their sound lies.
    full: VecDeque<(SpoolPlace, u64)>,
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
                stay,
                present: None,
                full: VecDeque::new(),
            });
        }
    }

    /// Keeps the packets as they came, before anything is made of them; `position` is how much of
    /// the track has been heard. A second of sound is a few kilobytes for the system to take; who
    /// talks is not made to wait for the disk. What can't be kept now is heard all the same.
    pub(super) async fn store(&mut self, batch: &[Taken], position: u64) {
        let (interview, participant, track) = (self.interview, self.participant, self.track);
        let failed = self.again.is_some();
        let waits = self.again.is_some_and(|again| Instant::now() < again);
        let Some(files) = self.files.as_mut().filter(|_| !waits) else {
            return;
        };
        match files
            .store((interview, participant), track, batch, position)
            .await
        {
            Ok(()) if failed => {
                tracing::warn!(%track, "a voice is kept again");
                self.again = None;
            }
            Ok(()) => {}
            Err(error) => {
                if !failed {
                    let error: &dyn std::error::Error = &*error;
                    tracing::error!(%track, error, "a voice is not kept for now");
                }
                self.again = Some(Instant::now() + AGAIN);
            }
        }
    }

    /// Everything before this position of the track has its text.
    pub(super) async fn settle(&mut self, final_until: u64) {
        let Some(files) = &mut self.files else { return };
        while let Some((place, end)) = files.full.front().copied() {
            if end > final_until || files.stay == Stay::Kept {
                return;
            }
            files.full.pop_front();
            files.destroy(place).await;
        }
    }

    /// Nothing comes, and everything that has come has its text: passing sound goes at once, for a
    /// voice may be still for as long as it wants.
    pub(super) async fn rest(&mut self) {
        let Some(files) = &mut self.files else { return };
        if files.stay == Stay::Passing {
            files.retire(0);
            for (place, _) in std::mem::take(&mut files.full) {
                files.destroy(place).await;
            }
        }
    }

    /// The tap is closed and its last words are written, or were taken back.
    pub(super) async fn end(&mut self, taken_back: bool) {
        let Some(mut files) = self.files.take() else {
            return;
        };
        files.retire(0);
        for (place, _) in std::mem::take(&mut files.full) {
            match place.stay {
                Stay::Passing => files.destroy(place).await,
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
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Files {
    async fn store(
        &mut self,
        (interview, participant): (InterviewId, ParticipantId),
        track: TrackId,
        batch: &[Taken],
        position: u64,
    ) -> Result<(), Failed> {
        let Some((last, _)) = batch.last() else {
            return Ok(());
        };
        let is_full = |begun: InterviewMs| {
            self.stay == Stay::Passing && last.arrived.0 - begun.0 > LONGEST_MS
        };
        if self
            .present
            .as_ref()
            .is_some_and(|(_, _, begun)| is_full(*begun))
        {
            self.retire(position);
        }
        if self.present.is_none() {
            let place = SpoolPlace {
                track,
                epoch: self.ids.id(),
                stay: self.stay,
            };
            let key = match self.stay {
                Stay::Kept => self.app.audio_key(participant).await?,
                Stay::Passing => self.app.passing_key(participant, place).await?,
            };
            let spool = Spool::create(self.app.spool(), place, key)?.of(interview, participant);
            let begun = batch
                .first()
                .map_or(last.arrived, |(first, _)| first.arrived);
            self.present = Some((place, spool, begun));
        }
        let Some((_, spool, _)) = &mut self.present else {
            return Ok(());
        };
        let appended = spool.append(batch.iter().map(|(packet, _)| packet));
        if appended.is_err() && !spool.is_whole() {
            self.retire(position);
        }
        Ok(appended?)
    }

    /// The present file takes no more.
    fn retire(&mut self, position: u64) {
        if let Some((place, ..)) = self.present.take() {
            self.full
                .push_back((place, position + samples(IN_WINDOW_MS)));
        }
    }

    async fn destroy(&self, place: SpoolPlace) {
        if let Err(error) = self.app.destroy_passing(place).await {
            let error = &error as &dyn std::error::Error;
            // It is tried again at the next start.
            tracing::error!(track = %place.track, error, "passing sound could not be destroyed");
        }
    }
}
