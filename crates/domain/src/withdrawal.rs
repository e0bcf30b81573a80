//! Taking everything back: the certificate that a participant is given, and what it promises. The
//! number is all that anybody keeps of it; it says nothing about whom it is of.

use std::fmt;

use crate::consent::Manner;
use crate::ids::{InterviewId, ParticipantId, UserId};
use crate::time::Timestamp;

/// What one participant took back, and when it was gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub number: CertificateNumber,
    pub interview: InterviewId,
    pub participant: ParticipantId,
    pub manner: Manner,
    /// Who took it down, where she did not do it herself.
    pub taken_by: Option<UserId>,
    /// From here on nothing of hers is written.
    pub at: Timestamp,
    /// When the last of it was destroyed; `None`: it is under way.
    pub done_at: Option<Timestamp>,
}

/// The running number of a deployment, from 1 on. People read `D-00872`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateNumber(pub u32);

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D-{:05}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_five_digits_or_more() {
        assert_eq!(CertificateNumber(872).to_string(), "D-00872");
        assert_eq!(CertificateNumber(1_234_567).to_string(), "D-1234567");
    }
}
