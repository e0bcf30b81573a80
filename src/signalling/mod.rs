//! Media signalling and live events over one WebSocket per participant. Lasting commands are HTTP.
//!
//! - [`message`]: the wire types.
//! - [`outbox`]: what a participant may have missed.
//! - [`hub`]: who is reached by what.
//! - [`ws`]: one socket, from its opening to its end.

pub mod fuzz;
pub mod hub;
pub mod message;
pub mod outbox;
pub mod ws;
