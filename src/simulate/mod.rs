//! WebRTC participants that play files: for tests, measurements and practice. They use the media
//! engine as a browser uses its own, and never reach into the server.

pub mod network;
pub mod page;
pub mod participant;
pub mod voice;
