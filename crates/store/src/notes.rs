//! Notes, their versions and what became of them, signatures under flags, and a nurse's own memos.
//! Every text is sealed under the interview's `record` key.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, NoteId, OfficeId, UserId};
use yorisoi_domain::note::gate::Signature;
use yorisoi_domain::note::workflow::{Note, Submission};
use yorisoi_domain::time::Timestamp;

use crate::{Result, Revision, Sealed};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRow {
    pub note: Note,
    /// Fields and verdict, sealed for `revision`.
    pub content: Sealed,
    pub revision: Revision,
}

/// A version as it was submitted, sealed for its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVersionRow {
    pub submission: Submission,
    pub content: Sealed,
}

/// Something that became of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteEventRow {
    pub id: Uuid,
    pub note: NoteId,
    pub at: Timestamp,
    pub version: u32,
    pub what: NoteEvent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteEvent {
    Submitted(UserId),
    /// With the comment, sealed once as revision 1.
    Returned(UserId, Sealed),
    /// By itself, because of a flag.
    Recalled,
    Approved(UserId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoRow {
    pub id: Uuid,
    pub interview: InterviewId,
    pub user: UserId,
    pub words: Sealed,
    pub saved_at: Timestamp,
    pub revision: Revision,
}

#[async_trait]
pub trait ReadNotes {
    /// `None` while none was begun.
    async fn note_of(&mut self, interview: InterviewId) -> Result<Option<NoteRow>>;

    /// In the order in which they were submitted.
    async fn note_versions(&mut self, note: NoteId) -> Result<Vec<NoteVersionRow>>;

    /// In the order in which they happened.
    async fn note_events(&mut self, note: NoteId) -> Result<Vec<NoteEventRow>>;

    /// In the order of time, of flags that were withdrawn too.
    async fn signatures(&mut self, note: NoteId) -> Result<Vec<Signature>>;

    /// An office's notes that are not approved, in the order of their interviews' times.
    async fn open_notes(&mut self, office: OfficeId) -> Result<Vec<NoteRow>>;

    /// What this person noted for themselves.
    async fn memo(&mut self, interview: InterviewId, user: UserId) -> Result<Option<MemoRow>>;
}

#[async_trait]
pub trait WriteNotes {
    /// `Conflict` if the interview has one.
    async fn insert_note(&mut self, row: &NoteRow) -> Result<()>;

    /// Replaces state and content; `row.revision` is the new one. `Conflict` unless the stored
    /// revision is the one before it, `Refused` for a note that is approved.
    async fn update_note(&mut self, row: &NoteRow) -> Result<()>;

    /// Insert-only. `Refused` while an urgent flag of the interview is undecided.
    async fn insert_note_version(&mut self, note: NoteId, row: &NoteVersionRow) -> Result<()>;

    /// Insert-only.
    async fn insert_note_event(&mut self, row: &NoteEventRow) -> Result<()>;

    /// Insert-only; the same person's second one under the same revision is the first.
    async fn insert_signature(&mut self, note: NoteId, signature: &Signature) -> Result<()>;

    /// Inserts at revision 1, replaces at every later one; `Conflict` unless the stored revision
    /// is the one before.
    async fn put_memo(&mut self, row: &MemoRow) -> Result<()>;
}
