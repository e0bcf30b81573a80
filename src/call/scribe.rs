//! From a consented voice to text: one task per open tap decodes the packets, finds the utterances
//! and has them recognised. What may be kept is written down before it is shown. Without consent
//! there is no task.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::SegmentId;
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::guard::Guard;
use yorisoi_domain::transcript::hypothesis::Hypothesis;
use yorisoi_domain::transcript::placement::Placement;
use yorisoi_domain::transcript::segment::{Gap, Said, Segment};
use yorisoi_domain::transcript::segmenter::{Input, Output, Policy, RequestId, UtteranceId};
use yorisoi_domain::transcript::span::{SAMPLES_PER_MS, Span};

use crate::app::App;
use crate::app::notices::Noticed;
use crate::asr::listener::{Heard, Listener};
use crate::asr::pool::{ANSWERS, Answer, Job, Pool};
use crate::asr::{ModelInfo, PHANTOMS, Recognizer, RecognizerError};
use crate::clock::IdGen;
use crate::media::jitter::{Ordered, Received, ReorderWindow};
use crate::media::opus::{DecodeError, VoiceDecoder};
use crate::media::spool::{Spool, SpoolError, SpoolPlace};
use crate::media::tap::{AudioSink, Behind, TappedPacket, TappedVoice, Taps};

/// Packets on their way to one task: ten seconds. What does not fit is a gap of its own reason.
const PACKETS: usize = 500;
/// Packets taken in one go.
const BATCH: usize = 50;
/// Losses up to here are concealed; longer ones are no sound (120 ms).
const CONCEALED: usize = 1_920;
/// Without a packet for so long, what was being said has ended.
const STILL: Duration = Duration::from_secs(1);
/// Text that is still being recognised when the voice ends is waited for this long.
const LAST_WORDS: Duration = Duration::from_secs(120);
/// From when on the pages are told that the text is late, and from when on no longer.
const LATE: Duration = Duration::from_secs(3);
const IN_TIME: Duration = Duration::from_secs(1);
/// While it is late they are told how late so often.
const LATE_AGAIN: Duration = Duration::from_secs(1);
/// The store is busy for seconds at most; a text is tried so often.
const TRIES: u32 = 5;
const RETRY: Duration = Duration::from_millis(400);

/// Everything that listening needs; shared by all calls.
#[derive(Clone)]
pub struct Scribe(Arc<Shared>);

struct Shared {
    pool: Pool,
    model: ModelInfo,
    ids: Arc<dyn IdGen>,
    /// Where text is kept; without it, it is shown alone.
    records: Option<Arc<App>>,
    voices: AtomicU64,
}

impl fmt::Debug for Scribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scribe")
            .field("pool", &self.0.pool)
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
        Ok(Self(Arc::new(Shared {
            pool: Pool::start(recognizer, slots, threads)?,
            model: recognizer.model().clone(),
            ids,
            records,
            voices: AtomicU64::new(0),
        })))
    }
}

impl Taps for Scribe {
    fn open(&self, voice: TappedVoice) -> Box<dyn AudioSink> {
        let (packets, waiting) = mpsc::channel(PACKETS);
        match Writer::new(Arc::clone(&self.0), voice) {
            Ok(writer) => {
                tokio::spawn(writer.run(waiting));
            }
            // Every packet is refused from now on, which the call logs.
            Err(error) => tracing::error!(%error, "a voice can't be decoded"),
        }
        Box::new(Sink {
            packets,
            dropped: 0,
        })
    }
}

/// A packet, and how many did not fit before it.
type Taken = (TappedPacket, u64);

struct Sink {
    packets: mpsc::Sender<Taken>,
    dropped: u64,
}

impl AudioSink for Sink {
    fn take(&mut self, packet: &TappedPacket) -> Result<(), Behind> {
        match self.packets.try_send((packet.clone(), self.dropped)) {
            Ok(()) => {
                self.dropped = 0;
                Ok(())
            }
            Err(_) => {
                self.dropped += 1;
                Err(Behind)
            }
        }
    }
}

/// The stream of one SSRC on its way to sound.
struct Stream {
    ssrc: u32,
    window: ReorderWindow,
    decoder: VoiceDecoder,
    /// Where each packet in the window was spoken, and whether packets were dropped before it.
    notes: BTreeMap<u32, (InterviewMs, bool)>,
}

