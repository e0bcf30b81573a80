//! From voice activity and hypotheses to utterances: the policy of live text, replayable because
//! it knows neither sound nor clock.
//!
//! - [`span`]: positions on a track, in samples at 16 kHz, and milliseconds of the interview.
//! - [`voice`]: the gate that turns voice scores into speech and silence.
//! - [`segmenter`]: opens and closes utterances, asks for decodes, confirms text.
//! - [`sentence`]: whether a pause lies in the middle of one.
//! - [`hypothesis`]: what a recognizer answers, and [`guard`]: when it is not to be believed.
//! - [`account`]: speech, silence and gaps that add up to the interview exactly.

pub mod account;
pub mod guard;
pub mod hypothesis;
pub mod segmenter;
pub mod sentence;
pub mod span;
pub mod voice;
