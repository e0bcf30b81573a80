//! The description of the interface, made from the routes themselves. `tests/it/openapi.rs`
//! keeps `web/src/lib/api/openapi.json` equal to it.

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::router::operations;
use crate::signalling::message::{ClientMessage, Reply, ResidentEvent, ServerMessage, StaffEvent};

/// Yorisoi's own pages are its only client: paths may change together with them.
#[derive(OpenApi)]
#[openapi(info(
    title = "Yorisoi",
    description = "Prenatal interviews: booking, door, talk, accounts, audit."
), components(schemas(
    ClientMessage,
    Reply,
    ServerMessage<StaffEvent>,
    ServerMessage<ResidentEvent>,
)))]
struct Head;

pub(super) fn head() -> Document {
    Head::openapi()
}

/// The whole description.
#[must_use]
pub fn document() -> Document {
    operations().into_openapi()
}
