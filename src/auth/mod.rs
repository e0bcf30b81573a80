//! Who somebody is: secrets, passwords, and what a browser holds of them. What they may do is
//! decided by the domain's table alone.
//!
//! - [`secret`]: 256-bit one-time secrets and tokens, and short codes for people.
//! - [`common`]: passwords that many people use.
//! - [`pace`]: how fast one address may try.
//! - [`password`]: argon2id, away from the async threads.

pub mod common;
pub mod pace;
pub mod password;
pub mod secret;
