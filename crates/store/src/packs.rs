//! Rule packs: stored whole, the working copy, who asked for them and approved, and since when
//! which is used. Nothing of it is personal, so nothing is sealed.

use async_trait::async_trait;
use yorisoi_domain::ids::{ActivationId, InterviewId, OfficeId, UserId};
use yorisoi_domain::risk::activation::Activation;
use yorisoi_domain::risk::flag::Reason;
use yorisoi_domain::time::Timestamp;

use crate::Result;

/// A pack, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackRow {
    pub sha256: [u8; 32],
    pub version: String,
    /// Name and text, in the order in which they are read.
    pub files: Vec<(String, String)>,
    pub stored_at: Timestamp,
}

/// A file of the working copy that differs from what is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    pub name: String,
    /// `None`: the file goes.
    pub text: Option<String>,
    pub by: UserId,
    pub at: Timestamp,
}

/// What talks that begin from then on are read by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseRow {
    pub from: Timestamp,
    pub pack: [u8; 32],
    pub version: String,
    /// `None`: it came with the program.
    pub activation: Option<ActivationId>,
}

/// What became of the flags that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    pub rule: String,
    pub of: Decided,
    pub count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Suggested or held.
    Open,
    Confirmed,
    Dismissed(Reason),
}

#[async_trait]
pub trait ReadPacks {
    async fn rule_pack(&mut self, sha256: [u8; 32]) -> Result<Option<PackRow>>;

    /// Whether a pack of this version is stored.
    async fn rule_version_taken(&mut self, version: &str) -> Result<bool>;

    /// In the order of their names.
    async fn rule_drafts(&mut self) -> Result<Vec<DraftRow>>;

    async fn rule_activation(&mut self, id: ActivationId) -> Result<Option<Activation>>;

    /// The one that is asked for, or approved and not in use yet.
    async fn open_rule_activation(&mut self) -> Result<Option<Activation>>;

    /// The newest use that begins then or before.
    async fn rule_use_at(&mut self, at: Timestamp) -> Result<Option<UseRow>>;

    /// The newest first.
    async fn rule_uses(&mut self) -> Result<Vec<UseRow>>;

    /// Of all flags that rules found, by rule.
    async fn rule_counts(&mut self) -> Result<Vec<RuleCount>>;

    /// The office's interviews that have a record and words, the newest record first, at most so
    /// many.
    async fn approved_talks(&mut self, office: OfficeId, limit: u32) -> Result<Vec<InterviewId>>;
}

#[async_trait]
pub trait WritePacks {
    /// Insert-only. Nothing happens where it is stored already.
    async fn insert_rule_pack(&mut self, row: &PackRow) -> Result<()>;

    /// In the place of what stood there.
    async fn put_rule_draft(&mut self, row: &DraftRow) -> Result<()>;

    /// Nothing happens where there is none.
    async fn delete_rule_draft(&mut self, name: &str) -> Result<()>;

    async fn clear_rule_drafts(&mut self) -> Result<()>;

    async fn insert_rule_activation(&mut self, row: &Activation) -> Result<()>;

    /// Saves the state. `Refused` once it was decided, but for a withdrawal before it is used.
    async fn save_rule_activation(&mut self, row: &Activation) -> Result<()>;

    /// Insert-only, each later than the ones before. `Refused` for what nobody has approved.
    async fn insert_rule_use(&mut self, row: &UseRow) -> Result<()>;
}
