//! Sealed sound that is complete, as objects: `audio/{track}/{epoch}`, the bytes of its spool file as
//! they were. Holds no key and opens nothing.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use yorisoi_domain::ids::TrackId;

use super::spool::{SpoolPlace, Stay};

/// See the module.
#[derive(Debug, Clone)]
pub struct Archive(Arc<dyn ObjectStore>);

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the folder of sealed sound can't be made")]
    Folder(#[source] std::io::Error),
    #[error("the sealed sound can't be stored or read: check the disk")]
    Object(#[from] object_store::Error),
}

impl Archive {
    /// Makes the folder if there is none.
    ///
    /// # Errors
    /// The disk.
    pub fn open(folder: &Path) -> Result<Self, ArchiveError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(ArchiveError::Folder)?;
        let local = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self(Arc::new(local)))
    }

    /// Stores it whole or not at all; once more is the same.
    ///
    /// # Errors
    /// The disk.
    pub async fn put(&self, place: SpoolPlace, sealed: Vec<u8>) -> Result<(), ArchiveError> {
        self.0.put(&object(place), sealed.into()).await?;
        Ok(())
    }

    /// # Errors
    /// The disk; there is no such object.
    pub async fn get(&self, place: SpoolPlace) -> Result<Bytes, ArchiveError> {
        Ok(self.0.get(&object(place)).await?.bytes().await?)
    }

    /// Everything of a track, oldest first.
    ///
    /// # Errors
    /// The disk.
    pub async fn places(&self, track: TrackId) -> Result<Vec<SpoolPlace>, ArchiveError> {
        let prefix = ObjectPath::from_iter(["audio".to_owned(), track.to_string()]);
        let objects: Vec<_> = self.0.list(Some(&prefix)).try_collect().await?;
        let epochs = objects
            .iter()
            .filter_map(|object| object.location.filename()?.parse().ok());
        let mut places: Vec<_> = epochs
            .map(|epoch| SpoolPlace {
                track,
                epoch,
                stay: Stay::Kept,
            })
            .collect();
        places.sort_by_key(|place| place.epoch);
        Ok(places)
    }

    /// Removes it; none is none.
    ///
    /// # Errors
    /// The disk.
    pub async fn remove(&self, place: SpoolPlace) -> Result<(), ArchiveError> {
        match self.0.delete(&object(place)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn object(place: SpoolPlace) -> ObjectPath {
    let SpoolPlace { track, epoch, .. } = place;
    ObjectPath::from_iter(["audio".to_owned(), track.to_string(), epoch.to_string()])
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn an_object_is_found_by_its_track_until_it_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::open(&dir.path().join("blobs")).unwrap();
        let place = |track, epoch| SpoolPlace {
            track: TrackId::new(Uuid::from_u128(track)),
            epoch: Uuid::from_u128(epoch),
            stay: Stay::Kept,
        };
        let own = TrackId::new(Uuid::from_u128(1));
        assert_eq!(archive.places(own).await.unwrap(), []);
        for (track, epoch) in [(1, 5), (1, 4), (2, 6)] {
            archive
                .put(place(track, epoch), vec![7, u8::try_from(epoch).unwrap()])
                .await
                .unwrap();
        }
        assert_eq!(
            archive.places(own).await.unwrap(),
            [place(1, 4), place(1, 5)]
        );
        assert_eq!(archive.get(place(1, 5)).await.unwrap()[..], [7, 5]);
        archive.remove(place(1, 4)).await.unwrap();
        archive.remove(place(1, 4)).await.unwrap();
        assert_eq!(archive.places(own).await.unwrap(), [place(1, 5)]);
        assert!(archive.get(place(1, 4)).await.is_err());
    }
}
