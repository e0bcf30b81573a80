//! What is said, on its way to the pages: text, where there is none, how late it is, and that it was
//! taken back.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::account::GapReason;

use super::talk::Party;
use crate::app::transcripts::RepairView;

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
    /// Words that are shown in place of what was heard, in order and apart from each other.
    pub repairs: Vec<RepairView>,
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
pub struct RecognitionView {
    /// No voice becomes text for now.
    pub stopped: bool,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signalling::message::StaffEvent;

    #[test]
    fn what_somebody_said_is_in_the_message_and_in_no_log() {
        let view = SegmentView {
            id: Uuid::from_u128(7),
            participant: Uuid::from_u128(8),
            start_ms: 0,
            end_ms: 900,
            text: "夫が物を投げる".to_owned().into(),
            unsure: vec![[0, 1]],
            repairs: Vec::new(),
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
}
