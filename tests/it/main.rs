//! The one integration binary.

#[path = "../common/mod.rs"]
mod common;

mod models;
mod tidy;
mod transcribe;
