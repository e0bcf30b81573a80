//! Taking everything back: the certificate that a participant is given, and what it promises. The
//! number is all that anybody keeps of it; it says nothing about whom it is of.

use std::fmt;
use std::str::FromStr;

use crate::audit::Head;
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
    /// The head of the audit when it was; `None` also for those from before heads were noted.
    pub audit: Option<Head>,
}

/// The running number of a deployment, from 1 on. People read `D-00872`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateNumber(pub u32);

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D-{:05}", self.0)
    }
}

impl FromStr for CertificateNumber {
    type Err = NotANumber;

    /// As people write it down or say it: `D-00872`, `d872`, `Ｄ－８７２`.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let folded = text.trim().chars().map(|c| match c {
            '０'..='９' => {
                char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c)
            }
            'ｄ' | 'Ｄ' | 'D' => 'd',
            '－' | 'ー' | '−' | '‐' | '―' => '-',
            c => c,
        });
        let folded: String = folded.collect();
        let digits = folded.strip_prefix('d').unwrap_or(&folded);
        let digits = digits.strip_prefix('-').unwrap_or(digits);
        // `parse` alone would take a sign.
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotANumber);
        }
        match digits.parse() {
            Ok(number) if number > 0 => Ok(Self(number)),
            _ => Err(NotANumber),
        }
    }
}

/// What was typed can't be the number of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate's number is `D-` and digits")]
pub struct NotANumber;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_five_digits_or_more() {
        assert_eq!(CertificateNumber(872).to_string(), "D-00872");
        assert_eq!(CertificateNumber(1_234_567).to_string(), "D-1234567");
    }

    #[test]
    fn a_number_is_found_as_people_write_it() {
        for text in ["D-00872", "d872", " Ｄ－００８７２ ", "872", "Dー872"] {
            assert_eq!(text.parse(), Ok(CertificateNumber(872)), "{text}");
        }
        for text in [
            "",
            "D-",
            "D-0",
            "D-12a",
            "+872",
            "D--872",
            "99999999999",
            "K7R-4M2",
        ] {
            assert_eq!(text.parse::<CertificateNumber>(), Err(NotANumber), "{text}");
        }
    }
}
