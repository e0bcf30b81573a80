//! How the talk stands: who is where, who is seen and heard, what may be done with each voice, and
//! what came of it at the end. Nothing of what is said.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

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

/// The way by which sound and pictures came; the socket itself works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PathLost {}

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
    /// Nothing, while somebody speaks at this microphone who has not agreed.
    SecondVoice,
    /// Nothing, until whoever paused it goes on.
    Paused,
    CaptionsOnly,
    Transcript,
    TranscriptAndAudio,
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
