//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`asr`]: from a track's sound to hypotheses: voice activity, utterances, Whisper.
//! - [`cli`]: one file per command.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.
//! - [`sound`]: sound files as 16 kHz mono.

pub mod asr;
pub mod cli;
pub mod models;
pub mod sound;
