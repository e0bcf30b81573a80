//! The one integration binary.

#![expect(clippy::unwrap_used, reason = "a helper of a test stops the test")]

#[path = "../common/mod.rs"]
mod common;

mod api;
mod asvs;
mod authz;
mod call;
mod chaos;
mod consent;
mod demo;
mod demonstration;
mod hostile;
mod interview;
mod leaks;
mod machine;
mod media;
mod models;
mod openapi;
mod repairs;
mod rules;
mod rules_tools;
mod serve;
mod tidy;
mod transcribe;
mod typed;
mod upkeep;
mod voice;
