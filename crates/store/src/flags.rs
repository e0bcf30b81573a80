//! Flags with their evidence and decisions, and coverage. What people wrote is sealed.

use async_trait::async_trait;
use yorisoi_domain::ids::{FlagId, InterviewId, UserId};
use yorisoi_domain::risk::coverage::Source;
use yorisoi_domain::risk::finding::Asked;
use yorisoi_domain::risk::flag::Flag;
use yorisoi_domain::risk::item::ItemId;
use yorisoi_domain::time::Timestamp;

use crate::{Result, Revision, Sealed};

/// A flag with its evidence. The words are sealed under the interview's `record` key: the columns are
/// `words` and `reason_words` of `flags`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagRow {
    pub flag: Flag<Sealed>,
    pub revision: Revision,
}

/// How far an item was asked about, as one source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    pub interview: InterviewId,
    pub item: ItemId,
    pub source: Source,
    pub state: Asked,
    pub at: Timestamp,
    /// The nurse who ticked it; nobody for the other sources.
    pub by: Option<UserId>,
}

#[async_trait]
pub trait ReadFlags {
    async fn flag(&mut self, id: FlagId) -> Result<Option<FlagRow>>;

    /// In the order in which they begin in the talk.
    async fn flags_of(&mut self, interview: InterviewId) -> Result<Vec<FlagRow>>;

    /// Of all sources, by item.
    async fn coverage_of(&mut self, interview: InterviewId) -> Result<Vec<CoverageRow>>;
}

#[async_trait]
pub trait WriteFlags {
    /// `Conflict` if the interview has a flag of this item. `Refused` for a quote of a segment that
    /// is not there, or of such a form.
    async fn insert_flag(&mut self, row: &FlagRow) -> Result<()>;

    /// Saves everything that may change, quotes included: `Conflict` unless the stored revision is
    /// the one before the row's.
    async fn save_flag(&mut self, row: &FlagRow) -> Result<()>;

    /// With its quotes. `Conflict` unless this is the stored revision.
    async fn delete_flag(&mut self, id: FlagId, revision: Revision) -> Result<()>;

    /// In the place of what the source said before.
    async fn put_coverage(&mut self, row: &CoverageRow) -> Result<()>;

    /// The source says nothing of the item any more.
    async fn delete_coverage(
        &mut self,
        interview: InterviewId,
        item: &ItemId,
        source: Source,
    ) -> Result<()>;
}
