//! Opens and closes utterances on one track, asks for decodes and confirms their text.
//!
//! Fed with voice scores and hypotheses, drained for requests and text; the sound itself stays
//! with the caller. Confirmed text never changes: an utterance is confirmed once, when its end is
//! certain, and in the order in which utterances ended.

use std::collections::VecDeque;

use super::account::GapReason;
use super::guard::{Doubt, Guard};
use super::hypothesis::Hypothesis;
use super::sentence;
use super::span::{Span, samples};
use super::voice::{FRAME, Heard, Thresholds, VoiceGate};

/// The pace of one track's text. Lengths are samples at 16 kHz.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub thresholds: Thresholds,
    /// Sound before the onset that is decoded with the utterance; never the last one's words.
    pub pre_roll: u64,
    /// After this much silence the final decode starts on speculation.
    pub speculate_after: u64,
    /// After this much silence an utterance that is a whole sentence has ended.
    pub close_after: u64,
    /// After this much silence any utterance has ended.
    pub linger: u64,
    /// An utterance is cut at the latest here, at the quietest place of its second half.
    pub max_length: u64,
    /// Least time between partial texts; `None` where nobody watches.
    pub partial_every: Option<u64>,
}

impl Policy {
    /// For a talk that people watch.
    pub const fn live() -> Self {
        Self {
            partial_every: Some(samples(700)),
            ..Self::offline()
        }
    }

    /// For files: the same utterances and texts, without the partial ones.
    pub const fn offline() -> Self {
        Self {
            thresholds: Thresholds::MEASURED,
            pre_roll: samples(300),
            speculate_after: samples(100),
            close_after: samples(300),
            linger: samples(600),
            max_length: samples(10_000),
            partial_every: None,
        }
    }
}

/// Names one decode of one track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names one utterance of one track, in the order of their beginnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtteranceId(pub u64);

/// What a decode is for: partials may be dropped under load, finals may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Partial,
    Final,
}

/// What happened on the track.
#[derive(Clone, Debug)]
pub enum Input {
    /// The next [`FRAME`] samples, with their voice score from 0 to 1.
    Frame { score: f32 },
    /// So many samples that never came, or may not be heard.
    Missing { samples: u64, reason: GapReason },
    /// The answer to a decode, which took so long.
    Decoded {
        request: RequestId,
        hypothesis: Hypothesis,
        took: u64,
    },
    /// A decode that will have no answer.
    Failed {
        request: RequestId,
        reason: GapReason,
    },
    /// The track is over.
    End,
}

/// What the caller is to do or to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    Decode {
        request: RequestId,
        purpose: Purpose,
        span: Span,
    },
    /// The answer is not wanted any more.
    Withdraw { request: RequestId },
    /// Text that may still change; it replaces the utterance's earlier partial.
    Partial {
        utterance: UtteranceId,
        span: Span,
        hypothesis: Hypothesis,
    },
    /// Text that will not change. `span` is the voice, without the silence around it.
    Confirmed {
        utterance: UtteranceId,
        span: Span,
        hypothesis: Hypothesis,
    },
    /// A voice without text that could be believed.
    Unintelligible {
        utterance: UtteranceId,
        span: Span,
        doubt: Doubt,
    },
    /// A stretch without text, with its reason.
    Gap { span: Span, reason: GapReason },
}

/// The state of one track.
#[derive(Debug)]
pub struct Segmenter {
    policy: Policy,
    guard: Guard,
    gate: VoiceGate,
    /// Samples heard so far.
    now: u64,
    /// End of the last utterance's voice: nothing before it is decoded again.
    settled: u64,
    open: Option<Open>,
    closed: VecDeque<Closed>,
    last_took: u64,
    requests: u64,
    utterances: u64,
    outputs: VecDeque<Output>,
}

/// The utterance that is being spoken.
#[derive(Debug)]
struct Open {
    id: UtteranceId,
    decode_from: u64,
    voice: Span,
    scores: Vec<f32>,
    /// Frames that are a voice beyond doubt; until there are enough, nothing is decoded.
    sure: u32,
    partial: Option<RequestId>,
    partial_at: u64,
    speculation: Option<(RequestId, Option<Hypothesis>)>,
}

/// An utterance that has ended and waits for its text.
#[derive(Debug)]
struct Closed {
    id: UtteranceId,
    voice: Span,
    request: RequestId,
    answer: Option<Result<Hypothesis, GapReason>>,
}

impl Segmenter {
    pub fn new(policy: Policy, guard: Guard) -> Self {
        Self {
            policy,
            guard,
            gate: VoiceGate::new(policy.thresholds),
            now: 0,
            settled: 0,
            open: None,
            closed: VecDeque::new(),
            last_took: 0,
            requests: 0,
            utterances: 0,
            outputs: VecDeque::new(),
        }
    }

