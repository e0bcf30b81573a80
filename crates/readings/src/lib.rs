//! How Japanese text sounds. Owns the dictionary that ships with the program, the cheapest reading of
//! a text, and the search for words that sound like a part of it. Knows nothing of interviews, does
//! no IO, and keeps no text.

mod dictionary;
mod hearing;
mod lattice;
mod listen;
mod mora;
mod nearest;
mod phrases;
mod repair;
mod sounds;

pub use dictionary::{Dictionary, Kind};
pub use hearing::{Hearing, Maybe, Vocabulary};
pub use lattice::Token;
pub use listen::{Ear, Like, Word};
pub use mora::{Mora, morae};
pub use repair::{Mistake, Repair, repaired};
