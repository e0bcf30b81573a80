//! The wire types of the WebSocket. Server to page: `{v, seq, type, at_ms, data}`; page to server:
//! `{v, id, type, data}`, answered once per `id` by an `ack` or a `problem`.
//!
//! There are two enums of events on purpose. [`ResidentEvent`] has no variant that could carry a
//! flag, an item, coverage or a note, so that no mistake elsewhere can send her one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::account::GapReason;

use crate::app::flags::view::{CoverageView, FlagView};

/// The version of the wire form, in every message.
pub const VERSION: u8 = 1;
/// The longest message a page may send, in bytes. Chromium's offer of seven lines has 28,000.
pub const LONGEST: usize = 64 * 1024;
/// The longest `id` of a page's message.
pub const LONGEST_ID: usize = 64;

/// A numbered message of the server.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServerMessage<E> {
    pub v: u8,
    /// Counts up by one, without gaps. Say the last one you have in `hello`.
    pub seq: u64,
    /// Milliseconds since the interview began; 0 before.
    pub at_ms: i64,
    #[serde(flatten)]
    pub event: E,
}

/// What a nurse's page is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum StaffEvent {
    /// How everything stands: what came before is void.
    Snapshot(StaffSnapshot),
    Participant(ParticipantView),
    Slots(SlotsView),
    Screen(ScreenView),
    /// She tapped that somebody is near, or that she is alone again. Only the nurse is told.
    Nearby(NearbyView),
    /// What may be done with this participant's voice from now on.
    Tap(TapView),
    /// What somebody is saying, as far as it is understood; not kept, may change.
    Partial(PartialView),
    /// What somebody said. It does not change any more, and where consent allows it stands in the
    /// records.
    Segment(SegmentView),
    /// A stretch of somebody's voice without text, and why.
    Gap(GapView),
    /// An item was found or changed, or somebody decided about it.
    Flag(Box<FlagView>),
    /// What was read has gone before anybody decided: the flag is no more.
    FlagGone(FlagGoneView),
    /// How far an item was asked about by now.
    Coverage(CoverageView),
    /// The text is late; said about every second, and at last with 0 when it no longer is.
    Behind(BehindView),
    /// This participant took everything back: forget what they said, also what is on the screen.
    Withdrawn(WithdrawnView),
    /// The talk is over. Last texts may follow until the socket closes.
    Over(Over),
}

/// What the page of a resident, a companion or an interpreter is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ResidentEvent {
    /// How everything stands: what came before is void.
    Snapshot(Snapshot),
    /// Where this page's own participant is.
    Place(PlaceView),
    Participant(ParticipantView),
    Slots(SlotsView),
    Screen(ScreenView),
    /// What may be done with this page's own voice from now on.
    Tap(TapView),
    /// What somebody says, to a page that asked for captions. It has no `seq`, for it is never told
    /// again.
    Caption(CaptionView),
    /// The talk is over. No numbers: those are the office's.
    Over(OverForGuests),
}

/// How everything stands. To a guest only those in the talk are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Snapshot {
    /// The participant this page speaks for.
    pub you: Uuid,
    pub place: Place,
    pub participants: Vec<ParticipantView>,
    pub slots: SlotsView,
    pub screen: Option<Uuid>,
}

/// As [`Snapshot`], and what may be done with every voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaffSnapshot {
    #[serde(flatten)]
    pub talk: Snapshot,
    pub taps: Vec<TapView>,
    /// Who took everything back: nothing of theirs is left.
    pub withdrawn: Vec<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceView {
    pub place: Place,
}

/// Where a participant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// At the door, heard and seen by nobody.
    Waiting,
    Inside,
}

/// One participant as the others see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ParticipantView {
    pub id: Uuid,
    pub party: Party,
    pub presence: Presence,
    pub muted: bool,
    pub camera_off: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    Nurse,
    Resident,
    Companion,
    Interpreter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At the door. Guests are never told of it.
    Waiting,
    Present,
    /// The connection broke moments ago and may come back.
    Interrupted,
    /// Gone longer than a short break; the seat is kept.
    Absent,
    Left,
    /// Left by すぐ閉じる. Guests are told `left`.
    LeftQuickly,
}

/// Who stands in the three receive slots, by number: their sound and picture come on these lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SlotsView {
    pub slots: [Option<Uuid>; 3],
}

