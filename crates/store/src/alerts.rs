//! Who must be told of an immediate flag, and who has opened it.

use async_trait::async_trait;
use yorisoi_domain::ids::{AlertId, FlagId, InterviewId, OfficeId};
use yorisoi_domain::risk::alert::{Alert, Why};
use yorisoi_domain::time::Timestamp;

use crate::Result;

#[async_trait]
pub trait ReadAlerts {
    async fn alert(&mut self, id: AlertId) -> Result<Option<Alert>>;

    /// In the order in which they are due.
    async fn alerts_of(&mut self, interview: InterviewId) -> Result<Vec<Alert>>;

    /// Of one office, unopened or opened since then, in the order in which they are due. Not of a
    /// record that is destroyed.
    async fn alerts_of_office(
        &mut self,
        office: OfficeId,
        opened_since: Timestamp,
    ) -> Result<Vec<Alert>>;

    /// Of every office, due by then and not opened, in the order in which they are due. Not of a
    /// record that is destroyed.
    async fn unopened_alerts(&mut self, due_by: Timestamp) -> Result<Vec<(OfficeId, Alert)>>;
}

#[async_trait]
pub trait WriteAlerts {
    async fn insert_alert(&mut self, alert: &Alert) -> Result<()>;

    /// Saves times, step and who opened it. An opened one does not change any more: `Conflict`.
    async fn save_alert(&mut self, alert: &Alert) -> Result<()>;

    /// Removes those of a flag that nobody was told of yet.
    async fn delete_untold_alerts(&mut self, flag: FlagId, why: Why) -> Result<()>;
}
