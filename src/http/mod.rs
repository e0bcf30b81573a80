//! HTTP: routes, the form of refusals, cookies, guards, and the embedded front end. Handlers call
//! one use case of `app` each; nothing here decides who may do what.

pub mod api;
pub mod cookie;
pub mod device;
pub mod error;
pub mod extract;
pub mod middleware;
pub mod openapi;
pub mod origin;
mod patience;
pub(in crate::http) mod refusals;
pub mod router;
pub mod serve;
pub mod tls;
pub mod web;
