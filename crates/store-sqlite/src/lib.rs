//! The SQLite store: opens the two database files and holds every SQL statement for them. Never
//! decides anything about an interview and never sees an unsealed word.
//!
//! Every statement is checked against the migrations when this crate is compiled: `build.rs`
//! applies them to a throw-away database that the query macros ask.

mod alerts;
mod audit;
mod calls;
mod codes;
mod consents;
#[cfg(feature = "contents")]
mod contents;
mod db;
mod error;
mod flags;
mod forms;
mod help;
mod interviews;
mod invitations;
mod keys;
mod logins;
mod notes;
mod offices;
mod packs;
mod participants;
mod records;
mod residents;
mod retention;
mod second_factors;
mod store;
#[cfg(test)]
mod tests;
mod transcripts;
mod users;
mod withdrawals;

#[cfg(feature = "contents")]
pub use contents::{contents, holding, reading, tamper};
pub use keys::SqliteKeys;
pub use store::SqliteStore;