impl Stream {
    fn new(ssrc: u32) -> Result<Self, DecodeError> {
        Ok(Self {
            ssrc,
            window: ReorderWindow::default(),
            decoder: VoiceDecoder::new()?,
            notes: BTreeMap::new(),
        })
    }
}

/// The task of one open tap.
struct Writer {
    shared: Arc<Shared>,
    voice: TappedVoice,
    /// This tap's number in the pool.
    number: u64,
    /// Where consent and the disk allow it.
    spool: Option<Spool>,
    stream: Option<Stream>,
    listener: Listener,
    placement: Placement,
    /// Utterances that have been shown, or asked for, and are not confirmed yet.
    named: BTreeMap<UtteranceId, SegmentId>,
    asked: BTreeSet<RequestId>,
    reply: mpsc::Sender<Answer>,
    answers: mpsc::Receiver<Answer>,
    late: bool,
    said_late: Option<Instant>,
}

impl Writer {
    fn new(shared: Arc<Shared>, voice: TappedVoice) -> Result<Self, DecodeError> {
        // The decoder is made where it can still be refused.
        let stream = Stream::new(0)?;
        let (reply, answers) = mpsc::channel(ANSWERS);
        Ok(Self {
            number: shared.voices.fetch_add(1, Ordering::Relaxed),
            shared,
            voice,
            spool: None,
            stream: Some(stream),
            listener: Listener::new(Policy::live(), Guard::new(PHANTOMS)),
            placement: Placement::default(),
            named: BTreeMap::new(),
            asked: BTreeSet::new(),
            reply,
            answers,
            late: false,
            said_late: None,
        })
    }

