//! Speech recognition: from a track's sound to hypotheses.
//!
//! - [`Recognizer`]: the one model in memory; [`Slot`]: one place where it decodes.
//! - [`whisper`]: the recognizer of the product.
//! - [`listener`]: one track's sound, its voice activity and its utterances.

use serde::Serialize;
use yorisoi_domain::transcript::hypothesis::Hypothesis;

pub mod listener;
pub mod whisper;

/// Phrases that Whisper writes over silence, because subtitles of films and videos end with them.
pub const PHANTOMS: &str = include_str!("../../models/phantoms.ja.txt");

/// Which weights wrote a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelInfo {
    pub name: String,
    /// Of the file, in lower-case hexadecimal.
    pub sha256: String,
    pub dims: Dims,
}

/// The sizes that the weights file states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Dims {
    pub vocab: u32,
    pub mels: u32,
    pub audio_state: u32,
    pub audio_layers: u32,
    pub text_state: u32,
    pub text_layers: u32,
}

/// Why sound became no hypothesis.
#[derive(Debug, thiserror::Error)]
pub enum RecognizerError {
    #[error("the speech model {path} cannot be loaded; check it with `yorisoi models verify`")]
    Load { path: String },
    #[error("the recognizer has no memory for another decoding place")]
    Slot,
    #[error("the recognizer failed on this sound (code {code})")]
    Decode { code: String },
}

/// One model in memory.
pub trait Recognizer: Send + Sync {
    fn model(&self) -> &ModelInfo;

    /// A place to decode in, with memory of its own; `threads` cores work for it.
    ///
    /// # Errors
    /// [`RecognizerError::Slot`] where memory is short.
    fn slot(&self, threads: u16) -> Result<Box<dyn Slot>, RecognizerError>;
}

/// One decode at a time. Blocks for tenths of seconds: give it a thread of its own.
pub trait Slot: Send {
    /// `pcm`: 16 kHz mono, at most 30 s.
    ///
    /// # Errors
    /// [`RecognizerError::Decode`]; the slot stays usable.
    fn decode(&mut self, pcm: &[f32]) -> Result<Hypothesis, RecognizerError>;
}
