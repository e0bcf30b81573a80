//! The pure core of Yorisoi. No IO, no clock, no randomness: times, ids and sound arrive as
//! arguments, effects leave as values.
//!
//! - [`ids`], [`time`], [`pii`], [`secret`], [`transition`]: what records are made of.
//! - [`access`]: who may do what, the whole table.
//! - [`office`], [`user`], [`login`], [`totp`], [`tries`]: the people who work here and how they
//!   sign in.
//! - [`resident`], [`case`], [`interview`]: whom it is about, and the talk as a record.
//! - [`invitation`], [`identity`], [`participant`], [`consent`], [`second_voice`]: from the link to the seat.
//! - [`help`]: a colleague is called for in the talk.
//! - [`call`]: who sits in the talk, who is away, whose voice may be tapped; the media clock.
//! - [`audit`]: what every step leaves behind, and the chain over it.
//! - [`risk`]: what is found in the talk, and what people decide about it.
//! - [`note`]: what is written of it, and who approves it.
//! - [`transcript`]: from voice activity and hypotheses to utterances, and the account of time.

pub mod access;
pub mod audit;
pub mod call;
pub mod case;
pub mod consent;
pub mod help;
pub mod identity;
pub mod ids;
pub mod interview;
pub mod invitation;
pub mod login;
pub mod note;
pub mod office;
pub mod participant;
pub mod pii;
pub mod resident;
pub mod risk;
pub mod second_voice;
pub mod secret;
pub mod time;
pub mod totp;
pub mod transcript;
pub mod transition;
pub mod tries;
pub mod user;
pub mod withdrawal;
