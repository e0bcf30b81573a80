//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`clock`]: what time it is and new ids, the only callers of either.
//! - [`crypto`]: sealing, keys, look-ups, and the audit's chain.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.

pub mod clock;
pub mod crypto;
pub mod models;
