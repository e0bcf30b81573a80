//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`app`]: the use cases: load, domain step, save and audit in one transaction.
//! - [`asr`]: from a track's sound to hypotheses: voice activity, utterances, Whisper.
//! - [`auth`]: secrets and passwords.
//! - [`call`]: one task per call; which calls are running.
//! - [`cli`]: one file per command.
//! - [`clock`]: what time it is and new ids, the only callers of either.
//! - [`config`]: the configuration file.
//! - [`crypto`]: sealing, keys, look-ups, and the audit's chain.
//! - [`data_folder`]: which file of the data folder is what.
//! - [`demo`]: a deployment that one person can try.
//! - [`hearing`]: listens to texts for the words of a rule pack.
//! - [`http`]: routes, guards, the embedded front end.
//! - [`media`]: ends WebRTC for every participant and forwards their packets.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.
//! - [`rules`]: the rule pack that ships with the program.
//! - [`signalling`]: one WebSocket per participant: messages, sequence numbers, resume.
//! - [`simulate`]: participants without a browser, for measurements and practice.
//! - [`sound`]: sound files as 16 kHz mono.

pub mod app;
pub mod asr;
pub mod auth;
pub mod call;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod data_folder;
pub mod demo;
pub mod hearing;
pub mod http;
pub mod media;
pub mod models;
pub mod rules;
pub mod signalling;
pub mod simulate;
pub mod sound;
