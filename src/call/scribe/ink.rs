//! What is final of one voice, on its way to the records and then to the pages: in its order, written
//! before it is told. What the store can't take now waits here and is tried again, for as long as it
//! takes: a full disk or a held database costs time and no word.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::SegmentId;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::{Gap, Said, Segment};

use super::Shared;
use crate::app::notices::Noticed;
use crate::app::{App, AppError};
use crate::media::tap::TappedVoice;

/// What may wait: more than anybody says in an interview. While it is full no sound is taken.
const ROOM: usize = 2_000;
/// A text that is refused for another reason than time is tried so often.
const TRIES: u32 = 5;
const RETRY: Duration = Duration::from_secs(1);

/// What an utterance became, or what became of a stretch without text.
pub(super) enum Final {
    Text(Segment),
    /// With the name of the utterance that it takes back, if one was shown.
    Gap(Gap, Option<SegmentId>),
}

struct Waiting {
    what: Final,
    /// Where it begins, in samples of the track.
    from: u64,
    since: Instant,
    tries: u32,
}

/// See the module.
pub(super) struct Ink {
    /// `None` where nothing may be written.
    records: Option<Arc<App>>,
    voice: TappedVoice,
    waiting: VecDeque<Waiting>,
    /// When the store is tried again; `None` while it takes everything.
    again: Option<Instant>,
}

impl Ink {
    pub(super) fn new(shared: &Shared, voice: &TappedVoice) -> Self {
        let keeps_text = matches!(voice.allowed, Tap::Text | Tap::TextAndAudio);
        Self {
            records: shared.records.clone().filter(|_| keeps_text),
            voice: voice.clone(),
            waiting: VecDeque::new(),
            again: None,
        }
    }

    pub(super) fn take(&mut self, from: u64, what: Final) {
        self.waiting.push_back(Waiting {
            what,
            from,
            since: Instant::now(),
            tries: 0,
        });
    }

    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < ROOM
    }

    /// Everything is written and told.
    pub(super) fn is_dry(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.again
    }

    /// Since when the oldest text has been waiting for the store.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.waiting.front().map(|it| it.since)
    }

    /// Of what is final before `until`, how far it is written too.
    pub(super) fn written_until(&self, until: u64) -> u64 {
        self.waiting.front().map_or(until, |it| it.from.min(until))
    }

    /// Writes what can be written, and tells it.
    pub(super) async fn write_down(&mut self) {
        if self.again.is_some_and(|again| Instant::now() < again) {
            return;
        }
        while let Some(mut next) = self.waiting.pop_front() {
            match self.write(&next.what).await {
                Ok(noticed) => {
                    if self.again.take().is_some() {
                        tracing::warn!(track = %self.voice.track, "the store takes texts again");
                    }
                    self.tell_final(next.what, noticed).await;
                }
                // Taken back or destroyed meanwhile, all that this voice has said: nothing is owed.
                Err(AppError::Withdrawn) => self.waiting.clear(),
                Err(error) if error.is_of_the_past() => self.waiting.clear(),
                Err(error) if error.passes() || next.tries < TRIES => {
                    if self.again.is_none() {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "a text could not be written down: it waits");
                    }
                    next.tries += u32::from(!error.passes());
                    self.waiting.push_front(next);
                    self.again = Some(Instant::now() + RETRY);
                    return;
                }
                Err(error) => {
                    report(&error);
                    match next.what {
                        Final::Text(segment) => {
                            let gap = Gap {
                                track: segment.track,
                                start: segment.start,
                                end: segment.end,
                                reason: GapReason::Overload,
                            };
                            next.what = Final::Gap(gap, Some(segment.id));
                            next.tries = 0;
                            self.waiting.push_front(next);
                        }
                        gap @ Final::Gap(..) => self.tell_final(gap, Noticed::default()).await,
                    }
                }
            }
        }
        self.again = None;
    }

    async fn write(&self, what: &Final) -> Result<Noticed, AppError> {
        let Some(app) = &self.records else {
            return Ok(Noticed::default());
        };
        let TappedVoice {
            interview,
            participant,
            ..
        } = self.voice;
        match what {
            Final::Text(segment) => app.confirm_segment(interview, participant, segment).await,
            Final::Gap(gap, _) => app.note_gap(gap).await.map(|()| Noticed::default()),
        }
    }

    async fn tell_final(&mut self, what: Final, noticed: Noticed) {
        match what {
            Final::Gap(gap, void) => self.tell(Said::Gap { gap, void }).await,
            Final::Text(segment) => {
                tracing::debug!(segment = %segment.id, "an utterance has its text");
                self.tell(Said::Confirmed(segment)).await;
                if let Some(app) = &self.records {
                    app.announce(self.voice.interview, noticed).await;
                }
            }
        }
    }

    /// Waits for room: confirmed text is never dropped.
    pub(super) async fn tell(&mut self, said: Said) {
        // The call is over and nobody listens any more; what may be kept is kept.
        let _ = self.voice.outlet.send((self.voice.participant, said)).await;
    }
}

fn report(error: &(dyn std::error::Error + 'static)) {
    tracing::error!(error, "a text is lost: the store refuses it");
}
