//! A data folder with everything in it, for the tests of this module.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;
use yorisoi_domain::ids::KeyId;
use yorisoi_domain::time::Timestamp;
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::audit_trail::AuditTrail;
use super::kek::Kek;
use super::keyring::Keyring;
use super::lookups::Lookups;
use super::seal::DataKey;
use super::tombstones::Tombstones;

/// The same key every time, by way of a real file.
pub(crate) fn kek() -> Kek {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kek");
    std::fs::write(&path, format!("yorisoi-kek-1 {}\n", "5a".repeat(32))).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Kek::read(&path).unwrap()
}

/// A key of these bytes and this id.
pub(crate) fn data_key(fill: u8) -> DataKey {
    DataKey::new(KeyId::new(id(fill.into())), &[fill; 32])
}

pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) store: SqliteStore,
    pub(crate) keys: SqliteKeys,
    pub(crate) ring: Keyring,
    pub(crate) lookups: Lookups,
    pub(crate) trail: AuditTrail,
}

impl House {
    pub(crate) async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        SqliteStore::migrate(&folder.path().join("yorisoi.db"))
            .await
            .unwrap();
        SqliteKeys::migrate(&folder.path().join("keys.db"))
            .await
            .unwrap();
        Self::open(folder).await
    }

    pub(crate) async fn open(folder: TempDir) -> Self {
        let path = |name| folder.path().join(name);
        let kek = kek();
        let keys = SqliteKeys::open(&path("keys.db")).await.unwrap();
        let tombstones = Tombstones::at(path("tombstones.log"));
        Self {
            store: SqliteStore::open(&path("yorisoi.db")).await.unwrap(),
            ring: Keyring::new(&kek, Arc::new(keys.clone()), tombstones),
            keys,
            lookups: Lookups::new(&kek),
            trail: AuditTrail::new(&kek, path("audit-head.log")),
            folder,
        }
    }

    /// The files of the folder that hold the bytes.
    pub(crate) fn files_with(&self, bytes: &[u8]) -> Vec<String> {
        files_with(self.folder.path(), bytes)
    }
}

fn files_with(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let content = std::fs::read(&path).unwrap();
        if content.windows(bytes.len()).any(|window| window == bytes) {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}
