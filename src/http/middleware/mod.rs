//! What every request passes, outermost first: [`whole`], [`request_id`], [`headers`],
//! [`csrf`], [`left`].

pub mod csrf;
pub mod headers;
pub mod left;
pub mod request_id;
pub mod whole;
