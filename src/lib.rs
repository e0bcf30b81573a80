//! Yorisoi: online consultation and transcription for prenatal interviews.
//!
//! - [`app`]: the use cases: load, domain step, save and audit in one transaction.
//! - [`auth`]: secrets and passwords.
//! - [`cli`]: one file per command.
//! - [`config`]: the configuration file.
//! - [`http`]: routes, guards, the embedded front end.
//! - [`models`]: the speech models: manifest, fetching, checking, importing.

pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod http;
pub mod models;
