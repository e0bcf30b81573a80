//! Participants without a browser that play files: for measurements, tests and practice. They come
//! in by the same doors as pages do, use the media engine as a browser uses its own, and never
//! reach into the server.
//!
//! - [`interview`]: one interview from booking to its end.
//! - [`client`], [`page`], [`participant`]: a browser's HTTP, socket and media.
//! - [`network`]: a bad network before the server.
//! - [`service`]: the service under measurement as a child process.
//! - [`voice`]: samples as Opus packets.

pub mod client;
pub mod interview;
pub mod network;
pub mod page;
pub mod participant;
pub mod service;
pub mod voice;
