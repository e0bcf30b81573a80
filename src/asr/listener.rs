//! One track's ears: keeps the sound that may still be decoded, scores its voice, and runs the
//! track's [`Segmenter`]. Files and calls both pass here, so that they give the same utterances.

use std::collections::VecDeque;
use std::fmt;

use earshot::Detector;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::guard::Guard;
use yorisoi_domain::transcript::segmenter::{Input, Output, Policy, Segmenter};
use yorisoi_domain::transcript::span::Span;
use yorisoi_domain::transcript::voice::{FRAME, FRAME_LEN};

/// What a track has to say to the one who owns it.
#[derive(Debug)]
pub struct Heard {
    pub output: Output,
    /// The sound to decode, where `output` is [`Output::Decode`]; else empty.
    pub pcm: Vec<f32>,
}

/// One track.
pub struct Listener {
    detector: Box<Detector>,
    segmenter: Segmenter,
    /// Sound from `kept_from` on, in samples of the track; bounded by the longest utterance.
    kept: VecDeque<f32>,
    kept_from: u64,
    /// Scored so far.
    scored: u64,
    ready: VecDeque<Heard>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("scored", &self.scored)
            .finish_non_exhaustive()
    }
}

impl Listener {
    pub fn new(policy: Policy, guard: Guard) -> Self {
        Self {
            detector: Box::default(),
            segmenter: Segmenter::new(policy, guard),
            kept: VecDeque::new(),
            kept_from: 0,
            scored: 0,
            ready: VecDeque::new(),
        }
    }

    /// The next sound of the track: 16 kHz mono, any length.
    pub fn hear(&mut self, pcm: &[f32]) {
        for part in pcm.chunks(FRAME_LEN) {
            self.kept.extend(part.iter().map(|s| s.clamp(-1.0, 1.0)));
            while self.unscored() >= FRAME {
                self.score_frame();
            }
        }
    }

    /// So many samples did not come or may not be heard; what was said before ends here.
    pub fn miss(&mut self, samples: u64, reason: GapReason) {
        self.pad_frame();
        self.feed(Input::Missing { samples, reason });
        self.detector.reset();
        self.scored += samples;
        self.kept.clear();
        self.kept_from = self.scored;
    }

    /// The track is over.
    pub fn end(&mut self) {
        self.pad_frame();
        self.feed(Input::End);
    }

    /// An answer to a decode, or word that none will come.
    pub fn answer(&mut self, input: Input) {
        self.feed(input);
    }

    pub fn poll(&mut self) -> Option<Heard> {
        self.ready.pop_front()
    }

    /// Samples so far: where the next sound lies.
    pub fn position(&self) -> u64 {
        self.kept_from + self.kept.len() as u64
    }

    /// An utterance is being spoken.
    pub fn is_speaking(&self) -> bool {
        self.segmenter.is_open()
    }

    pub fn is_settled(&self) -> bool {
        self.segmenter.is_settled()
    }

    /// What was said before this position has its text, or word that there will be none.
    pub fn final_until(&self) -> u64 {
        self.segmenter.final_until()
    }

    fn unscored(&self) -> u64 {
        self.kept_from + self.kept.len() as u64 - self.scored
    }

    fn score_frame(&mut self) {
        let mut frame = [0.0; FRAME_LEN];
        for (to, from) in frame
            .iter_mut()
            .zip(self.kept.range(self.index(self.scored)..))
        {
            *to = *from;
        }
        let score = self.detector.predict_f32(&frame);
        self.scored += FRAME;
        self.feed(Input::Frame { score });
    }

    /// Fills the last frame with silence, so that its sound is scored and decoded too.
    fn pad_frame(&mut self) {
        if self.unscored() > 0 {
            let missing = FRAME.saturating_sub(self.unscored());
            self.kept.extend((0..missing).map(|_| 0.0));
            self.score_frame();
        }
    }

    /// Sound is copied out as soon as it is asked for, so that it may be let go of.
    fn feed(&mut self, input: Input) {
        self.segmenter.handle_input(input);
        while let Some(output) = self.segmenter.poll_output() {
            let pcm = match output {
                Output::Decode { span, .. } => self.sound(span),
                _ => Vec::new(),
            };
            self.ready.push_back(Heard { output, pcm });
        }
        let keep_from = self.segmenter.keep_from().min(self.scored);
        self.kept.drain(..self.index(keep_from));
        self.kept_from = self.kept_from.max(keep_from);
    }

    fn sound(&self, span: Span) -> Vec<f32> {
        self.kept
            .range(self.index(span.from)..self.index(span.to))
            .copied()
            .collect()
    }

    fn index(&self, at: u64) -> usize {
        let at = usize::try_from(at.saturating_sub(self.kept_from)).unwrap_or(usize::MAX);
        at.min(self.kept.len())
    }
}

#[cfg(test)]
mod tests {
    use yorisoi_domain::transcript::hypothesis::Hypothesis;
    use yorisoi_domain::transcript::segmenter::Purpose;
    use yorisoi_domain::transcript::span::samples;

    use super::*;

    /// A buzz with a voice's pitch and its harmonics, loud for `ms`.
    fn voice(ms: u64) -> Vec<f32> {
        (0..samples(ms))
            .map(|i| {
                let t = i as f32 / 16_000.0;
                let syllable = (t * 4.0 * std::f32::consts::TAU).sin().abs();
                let buzz: f32 = (1u8..12)
                    .map(|h| {
                        (t * 180.0 * f32::from(h) * std::f32::consts::TAU).sin() / f32::from(h)
                    })
                    .sum();
                0.2 * syllable * buzz
            })
            .collect()
    }

    #[test]
    fn a_request_carries_the_sound_of_its_span_even_when_the_network_fails_at_once() {
        let mut listener = Listener::new(Policy::offline(), Guard::new(""));
        listener.hear(&vec![0.0; 16_000]);
        listener.hear(&voice(1_500));
        listener.miss(samples(2_000), GapReason::Network);
        let mut requests = 0;
        let mut gaps = 0;
        while let Some(Heard { output, pcm }) = listener.poll() {
            match output {
                Output::Decode {
                    request,
                    purpose,
                    span,
                } => {
                    requests += 1;
                    assert_eq!(purpose, Purpose::Final);
                    assert_eq!(pcm.len() as u64, span.len());
                    assert!(pcm.iter().any(|s| s.abs() > 0.05), "the voice is in it");
                    let hypothesis = Hypothesis::default();
                    listener.answer(Input::Decoded {
                        request,
                        hypothesis,
                        took: 0,
                    });
                }
                Output::Gap {
                    span,
                    reason: GapReason::Network,
                } => {
                    gaps += 1;
                    assert_eq!(span.len(), samples(2_000));
                }
                _ => {}
            }
        }
        assert!(requests >= 1);
        assert_eq!(gaps, 1);
        assert!(listener.is_settled());
    }

    #[test]
    fn an_hour_of_silence_keeps_no_sound() {
        let mut listener = Listener::new(Policy::live(), Guard::new(""));
        for _ in 0..60 {
            listener.hear(&vec![0.0; 16_000]);
        }
        assert!(listener.kept.len() < 16_000, "{}", listener.kept.len());
        assert!(listener.poll().is_none());
    }
}
