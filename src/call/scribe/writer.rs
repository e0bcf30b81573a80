//! The task of one open tap: hears, has recognised, has written down what may be kept, and tells it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yorisoi_domain::ids::SegmentId;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::guard::Guard;
use yorisoi_domain::transcript::hypothesis::Hypothesis;
use yorisoi_domain::transcript::segment::{Gap, Said, Segment};
use yorisoi_domain::transcript::segmenter::{Input, Output, Policy, UtteranceId};
use yorisoi_domain::transcript::span::{SAMPLES_PER_MS, Span};

use super::asked::Asked;
use super::ink::{Final, Ink};
use super::keep::Keep;
use super::stream::Ears;
use super::{Hearing, Shared, Taken};
use crate::asr::PHANTOMS;
use crate::asr::listener::{Heard, Listener};
use crate::asr::pool::{ANSWERS, Answer, Job};
use crate::media::opus::DecodeError;
use crate::media::tap::TappedVoice;

/// Packets taken in one go.
const BATCH: usize = 50;
/// Without a packet for so long, what was being said has ended.
const STILL: Duration = Duration::from_secs(1);
/// Text that is still being recognised when the voice ends is waited for this long.
const LAST_WORDS: Duration = Duration::from_secs(120);
/// What was given up is written down within this time.
const WRITTEN: Duration = Duration::from_secs(5);
/// Who hears again what a crash left asks for no more at once, so that talks that run go first.
const AGAIN_AT_ONCE: usize = 2;

