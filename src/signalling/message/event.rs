//! What the pages are told, and in what form.
//!
//! There are two enums of events on purpose. [`ResidentEvent`] has no variant that could carry a
//! flag, an item, coverage or a note, so that no mistake elsewhere can send her one.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::talk::{
    NearbyView, Over, OverForGuests, ParticipantView, PathLost, Place, PlaceView, ScreenView,
    SlotsView, TapView,
};
use super::words::{
    BehindView, CaptionView, GapView, PartialView, RecognitionView, SegmentView, WithdrawnView,
};
use crate::app::flags::view::{CoverageView, FlagView};
use crate::app::speakers::GivenSpeaker;

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

/// A message that is told once and never again: it has no number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PassingMessage<E> {
    pub v: u8,
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
    /// A nurse has said who speaks in what was said, or took that back.
    Speaker(GivenSpeaker),
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
    /// Nothing comes from this page on the path that was agreed: look for another.
    PathLost(PathLost),
    /// Whether voices become text at all: the service may have no speech model for now.
    Recognition(RecognitionView),
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
    /// Nothing comes from this page on the path that was agreed: look for another.
    PathLost(PathLost),
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
    /// The service has no speech model for now: voices become text later, where they may be kept.
    pub recognition_stopped: bool,
    /// Who took everything back: nothing of theirs is left.
    pub withdrawn: Vec<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlagGoneView {
    pub id: Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

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
            | ResidentEvent::PathLost(_)
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
