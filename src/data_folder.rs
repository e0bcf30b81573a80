//! Which file of the data folder is what. Opens nothing and makes nothing.

use std::path::{Path, PathBuf};

/// Name of the list of destroyed keys, here, in every backup, and beside them.
pub const DESTROYED: &str = "destroyed-keys.log";

/// One deployment's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
    backups: Option<PathBuf>,
}

impl DataFolder {
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            backups: None,
        }
    }

    /// With the folder where its backups lie.
    #[must_use]
    pub fn backed_up_in(self, backups: Option<PathBuf>) -> Self {
        Self { backups, ..self }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything but the keys.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join("yorisoi.db")
    }

    /// The wrapped data keys, in a file of their own so that its backups can be short-lived.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys.db")
    }

    /// The list of destroyed keys and of withdrawals.
    #[must_use]
    pub fn tombstones(&self) -> PathBuf {
        self.path.join(DESTROYED)
    }

    /// The same list where the backups lie, so that what is destroyed after one of them does not
    /// live on this disk alone.
    #[must_use]
    pub fn tombstones_beside_backups(&self) -> Option<PathBuf> {
        Some(self.backups.as_ref()?.join(DESTROYED))
    }

    /// One line for every run that destroyed something whose time was over.
    #[must_use]
    pub fn purges(&self) -> PathBuf {
        self.path.join("purges.log")
    }

    /// Where the clock stood when it was last believed.
    #[must_use]
    pub fn clock_seen(&self) -> PathBuf {
        self.path.join("clock-seen")
    }

    /// While it is being written.
    #[must_use]
    pub fn clock_seen_next(&self) -> PathBuf {
        self.path.join("clock-seen.next")
    }

    #[must_use]
    pub fn backups(&self) -> Option<&Path> {
        self.backups.as_deref()
    }

    /// Held by everybody who has the folder open, and alone by who changes the key file.
    #[must_use]
    pub fn in_use(&self) -> PathBuf {
        self.path.join("in-use.lock")
    }

    /// Is there while a restore is not finished: nobody serves such a folder.
    #[must_use]
    pub fn restoring(&self) -> PathBuf {
        self.path.join("restore-unfinished")
    }

    /// Is there while the deployment is being made: nobody serves such a folder.
    #[must_use]
    pub fn beginning(&self) -> PathBuf {
        self.path.join("init-unfinished")
    }

    /// The heads of the audit, so that a cut of the database shows.
    #[must_use]
    pub fn audit_heads(&self) -> PathBuf {
        self.path.join("audit-head.log")
    }

    /// The folder of sealed sound that is being written.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }

    /// The folder of finished objects: sealed sound.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// Whether anybody has set it up: keys are the first thing that is made.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.keys().exists() && self.database().exists()
    }
}
