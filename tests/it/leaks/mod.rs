//! Nothing that people said, wrote or are called leaves the places that are meant for it: not the
//! disk, the logs, the answers to others, the network, a core.

mod away;
mod life;
mod people;
mod recorder;
mod refusals;
mod service;
