//! Risk items: what is found in a talk, and what people decide about it. Reads text that others
//! recognised; never judges a person, never counts a score.
//!
//! - [`example`]: tries every rule on its own examples.
//! - [`item`]: the items and their tiers, which are data of a rule pack.
//! - [`finding`]: what a reading of the talk holds: evidence per item, and coverage.
//! - [`flag`]: the record of an item found, and what a person decided.
//! - [`form`]: what was asked and answered in writing, and what the record says.
//! - [`coverage`]: how far an item was asked about, and who says so.
//! - [`activation`]: a municipality's rule pack on its way into use, by two people.
//! - [`alert`]: who must be told of an immediate flag, and when.
//! - [`likeness`]: what labelled talk of an item is like, learned.
//! - [`pack`]: a rule pack: items, patterns and questions, parsed and compiled.
//! - [`reader`]: hears turns and keeps the reading.
//! - [`score`]: counts a reader against labelled cases.
//! - `dialect`: endings of the regions as standard ones.
//! - [`sound`]: what a text may have been before it was misheard.
//! - `text`: spoken text folded for matching, with the way back to the original bytes.
//! - `grammar`: what Japanese does to a match: negation, past, others, supposing, answering.

pub mod activation;
pub mod alert;
pub mod coverage;
mod dialect;
pub mod example;
pub mod finding;
pub mod flag;
pub mod form;
pub mod fuzz;
mod grammar;
pub mod item;
mod keywords;
pub mod likeness;
pub mod pack;
pub mod reader;
pub mod score;
pub mod sound;
mod text;
mod variation;
