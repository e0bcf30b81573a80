//! What a store of Yorisoi can do, as traits. No SQL, no cryptography, no decisions: personal
//! columns are [`Sealed`] before they come here.
//!
//! A use case opens a transaction, reads, asks the domain, saves, appends its audit event and
//! commits, all in `src/app/`; dropping a [`Tx`] rolls it back. Pages that only look use a
//! [`Reader`], which sees one consistent state for as long as it is held and must be held briefly.
//! To add an aggregate, add a file with its `Read…` and `Write…` traits, name both below, and give
//! the conformance suite its tests: every backend then has to follow.

mod alerts;
mod audit;
mod calls;
#[cfg(feature = "conformance")]
#[expect(
    clippy::unwrap_used,
    reason = "these are tests, although not under cfg(test)"
)]
pub mod conformance;
mod error;
mod flags;
mod forms;
mod help;
mod interviews;
mod keys;
mod logins;
mod notes;
mod offices;
mod packs;
mod participants;
mod records;
mod residents;
mod retention;
mod sealed;
mod second_factors;
mod transcripts;
mod users;
mod withdrawals;

use std::fmt;
use std::path::Path;

use async_trait::async_trait;

pub use alerts::{ReadAlerts, WriteAlerts};
pub use audit::{Actions, AuditFilter, ReadAudit, WriteAudit};
pub use calls::{ReadCalls, WriteCalls};
pub use error::{Result, StoreError};
pub use flags::{CoverageRow, FlagRow, ReadFlags, WriteFlags};
pub use forms::{DeletedForms, FormRow, ReadForms, WriteForms};
pub use help::{ReadHelpCalls, WriteHelpCalls};
pub use interviews::{
    InterviewRow, ListedInterview, ReadInterviews, ReadInvitations, WriteInterviews,
    WriteInvitations,
};
pub use keys::{Destruction, FoundKey, KeyKind, KeyMark, KeyRow, Keys, ServiceKey, WRAPPED_BYTES};
pub use logins::{ReadLogins, WriteLogins};
pub use notes::{MemoRow, NoteEvent, NoteEventRow, NoteRow, NoteVersionRow, ReadNotes, WriteNotes};
pub use offices::{ReadOffices, WriteOffices};
pub use packs::{Decided, DraftRow, PackRow, ReadPacks, RuleCount, UseRow, WritePacks};
pub use participants::{
    ContactRow, ParticipantRow, ReadConsents, ReadParticipants, WriteConsents, WriteParticipants,
};
pub use records::{AddendumRow, Approval, ReadRecords, RecordRow, WriteRecords};
pub use residents::{CaseRow, ReadCases, ReadResidents, ResidentRow, WriteCases, WriteResidents};
pub use retention::{HoldRow, ReadRetention, WriteRetention};
pub use sealed::{Lookup, Revision, Sealed};
pub use second_factors::{ReadSecondFactors, SecondFactorRow, WriteSecondFactors};
pub use transcripts::{ReadTranscripts, SegmentRow, SpeakerRow, WriteTranscripts};
pub use users::{ReadUsers, UserRow, WriteUsers};
pub use withdrawals::{DeletedWords, NewCertificate, ReadWithdrawals, WriteWithdrawals};

/// A database of interviews.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync {
    /// A transaction that may write. There is one at a time; others wait a few seconds, then `Busy`.
    async fn begin(&self) -> Result<Box<dyn Tx>>;

    async fn read(&self) -> Result<Box<dyn Reader>>;

    /// Removes what was deleted or overwritten also from the database's log. `false`: somebody
    /// still reads an older state, call again.
    async fn sweep(&self) -> Result<bool>;

    /// A copy of one consistent state, which nobody who reads or writes waits for.
    async fn copy_to(&self, file: &Path) -> Result<()>;
}

/// Everything that can be looked up.
pub trait Reader:
    ReadOffices
    + ReadUsers
    + ReadLogins
    + ReadSecondFactors
    + ReadResidents
    + ReadCases
    + ReadInterviews
    + ReadInvitations
    + ReadParticipants
    + ReadConsents
    + ReadCalls
    + ReadTranscripts
    + ReadWithdrawals
    + ReadNotes
    + ReadRecords
    + ReadRetention
    + ReadFlags
    + ReadForms
    + ReadAlerts
    + ReadHelpCalls
    + ReadPacks
    + ReadAudit
    + Send
{
}

/// A transaction: everything that can be looked up and changed. Dropping it undoes it.
#[async_trait]
pub trait Tx:
    Reader
    + WriteOffices
    + WriteUsers
    + WriteLogins
    + WriteSecondFactors
    + WriteResidents
    + WriteCases
    + WriteInterviews
    + WriteInvitations
    + WriteParticipants
    + WriteConsents
    + WriteCalls
    + WriteTranscripts
    + WriteWithdrawals
    + WriteNotes
    + WriteRecords
    + WriteRetention
    + WriteFlags
    + WriteForms
    + WriteAlerts
    + WriteHelpCalls
    + WritePacks
    + WriteAudit
{
    async fn commit(self: Box<Self>) -> Result<()>;
}