    pub fn handle_input(&mut self, input: Input) {
        match input {
            Input::Frame { score } => self.frame(score),
            Input::Missing { samples, reason } => {
                self.close();
                let span = Span::new(self.now, self.now + samples);
                self.now = span.to;
                self.settled = span.to;
                self.outputs.push_back(Output::Gap { span, reason });
            }
            Input::Decoded {
                request,
                hypothesis,
                took,
            } => {
                self.last_took = took;
                self.decoded(request, hypothesis);
            }
            Input::Failed { request, reason } => self.failed(request, reason),
            Input::End => self.close(),
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// An utterance is being spoken.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// No utterance is open and every ended one has its text.
    pub fn is_settled(&self) -> bool {
        self.open.is_none() && self.closed.is_empty()
    }

    /// Sound before this position will not be asked for again.
    pub fn keep_from(&self) -> u64 {
        let open = self.open.as_ref().map(|o| o.decode_from);
        open.unwrap_or_else(|| self.now.saturating_sub(self.policy.pre_roll + samples(500)))
    }

    /// No utterance that begins before this position waits for its text.
    pub fn final_until(&self) -> u64 {
        let ended = self.closed.front().map(|closed| closed.voice.from);
        let open = self.open.as_ref().map(|open| open.voice.from);
        ended.or(open).unwrap_or(self.now)
    }

    fn frame(&mut self, score: f32) {
        self.now += FRAME;
        match self.gate.hear(score) {
            Heard::Nothing => {}
            Heard::Onset { frames_ago } => self.begin(frames_ago, score),
            Heard::Voice => self.voice(score),
            Heard::Pause => self.pause(score),
        }
    }

    fn begin(&mut self, frames_ago: u32, score: f32) {
        let from = self.now - u64::from(frames_ago) * FRAME;
        let scores = vec![score; frames_ago as usize];
        let decode_from = from.saturating_sub(self.policy.pre_roll).max(self.settled);
        self.start(decode_from, Span::new(from, self.now), scores);
    }

    fn start(&mut self, decode_from: u64, voice: Span, scores: Vec<f32>) {
        self.utterances += 1;
        self.open = Some(Open {
            id: UtteranceId(self.utterances),
            decode_from,
            voice,
            sure: scores
                .iter()
                .map(|&s| self.policy.thresholds.sure_frames(s))
                .sum(),
            scores,
            partial: None,
            partial_at: decode_from,
            speculation: None,
        });
    }

    fn voice(&mut self, score: f32) {
        let Some(open) = &mut self.open else { return };
        open.scores.push(score);
        open.sure += self.policy.thresholds.sure_frames(score);
        open.voice.to = self.now;
        // She speaks on: what was decoded on speculation is only a partial text now.
        if let Some((request, None)) = open.speculation.take() {
            self.outputs.push_back(Output::Withdraw { request });
        }
        if self.now - open.voice.from >= self.policy.max_length {
            self.cut();
        } else {
            self.ask_for_partial();
        }
    }

    fn pause(&mut self, score: f32) {
        let Some(open) = &mut self.open else { return };
        open.scores.push(score);
        let silence = self.now - open.voice.to;
        let sure = open.sure >= self.policy.thresholds.min_frames;
        let may_go_on = match &open.speculation {
            Some((_, Some(answer))) => sentence::goes_on(&answer.text()),
            _ => sure,
        };
        if silence >= self.policy.linger || (!may_go_on && silence >= self.policy.close_after) {
            self.close();
        } else if !sure {
            // Perhaps a car that passes: it is decided when more is heard.
        } else if silence >= self.policy.speculate_after && open.speculation.is_none() {
            let span = Span::new(open.decode_from, self.now);
            let stale = open.partial.take();
            let request = next(&mut self.requests);
            open.speculation = Some((request, None));
            // A partial that has not begun would only delay the final text.
            self.outputs
                .extend(stale.map(|request| Output::Withdraw { request }));
            self.outputs.push_back(Output::Decode {
                request,
                purpose: Purpose::Final,
                span,
            });
        }
    }

    fn ask_for_partial(&mut self) {
        let (Some(every), Some(open)) = (self.policy.partial_every, &mut self.open) else {
            return;
        };
        // Whoever decodes slower than they speak gets fewer partials, not later finals.
        let wait = every.max(self.last_took + self.last_took / 2);
        let unsure = open.sure < self.policy.thresholds.min_frames;
        if unsure || open.partial.is_some() || self.now - open.partial_at < wait {
            return;
        }
        let request = next(&mut self.requests);
        open.partial = Some(request);
        open.partial_at = self.now;
        let span = Span::new(open.decode_from, self.now);
        self.outputs.push_back(Output::Decode {
            request,
            purpose: Purpose::Partial,
            span,
        });
    }

    /// Ends the open utterance at its last voice.
    fn close(&mut self) {
        self.gate.close();
        let Some(open) = self.open.take() else {
            return;
        };
        if open.sure < self.policy.thresholds.min_frames {
            return; // A noise; nothing was asked for.
        }
        self.outputs
            .extend(open.partial.map(|request| Output::Withdraw { request }));
        let (request, answer) = open.speculation.unwrap_or_else(|| {
            let request = next(&mut self.requests);
            let span = Span::new(open.decode_from, self.now);
            self.outputs.push_back(Output::Decode {
                request,
                purpose: Purpose::Final,
                span,
            });
            (request, None)
        });
        self.settled = open.voice.to;
        self.closed.push_back(Closed {
            id: open.id,
            voice: open.voice,
            request,
            answer: answer.map(Ok),
        });
        self.confirm();
    }

    /// Ends an utterance that has grown too long and opens the next one where it was cut.
    fn cut(&mut self) {
        if self
            .open
            .as_ref()
            .is_some_and(|o| o.sure < self.policy.thresholds.min_frames)
        {
            return self.close();
        }
        let Some(mut open) = self.open.take() else {
            return;
        };
        let at_frame = quietest(&open.scores);
        let rest = open.scores.split_off(at_frame);
        let cut = self.now - rest.len() as u64 * FRAME;
        let voice = open.voice;
        self.outputs
            .extend(open.partial.map(|request| Output::Withdraw { request }));

        let request = next(&mut self.requests);
        let span = Span::new(open.decode_from, cut);
        self.outputs.push_back(Output::Decode {
            request,
            purpose: Purpose::Final,
            span,
        });
        self.closed.push_back(Closed {
            id: open.id,
            voice: Span::new(voice.from, cut),
            request,
            answer: None,
        });
        self.settled = cut;
        self.start(cut, Span::new(cut, voice.to), rest);
    }

    fn decoded(&mut self, request: RequestId, hypothesis: Hypothesis) {
        if let Some(closed) = self.closed.iter_mut().find(|c| c.request == request) {
            closed.answer = Some(Ok(hypothesis));
            return self.confirm();
        }
        let Some(open) = &mut self.open else { return };
        let believed = self.guard.judge(&hypothesis).is_ok();
        let partial = Output::Partial {
            utterance: open.id,
            span: open.voice,
            hypothesis: hypothesis.clone(),
        };
        if open.partial == Some(request) {
            open.partial = None;
        } else if let Some((id, answer)) = &mut open.speculation
            && *id == request
        {
            *answer = Some(hypothesis);
        } else {
            return;
        }
        if believed && self.policy.partial_every.is_some() {
            self.outputs.push_back(partial);
        }
    }

    fn failed(&mut self, request: RequestId, reason: GapReason) {
        if let Some(closed) = self.closed.iter_mut().find(|c| c.request == request) {
            closed.answer = Some(Err(reason));
            return self.confirm();
        }
        let Some(open) = &mut self.open else { return };
        if open.partial == Some(request) {
            open.partial = None;
        } else if open
            .speculation
            .as_ref()
            .is_some_and(|(id, _)| *id == request)
        {
            // The end is not certain yet: the close will ask again.
            open.speculation = None;
        }
    }

    /// Hands out the ended utterances that have their answer, oldest first.
    fn confirm(&mut self) {
        while let Some(Closed {
            id,
            voice,
            answer: Some(_),
            ..
        }) = self.closed.front()
        {
            let (utterance, span) = (*id, *voice);
            let answer = self.closed.pop_front().and_then(|c| c.answer);
            let output = match answer {
                Some(Ok(hypothesis)) => match self.guard.judge(&hypothesis) {
                    Ok(()) => Output::Confirmed {
                        utterance,
                        span,
                        hypothesis,
                    },
                    Err(doubt) => Output::Unintelligible {
                        utterance,
                        span,
                        doubt,
                    },
                },
                Some(Err(reason)) => Output::Gap { span, reason },
                None => return,
            };
            self.outputs.push_back(output);
        }
    }
}

fn next(requests: &mut u64) -> RequestId {
    *requests += 1;
    RequestId(*requests)
}

/// The frame in the second half around which five frames together are quietest; the latest of
/// equals, so that the piece before the cut stays long.
fn quietest(scores: &[f32]) -> usize {
    let half = scores.len() / 2;
    let around = |i: usize| -> f32 {
        let window = &scores[i.saturating_sub(2)..(i + 3).min(scores.len())];
        window.iter().sum::<f32>() / window.len() as f32
    };
    (half..scores.len())
        .rev()
        .min_by(|&a, &b| around(a).total_cmp(&around(b)))
        .unwrap_or(scores.len())
}

#[cfg(test)]
mod tests;
