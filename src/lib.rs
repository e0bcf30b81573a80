//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`call`]: one task per call; which calls are running.
//! - [`clock`]: what time it is and new ids, the only callers of either.
//! - [`crypto`]: sealing, keys, look-ups, and the audit's chain.
//! - [`media`]: ends WebRTC for every participant and forwards their packets.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.
//! - [`signalling`]: one WebSocket per participant: messages, sequence numbers, resume.
//! - [`simulate`]: participants without a browser, for measurements and practice.
//! - [`sound`]: sound files as samples.

pub mod call;
pub mod clock;
pub mod crypto;
pub mod media;
pub mod models;
pub mod signalling;
pub mod simulate;
pub mod sound;
