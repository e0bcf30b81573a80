//! From a consented voice to text: one task per open tap decodes the packets, finds the utterances
//! and has them recognised. What may be kept is written down before it is shown. Without consent
//! there is no task.
//!
//! - `asked`: what a voice has asked the recognizer for, and how late its text is.
//! - `deaf`: a voice while there is no recognizer: kept, and heard later.
//! - `ink`: what is final, on its way to the records and then to the pages.
//! - `keep`: where a voice's sound lies while its words are made, and how long.
//! - `stream`: packets in order, decoded and placed on the interview's clock.
//! - `writer`: the task itself.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, watch};
use tracing::Instrument as _;
use yorisoi_domain::ids::ParticipantId;

use crate::app::App;
use crate::asr::pool::Pool;
use crate::asr::{ModelInfo, Recognizer, RecognizerError};
use crate::clock::IdGen;
use crate::media::tap::{AudioSink, Refused, TappedPacket, TappedVoice, Taps};

mod asked;
mod deaf;
mod ink;
mod keep;
mod stream;
mod writer;

use writer::Writer;

/// Packets on their way to one task: ten seconds. What does not fit is a gap of its own reason.
const PACKETS: usize = 500;

/// Everything that listening needs; shared by all calls.
#[derive(Clone)]
pub struct Scribe(Arc<Shared>);

/// A recognizer with its decoding places.
struct Hearing {
    pool: Pool,
    model: ModelInfo,
}

struct Shared {
    /// Empty while there is no model to hear with.
    hearing: OnceLock<Arc<Hearing>>,
    /// Whether there is one.
    hears: watch::Sender<bool>,
    /// One voice at a time is heard afterwards: its sound is read into memory for it.
    afterwards: Semaphore,
    ids: Arc<dyn IdGen>,
    /// Where text is kept; without it, it is shown alone.
    records: Option<Arc<App>>,
    voices: AtomicU64,
    /// Who took their words back: their tasks stop where they are.
    withdrawn: watch::Sender<BTreeSet<ParticipantId>>,
}

impl fmt::Debug for Scribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scribe")
            .field("hears", &self.hears())
            .finish_non_exhaustive()
    }
}

impl Scribe {
    /// Starts `slots` decoding places of `threads` cores each.
    ///
    /// # Errors
    /// [`RecognizerError::Slot`] where memory is short.
    pub fn start(
        recognizer: &dyn Recognizer,
        slots: u16,
        threads: u16,
        ids: Arc<dyn IdGen>,
        records: Option<Arc<App>>,
    ) -> Result<Self, RecognizerError> {
        let scribe = Self::deaf(ids, records);
        scribe.hear_with(recognizer, slots, threads)?;
        Ok(scribe)
    }

    /// Without a recognizer: what may be kept waits in the spool until there is one.
    #[must_use]
    pub fn deaf(ids: Arc<dyn IdGen>, records: Option<Arc<App>>) -> Self {
        Self(Arc::new(Shared {
            hearing: OnceLock::new(),
            hears: watch::Sender::new(false),
            afterwards: Semaphore::new(1),
            ids,
            records,
            voices: AtomicU64::new(0),
            withdrawn: watch::channel(BTreeSet::new()).0,
        }))
    }

    /// From now on voices are heard, and what has waited is.
    ///
    /// # Errors
    /// [`RecognizerError::Slot`] where memory is short.
    pub fn hear_with(
        &self,
        recognizer: &dyn Recognizer,
        slots: u16,
        threads: u16,
    ) -> Result<(), RecognizerError> {
        let pool = Pool::start(recognizer, slots, threads)?;
        let model = recognizer.model().clone();
        let hearing = Arc::new(Hearing { pool, model });
        // Whoever was first stays.
        let _ = self.0.hearing.set(hearing);
        self.0.hears.send_replace(true);
        Ok(())
    }

    pub(super) fn hears(&self) -> bool {
        *self.0.hears.borrow()
    }

    /// Waits until there is a recognizer.
    pub(super) async fn until_it_hears(&self) {
        // Its sender lives as long as this.
        let _ = self.0.hears.subscribe().wait_for(|hears| *hears).await;
    }
}

impl Scribe {
    /// Hears what lies of a voice in the spool and writes its words down, as fast as they are recognised.
    /// Each packet with whether sealed sound before it is gone. `false`: there is no decoder for it.
    pub(super) async fn hear_again(
        &self,
        voice: TappedVoice,
        left: &[(TappedPacket, bool)],
    ) -> bool {
        let Some(hearing) = self.0.hearing.get().cloned() else {
            return false;
        };
        let span = tracing::info_span!("again", interview = %voice.interview, track = %voice.track);
        let (packets, waiting) = mpsc::channel(PACKETS);
        match Writer::again(Arc::clone(&self.0), hearing, voice) {
            Ok(writer) => {
                let feed = async move {
                    for (packet, gone) in left {
                        // It ends early where the words were taken back.
                        let taken = (packet.clone(), u64::from(*gone));
                        if packets.send(taken).await.is_err() {
                            break;
                        }
                    }
                };
                tokio::join!(writer.run(waiting).instrument(span), feed);
                true
            }
            Err(error) => {
                span.in_scope(|| tracing::error!(%error, "a voice can't be decoded"));
                false
            }
        }
    }
}

impl Taps for Scribe {
    fn open(&self, voice: TappedVoice) -> Box<dyn AudioSink> {
        let (packets, waiting) = mpsc::channel(PACKETS);
        let span = tracing::info_span!("tap", interview = %voice.interview, track = %voice.track);
        let Some(hearing) = self.0.hearing.get().cloned() else {
            tokio::spawn(deaf::wait(self.clone(), voice, waiting).instrument(span));
            return Box::new(Sink {
                packets,
                dropped: 0,
            });
        };
        match span.in_scope(|| Writer::new(Arc::clone(&self.0), hearing, voice)) {
            Ok(writer) => {
                tokio::spawn(writer.run(waiting).instrument(span));
            }
            // Every packet is refused, which the call notes, and tries again.
            Err(error) => span.in_scope(|| tracing::error!(%error, "a voice can't be decoded")),
        }
        Box::new(Sink {
            packets,
            dropped: 0,
        })
    }

    fn hears(&self) -> watch::Receiver<bool> {
        self.0.hears.subscribe()
    }

    fn forget(&self, participant: ParticipantId) {
        self.0.withdrawn.send_modify(|all| {
            all.insert(participant);
        });
    }
}

/// A packet, and how many did not fit before it.
type Taken = (TappedPacket, u64);

struct Sink {
    packets: mpsc::Sender<Taken>,
    dropped: u64,
}

impl AudioSink for Sink {
    fn take(&mut self, packet: TappedPacket) -> Result<(), Refused> {
        match self.packets.try_send((packet, self.dropped)) {
            Ok(()) => {
                self.dropped = 0;
                Ok(())
            }
            Err(TrySendError::Full(_)) => {
                self.dropped += 1;
                Err(Refused::Behind)
            }
            Err(TrySendError::Closed(_)) => Err(Refused::Gone),
        }
    }
}
