//! Sealing of personal columns, the keys for it, and the keyed chain of the audit. The only place
//! that sees an unwrapped key; knows no table's meaning but the list of sealed columns in [`rows`].
//!
//! - [`kek`]: the key file outside the data folder, and the keys derived from it.
//! - [`keyring`]: making, finding and destroying data keys; [`tombstones`]: the list of destroyed ones.
//! - [`seal`]: sealing one value for one place. [`rows`]: which column is sealed under which key.
//! - [`lookups`]: finding a sealed value again when all of it is known.
//! - [`audit_trail`]: appending to the audit and following its chain; `audit_end`: removing its oldest events.
//! - [`rotation`]: which key file opens everything, and putting another in its place.
//! - `wrapping`: sealing a key under the key file.
//! - `lines`: the files that only grow, of destroyed keys and of noted heads.

#[cfg(test)]
mod audit_attacks;
mod audit_end;
pub mod audit_trail;
pub mod kek;
pub mod keyring;
pub(crate) mod lines;
pub mod lookups;
pub mod rotation;
pub mod rows;
pub mod seal;
pub mod tombstones;
mod wrapping;

pub(crate) use lines::append as append_line;

#[cfg(test)]
pub(crate) mod testing;
