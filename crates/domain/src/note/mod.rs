//! The note (面談記録票): what the nurse writes of an interview, how it goes to another person, and
//! what stands between. Writes no sentence and chooses no verdict.
//!
//! - [`content`]: the fields and the verdict.
//! - [`workflow`]: draft, submitted, returned, approved.
//! - [`gate`]: what is left to decide before the next step.
//! - [`compose`]: which quotes belong beside which field.
//! - [`due`]: until when a note is waited for. [`number`]: what people call it by.

pub mod compose;
pub mod content;
pub mod due;
pub mod gate;
pub mod number;
pub mod workflow;
