//! What every request passes, outermost first: [`whole`], [`request_id`], [`headers`],
//! [`csrf`].

pub mod csrf;
pub mod headers;
pub mod request_id;
pub mod whole;
