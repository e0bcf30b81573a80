//! Whole talks through the reader.
