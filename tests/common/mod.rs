//! What several test modules share: fixtures, and the measure of recognised text.

pub(crate) mod app;
pub(crate) mod broken;
pub(crate) mod cer;
pub(crate) mod client;
pub(crate) mod held;
pub(crate) mod log;
pub(crate) mod missing;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod scenario;
pub(crate) mod scripted;
pub(crate) mod second_step;
pub(crate) mod talk;
pub(crate) mod time;
pub(crate) mod whisper_folder;
pub(crate) mod world;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

/// A file under `tests/data`.
pub(crate) fn data(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(path)
}

/// Held while a test lets the recognizer work: its threads spin, and two at once on few cores take
/// many times as long as one after the other.
pub(crate) fn one_recognizer() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
