//! Risk items: what is found in a talk, and what people decide about it. Reads text that others
//! recognised; never judges a person, never counts a score.
//!
//! - [`item`]: the items and their tiers, which are data of a rule pack.
//! - [`finding`]: what a reading of the talk holds: evidence per item, and coverage.

pub mod finding;
pub mod item;
