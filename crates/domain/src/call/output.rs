//! What is to be done for a call: how a seat stands, who is seen, whose voice may be tapped, and that it
//! is over.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::slots::SLOTS;
use crate::consent::Tap;
use crate::ids::ParticipantId;
use crate::participant::Who;
use crate::transcript::account::GapReason;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Tell everybody how this seat stands now.
    Seat(SeatState),
    /// Tell this viewer who stands in which receive slot.
    Slots(ParticipantId, [Option<ParticipantId>; SLOTS]),
    /// Tell everybody whose screen is on the screen line.
    Screen(Option<ParticipantId>),
    /// No media of this participant may come or go any more.
    CloseMedia(ParticipantId),
    /// From now on this is what may be done with the participant's voice.
    Tap(ParticipantId, Tap),
    /// A stretch of the participant's track that holds no voice, with its reason.
    Gap(ParticipantId, GapReason, Stretch),
    /// Nothing follows.
    Over(Why),
}

/// Half-open, from the beginning of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from: Duration,
    pub to: Duration,
}

/// How a seat stands, as the others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatState {
    pub seat: ParticipantId,
    pub who: Who,
    pub presence: Presence,
    pub muted: bool,
    pub camera_off: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At the door.
    Waiting,
    Present,
    /// The connection broke moments ago and may come back.
    Interrupted,
    /// Gone longer than a short break; the seat is kept.
    Absent,
    Left,
    /// Pressed すぐ閉じる.
    LeftQuickly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Ended,
    NobodyLeft,
    LongestReached,
}
