//! Why a use case was not carried out. Nothing here holds a personal word.

use yorisoi_domain::access::Denial;
use yorisoi_domain::office::EmptyContactList;
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_store::StoreError;

use super::input::FieldProblem;
use super::note_view::LeftLine;
use super::rules::view::RulePlace;
use crate::auth::password::PasswordError;
use crate::crypto::audit_trail::AuditError;
use crate::crypto::keyring::KeyError;
use crate::crypto::seal::SealError;
use crate::media::archive::ArchiveError;

pub type Result<T> = std::result::Result<T, AppError>;

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Nobody we know: no login, no seat.
    #[error("nobody is signed in")]
    Unknown,
    /// The denial stands in the audit.
    #[error("not allowed: {}", .0.code())]
    Denied(Denial),
    #[error("there is no such record")]
    NotFound,
    /// Wrong, expired, ended and foreign links, all the same to who asks.
    #[error("the link is not valid")]
    LinkNotValid,
    #[error("{} field(s) can't be taken", .0.len())]
    Invalid(Vec<FieldProblem>),
    #[error("name or password is wrong")]
    WrongCredentials { retry_after_s: u32 },
    /// Nobody who just sits there could be told from the owner.
    #[error("the account has no password yet, and asks for one here")]
    NoPassword,
    #[error("the code is wrong")]
    WrongCode { retry_after_s: u32 },
    /// The password is asked for again.
    #[error("the code is wrong, and so were those before it")]
    StepOver,
    /// A recovery code or a new sign-in link goes first.
    #[error("no code is heard behind the password any more")]
    CodesUsedUp,
    #[error("the answers do not match the booking")]
    IdentityMismatch { retry_after_s: u32 },
    /// Nothing was looked at, nothing was counted.
    #[error("the next try is not heard yet")]
    TooSoon { retry_after_s: u32 },
    #[error("something of this name exists")]
    Taken,
    #[error("something that comes before is missing")]
    NotReady,
    /// Somebody else was first: read it again.
    #[error("it has changed since it was read")]
    Changed,
    /// Something has to be decided first.
    #[error("{} thing(s) are left to do first", .0.len())]
    GateClosed(Vec<LeftLine>),
    /// The rules can't be read as they are; it names the place.
    #[error("{}", .0.sentence)]
    BadRule(Box<RulePlace>),
    #[error(transparent)]
    State(#[from] InvalidTransition),
    #[error(transparent)]
    NoContacts(#[from] EmptyContactList),
    #[error("the store did not do it")]
    Store(#[from] StoreError),
    #[error("a data key could not be used")]
    Key(#[from] KeyError),
    #[error("a sealed value could not be made or opened")]
    Seal(#[from] SealError),
    #[error("the audit could not be followed")]
    Audit(#[from] AuditError),
    #[error("the sealed sound could not be read or changed")]
    Sound(#[from] std::io::Error),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// What was withdrawn stands in the way, or its destruction does.
    #[error("this participant has taken everything back")]
    Withdrawn,
    #[error("what was withdrawn is not destroyed yet: try again")]
    NotDestroyedYet,
    #[error("a law keeps this: nothing of it is destroyed before the hold is lifted")]
    Held,
    #[error("the password could not be worked on")]
    Password(#[from] PasswordError),
    #[error("a thread ended before its work")]
    Thread(#[from] tokio::task::JoinError),
}

impl AppError {
    /// What was asked for had its time: its key is destroyed.
    pub fn is_of_the_past(&self) -> bool {
        matches!(self, Self::Key(KeyError::Destroyed { .. }))
    }

    /// One of many that are read for somebody: what is of the past is passed over, and so is, with a
    /// line in the log, what can't be opened, for it must not keep the others from anybody. Only
    /// what passes by itself stops all.
    ///
    /// # Errors
    /// What may go through a little later.
    pub(super) fn or_next<T>(one: Result<Option<T>>) -> Result<Option<T>> {
        match one {
            Err(error) if error.is_of_the_past() => Ok(None),
            Err(error) if !error.passes() => {
                let cause = &error as &dyn std::error::Error;
                tracing::error!(
                    error = cause,
                    "one of many can't be read and is passed over"
                );
                Ok(None)
            }
            one => one,
        }
    }

    /// Whether the same may go through a little later: the disk is full or can't be written, or the
    /// database is held by somebody else.
    #[must_use]
    pub fn passes(&self) -> bool {
        let passes = |error: &StoreError| match error {
            StoreError::Busy(_)
            | StoreError::Full(_)
            | StoreError::ReadOnly(_)
            | StoreError::Other(_) => true,
            StoreError::Conflict
            | StoreError::Refused(_)
            | StoreError::Corrupt(_)
            | StoreError::Schema(_) => false,
        };
        self.of_store().is_some_and(passes)
    }

    /// What a database said, whoever was asked to use it.
    pub fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error)
            | Self::Key(KeyError::Store(error))
            | Self::Audit(AuditError::Store(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<Vec<FieldProblem>> for AppError {
    fn from(problems: Vec<FieldProblem>) -> Self {
        Self::Invalid(problems)
    }
}
