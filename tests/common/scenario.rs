//! The folder of a test: whatever a scenario leaves lies in it, the data of a deployment, its logs, copies of
//! it, what a command said. As the test ends, all of it is looked through.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::held::WRITTEN;
use super::rules::{ALONE, HIT, MISHEARD, PLAIN};
use super::scripted::SAID;
use super::{log, scan};

/// The administrator of a deployment that commands made.
pub(crate) const ADMINISTRATOR: &str = "関口 みどり";

/// What people say and write in these tests, what they are called, and her birth date.
pub(crate) const TEXTS: [&str; 14] = [
    HIT,
    PLAIN,
    ALONE,
    MISHEARD,
    SAID,
    WRITTEN,
    "白石 ひなた",
    "シライシ ヒナタ",
    "しらいし　ひなた",
    "1998-05-12",
    "sanoさん",
    "miuraさん",
    "kanriさん",
    ADMINISTRATOR,
];

pub(crate) struct Scenario {
    dir: TempDir,
    /// How much was logged before it began.
    logged: usize,
    /// It was looked through before its end.
    looked: AtomicBool,
}

impl Scenario {
    pub(crate) fn new() -> Self {
        Self::on(tempfile::tempdir().unwrap())
    }

    /// On a disk of the test's own.
    pub(crate) fn on(dir: TempDir) -> Self {
        log::keep();
        Self {
            dir,
            logged: log::length(),
            looked: AtomicBool::new(false),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// What lies open by now.
    pub(crate) fn lies(&self) -> BTreeSet<String> {
        self.looked.store(true, Ordering::Relaxed);
        scan::lies(self.path(), self.logged, &TEXTS)
    }
}

/// Nothing of what was said, of whose it was and how it sounded lies in the folder or in the log.
impl Drop for Scenario {
    fn drop(&mut self) {
        if !*self.looked.get_mut() && !std::thread::panicking() {
            let found = self.lies();
            assert!(found.is_empty(), "it lies open: {found:#?}");
        }
    }
}
