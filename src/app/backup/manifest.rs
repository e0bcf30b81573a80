//! What a data backup says of itself: when it was made, where its audit ends, and the hash of each file.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use yorisoi_domain::ids::KeyId;

use super::BackupError;
use super::copy::sync;

pub(super) const FORM: u32 = 1;
const NAME: &str = "backup.json";

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) yorisoi_backup: u32,
    pub(super) program: String,
    pub(super) made_at: Timestamp,
    pub(super) audit: Audit,
    /// Whoever has it has all that were made before, which is every key that the data needs.
    pub(super) newest_key: Option<NewestKey>,
    pub(super) files: Vec<FileEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Audit {
    pub(super) events: u64,
    pub(super) head: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NewestKey {
    pub(super) id: KeyId,
    pub(super) made_at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FileEntry {
    /// From the backup's folder on, with `/`.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(NAME);
        let json = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        json.and_then(|json| fs::write(&path, json))
            .map_err(|source| BackupError::Io {
                path: path.clone(),
                source,
            })?;
        sync(&path)?;
        sync(folder)
    }

    /// `None`: there is no such file, or it is not ours.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(&fs::read(folder.join(NAME)).ok()?).ok()?;
        let inside = |it: &FileEntry| {
            let mut parts = it.path.split('/');
            parts.all(|part| !part.is_empty() && part != "." && part != "..")
        };
        let ours = manifest.yorisoi_backup == FORM && manifest.files.iter().all(inside);
        ours.then_some(manifest)
    }
}
