//! Whose time is over, and what a law keeps beyond it.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, ResidentId};
use yorisoi_domain::time::Timestamp;

use crate::{Result, Sealed};

/// A law or an order that forbids destroying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    pub id: Uuid,
    pub interview: InterviewId,
    /// Sealed under the interview's `record` key: the column is `basis` of `legal_holds`.
    pub basis: Sealed,
    pub set_at: Timestamp,
}

/// What is held by law is never due.
#[async_trait]
pub trait ReadRetention {
    /// Interviews that have a record, or whose last call closed before this, whatever became of
    /// them; and of whose sound the audit does not say that it was destroyed since. None of which a
    /// call is open.
    async fn sound_due(&mut self, silent_since: Timestamp) -> Result<Vec<InterviewId>>;

    /// Interviews whose record was made before this, and of whose talk the audit does not say that
    /// it was destroyed.
    async fn talk_due(&mut self, approved_before: Timestamp) -> Result<Vec<InterviewId>>;

    /// Interviews that were over before this, have no record, and whose talk is not destroyed.
    async fn unapproved_due(&mut self, over_before: Timestamp) -> Result<Vec<InterviewId>>;

    /// Interviews that have forms and never took place: over, or booked for a time, before this.
    async fn forms_due(&mut self, over_before: Timestamp) -> Result<Vec<InterviewId>>;

    /// Interviews whose record was made before this, or which never took place and were over before
    /// this, and whose record key is not destroyed.
    async fn records_due(&mut self, before: Timestamp) -> Result<Vec<InterviewId>>;

    /// Residents all of whose interviews have lost their record key, and who are still named.
    async fn residents_due(&mut self) -> Result<Vec<ResidentId>>;

    /// Of everything, the oldest first.
    async fn holds(&mut self) -> Result<Vec<HoldRow>>;
}

#[async_trait]
pub trait WriteRetention {
    /// `Conflict` if the interview is held already, or the hold is known.
    async fn insert_hold(&mut self, row: &HoldRow) -> Result<()>;

    /// Of a hold that is not lifted yet; else `Conflict`.
    async fn lift_hold(&mut self, hold: Uuid, at: Timestamp) -> Result<()>;

    /// Overwrites what she could be found by.
    async fn forget_resident(&mut self, resident: ResidentId) -> Result<()>;
}
