//! Calls for a colleague in the middle of a talk.

use async_trait::async_trait;
use yorisoi_domain::help::HelpCall;
use yorisoi_domain::ids::{HelpCallId, InterviewId, OfficeId};
use yorisoi_domain::time::Timestamp;

use crate::Result;

#[async_trait]
pub trait ReadHelpCalls {
    async fn help_call(&mut self, id: HelpCallId) -> Result<Option<HelpCall>>;

    /// The one of this talk that nobody has answered yet.
    async fn open_help_call(&mut self, interview: InterviewId) -> Result<Option<HelpCall>>;

    /// Of every office, the oldest first: those that nobody has answered, and those that somebody
    /// has said since then that they come to. Not of a record that is destroyed.
    async fn standing_help_calls(
        &mut self,
        taken_since: Timestamp,
    ) -> Result<Vec<(OfficeId, HelpCall)>>;
}

#[async_trait]
pub trait WriteHelpCalls {
    /// `Conflict` where this talk has an open one.
    async fn insert_help_call(&mut self, call: &HelpCall) -> Result<()>;

    /// Saves when and whom it has told, and its state. An answered one does not change any more:
    /// `Conflict`.
    async fn save_help_call(&mut self, call: &HelpCall) -> Result<()>;
}