/// Whose screen is on the screen line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScreenView {
    pub participant: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct NearbyView {
    pub participant: Uuid,
    pub someone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct TapView {
    pub participant: Uuid,
    pub allowed: Allowed,
}

/// What may be done with a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    Nothing,
    /// Nothing, until whoever paused it goes on.
    Paused,
    CaptionsOnly,
    Transcript,
    TranscriptAndAudio,
}

/// Text that may still change: it replaces the earlier partial of the same `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PartialView {
    pub id: Uuid,
    pub participant: Uuid,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
    pub end_ms: i64,
    #[schema(value_type = String)]
    pub text: Pii<String>,
}

/// Confirmed text: it replaces the partial of the same `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SegmentView {
    pub id: Uuid,
    pub participant: Uuid,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
    pub end_ms: i64,
    #[schema(value_type = String)]
    pub text: Pii<String>,
    /// What was recognised with little confidence: from and to, in UTF-16 units of `text`.
    #[schema(value_type = Vec<[u32; 2]>)]
    pub unsure: Vec<[u32; 2]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlagGoneView {
    pub id: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct GapView {
    pub participant: Uuid,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
    pub end_ms: i64,
    #[schema(value_type = String, example = "network")]
    pub reason: GapReason,
    /// The partial that is void by it.
    pub void: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct BehindView {
    pub participant: Uuid,
    /// How long the oldest utterance has been waiting; 0: no longer late.
    pub waiting_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct WithdrawnView {
    pub participant: Uuid,
    pub at: Timestamp,
}

/// A line of captions: it replaces the earlier one of the same `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaptionView {
    pub participant: Uuid,
    pub party: Party,
    pub id: Uuid,
    /// Empty: it was not understood after all; take the line away.
    #[schema(value_type = String)]
    pub text: Pii<String>,
    /// It does not change any more.
    pub r#final: bool,
}

/// A message that is told once and never again: it has no number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PassingMessage<E> {
    pub v: u8,
    /// Milliseconds since the interview began; 0 before.
    pub at_ms: i64,
    #[serde(flatten)]
    pub event: E,
}

/// The end, with the account of every voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Over {
    pub why: Why,
    pub tracks: Vec<TrackAccount>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverForGuests {
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Ended,
    NobodyLeft,
    LongestReached,
}

/// What came of one voice over the whole call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrackAccount {
    pub participant: Uuid,
    pub party: Party,
    /// Received.
    pub packets: u64,
    /// Sequence numbers that never came.
    pub missing: u64,
    /// Milliseconds the participant was away from their seat.
    pub absent_ms: u64,
    pub muted_ms: u64,
}

/// A page's message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct ClientMessage {
    pub v: u8,
    /// Chosen by the page, at most 64 characters. The same `id` again is answered again and done
    /// once.
    pub id: String,
    #[serde(flatten)]
    pub body: ClientBody,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ClientBody {
    /// The first message on every socket.
    Hello(Hello),
    /// A new connection, or an ICE restart of the present one. The `ack` holds the answer.
    Offer(Offer),
    Muted(Switch),
    CameraOff(Switch),
    Sharing(Switch),
    /// Captions from now on, or not. Of guests' pages; off until asked for, and on every new page.
    Captions(Switch),
    /// Is anybody there? For a page that must find out by itself that its network is gone.
    Ping(Empty),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Hello {
    /// The `resume` of the last `ack` of a hello, if this page had one.
    pub resume: Option<Uuid>,
    /// The last `seq` this page has; 0 for none.
    #[serde(default)]
    pub last_seq: u64,
}

#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Offer {
    /// The local description as it is, without waiting for candidates.
    pub sdp: String,
    #[serde(default)]
    pub restart: bool,
}

