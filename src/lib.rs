//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`app`]: the use cases: load, domain step, save and audit in one transaction.
//! - [`auth`]: secrets and passwords.
//! - [`cli`]: one file per command.
//! - [`clock`]: time, ids and secrets from the system.
//! - [`config`]: the configuration file.
//! - [`crypto`]: sealing, keys, the audit's chain.
//! - [`http`]: routes, guards, the embedded front end.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.

pub mod app;
pub mod auth;
#[cfg(any())]
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod http;
pub mod models;
