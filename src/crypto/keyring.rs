//! Data keys: making one, finding one, destroying one. Wrapped keys lie in `keys.db`; unwrapped
//! ones live only in [`DataKey`]s, as long as their user holds them.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;
use yorisoi_domain::ids::KeyId;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::withdrawal::Certificate;
use yorisoi_store::{Destruction, FoundKey, KeyKind, KeyMark, KeyRow, Keys, StoreError};
use zeroize::Zeroizing;

use super::kek::Kek;
use super::seal::DataKey;
use super::tombstones::{HoldStone, Replay, TombstoneError, Tombstones};
use super::wrapping::Wrapping;

pub struct Keyring {
    wrapping: Wrapping,
    keys: Arc<dyn Keys>,
    tombstones: Tombstones,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("there is no {kind} key for this record")]
    Missing { kind: &'static str },
    /// What it sealed is gone for good, as was promised.
    #[error("the {kind} key of this record was destroyed")]
    Destroyed { kind: &'static str, at: Timestamp },
    #[error(
        "the {kind} key of this record does not unwrap: the key file is not the one it was made under, or `keys.db` was changed"
    )]
    Wrapped { kind: &'static str },
    #[error("the system gives no random bytes")]
    Random(#[source] getrandom::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Tombstones(#[from] TombstoneError),
}

impl Keyring {
    pub fn new(kek: &Kek, keys: Arc<dyn Keys>, tombstones: Tombstones) -> Self {
        Self {
            wrapping: Wrapping::under(kek),
            keys,
            tombstones,
        }
    }

    /// Makes the owner's key of this kind. To be called before the transaction that uses it: a
    /// key without a row seals nothing, a row without a key could never be opened.
    pub async fn create(
        &self,
        id: KeyId,
        kind: KeyKind,
        owner: Uuid,
        at: Timestamp,
    ) -> Result<DataKey, KeyError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(KeyError::Random)?;
        let mut row = KeyRow {
            id,
            kind,
            owner,
            wrapped: [0; _],
            created_at: at,
        };
        let wrapped = self.wrapping.wrap(&bound_to(&row), &key);
        row.wrapped = wrapped.map_err(KeyError::Random)?;
        self.keys.insert_key(&row).await?;
        Ok(DataKey::new(id, &key))
    }

    pub async fn get(&self, kind: KeyKind, owner: Uuid) -> Result<DataKey, KeyError> {
        match self.keys.key(kind, owner).await? {
            Some(FoundKey::Whole(row)) => self.unwrap(&row),
            Some(FoundKey::Destroyed { at, .. }) => Err(KeyError::Destroyed {
                kind: kind.code(),
                at,
            }),
            None => Err(KeyError::Missing { kind: kind.code() }),
        }
    }

    /// Destroys the owner's key of this kind, if there is one: first the line in the list, which
    /// a restored backup obeys, then the key itself. Afterwards nothing opens what it sealed.
    pub async fn destroy(
        &self,
        kind: KeyKind,
        owner: Uuid,
        at: Timestamp,
    ) -> Result<Destruction, KeyError> {
        match self.keys.key(kind, owner).await? {
            Some(FoundKey::Whole(row)) => {
                self.tombstones.add(row.id, kind, owner, at)?;
                Ok(self.keys.destroy_key(row.id, at).await?)
            }
            Some(FoundKey::Destroyed { .. }) => Ok(self.keys.finish_destruction().await?),
            None => Ok(Destruction::Complete),
        }
    }

    /// To be called once before serving: destroys every key on the list that is whole again, or
    /// still, after a restore or a crash, and sweeps the log. Says how many there were.
    pub async fn settle(&self) -> Result<(usize, Destruction), KeyError> {
        let whole: std::collections::HashSet<KeyId> =
            self.keys.keys().await?.iter().map(|row| row.id).collect();
        let mut destroyed = 0;
        for stone in self.tombstones.read()?.keys {
            if whole.contains(&stone.id) {
                // What is left pending here is finished below.
                let _: Destruction = self.keys.destroy_key(stone.id, stone.at).await?;
                destroyed += 1;
            }
        }
        self.tombstones.mirror();
        Ok((destroyed, self.keys.finish_destruction().await?))
    }

    /// Notes that everything of a participant is taken back, so that a restored backup takes it back
    /// again.
    pub fn note_withdrawal(&self, it: &Certificate) -> Result<(), KeyError> {
        Ok(self.tombstones.add_withdrawal(it)?)
    }

    /// Notes that a law keeps something, or does so no longer, for a restored backup.
    pub fn note_hold(&self, stone: &HoldStone) -> Result<(), KeyError> {
        Ok(self.tombstones.add_hold(stone)?)
    }

    /// Makes an empty list of what is destroyed where there is none.
    pub fn keep_list(&self) -> Result<(), KeyError> {
        Ok(self.tombstones.begin()?)
    }

    /// Brings the list beside the backups up to now.
    pub fn bring_up_list(&self) -> Result<(), KeyError> {
        Ok(self.tombstones.bring_up()?)
    }

    /// What a restored backup has to repeat.
    pub fn to_replay(&self) -> Result<Replay, KeyError> {
        Ok(self.tombstones.read()?)
    }

    /// The key that was made last, if any ever was.
    pub async fn newest(&self) -> Result<Option<KeyMark>, KeyError> {
        Ok(self.keys.marks().await?.pop())
    }

    /// A copy of `keys.db` as it is now.
    pub async fn copy_to(&self, file: &Path) -> Result<(), KeyError> {
        Ok(self.keys.copy_to(file).await?)
    }

    /// Unwraps every key and says how many there are: whether key file and `keys.db` belong
    /// together, before anything depends on it.
    pub async fn check(&self) -> Result<usize, KeyError> {
        let rows = self.keys.keys().await?;
        rows.iter().try_for_each(|row| self.unwrap(row).map(drop))?;
        Ok(rows.len())
    }

    fn unwrap(&self, row: &KeyRow) -> Result<DataKey, KeyError> {
        let key = self.wrapping.unwrap(&bound_to(row), &row.wrapped);
        let key = key.map_err(|_| KeyError::Wrapped {
            kind: row.kind.code(),
        })?;
        Ok(DataKey::new(row.id, &key))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// A wrapped key opens only as the key that it is.
pub(super) fn bound_to(row: &KeyRow) -> Vec<u8> {
    let mut bytes = b"yorisoi wrapped key 1".to_vec();
    bytes.extend(row.id.uuid().as_bytes());
    bytes.extend(row.owner.as_bytes());
    bytes.extend(row.kind.code().as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::seal::Place;
    use super::super::testing::{House, at, id};
    use super::*;
    use yorisoi_store::Revision;

    const PLACE: Place = Place {
        table: "residents",
        column: "name",
        row: Uuid::nil(),
        revision: Revision::FIRST,
    };

    #[tokio::test]
    async fn a_key_opens_what_it_sealed_until_it_is_destroyed() {
        let house = House::fresh().await;
        let ring = &house.ring;
        let made = ring
            .create(KeyId::new(id(1)), KeyKind::Talk, id(7), at(1))
            .await
            .unwrap();
        let sealed = made.seal(PLACE, b"words").unwrap();
        let found = ring.get(KeyKind::Talk, id(7)).await.unwrap();
        assert_eq!(&*found.open(PLACE, &sealed).unwrap(), b"words");
        let other = ring.get(KeyKind::Audio, id(7)).await.unwrap_err();
        assert!(matches!(other, KeyError::Missing { kind: "audio" }));
        assert_eq!(ring.check().await.unwrap(), 1);

        let done = ring.destroy(KeyKind::Talk, id(7), at(2)).await.unwrap();
        assert_eq!(done, Destruction::Complete);
        let gone = ring.get(KeyKind::Talk, id(7)).await.unwrap_err();
        assert!(matches!(gone, KeyError::Destroyed { at: when, .. } if when == at(2)));
        let again = ring
            .create(KeyId::new(id(2)), KeyKind::Talk, id(7), at(3))
            .await;
        assert!(matches!(again, Err(KeyError::Store(StoreError::Conflict))));
        assert_eq!(ring.check().await.unwrap(), 0);
    }

    /// An old copy of `keys.db` is put back; the list beside the backups destroys the key again.
    #[tokio::test]
    async fn a_restored_copy_does_not_bring_a_destroyed_key_back() {
        let house = House::fresh().await;
        for (n, owner) in [(1, 7), (2, 8)] {
            house
                .ring
                .create(KeyId::new(id(n)), KeyKind::Talk, id(owner), at(1))
                .await
                .unwrap();
        }
        house.keys.close().await;
        let old = std::fs::read(house.folder.path().join("keys.db")).unwrap();
        let House { folder, .. } = house;
        let house = House::open(folder).await;
        let _: Destruction = house
            .ring
            .destroy(KeyKind::Talk, id(7), at(2))
            .await
            .unwrap();
        assert_eq!(
            house.ring.settle().await.unwrap(),
            (0, Destruction::Complete)
        );
        house.keys.close().await;
        std::fs::write(house.folder.path().join("keys.db"), &old).unwrap();
        let House { folder, .. } = house;
        let house = House::open(folder).await;
        assert!(
            house.ring.get(KeyKind::Talk, id(7)).await.is_ok(),
            "the old copy is back"
        );
        assert_eq!(
            house.ring.settle().await.unwrap(),
            (1, Destruction::Complete)
        );
        let gone = house.ring.get(KeyKind::Talk, id(7)).await.unwrap_err();
        assert!(matches!(gone, KeyError::Destroyed { at: when, .. } if when == at(2)));
        assert!(house.ring.get(KeyKind::Talk, id(8)).await.is_ok());
    }

    #[tokio::test]
    async fn a_wrapped_key_opens_only_as_the_key_that_it_is() {
        let house = House::fresh().await;
        house
            .ring
            .create(KeyId::new(id(1)), KeyKind::Talk, id(7), at(1))
            .await
            .unwrap();
        let row = house.keys.keys().await.unwrap().remove(0);
        assert!(house.ring.unwrap(&row).is_ok());
        for changed in [
            KeyRow {
                id: KeyId::new(id(2)),
                ..row.clone()
            },
            KeyRow {
                kind: KeyKind::Audio,
                ..row.clone()
            },
            KeyRow {
                owner: id(8),
                ..row.clone()
            },
        ] {
            let refused = house.ring.unwrap(&changed).unwrap_err();
            assert!(matches!(refused, KeyError::Wrapped { .. }), "{changed:?}");
        }
    }
}
