//! Puts [`App`] together from a data folder and its key: the one place where adapters are chosen.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use yorisoi_domain::risk::pack::Pack;
use yorisoi_store::{Destruction, Store as _, StoreError};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::audit::check::Checks;
use super::looks::Looks;
use super::notices::Notices;
use super::rules::Packs;
use super::watch::Watches;
use super::{App, AppError, Settings};
use crate::auth::pace::Paces;
use crate::clock::{Clock, IdGen};
use crate::crypto::audit_trail::AuditTrail;
use crate::crypto::keyring::{KeyError, Keyring};
use crate::crypto::lookups::Lookups;
use crate::crypto::rotation::{self, RotationError};
use crate::crypto::tombstones::Tombstones;
use crate::data_folder::DataFolder;
use crate::media::archive::{Archive, ArchiveError};

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Unlock(#[from] RotationError),
    #[error(
        "the key file is being changed at this moment: wait until `yorisoi keys rotate` is done, and try again"
    )]
    Rotating,
    #[error("the service, or another command, has the data folder open: stop it, then try again")]
    InUse,
    #[error("can't use `{path}`")]
    Lock { path: PathBuf, source: io::Error },
    #[error("the data folder can't be used")]
    Store(#[from] StoreError),
    #[error("the data keys can't be used")]
    Keys(#[from] KeyError),
    #[error("where the clock stood can't be noted in the data folder")]
    Clock(#[source] AppError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl App {
    /// Opens a data folder that was set up, and finishes what a crash or a restore left undone:
    /// keys that are on the list of the destroyed are destroyed before anything is served. Talks
    /// are read by `pack`, with what this municipality has changed of it.
    ///
    /// # Errors
    /// The key file is not the one the data was made under; the folder has no or another schema.
    pub async fn open(
        folder: &DataFolder,
        kek: &Path,
        settings: Settings,
        pack: Arc<Pack>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGen>,
    ) -> Result<Self, OpenError> {
        let app = Self::open_as_it_is(folder, kek, settings, pack, clock, ids).await?;
        app.begin_clock().await.map_err(OpenError::Clock)?;
        let (destroyed, rest) = app.keyring.settle().await?;
        if destroyed > 0 || rest == Destruction::Pending {
            tracing::warn!(
                destroyed,
                "destroyed keys had come back and were destroyed again"
            );
        }
        app.keyring.check().await?;
        Ok(app)
    }

    /// As [`App::open`], but nothing is finished: for who only looks.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_as_it_is(
        folder: &DataFolder,
        kek: &Path,
        settings: Settings,
        pack: Arc<Pack>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGen>,
    ) -> Result<Self, OpenError> {
        let in_use = in_use(folder)?;
        let keys = Arc::new(SqliteKeys::open(&folder.keys()).await?);
        let unlocked = rotation::unlock(kek, &*keys).await?;
        if let Some(next) = unlocked.unfinished {
            tracing::warn!(
                "a change of the key file was cut off: the new one, `{}`, is in use; run `yorisoi keys rotate` to finish it",
                next.display()
            );
        }
        let kek = unlocked.kek;
        let list = Tombstones::at(folder.tombstones());
        let list = list.copied_to(folder.tombstones_beside_backups());
        let keyring = Keyring::new(&kek, keys, list);
        let store = Arc::new(SqliteStore::open(&folder.database()).await?);
        let packs = Packs::open(pack, &mut *store.read().await?).await?;
        Ok(Self {
            store,
            keyring,
            lookups: Lookups::new(&kek),
            trail: AuditTrail::new(&kek, folder.audit_heads()),
            clock,
            ids,
            settings,
            paces: Paces::default(),
            looks: Looks::default(),
            packs,
            watches: Watches::default(),
            audit_checks: Checks::default(),
            notices: Notices::default(),
            bars: AtomicU64::new(0),
            spool: folder.spool(),
            folder: folder.clone(),
            _in_use: in_use,
            archive: Archive::open(&folder.blobs())?,
        })
    }
}

/// Keeps everybody else out of the folder for as long as the file lives.
///
/// # Errors
/// Somebody has it open.
pub fn hold_alone(folder: &DataFolder) -> Result<File, OpenError> {
    let (file, path) = lock_file(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(source)) => Err(OpenError::Lock { path, source }),
    }
}

/// Says to who would change the key file that the folder is open, for as long as the file lives.
fn in_use(folder: &DataFolder) -> Result<File, OpenError> {
    let (file, path) = lock_file(folder)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Rotating),
        Err(TryLockError::Error(source)) => Err(OpenError::Lock { path, source }),
    }
}

fn lock_file(folder: &DataFolder) -> Result<(File, PathBuf), OpenError> {
    let path = folder.in_use();
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    match options.open(&path) {
        Ok(file) => Ok((file, path)),
        Err(source) => Err(OpenError::Lock { path, source }),
    }
}