    async fn run(mut self, mut packets: mpsc::Receiver<Taken>) {
        self.spool = self.open_spool().await;
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let due = self
                .stream
                .as_ref()
                .and_then(|stream| stream.window.deadline());
            let still = Instant::now() + STILL;
            let due = due.unwrap_or(still);
            tokio::select! {
                came = packets.recv_many(&mut batch, BATCH) => {
                    if came == 0 {
                        break;
                    }
                    self.store(&batch);
                    for taken in batch.drain(..) {
                        self.take(taken);
                    }
                    self.hear();
                }
                Some(answer) = self.answers.recv() => self.answer(answer),
                () = tokio::time::sleep_until(due.into()) => {
                    self.hear();
                    if due == still && self.listener.is_speaking() {
                        self.listener.end();
                    }
                }
            }
            self.speak().await;
        }
        self.flush();
        self.listener.end();
        self.speak().await;
        let last_words = tokio::time::Instant::now() + LAST_WORDS;
        while !self.listener.is_settled() {
            match tokio::time::timeout_at(last_words, self.answers.recv()).await {
                Ok(Some(answer)) => self.answer(answer),
                Ok(None) | Err(_) => {
                    for request in std::mem::take(&mut self.asked) {
                        self.shared.pool.withdraw(self.number, request);
                        let reason = GapReason::Overload;
                        self.listener.answer(Input::Failed { request, reason });
                    }
                }
            }
            self.speak().await;
        }
    }

    /// Where her sound is kept, if it may be.
    async fn open_spool(&mut self) -> Option<Spool> {
        let TappedVoice {
            participant,
            track,
            allowed,
            ..
        } = self.voice;
        let app = self
            .shared
            .records
            .clone()
            .filter(|_| allowed == Tap::TextAndAudio)?;
        let key = match app.audio_key(participant).await {
            Ok(key) => key,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%track, error, "a voice is not kept: it has no key");
                return None;
            }
        };
        let place = SpoolPlace {
            track,
            epoch: self.shared.ids.id(),
        };
        let spool = Spool::create(app.spool(), place, key);
        let log = |error: &SpoolError| {
            let error = error as &dyn std::error::Error;
            tracing::error!(%track, error, "a voice is not kept");
        };
        spool.inspect_err(log).ok()
    }

    /// Keeps the packets as they came, before anything is made of them. A second of sound is a
    /// few kilobytes for the system to take; who talks is not made to wait for the disk.
    fn store(&mut self, batch: &[Taken]) {
        let Some(spool) = &mut self.spool else { return };
        if let Err(error) = spool.append(batch.iter().map(|(packet, _)| packet)) {
            let error = &error as &dyn std::error::Error;
            tracing::error!(track = %self.voice.track, error, "a voice is not kept any more");
            self.spool = None;
        }
    }

    fn take(&mut self, (packet, dropped): Taken) {
        let other = self
            .stream
            .as_ref()
            .is_none_or(|stream| stream.ssrc != packet.ssrc);
        if other {
            self.flush();
            match Stream::new(packet.ssrc) {
                Ok(stream) => self.stream = Some(stream),
                Err(error) => {
                    tracing::error!(%error, "a voice can't be decoded");
                    return;
                }
            }
        }
        if let Some(stream) = &mut self.stream {
            stream
                .notes
                .insert(packet.timestamp, (packet.spoken, dropped > 0));
            stream.window.push(Received {
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                payload: packet.payload,
                arrived: Instant::now(),
            });
        }
    }

    /// Hears what is in order.
    fn hear(&mut self) {
        let now = Instant::now();
        while let Some(ordered) = self.stream.as_mut().and_then(|it| it.window.pop(now)) {
            self.decode(&ordered);
        }
    }

    /// Hears what is left of the present stream.
    fn flush(&mut self) {
        while let Some(ordered) = self.stream.as_mut().and_then(|it| it.window.release()) {
            self.decode(&ordered);
        }
    }

    fn decode(&mut self, ordered: &Ordered) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        let pcm = stream.decoder.decode(ordered);
        let timestamp = ordered.packet.timestamp;
        let note = stream.notes.remove(&timestamp);
        if stream.notes.len() > ReorderWindow::DEPTH * 4 {
            // Of packets that came too late or twice.
            stream.notes.clear();
        }
        let mut samples = &pcm.samples[..];
        let overload = note.is_some_and(|(_, dropped)| dropped);
        let reason = if overload {
            GapReason::Overload
        } else {
            GapReason::Network
        };
        if ordered.lost_before > 0 && pcm.made_up > CONCEALED {
            self.listener.miss(pcm.made_up as u64, reason);
            samples = &samples[pcm.made_up..];
        } else {
            self.listener.hear(&samples[..pcm.made_up]);
            samples = &samples[pcm.made_up..];
        }
        if let Some((spoken, _)) = note {
            let (position, speaking) = (self.listener.position(), self.listener.is_speaking());
            let missing = self.placement.place(position, spoken, speaking);
            if missing > 0 {
                self.listener.miss(missing, reason);
            }
        }
        self.listener.hear(samples);
    }

    fn answer(&mut self, answer: Answer) {
        let Answer {
            request,
            result,
            took,
            ..
        } = answer;
        self.asked.remove(&request);
        let input = match result {
            Ok(hypothesis) => {
                let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX / SAMPLES_PER_MS);
                Input::Decoded {
                    request,
                    hypothesis,
                    took: ms * SAMPLES_PER_MS,
                }
            }
            Err(error) => {
                tracing::error!(%error, "an utterance was not recognised");
                Input::Failed {
                    request,
                    reason: GapReason::Unintelligible,
                }
            }
        };
        self.listener.answer(input);
    }

    /// Does what the listener asks for.
    async fn speak(&mut self) {
        while let Some(Heard { output, pcm }) = self.listener.poll() {
            match output {
                Output::Decode {
                    request, purpose, ..
                } => {
                    let (track, reply) = (self.number, self.reply.clone());
                    self.asked.insert(request);
                    let job = Job {
                        track,
                        request,
                        purpose,
                        pcm,
                        reply,
                    };
                    if let Err(error) = self.shared.pool.submit(job) {
                        tracing::warn!(track = %self.voice.track, %error, "an utterance is lost");
                        self.asked.remove(&request);
                        let reason = GapReason::Overload;
                        self.listener.answer(Input::Failed { request, reason });
                    }
                }
                Output::Withdraw { request } => {
                    self.asked.remove(&request);
                    self.shared.pool.withdraw(self.number, request);
                }
                Output::Partial {
                    utterance,
                    span,
                    hypothesis,
                } => {
                    self.partial(utterance, span, &hypothesis);
                }
                Output::Confirmed {
                    utterance,
                    span,
                    hypothesis,
                } => {
                    self.confirm(utterance, span, hypothesis).await;
                }
                Output::Unintelligible {
                    utterance, span, ..
                } => {
                    let void = self.named.remove(&utterance);
                    self.gap(span, GapReason::Unintelligible, void).await;
                }
                Output::Gap { span, reason } => self.gap(span, reason, None).await,
            }
        }
        self.tell_late().await;
    }

    fn partial(&mut self, utterance: UtteranceId, span: Span, hypothesis: &Hypothesis) {
        let id = self.name(utterance);
        let said = Said::Partial {
            id,
            start: self.placement.at(span.from),
            end: self.placement.at(span.to),
            text: hypothesis.text().into(),
        };
        // A page that can't keep up misses nothing that will not be confirmed.
        let _ = self.voice.outlet.try_send((self.voice.participant, said));
    }

    async fn confirm(&mut self, utterance: UtteranceId, span: Span, hypothesis: Hypothesis) {
        let id = self.name(utterance);
        self.named.remove(&utterance);
        let segment = Segment {
            id,
            track: self.voice.track,
            start: self.placement.at(span.from),
            end: self.placement.at(span.to),
            text: hypothesis.text().into(),
            pieces: hypothesis.pieces,
            model_sha256: self.shared.model.sha256.bytes(),
            revision: 1,
        };
        if let Some(noticed) = self.keep(&segment).await {
            self.tell(Said::Confirmed(segment)).await;
            if let Some(app) = &self.shared.records {
                app.announce(self.voice.interview, noticed).await;
            }
        } else {
            self.gap(span, GapReason::Overload, Some(id)).await;
        }
    }

    /// Writes a text down where it may be kept, with what it says of missed items. `None`: it could
    /// not be, and may not be shown.
    async fn keep(&mut self, segment: &Segment) -> Option<Noticed> {
        let records = self.shared.records.clone();
        let Some(app) = records.filter(|_| keeps_text(self.voice.allowed)) else {
            return Some(Noticed::default());
        };
        let TappedVoice {
            interview,
            participant,
            ..
        } = self.voice;
        for tried in 1..=TRIES {
            match app.confirm_segment(interview, participant, segment).await {
                Ok(noticed) => return Some(noticed),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(tried, error, "a text could not be written down");
                }
            }
            tokio::time::sleep(RETRY).await;
        }
        tracing::error!(track = %self.voice.track, "a text is lost: the store does not take it");
        None
    }

    async fn gap(&mut self, span: Span, reason: GapReason, void: Option<SegmentId>) {
        let (start, end) = (self.placement.at(span.from), self.placement.at(span.to));
        let gap = Gap {
            track: self.voice.track,
            start,
            end,
            reason,
        };
        let records = self.shared.records.clone();
        if let Some(app) = records.filter(|_| keeps_text(self.voice.allowed)) {
            for _ in 0..TRIES {
                match app.note_gap(&gap).await {
                    Ok(()) => break,
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "a gap could not be written down");
                    }
                }
                tokio::time::sleep(RETRY).await;
            }
        }
        self.tell(Said::Gap { gap, void }).await;
    }

    async fn tell_late(&mut self) {
        let behind = self.shared.pool.behind();
        let late = if self.late {
            behind > IN_TIME
        } else {
            behind > LATE
        };
        let again = late && self.said_late.is_none_or(|at| at.elapsed() >= LATE_AGAIN);
        if late != self.late || again {
            self.late = late;
            self.said_late = late.then(Instant::now);
            let waiting = if late { behind.as_millis() } else { 0 };
            let waiting_ms = u64::try_from(waiting).unwrap_or(u64::MAX);
            self.tell(Said::Behind { waiting_ms }).await;
        }
    }

    /// Waits for room: confirmed text is never dropped.
    async fn tell(&mut self, said: Said) {
        // The call is over and nobody listens any more; what may be kept is kept.
        let _ = self.voice.outlet.send((self.voice.participant, said)).await;
    }

    fn name(&mut self, utterance: UtteranceId) -> SegmentId {
        let ids = &self.shared.ids;
        *self
            .named
            .entry(utterance)
            .or_insert_with(|| SegmentId::new(ids.id()))
    }
}

/// Whether words may be written down.
fn keeps_text(allowed: Tap) -> bool {
    matches!(allowed, Tap::Text | Tap::TextAndAudio)
}
