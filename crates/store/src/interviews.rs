//! Interviews, how they were held, and the links to them.

use async_trait::async_trait;
use yorisoi_domain::ids::{InterviewId, InvitationId, OfficeId, ResidentId, UserId};
use yorisoi_domain::interview::{Interview, MethodChange};
use yorisoi_domain::invitation::Invitation;
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;

use crate::{Lookup, Result, Revision, Sealed};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterviewRow {
    pub interview: Interview,
    /// Sealed under the interview's `record` key, once and for good, as revision 1.
    pub booking_number: Sealed,
    /// Finds the interview by its folded booking number. One interview each.
    pub booking_lookup: Lookup,
    /// Counts the changes of the interview's state and method.
    pub revision: Revision,
}

/// An interview in the list of a day, with whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedInterview {
    pub row: InterviewRow,
    pub resident: ResidentId,
}

#[async_trait]
pub trait ReadInterviews {
    async fn interview(&mut self, id: InterviewId) -> Result<Option<InterviewRow>>;

    async fn interview_by_booking(&mut self, lookup: Lookup) -> Result<Option<InterviewRow>>;

    /// An office's interviews that are scheduled in `from..to`, in the order of time.
    async fn interviews_of_office(
        &mut self,
        office: OfficeId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedInterview>>;

    /// Whether this nurse holds an interview that is in progress and has an open call.
    async fn is_in_talk(&mut self, nurse: UserId) -> Result<bool>;

    async fn method_changes(&mut self, interview: InterviewId) -> Result<Vec<MethodChange>>;
}

#[async_trait]
pub trait WriteInterviews {
    /// `Conflict` if the id or the booking number exists.
    async fn insert_interview(&mut self, row: &InterviewRow) -> Result<()>;

    /// Saves state and method. `from` is the revision that was read: `Conflict` unless it is
    /// still the stored one. Returns the new revision.
    async fn save_interview(&mut self, interview: &Interview, from: Revision) -> Result<Revision>;

    /// Insert-only.
    async fn insert_method_change(&mut self, change: &MethodChange) -> Result<()>;
}

#[async_trait]
pub trait ReadInvitations {
    async fn invitation(&mut self, id: InvitationId) -> Result<Option<Invitation>>;

    /// Also one that does not open any more.
    async fn invitation_by_secret(&mut self, secret: SecretHash) -> Result<Option<Invitation>>;

    /// All links of an interview, the newest first.
    async fn invitations_of(&mut self, interview: InterviewId) -> Result<Vec<Invitation>>;
}

#[async_trait]
pub trait WriteInvitations {
    async fn insert_invitation(&mut self, invitation: &Invitation) -> Result<()>;

    /// Saves the state. A revoked one stays revoked: `Conflict`.
    async fn save_invitation(&mut self, invitation: &Invitation) -> Result<()>;
}
