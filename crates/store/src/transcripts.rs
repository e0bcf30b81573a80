//! What was said. The words are sealed.

use async_trait::async_trait;
use yorisoi_domain::ids::{InterviewId, ParticipantId, SegmentId, TrackId};
use yorisoi_domain::time::{InterviewMs, Timestamp};

use crate::{Result, Revision, Sealed};

/// One utterance with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    pub id: SegmentId,
    pub track: TrackId,
    pub start: InterviewMs,
    pub end: InterviewMs,
    pub revision: Revision,
    pub model_sha256: [u8; 32],
    pub text: Sealed,
    pub confirmed_at: Timestamp,
}

#[async_trait]
pub trait ReadTranscripts {
    /// Of all tracks, with whose voice it is, in the order in which they were spoken.
    async fn segments_of(
        &mut self,
        interview: InterviewId,
    ) -> Result<Vec<(ParticipantId, SegmentRow)>>;
}

#[async_trait]
pub trait WriteTranscripts {
    async fn insert_segment(&mut self, segment: &SegmentRow) -> Result<()>;
}
