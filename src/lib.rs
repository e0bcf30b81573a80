//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`media`]: ends WebRTC for every participant and forwards their packets.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.
//! - [`simulate`]: participants without a browser, for measurements and practice.
//! - [`sound`]: sound files as samples.

pub mod media;
pub mod models;
pub mod simulate;
pub mod sound;
