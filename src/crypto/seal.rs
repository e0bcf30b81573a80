//! Sealing of one value for one place: XChaCha20-Poly1305 under a data key, bound to key, table,
//! column, row and revision, so that a value moved anywhere else does not open. Nonces are 24
//! random bytes from the system, never a counter.
//!
//! A sealed value is one version byte (1), the nonce, and the cipher text with its tag.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use uuid::Uuid;
use yorisoi_domain::ids::KeyId;
use yorisoi_domain::pii::Pii;
use yorisoi_store::{Revision, Sealed};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// The one place where a sealed value opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub table: &'static str,
    pub column: &'static str,
    pub row: Uuid,
    pub revision: Revision,
}

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the system gives no random bytes")]
    Random(#[source] getrandom::Error),
    /// Another key, place or revision, or changed bytes: there is no telling which.
    #[error("a sealed value in `{table}.{column}` does not open: it was changed or moved")]
    Closed {
        table: &'static str,
        column: &'static str,
    },
    #[error("a sealed value in `{table}.{column}` is not what was put there")]
    Content {
        table: &'static str,
        column: &'static str,
    },
    #[error("the value for `{table}.{column}` is too long to be sealed")]
    TooLong {
        table: &'static str,
        column: &'static str,
    },
}

/// An unwrapped data key. Its bytes are wiped when it is dropped.
pub struct DataKey {
    id: KeyId,
    cipher: XChaCha20Poly1305,
}

impl DataKey {
    pub(super) fn new(id: KeyId, key: &[u8; 32]) -> Self {
        Self {
            id,
            cipher: XChaCha20Poly1305::new(&(*key).into()),
        }
    }

    pub const fn id(&self) -> KeyId {
        self.id
    }

    pub fn seal(&self, place: Place, plain: &[u8]) -> Result<Sealed, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(SealError::Random)?;
        let payload = Payload {
            msg: plain,
            aad: &self.bound_to(place),
        };
        let Place { table, column, .. } = place;
        let text = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::TooLong { table, column })?;
        Ok(Sealed::from_bytes([&[VERSION], &nonce[..], &text].concat()))
    }

    pub fn open(&self, place: Place, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let closed = SealError::Closed {
            table: place.table,
            column: place.column,
        };
        let Some((&VERSION, rest)) = sealed.as_bytes().split_first() else {
            return Err(closed);
        };
        let Some((nonce, text)) = rest.split_first_chunk::<NONCE_BYTES>() else {
            return Err(closed);
        };
        let payload = Payload {
            msg: text,
            aad: &self.bound_to(place),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| closed)
    }

    /// Seals bytes that lie outside the database, bound to what `bound` says of their place.
    pub fn seal_bound(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(SealError::Random)?;
        let payload = Payload {
            msg: plain,
            aad: &self.file_bound(bound),
        };
        let text = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let text = text.map_err(|_| SealError::TooLong {
            table: "file",
            column: "batch",
        })?;
        Ok([&[VERSION], &nonce[..], &text].concat())
    }

    pub fn open_bound(&self, bound: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let closed = || SealError::Closed {
            table: "file",
            column: "batch",
        };
        let Some((&VERSION, rest)) = sealed.split_first() else {
            return Err(closed());
        };
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(closed)?;
        let payload = Payload {
            msg: text,
            aad: &self.file_bound(bound),
        };
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        plain.map(Zeroizing::new).map_err(|_| closed())
    }

    /// Never the bytes of a column's place: those have the length of a name after the key's id.
    fn file_bound(&self, bound: &[u8]) -> Vec<u8> {
        [
            &[VERSION, 0xFF],
            self.id.uuid().as_bytes().as_slice(),
            bound,
        ]
        .concat()
    }

    pub fn seal_text(&self, place: Place, text: &Pii<String>) -> Result<Sealed, SealError> {
        self.seal(place, text.expose().as_bytes())
    }

    pub fn open_text(&self, place: Place, sealed: &Sealed) -> Result<Pii<String>, SealError> {
        let bytes = self.open(place, sealed)?;
        let Place { table, column, .. } = place;
        let text = std::str::from_utf8(&bytes).map_err(|_| SealError::Content { table, column })?;
        Ok(Pii::new(text.to_owned()))
    }

    /// What is authenticated beside the text. Names are written with their length, so that no two
    /// places have the same bytes.
    fn bound_to(&self, place: Place) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.id.uuid().as_bytes());
        for name in [place.table, place.column] {
            bytes.extend(name.len().to_be_bytes());
            bytes.extend(name.as_bytes());
        }
        bytes.extend(place.row.as_bytes());
        bytes.extend(place.revision.number().to_be_bytes());
        bytes
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place() -> impl Strategy<Value = Place> {
        let table = prop::sample::select(vec!["residents", "users", "case", "cases"]);
        let column = prop::sample::select(vec!["name", "kana", "sname", "place"]);
        (table, column, 1u128..4, 1u32..4).prop_map(|(table, column, row, revision)| Place {
            table,
            column,
            row: Uuid::from_u128(row),
            revision: Revision::new(revision).unwrap(),
        })
    }

    fn key() -> impl Strategy<Value = (u128, u8)> {
        (1u128..3, 1u8..3)
    }

    fn data_key((id, fill): (u128, u8)) -> DataKey {
        DataKey::new(KeyId::new(Uuid::from_u128(id)), &[fill; 32])
    }

    proptest! {
        #[test]
        fn a_value_opens_in_its_place_and_nowhere_else(
            plain in prop::collection::vec(any::<u8>(), 0..64),
            (here, there) in (place(), place()),
            (own, other) in (key(), key()),
        ) {
            let sealed = data_key(own).seal(here, &plain).unwrap();
            prop_assert_eq!(&*data_key(own).open(here, &sealed).unwrap(), &plain);
            let opened = data_key(other).open(there, &sealed);
            prop_assert_eq!(opened.is_ok(), (own, here) == (other, there));
        }

        #[test]
        fn one_changed_bit_closes_it(
            plain in prop::collection::vec(any::<u8>(), 0..64),
            here in place(),
            bit in any::<prop::sample::Index>(),
        ) {
            let sealed = data_key((1, 1)).seal(here, &plain).unwrap();
            let mut bytes = sealed.as_bytes().to_vec();
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(data_key((1, 1)).open(here, &Sealed::from_bytes(bytes)).is_err());
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes_and_errors_tell_no_word() {
        let place = Place {
            table: "residents",
            column: "name",
            row: Uuid::from_u128(1),
            revision: Revision::FIRST,
        };
        let name = Pii::new("白石 ひなた".to_owned());
        let (one, two) = (
            data_key((1, 1)).seal_text(place, &name).unwrap(),
            data_key((1, 1)).seal_text(place, &name).unwrap(),
        );
        assert_ne!(one, two);
        assert_eq!(data_key((1, 1)).open_text(place, &one).unwrap(), name);
        let short = Sealed::from_bytes(vec![VERSION; 10]);
        let error = data_key((1, 1)).open_text(place, &short).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a sealed value in `residents.name` does not open: it was changed or moved"
        );
    }
}
