//! The pure core of Yorisoi. No IO, no clock, no randomness: times, ids and sound arrive as
//! arguments, effects leave as values.
