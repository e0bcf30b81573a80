//! A recording as a whole: the same segmenter, recognizer and guards as in a call, without a clock.

use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::guard::Guard;
use yorisoi_domain::transcript::hypothesis::Hypothesis;
use yorisoi_domain::transcript::segmenter::{Input, Output, Policy};
use yorisoi_domain::transcript::span::Span;
use yorisoi_domain::transcript::voice::FRAME_LEN;

use super::listener::{Heard, Listener};
use super::{PHANTOMS, RecognizerError, Slot};

/// What a recording holds.
#[derive(Debug)]
pub enum Found {
    Said(Span, Hypothesis),
    Gap(Span, GapReason),
}

/// Hears a recording of one voice (16 kHz mono) and hands out what it holds, in its order.
///
/// # Errors
/// The recognizer failed.
pub fn hear(
    slot: &mut dyn Slot,
    pcm: &[f32],
    mut found: impl FnMut(Found),
) -> Result<(), RecognizerError> {
    let mut listener = Listener::new(Policy::offline(), Guard::new(PHANTOMS));
    // Frame by frame, so that an answer is there before the next sound, as it nearly is in a call.
    for frame in pcm.chunks(FRAME_LEN) {
        listener.hear(frame);
        settle(slot, &mut listener, &mut found)?;
    }
    listener.end();
    settle(slot, &mut listener, &mut found)
}

fn settle(
    slot: &mut dyn Slot,
    listener: &mut Listener,
    found: &mut impl FnMut(Found),
) -> Result<(), RecognizerError> {
    while let Some(Heard { output, pcm }) = listener.poll() {
        match output {
            Output::Decode { request, .. } => {
                let hypothesis = slot.decode(&pcm)?;
                listener.answer(Input::Decoded {
                    request,
                    hypothesis,
                    took: 0,
                });
            }
            Output::Confirmed {
                span, hypothesis, ..
            } => found(Found::Said(span, hypothesis)),
            Output::Unintelligible { span, .. } => {
                found(Found::Gap(span, GapReason::Unintelligible));
            }
            Output::Gap { span, reason } => found(Found::Gap(span, reason)),
            Output::Withdraw { .. } | Output::Partial { .. } => {}
        }
    }
    Ok(())
}
