//! `keys.db`: the wrapped data keys, in a file of their own so that its backups can be short-lived.
//! Never sees an unwrapped key.

use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::KeyId;
use yorisoi_domain::time::Timestamp;

use crate::Result;

/// Bytes of a wrapped key: 24 of nonce, 32 of key, 16 of tag.
pub const WRAPPED_BYTES: usize = 72;

/// What a key seals, which is what its destruction takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// A participant's sound. Owner: the participant.
    Audio,
    /// A participant's words: segments, quotes, chat, answers. Owner: the participant.
    Talk,
    /// What belongs to the interview and outlives a withdrawal: note, addenda, booking number,
    /// call-back number. Owner: the interview.
    Record,
    /// Who somebody is: name, birth date, what is known of the case. Owner: the resident or user.
    Person,
}

impl KeyKind {
    /// As it is stored. Never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Talk => "talk",
            Self::Record => "record",
            Self::Person => "person",
        }
    }
}

/// A wrapped data key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub id: KeyId,
    pub kind: KeyKind,
    /// The participant, interview, resident or user.
    pub owner: Uuid,
    pub wrapped: [u8; WRAPPED_BYTES],
    pub created_at: Timestamp,
}

impl fmt::Debug for KeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRow({} of {})", self.kind.code(), self.owner)
    }
}

/// A key of the service itself, which no record's end destroys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKey {
    /// Of the look-up columns.
    Lookup,
    /// Of the audit's chain.
    Chain,
}

impl ServiceKey {
    pub const ALL: [Self; 2] = [Self::Lookup, Self::Chain];

    /// As it is stored. Never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Chain => "chain",
        }
    }
}

/// That there is, or was, a key; without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMark {
    pub id: KeyId,
    pub created_at: Timestamp,
    pub destroyed: bool,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundKey {
    Whole(KeyRow),
    Destroyed { id: KeyId, at: Timestamp },
}

/// How far a destruction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a pending destruction has to be finished"]
pub enum Destruction {
    /// The old bytes are in no file any more.
    Complete,
    /// The row is overwritten, but an older copy may be left in the log: call
    /// [`Keys::finish_destruction`] again.
    Pending,
}

impl Destruction {
    /// Complete where both are.
    pub const fn and(self, other: Self) -> Self {
        match self {
            Self::Complete => other,
            Self::Pending => self,
        }
    }
}

/// The key file.
#[async_trait]
pub trait Keys: fmt::Debug + Send + Sync {
    /// `Conflict` if the owner has, or had, a key of this kind: what was destroyed stays destroyed.
    async fn insert_key(&self, row: &KeyRow) -> Result<()>;

    async fn key(&self, kind: KeyKind, owner: Uuid) -> Result<Option<FoundKey>>;

    /// Every key that is whole, for re-wrapping and for checks.
    async fn keys(&self) -> Result<Vec<KeyRow>>;

    /// Every key, whole or destroyed, in the order of their ids.
    async fn marks(&self) -> Result<Vec<KeyMark>>;

    /// Wrapped, where the file has it.
    async fn service_key(&self, which: ServiceKey) -> Result<Option<[u8; WRAPPED_BYTES]>>;

    /// Puts these in the place of what was wrapped otherwise, all or none, and removes older copies
    /// from the log.
    async fn rewrap(
        &self,
        rows: &[KeyRow],
        service: &[(ServiceKey, [u8; WRAPPED_BYTES])],
    ) -> Result<Destruction>;

    /// A copy of the whole file as it is now, which nobody who reads or writes waits for.
    async fn copy_to(&self, file: &Path) -> Result<()>;

    /// Overwrites the key where it lies and removes older copies from the log. The row stays as
    /// the proof of when. Destroying twice keeps the first time; an unknown id is no error.
    async fn destroy_key(&self, id: KeyId, at: Timestamp) -> Result<Destruction>;

    /// The second half of a destruction. Also called once at every start, because a crash may have
    /// come between the two.
    async fn finish_destruction(&self) -> Result<Destruction>;
}
