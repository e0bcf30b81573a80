//! Participants without a browser that play files: for measurements, tests and practice. They come
//! in by the same doors as pages do, use the media engine as a browser uses its own, and never
//! reach into the server.
//!
//! - [`account`]: the service's account of time against what is known of the talk.
//! - [`interview`]: one interview from booking to its end.
//! - [`client`], [`page`], [`participant`]: a browser's HTTP, socket and media.
//! - [`network`]: a bad network before the server.
//! - [`plant`]: what is done to a voice in mid-talk, so that the account must show it.
//! - [`service`]: the service under measurement as a child process.
//! - [`text`]: what the nurse's page was told of the text, and how late.
//! - [`voice`]: samples as Opus packets.

pub mod account;
pub mod client;
pub mod interview;
pub mod network;
pub mod page;
pub mod participant;
pub mod plant;
pub mod service;
pub mod text;
pub mod voice;
