//! Speech recognition: from a track's sound to hypotheses.
//!
//! - [`Recognizer`]: the one model in memory; [`Slot`]: one place where it decodes.
//! - [`whisper`]: the recognizer of the product.
//! - [`pool`]: the decoding threads that all interviews share.
//! - [`listener`]: one track's sound, its voice activity and its utterances.

use std::sync::Arc;

use serde::Serialize;
use yorisoi_domain::transcript::hypothesis::Hypothesis;

use crate::models::{Dims, Sha256};

pub mod listener;
pub mod offline;
pub mod pool;
pub mod whisper;

/// Phrases that Whisper writes over silence, because subtitles of films and videos end with them.
pub const PHANTOMS: &str = include_str!("../../models/phantoms.ja.txt");

/// Which weights wrote a text.
#[derive(Clone, Debug, Serialize)]
pub struct ModelInfo {
    pub name: String,
    pub sha256: Sha256,
    pub dims: Dims,
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
    #[error("the recognizer broke off on this sound")]
    Broken,
}

/// One model in memory.
pub trait Recognizer: Send + Sync {
    fn model(&self) -> &ModelInfo;

    /// A place to decode in, with memory of its own; `threads` cores work for it.
    ///
    /// # Errors
    /// [`RecognizerError::Slot`] where memory is short.
    fn slot(&self, threads: u16) -> Result<Box<dyn Slot>, RecognizerError>;

    /// Another handle to the same model, for whoever makes places later.
    fn share(&self) -> Arc<dyn Recognizer>;
}

/// One decode at a time. Blocks for tenths of seconds: give it a thread of its own.
pub trait Slot: Send {
    /// `pcm`: 16 kHz mono, at most 30 s.
    ///
    /// # Errors
    /// [`RecognizerError::Decode`]; the slot stays usable.
    fn decode(&mut self, pcm: &[f32]) -> Result<Hypothesis, RecognizerError>;
}
