//! The one integration binary.

#[path = "../common/mod.rs"]
mod common;

mod api;
mod authz;
mod openapi;
mod serve;
