//! The audit's rows. Numbers and links come from the caller, who holds the key.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::audit::{Anchor, ChainedEvent, Head};
use yorisoi_domain::ids::{InterviewId, UserId};
use yorisoi_domain::time::Timestamp;

use crate::Result;

/// Which events are wanted. `None` is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub interview: Option<InterviewId>,
    /// What this account did, and what was done to it.
    pub user: Option<UserId>,
    pub actions: Option<Actions>,
    pub from: Option<Timestamp>,
    /// The first time that is too late.
    pub until: Option<Timestamp>,
    /// Interviews and cases of which whoever asks may not know.
    pub hidden: Vec<Uuid>,
}

/// Which actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    /// Those with these codes.
    Of(Vec<String>),
    /// Every denial.
    Refused,
}

#[async_trait]
pub trait ReadAudit {
    /// [`Head::EMPTY`] before the first event. In a transaction nobody else can append after it.
    async fn audit_head(&mut self) -> Result<Head>;

    /// What stands for the oldest events, once any were removed.
    async fn audit_anchor(&mut self) -> Result<Option<Anchor>>;

    /// The number of the oldest event that has to stay: it is not before `old`, or is about an
    /// interview whose record was not destroyed before `gone`.
    async fn audit_stays_from(&mut self, old: Timestamp, gone: Timestamp) -> Result<Option<u64>>;

    /// At most `limit` events with numbers above `after`, in order: to follow the chain.
    async fn audit_events(&mut self, after: u64, limit: u32) -> Result<Vec<ChainedEvent>>;

    /// At most `limit` events with numbers below `before`, the newest first: to read in.
    async fn audit_page(
        &mut self,
        filter: &AuditFilter,
        before: u64,
        limit: u32,
    ) -> Result<Vec<ChainedEvent>>;
}

#[async_trait]
pub trait WriteAudit {
    /// Insert-only. `Conflict` unless its number follows the head's.
    async fn append_audit(&mut self, event: &ChainedEvent) -> Result<()>;

    /// Puts the anchor in the place of every event up to its own, which is there and not the last. Says
    /// how many those were.
    async fn remove_audit(&mut self, anchor: &Anchor) -> Result<u64>;
}
