//! The one integration binary.

mod call;
mod media;
