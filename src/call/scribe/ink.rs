//! What is final of one voice, on its way to the records and then to the pages: in its order, written
//! before it is told. What the store can't take now waits here and is tried again, for as long as it
//! takes: a full disk or a held database costs time and no word. Writing has a task of its own, for
//! sound that comes meanwhile must reach the spool.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tracing::Instrument as _;
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

/// How a write went.
pub(super) type Written = Result<Noticed, AppError>;

/// What an utterance became, or what became of a stretch without text.
#[derive(Clone)]
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
    /// The first of them is being written.
    writing: Option<JoinHandle<Written>>,
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
            writing: None,
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
        self.again.filter(|_| self.writing.is_none())
    }

    /// Since when the oldest text has been waiting for the store.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.waiting.front().map(|it| it.since)
    }

    /// Of what is final before `until`, how far it is written too.
    pub(super) fn written_until(&self, until: u64) -> u64 {
        self.waiting.front().map_or(until, |it| it.from.min(until))
    }

    /// Begins to write what is next, unless that is under way or the store is left alone for now.
    pub(super) fn begin(&mut self) {
        let waits = self.again.is_some_and(|again| Instant::now() < again);
        let Some(next) = self.waiting.front() else {
            return;
        };
        if waits || self.writing.is_some() {
            return;
        }
        let (records, what) = (self.records.clone(), next.what.clone());
        let (interview, of) = (self.voice.interview, self.voice.participant);
        let write = async move {
            let Some(app) = records else {
                return Ok(Noticed::default());
            };
            match what {
                Final::Text(segment) => app.confirm_segment(interview, of, &segment).await,
                Final::Gap(gap, _) => app.note_gap(&gap).await.map(|()| Noticed::default()),
            }
        };
        self.writing = Some(tokio::spawn(write.in_current_span()));
    }

    /// How the write that is under way went; waits for ever where there is none. Nothing is lost when it
    /// is not waited for to the end.
    pub(super) async fn written(&mut self) -> Written {
        let Some(writing) = &mut self.writing else {
            return std::future::pending().await;
        };
        let written = writing.await;
        self.writing = None;
        written.unwrap_or_else(|error| Err(error.into()))
    }

    /// Tells what was written; else it waits, or is lost.
    pub(super) async fn settle(&mut self, written: Written) {
        let Some(mut next) = self.waiting.pop_front() else {
            return;
        };
        let error = match written {
            Ok(noticed) => {
                if self.again.take().is_some() {
                    tracing::warn!(track = %self.voice.track, "the store takes texts again");
                }
                return self.tell_final(next.what, noticed).await;
            }
            // Taken back or destroyed meanwhile, all that this voice has said: nothing is owed.
            Err(AppError::Withdrawn) => return self.waiting.clear(),
            Err(error) if error.is_of_the_past() => return self.waiting.clear(),
            Err(error) => error,
        };
        if error.passes() || next.tries < TRIES {
            if self.again.is_none() {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a text could not be written down: it waits");
            }
            next.tries += u32::from(!error.passes());
            self.waiting.push_front(next);
            self.again = Some(Instant::now() + RETRY);
            return;
        }
        report(&error);
        self.again = None;
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
        let _ = self.voice.outlet.send(self.voice.uttered(said)).await;
    }
}

impl Drop for Ink {
    fn drop(&mut self) {
        // What was taken back is not written any more.
        if let Some(writing) = &self.writing {
            writing.abort();
        }
    }
}

fn report(error: &(dyn std::error::Error + 'static)) {
    tracing::error!(error, "a text is lost: the store refuses it");
}
