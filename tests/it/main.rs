//! The one integration binary.

mod call;
mod interview;
mod media;
