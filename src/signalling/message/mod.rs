//! The wire types of the WebSocket. Server to page: `{v, seq, type, at_ms, data}`; page to server:
//! `{v, id, type, data}`, answered once per `id` by an `ack` or a `problem`.
//!
//! - `event`: what the pages are told; two enums, so that a guest can't be sent what is not hers.
//! - `page`: what a page may say, and how it is answered.
//! - `talk`: how the talk stands, for the events.
//! - `words`: what is said in it, for the events.

mod event;
mod page;
mod talk;
mod words;

pub use event::{
    FlagGoneView, PassingMessage, ResidentEvent, ServerMessage, Snapshot, StaffEvent, StaffSnapshot,
};
pub use page::{
    Ack, ClientBody, ClientMessage, Empty, Hello, IceServer, Offer, ProblemType, Reply, ReplyBody,
    SocketProblem, Switch,
};
pub use talk::{
    Allowed, NearbyView, Over, OverForGuests, ParticipantView, Party, PathLost, Place, PlaceView,
    Presence, ScreenView, SlotsView, TapView, TrackAccount, Why,
};
pub use words::{
    BehindView, CaptionView, GapView, PartialView, RecognitionView, SegmentView, WithdrawnView,
};

/// The version of the wire form, in every message.
pub const VERSION: u8 = 1;
/// The longest message a page may send, in bytes. Chromium's offer of seven lines has 28,000.
pub const LONGEST: usize = 64 * 1024;
/// The longest `id` of a page's message.
pub const LONGEST_ID: usize = 64;

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn messages_have_the_agreed_form() {
        let id = Uuid::from_u128(7);
        let message = ServerMessage {
            v: VERSION,
            seq: 3,
            at_ms: 1_200,
            event: StaffEvent::Screen(ScreenView {
                participant: Some(id),
            }),
        };
        let expected = json!({"v": 1, "seq": 3, "at_ms": 1200, "type": "screen",
            "data": {"participant": "00000000-0000-0000-0000-000000000007"}});
        assert_eq!(serde_json::to_value(message).unwrap(), expected);

        let ack = Reply {
            v: VERSION,
            id: Some("a".to_owned()),
            body: ReplyBody::Ack(Ack::default()),
        };
        let expected = json!({"v": 1, "id": "a", "type": "ack", "data": {}});
        assert_eq!(serde_json::to_value(ack).unwrap(), expected);
        let refused = ReplyBody::Problem(SocketProblem {
            r#type: ProblemType::HelloFirst,
        });
        let expected =
            json!({"type": "problem", "data": {"type": "urn:yorisoi:problem:hello-first"}});
        assert_eq!(serde_json::to_value(refused).unwrap(), expected);
    }
}
