//! Puts [`App`] together from a data folder and its key: the one place where adapters are chosen.

use std::path::Path;
use std::sync::Arc;

use yorisoi_domain::risk::pack::Pack;
use yorisoi_store::{Destruction, Store as _, StoreError};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::audit::check::Checks;
use super::looks::Looks;
use super::notices::Notices;
use super::rules::Packs;
use super::watch::Watches;
use super::{App, Settings};
use crate::auth::pace::Pace;
use crate::clock::{Clock, IdGen};
use crate::crypto::audit_trail::AuditTrail;
use crate::crypto::kek::{Kek, KekError};
use crate::crypto::keyring::{KeyError, Keyring};
use crate::crypto::lookups::Lookups;
use crate::crypto::tombstones::Tombstones;
use crate::data_folder::DataFolder;
use crate::media::archive::{Archive, ArchiveError};

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Kek(#[from] KekError),
    #[error("the data folder can't be used")]
    Store(#[from] StoreError),
    #[error("the data keys can't be used")]
    Keys(#[from] KeyError),
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
        let kek = Kek::read(kek)?;
        let keys = Arc::new(SqliteKeys::open(&folder.keys()).await?);
        let keyring = Keyring::new(&kek, keys, Tombstones::at(folder.tombstones()));
        let (destroyed, rest) = keyring.settle().await?;
        if destroyed > 0 || rest == Destruction::Pending {
            tracing::warn!(
                destroyed,
                "destroyed keys had come back and were destroyed again"
            );
        }
        keyring.check().await?;
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
            pace: Pace::default(),
            looks: Looks::default(),
            packs,
            watches: Watches::default(),
            audit_checks: Checks::default(),
            notices: Notices::default(),
            spool: folder.spool(),
            archive: Archive::open(&folder.blobs())?,
        })
    }
}