impl std::fmt::Debug for Offer {
    /// A description names the addresses of a person's network.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer")
            .field("restart", &self.restart)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Switch {
    pub on: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Empty {}

/// The answer to a page's message. Not numbered: the same `id` brings it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reply {
    pub v: u8,
    /// Of the message that is answered; absent where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(flatten)]
    pub body: ReplyBody,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ReplyBody {
    Ack(Ack),
    Problem(SocketProblem),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ack {
    /// To an offer: the complete answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp: Option<String>,
    /// To a hello: say it in the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Uuid>,
    /// To a hello: relays for the media connection, where the service has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ice_servers: Vec<IceServer>,
}

/// A relay, as `RTCPeerConnection` takes it. The credential ends by itself.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: String,
}

impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// What was refused, and changed nothing. The page chooses the words by `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SocketProblem {
    pub r#type: ProblemType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum ProblemType {
    /// No message of this service.
    #[serde(rename = "urn:yorisoi:problem:malformed")]
    Malformed,
    #[serde(rename = "urn:yorisoi:problem:too-large")]
    TooLarge,
    /// Messages come too fast; send again in a second.
    #[serde(rename = "urn:yorisoi:problem:too-soon")]
    TooSoon,
    /// Another version of the page; reload it.
    #[serde(rename = "urn:yorisoi:problem:wrong-version")]
    WrongVersion,
    /// `hello` comes first.
    #[serde(rename = "urn:yorisoi:problem:hello-first")]
    HelloFirst,
    /// Not let in, or not any more.
    #[serde(rename = "urn:yorisoi:problem:not-admitted")]
    NotAdmitted,
    /// The talk is over.
    #[serde(rename = "urn:yorisoi:problem:over")]
    Over,
    /// The offer can't be answered; make a new connection.
    #[serde(rename = "urn:yorisoi:problem:offer-refused")]
    OfferRefused,
    /// There is no connection to restart; make a new one.
    #[serde(rename = "urn:yorisoi:problem:no-connection")]
    NoConnection,
    /// No media port is free.
    #[serde(rename = "urn:yorisoi:problem:busy")]
    Busy,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    #[test]
    fn what_a_page_sends_is_read_and_the_rest_is_an_error() {
        let read = |text: &str| serde_json::from_str::<ClientMessage>(text);
        let hello = r#"{"v":1,"id":"1","type":"hello","data":{"resume":null,"last_seq":4}}"#;
        let body = ClientBody::Hello(Hello {
            resume: None,
            last_seq: 4,
        });
        assert_eq!(
            read(hello).unwrap(),
            ClientMessage {
                v: 1,
                id: "1".to_owned(),
                body
            }
        );
        let muted = read(r#"{"v":1,"id":"2","type":"muted","data":{"on":true}}"#).unwrap();
        assert_eq!(muted.body, ClientBody::Muted(Switch { on: true }));
        for wrong in [
            "",
            "[]",
            r#"{"v":1,"id":"1","type":"flag","data":{}}"#,
            r#"{"v":1,"id":"1","type":"muted","data":{"on":"yes"}}"#,
            r#"{"v":1,"id":"1","type":"hello","data":{"last_seq":-1}}"#,
            r#"{"v":1,"type":"ping","data":{}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_somebody_said_is_in_the_message_and_in_no_log() {
        let view = SegmentView {
            id: Uuid::from_u128(7),
            participant: Uuid::from_u128(8),
            start_ms: 0,
            end_ms: 900,
            text: "夫が物を投げる".to_owned().into(),
            unsure: vec![[0, 1]],
        };
        let event = StaffEvent::Segment(view);
        assert!(
            serde_json::to_string(&event)
                .unwrap()
                .contains("物を投げる")
        );
        assert!(!format!("{event:?}").contains("投げる"));
        let frame = crate::signalling::hub::Frame::Text("夫が物を投げる".into());
        assert!(!format!("{frame:?}").contains("投げる"));
    }

    #[test]
    fn nothing_clinical_can_reach_a_guest() {
        // A new variant of `ResidentEvent` stops the compiler here: look at it with this in mind.
        let carries_nothing_clinical = |event: &ResidentEvent| match event {
            ResidentEvent::Snapshot(_)
            | ResidentEvent::Place(_)
            | ResidentEvent::Participant(_)
            | ResidentEvent::Slots(_)
            | ResidentEvent::Screen(_)
            | ResidentEvent::Tap(_)
            | ResidentEvent::Over(_) => true,
            // Words as they were said, to whom heard them, and nothing that was made of them.
            ResidentEvent::Caption(CaptionView {
                participant: _,
                party: _,
                id: _,
                text: _,
                r#final: _,
            }) => true,
        };
        let place = PlaceView {
            place: Place::Waiting,
        };
        assert!(carries_nothing_clinical(&ResidentEvent::Place(place)));
    }
}
