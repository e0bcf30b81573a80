//! Records: approved notes as they were frozen, their numbers, and what was added later.

use async_trait::async_trait;
use yorisoi_domain::ids::{AddendumId, InterviewId, NoteId, OfficeId, RecordId, UserId};
use yorisoi_domain::note::number::RecordNumber;
use yorisoi_domain::time::Timestamp;

use crate::{Result, Sealed};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    pub id: RecordId,
    pub note: NoteId,
    pub interview: InterviewId,
    pub note_version: u32,
    /// The canonical JSON, sealed under the interview's `record` key, once and for good.
    pub content: Sealed,
    /// Of the canonical JSON.
    pub sha256: [u8; 32],
    pub approver: UserId,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddendumRow {
    pub id: AddendumId,
    pub record: RecordId,
    pub words: Sealed,
    pub by: UserId,
    pub at: Timestamp,
}

/// How long a note waited for its approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Of its first version.
    pub submitted_at: Timestamp,
    pub approved_at: Timestamp,
}

#[async_trait]
pub trait ReadRecords {
    async fn record_of(&mut self, interview: InterviewId) -> Result<Option<RecordRow>>;

    /// In the order of time.
    async fn addenda(&mut self, record: RecordId) -> Result<Vec<AddendumRow>>;

    async fn record_number(&mut self, interview: InterviewId) -> Result<Option<RecordNumber>>;

    /// The interview that has this number.
    async fn interview_of_record(&mut self, number: &RecordNumber) -> Result<Option<InterviewId>>;

    /// An office's approvals in `from..to`.
    async fn approvals(
        &mut self,
        office: OfficeId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Approval>>;
}

#[async_trait]
pub trait WriteRecords {
    /// The next number of the office's series. `Conflict` if the interview has one.
    async fn give_record_number(
        &mut self,
        interview: InterviewId,
        office: OfficeId,
        fiscal_year: i16,
    ) -> Result<()>;

    /// Insert-only, before the note is saved as approved. `Refused` unless another person approves
    /// what was submitted, nothing is put off, and every immediate flag is signed.
    async fn insert_record(&mut self, row: &RecordRow) -> Result<()>;

    /// Insert-only.
    async fn insert_addendum(&mut self, row: &AddendumRow) -> Result<()>;
}
