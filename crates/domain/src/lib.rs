//! The pure core of Yorisoi. No IO, no clock, no randomness: times, ids and sound arrive as
//! arguments, effects leave as values.
//!
//! - [`call`]: who sits in the talk, who is away, who is heard by the tap; and the media clock.
//! - [`ids`]: one newtype per kind of record.
//! - [`pii`]: the type that keeps personal words out of logs and messages.
//! - [`time`]: instants, the interview's clock, weeks of pregnancy.
//! - [`transcript`]: from voice activity and hypotheses to utterances, and the account of time.

pub mod call;
pub mod ids;
pub mod pii;
pub mod time;
pub mod transcript;
