//! Identities of records: one newtype per kind, so that an interview's id can't stand where a
//! case's is wanted. Never makes an id: the caller does (UUIDv7). People never see them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

ids! {
    /// A section of the municipality that holds interviews.
    OfficeId;
    /// A staff account.
    UserId;
    /// A time-limited right in a case of another office.
    AssignmentId;
    /// A login of one browser.
    LoginSessionId;
    /// A person who is or was pregnant.
    ResidentId;
    /// One pregnancy.
    CaseId;
    /// A request that a rule pack be used from a day on.
    ActivationId;
    /// One interview.
    InterviewId;
    /// A link to an interview.
    InvitationId;
    /// One seat in an interview: whoever sits on it is one voice.
    ParticipantId;
    /// One line of a participant's consent.
    ConsentId;
    /// One stretch of media of an interview.
    CallId;
    /// One voice of a call.
    TrackId;
    /// One utterance with its text.
    SegmentId;
    /// One form as it was filled in for an interview.
    FormId;
    /// An item found in an interview, with what was decided about it.
    FlagId;
    /// A 面談記録票.
    NoteId;
    /// An approved note as it was frozen.
    RecordId;
    /// What is written to a record after its approval.
    AddendumId;
    /// Somebody must be told of an immediate flag.
    AlertId;
    /// A nurse has called for a colleague in a talk.
    HelpCallId;
    /// A data key in `keys.db`.
    KeyId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = CaseId::new(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string().parse::<CaseId>(), Ok(id));
        assert_eq!(format!("{id:?}"), format!("CaseId({id})"));
        assert!("K7R-4M2".parse::<CaseId>().is_err());
    }
}
