//! Seats, what their holders said at the door, and their consent.

use async_trait::async_trait;
use yorisoi_domain::consent::ConsentEntry;
use yorisoi_domain::identity::IdentityTry;
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::participant::{DeviceCheck, Nearby, Participant};
use yorisoi_domain::second_voice::SecondVoiceEntry;
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;

use crate::{Result, Revision, Sealed};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantRow {
    pub participant: Participant,
    /// What the browser regains its seat by. `None` for staff, and once the seat is destroyed.
    pub seat: Option<SecretHash>,
    /// The last silent answer, and when.
    pub nearby: Option<(Nearby, Timestamp)>,
    /// The last check of the device, and when.
    pub device: Option<(DeviceCheck, Timestamp)>,
    /// Counts the changes of the participant's state.
    pub revision: Revision,
}

/// Where she can be called back and where she is, sealed under the interview's `record` key. The
/// columns are `callback` and `place` of `contacts`, the row's id is the participant's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    pub participant: ParticipantId,
    pub callback: Sealed,
    pub place: Sealed,
    pub given_at: Timestamp,
    pub revision: Revision,
}

#[async_trait]
pub trait ReadParticipants {
    async fn participant(&mut self, id: ParticipantId) -> Result<Option<ParticipantRow>>;

    /// `None` also for a seat that was destroyed.
    async fn participant_by_seat(&mut self, seat: SecretHash) -> Result<Option<ParticipantRow>>;

    /// In the order in which they came, those who left too.
    async fn participants_of(&mut self, interview: InterviewId) -> Result<Vec<ParticipantRow>>;

    async fn contact(&mut self, participant: ParticipantId) -> Result<Option<ContactRow>>;

    /// Every try at the interview's door, over all seats, in the order of time.
    async fn identity_tries(&mut self, interview: InterviewId) -> Result<Vec<IdentityTry>>;
}

#[async_trait]
pub trait WriteParticipants {
    async fn insert_participant(&mut self, row: &ParticipantRow) -> Result<()>;

    /// Saves the state. `from` is the revision that was read: `Conflict` unless it is still the
    /// stored one. A participant who left or was refused loses the seat in the same step.
    async fn save_participant(
        &mut self,
        participant: &Participant,
        from: Revision,
    ) -> Result<Revision>;

    /// Takes every guest's seat away, as if their browsers had forgotten it. Says how many there were.
    async fn end_seats(&mut self) -> Result<u32>;

    async fn set_nearby(&mut self, id: ParticipantId, nearby: Nearby, at: Timestamp) -> Result<()>;

    async fn set_device(
        &mut self,
        id: ParticipantId,
        device: DeviceCheck,
        at: Timestamp,
    ) -> Result<()>;

    /// Inserts at revision 1, replaces at every later one; `Conflict` unless the stored revision
    /// is the one before.
    async fn put_contact(&mut self, row: &ContactRow) -> Result<()>;

    /// Insert-only.
    async fn insert_identity_try(&mut self, one: &IdentityTry) -> Result<()>;
}

#[async_trait]
pub trait ReadConsents {
    /// A participant's entries in the order in which they were recorded.
    async fn consents(&mut self, participant: ParticipantId) -> Result<Vec<ConsentEntry>>;

    /// Who else spoke at this participant's microphone, in the order in which it was noted.
    async fn second_voices(&mut self, at: ParticipantId) -> Result<Vec<SecondVoiceEntry>>;
}

#[async_trait]
pub trait WriteConsents {
    /// Insert-only.
    async fn insert_consent(&mut self, entry: &ConsentEntry) -> Result<()>;

    /// Insert-only.
    async fn insert_second_voice(&mut self, entry: &SecondVoiceEntry) -> Result<()>;
}