/// See the module.
pub(super) struct Writer {
    shared: Arc<Shared>,
    hearing: Arc<Hearing>,
    voice: TappedVoice,
    /// This tap's number in the pool.
    number: u64,
    keep: Keep,
    ears: Ears,
    /// Utterances that have been shown, or asked for, and are not confirmed yet.
    named: BTreeMap<UtteranceId, SegmentId>,
    asked: Asked,
    /// What is final, on its way to the records.
    ink: Ink,
    /// It hears what a crash left, as fast as that is recognised; the sound is kept already.
    again: bool,
    reply: mpsc::Sender<Answer>,
    answers: mpsc::Receiver<Answer>,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        hearing: Arc<Hearing>,
        voice: TappedVoice,
    ) -> Result<Self, DecodeError> {
        Self::of(shared, hearing, voice, false)
    }

    /// For sound that lies in the spool.
    pub(super) fn again(
        shared: Arc<Shared>,
        hearing: Arc<Hearing>,
        voice: TappedVoice,
    ) -> Result<Self, DecodeError> {
        Self::of(shared, hearing, voice, true)
    }

    fn of(
        shared: Arc<Shared>,
        hearing: Arc<Hearing>,
        voice: TappedVoice,
        again: bool,
    ) -> Result<Self, DecodeError> {
        let (reply, answers) = mpsc::channel(ANSWERS);
        let policy = if again {
            Policy::offline()
        } else {
            Policy::live()
        };
        Ok(Self {
            number: shared.voices.fetch_add(1, Ordering::Relaxed),
            keep: Keep::nothing(&voice),
            ears: Ears::new(Listener::new(policy, Guard::new(PHANTOMS)))?,
            ink: Ink::new(&shared, &voice),
            again,
            shared,
            hearing,
            voice,
            named: BTreeMap::new(),
            asked: Asked::default(),
            reply,
            answers,
        })
    }

    /// Until the tap closes and the last words are written, however long the store takes, or until they
    /// are taken back.
    pub(super) async fn run(mut self, mut packets: mpsc::Receiver<Taken>) {
        tracing::debug!(allowed = ?self.voice.allowed, "a tap is open");
        let mut withdrawn = self.shared.withdrawn.subscribe();
        let participant = self.voice.participant;
        let taken_back = tokio::select! {
            biased;
            _ = withdrawn.wait_for(|all| all.contains(&participant)) => true,
            () = self.write(&mut packets) => false,
        };
        // Nobody waits for an answer any more: what is being decoded is not decoded once more.
        self.answers.close();
        for request in self.asked.close_all() {
            self.hearing.pool.withdraw(self.number, request);
        }
        self.keep.end(taken_back).await;
        let heard_ms = self.ears.listener.position() / SAMPLES_PER_MS;
        tracing::debug!(heard_ms, taken_back, "a tap is closed");
    }

    async fn write(&mut self, packets: &mut mpsc::Receiver<Taken>) {
        if !self.again {
            self.keep.begin(&self.shared);
        }
        let mut batch = Vec::with_capacity(BATCH);
        let mut still = Instant::now() + STILL;
        loop {
            let heard = self.ears.deadline().unwrap_or(still);
            let others = [self.asked.due(), self.ink.due()].into_iter().flatten();
            let due = others.fold(heard, Instant::min);
            tokio::select! {
                // What has come counts before the time that has passed.
                biased;
                came = packets.recv_many(&mut batch, BATCH), if self.takes_more() => {
                    if came == 0 {
                        break;
                    }
                    let position = self.ears.listener.position();
                    self.keep.store(&batch, position);
                    for taken in batch.drain(..) {
                        self.ears.take(taken);
                    }
                    self.ears.hear();
                    still = Instant::now() + STILL;
                }
                Some(answer) = self.answers.recv() => self.answer(answer),
                written = self.ink.written() => self.ink.settle(written).await,
                made = self.keep.made() => {
                    let position = self.ears.listener.position();
                    self.keep.take(made, position);
                }
                () = tokio::time::sleep_until(due.into()) => {
                    self.ears.hear();
                    if due == still {
                        still = Instant::now() + STILL;
                        self.keep.write(self.ears.listener.position());
                        // Who does not take what has come does not know whether it is still.
                        if self.takes_more() && self.ears.listener.is_speaking() {
                            self.ears.listener.end();
                        }
                        if self.is_heard() {
                            self.keep.rest();
                        }
                    }
                }
            }
            self.speak().await;
            let until = self.ears.listener.final_until();
            self.keep.settle(self.ink.written_until(until));
        }
        self.ears.flush();
        self.ears.listener.end();
        self.speak().await;
        let mut last_words = Instant::now() + LAST_WORDS;
        while !(self.ears.listener.is_settled() && self.ink.is_dry()) {
            let others = [self.asked.due(), self.ink.due()].into_iter().flatten();
            let due = others.fold(last_words, Instant::min);
            tokio::select! {
                Some(answer) = self.answers.recv() => self.answer(answer),
                written = self.ink.written() => self.ink.settle(written).await,
                () = tokio::time::sleep_until(due.into()) => {
                    if due < last_words {
                        // There is something to tell, or to try again.
                    } else if self.ears.listener.is_settled() {
                        // Only the store is waited for, which may take as long as it wants.
                        last_words += LAST_WORDS;
                    } else {
                        last_words = Instant::now() + WRITTEN;
                        for request in self.asked.close_all() {
                            self.hearing.pool.withdraw(self.number, request);
                            let reason = GapReason::Overload;
                            self.ears.listener.answer(Input::Failed { request, reason });
                        }
                    }
                }
            }
            self.speak().await;
        }
    }

    /// Everything that has come is heard, and final.
    fn is_heard(&self) -> bool {
        let listener = &self.ears.listener;
        let settled = listener.is_settled() && self.ink.is_dry();
        settled && self.ears.deadline().is_none()
    }

    fn takes_more(&self) -> bool {
        let asks_more = !self.again || self.asked.open() < AGAIN_AT_ONCE;
        asks_more && self.ink.has_room() && self.keep.has_room()
    }

    fn answer(&mut self, answer: Answer) {
        let Answer {
            request,
            result,
            took,
            ..
        } = answer;
        self.asked.close(request);
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
        self.ears.listener.answer(input);
    }

    /// Does what the listener asks for.
    async fn speak(&mut self) {
        while let Some(Heard { output, pcm }) = self.ears.listener.poll() {
            match output {
                Output::Decode {
                    request, purpose, ..
                } => {
                    let (track, reply) = (self.number, self.reply.clone());
                    self.asked.ask(request, purpose, Instant::now());
                    let job = Job {
                        track,
                        request,
                        purpose,
                        pcm,
                        reply,
                    };
                    if let Err(error) = self.hearing.pool.submit(job) {
                        tracing::warn!(track = %self.voice.track, %error, "an utterance is lost");
                        self.asked.close(request);
                        let reason = GapReason::Overload;
                        self.ears.listener.answer(Input::Failed { request, reason });
                    }
                }
                Output::Withdraw { request } => {
                    self.asked.close(request);
                    self.hearing.pool.withdraw(self.number, request);
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
                    self.confirm(utterance, span, hypothesis);
                }
                Output::Unintelligible {
                    utterance, span, ..
                } => {
                    let void = self.named.remove(&utterance);
                    self.gap(span, GapReason::Unintelligible, void);
                }
                Output::Gap { span, reason } => self.gap(span, reason, None),
            }
        }
        self.ink.begin();
        self.tell_late().await;
    }

    fn partial(&mut self, utterance: UtteranceId, span: Span, hypothesis: &Hypothesis) {
        let id = self.name(utterance);
        let said = Said::Partial {
            id,
            start: self.ears.placement.at(span.from),
            end: self.ears.placement.at(span.to),
            text: hypothesis.text().into(),
        };
        // A page that can't keep up misses nothing that will not be confirmed.
        let _ = self.voice.outlet.try_send(self.voice.uttered(said));
    }

    fn confirm(&mut self, utterance: UtteranceId, span: Span, hypothesis: Hypothesis) {
        let id = self.name(utterance);
        self.named.remove(&utterance);
        let text = hypothesis.text();
        let repairs = self.shared.records.as_ref();
        let repairs = repairs.map_or_else(Vec::new, |app| app.repairs(&text));
        let segment = Segment {
            id,
            track: self.voice.track,
            start: self.ears.placement.at(span.from),
            end: self.ears.placement.at(span.to),
            text: text.into(),
            pieces: hypothesis.pieces,
            repairs,
            model_sha256: self.hearing.model.sha256.bytes(),
            revision: 1,
        };
        self.ink.take(span.from, Final::Text(segment));
    }

    fn gap(&mut self, span: Span, reason: GapReason, void: Option<SegmentId>) {
        let gap = Gap {
            track: self.voice.track,
            start: self.ears.placement.at(span.from),
            end: self.ears.placement.at(span.to),
            reason,
        };
        self.ink.take(span.from, Final::Gap(gap, void));
    }

    async fn tell_late(&mut self) {
        if let Some(late) = self.asked.news(Instant::now(), self.ink.waits_since()) {
            let waiting_ms = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
            self.ink.tell(Said::Behind { waiting_ms }).await;
        }
    }

    fn name(&mut self, utterance: UtteranceId) -> SegmentId {
        let ids = &self.shared.ids;
        *self
            .named
            .entry(utterance)
            .or_insert_with(|| SegmentId::new(ids.id()))
    }
}
