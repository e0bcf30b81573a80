//! What was taken back: certificates, and what goes with them. Pauses too, which take nothing back.

use async_trait::async_trait;
use yorisoi_domain::audit::Head;
use yorisoi_domain::call::pause::Pause;
use yorisoi_domain::consent::Manner;
use yorisoi_domain::ids::{FlagId, InterviewId, ParticipantId, UserId};
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::withdrawal::{Certificate, CertificateNumber};

use crate::Result;

/// A certificate that has no number yet.
#[derive(Clone, Copy, Debug)]
pub struct NewCertificate {
    pub interview: InterviewId,
    pub participant: ParticipantId,
    pub manner: Manner,
    pub taken_by: Option<UserId>,
    pub at: Timestamp,
}

/// What one voice left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedWords {
    /// Revisions of segments that went.
    pub segments: u32,
    /// Flags that have lost a quote with them.
    pub quoted_by: Vec<FlagId>,
}

#[async_trait]
pub trait ReadWithdrawals {
    async fn certificate_of(&mut self, participant: ParticipantId) -> Result<Option<Certificate>>;

    /// Of an interview, in the order of their numbers.
    async fn certificates_of(&mut self, interview: InterviewId) -> Result<Vec<Certificate>>;

    async fn certificate(&mut self, number: CertificateNumber) -> Result<Option<Certificate>>;

    /// The number that was given away last; 0 before the first.
    async fn last_certificate(&mut self) -> Result<CertificateNumber>;

    /// Those whose destruction is not complete.
    async fn open_certificates(&mut self) -> Result<Vec<Certificate>>;

    /// In the order in which they were recorded.
    async fn pauses_of(&mut self, interview: InterviewId) -> Result<Vec<Pause>>;
}

#[async_trait]
pub trait WriteWithdrawals {
    /// Gives it the next number. Once per participant, `Conflict` for a second. From here on the
    /// store takes no segment of theirs.
    async fn insert_certificate(&mut self, new: NewCertificate) -> Result<CertificateNumber>;

    /// Gives away every number before this one that nobody has yet: to withdrawals that are lost.
    async fn lose_certificates(&mut self, before: CertificateNumber) -> Result<()>;

    /// Once, `Conflict` for a second. `audit`: its head when the last was destroyed.
    async fn finish_certificate(
        &mut self,
        number: CertificateNumber,
        at: Timestamp,
        audit: Head,
    ) -> Result<()>;

    /// Deletes every segment of this participant's voice, in every call, with what was quoted of
    /// it. Flags stay: whether something else bears them is not for the store to say.
    async fn delete_words_of(&mut self, participant: ParticipantId) -> Result<DeletedWords>;

    async fn insert_pause(
        &mut self,
        interview: InterviewId,
        pause: Pause,
        at: Timestamp,
    ) -> Result<()>;
}
