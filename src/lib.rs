//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`cli`]: one file per command.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.

pub mod cli;
pub mod models;
