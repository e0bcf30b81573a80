//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`models`]: the speech models: manifest, fetching, checking, importing.

pub mod models;
