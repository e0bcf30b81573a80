//! The voice gate: scores of 16 ms frames become speech and silence with hysteresis, so that a
//! breath does not end an utterance and a click does not begin one.

use super::span::SAMPLE_RATE;

/// Samples per frame of the voice activity detector (16 ms).
pub const FRAME: u64 = 256;
const _: () = assert!((FRAME * 1_000).is_multiple_of(SAMPLE_RATE));

/// When a score between 0 and 1 counts as a voice.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds {
    /// At or above this for [`Thresholds::min_frames`] in a row, speech begins.
    pub enter: f32,
    /// Below this, a frame inside speech counts as silent.
    pub leave: f32,
    /// At or above this a frame is a voice beyond doubt; an utterance needs
    /// [`Thresholds::min_frames`] of them, else it was a noise.
    pub sure: f32,
    pub min_frames: u32,
}

impl Thresholds {
    /// What separates voices from fans, cars and keyboards here: their best frames score above 0.9,
    /// the loudest car reaches 0.6.
    pub const MEASURED: Self = Self {
        enter: 0.6,
        leave: 0.4,
        sure: 0.75,
        min_frames: 3,
    };

    /// 1 for a frame that is a voice beyond doubt, else 0.
    pub(super) fn sure_frames(&self, score: f32) -> u32 {
        u32::from(score >= self.sure)
    }
}

/// What one frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// No one speaks.
    Nothing,
    /// Someone began to speak this many frames ago (this frame counted, so at least 1).
    Onset { frames_ago: u32 },
    /// Speech goes on.
    Voice,
    /// Inside an utterance, a silent frame.
    Pause,
}

/// Hysteresis over the frames of one track.
#[derive(Clone, Debug)]
pub struct VoiceGate {
    thresholds: Thresholds,
    rising: u32,
    open: bool,
}

impl VoiceGate {
    pub const fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            rising: 0,
            open: false,
        }
    }

    pub fn hear(&mut self, score: f32) -> Heard {
        if self.open {
            return if score < self.thresholds.leave {
                Heard::Pause
            } else {
                Heard::Voice
            };
        }
        if score < self.thresholds.enter {
            self.rising = 0;
            return Heard::Nothing;
        }
        self.rising += 1;
        if self.rising < self.thresholds.min_frames {
            return Heard::Nothing;
        }
        self.open = true;
        Heard::Onset {
            frames_ago: std::mem::take(&mut self.rising),
        }
    }

    /// The utterance is over; the next one needs a new onset.
    pub fn close(&mut self) {
        self.open = false;
        self.rising = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_of_two_frames_is_not_speech_and_a_breath_does_not_end_it() {
        let mut gate = VoiceGate::new(Thresholds::MEASURED);
        let heard: Vec<_> = [0.9, 0.9, 0.1, 0.7, 0.7, 0.7, 0.5, 0.3]
            .map(|s| gate.hear(s))
            .into_iter()
            .collect();
        assert_eq!(heard[..5], [Heard::Nothing; 5]);
        assert_eq!(
            heard[5..],
            [Heard::Onset { frames_ago: 3 }, Heard::Voice, Heard::Pause]
        );
        gate.close();
        assert_eq!(gate.hear(0.7), Heard::Nothing);
    }
}
