//! Which speech model, and how many cores it has.

use std::num::NonZeroU16;
use std::thread::available_parallelism;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Asr {
    /// A name of the manifest, or the path of a ggml file.
    pub model: String,
    /// Utterances that are decoded at once.
    pub slots: Option<NonZeroU16>,
    /// Cores for each of them.
    pub threads: Option<NonZeroU16>,
}

impl Default for Asr {
    fn default() -> Self {
        Self {
            model: "base".to_owned(),
            slots: None,
            threads: None,
        }
    }
}

impl Asr {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.model.trim().is_empty() {
            return Err("asr.model names a speech model, such as base".to_owned());
        }
        Ok(())
    }

    /// Slots and threads: one utterance at a time on a small machine, one for every two cores on a
    /// larger one. Threads that outnumber the cores slow each other down many times over.
    #[must_use]
    pub fn places(&self) -> (u16, u16) {
        let cores =
            available_parallelism().map_or(1, |n| u16::try_from(n.get()).unwrap_or(u16::MAX));
        let (slots, threads) = if cores >= 4 {
            (cores / 2, 2)
        } else {
            (1, cores.min(2))
        };
        let slots = self.slots.map_or(slots, NonZeroU16::get);
        (slots, self.threads.map_or(threads, NonZeroU16::get))
    }
}
