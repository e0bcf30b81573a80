//! What was said, and the account of time. The words are sealed.

use async_trait::async_trait;
use yorisoi_domain::ids::{InterviewId, ParticipantId, SegmentId, TrackId, UserId};
use yorisoi_domain::risk::finding::Speaker;
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_domain::transcript::account::Totals;
use yorisoi_domain::transcript::segment::Gap;

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
    /// Somebody was near her when it was written down: when it was spoken, but for what comes late.
    pub accompanied: bool,
    pub confirmed_at: Timestamp,
}

/// Who speaks in an utterance, as a nurse has said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeakerRow {
    pub segment: SegmentId,
    /// Of the segment, as it was seen.
    pub revision: Revision,
    /// `None`: taken back, whoever's track it is.
    pub speaker: Option<Speaker>,
    pub by: UserId,
    pub at: Timestamp,
}

#[async_trait]
pub trait ReadTranscripts {
    /// Of all tracks, with whose voice it is, in the order in which they were spoken.
    async fn segments_of(
        &mut self,
        interview: InterviewId,
    ) -> Result<Vec<(ParticipantId, SegmentRow)>>;

    /// One revision of one utterance, with whose voice it is.
    async fn segment(
        &mut self,
        id: SegmentId,
        revision: Revision,
    ) -> Result<Option<(ParticipantId, SegmentRow)>>;

    /// In the order in which it was said; the last of a segment holds.
    async fn speakers_of(&mut self, interview: InterviewId) -> Result<Vec<SpeakerRow>>;

    /// Of all tracks, with whose voice it is, in the order in which they began.
    async fn gaps_of(&mut self, interview: InterviewId) -> Result<Vec<(ParticipantId, Gap)>>;

    /// Of all tracks, with whose voice it is; none before the interview is over.
    async fn accounts_of(
        &mut self,
        interview: InterviewId,
    ) -> Result<Vec<(ParticipantId, TrackId, Totals)>>;
}

#[async_trait]
pub trait WriteTranscripts {
    async fn insert_segment(&mut self, segment: &SegmentRow) -> Result<()>;

    /// Goes with its segment.
    async fn insert_speaker(&mut self, row: &SpeakerRow) -> Result<()>;

    /// The same gap twice is one.
    async fn insert_gap(&mut self, gap: &Gap) -> Result<()>;

    /// Once per track, `Conflict` for a second.
    async fn insert_account(&mut self, track: TrackId, totals: &Totals) -> Result<()>;
}
