//! The pure core of Yorisoi. No IO, no clock, no randomness: times, ids and sound arrive as
//! arguments, effects leave as values.
//!
//! - [`pii`]: the type that keeps personal words out of logs and messages.
//! - [`transcript`]: from voice activity and hypotheses to utterances, and the account of time.

pub mod pii;
pub mod transcript;
