//! Media plane: ends WebRTC for every participant, forwards their packets to each other and hands
//! the received Opus to the tap. It never knows names, consent or rules.

pub mod archive;
pub mod engine;
pub mod forward;
mod frames;
pub mod fuzz;
pub mod jitter;
pub mod keyframes;
pub mod layout;
pub(crate) mod negotiate;
pub mod opus;
mod pace;
pub mod peer;
pub mod ports;
pub mod reception;
pub mod remux;
pub mod spool;
pub mod tap;
pub mod turn;
