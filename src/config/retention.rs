//! How long things are kept. The consent texts say these numbers, so the texts that a resident
//! agrees to change with them.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days after approval at which the talk (transcript, chat, answers) is destroyed.
    pub talk_days: u16,
    /// Days after which kept audio is destroyed even where the note is not approved.
    pub audio_days: u16,
    /// Years after approval until which the record is kept.
    pub record_years: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            talk_days: 90,
            audio_days: 30,
            record_years: 5,
        }
    }
}
