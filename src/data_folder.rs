//! Which file of the data folder is what. Opens nothing and makes nothing.

use std::path::{Path, PathBuf};

/// One deployment's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Everything but the keys.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("yorisoi.db")
    }

    /// The wrapped data keys, in a file of their own so that its backups can be short-lived.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys.db")
    }

    /// The list of destroyed keys, kept with the backups.
    #[must_use]
    pub fn tombstones(&self) -> PathBuf {
        self.0.join("destroyed-keys.log")
    }

    /// The heads of the audit, so that a cut of the database shows.
    #[must_use]
    pub fn audit_heads(&self) -> PathBuf {
        self.0.join("audit-head.log")
    }

    /// The folder of sealed sound that is being written.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.0.join("spool")
    }

    /// The folder of finished objects: sealed sound.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    /// Whether anybody has set it up: keys are the first thing that is made.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.keys().exists() && self.database().exists()
    }
}
