//! The one integration binary.

#[path = "../common/mod.rs"]
mod common;

mod api;
mod authz;
mod call;
mod interview;
mod media;
mod models;
mod openapi;
mod serve;
mod tidy;
mod transcribe;
