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
    /// Days after a talk at which it is destroyed although nobody has approved its note.
    pub unapproved_days: u16,
    /// Days after an interview that never took place at which its answers are destroyed.
    pub cancelled_days: u16,
    /// Years after approval until which the record is kept.
    pub record_years: u16,
    /// Whether a law or an order may keep what is due, or withdrawn. The consent texts say so then.
    pub legal_hold: bool,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            talk_days: 90,
            audio_days: 30,
            unapproved_days: 180,
            cancelled_days: 90,
            record_years: 5,
            legal_hold: false,
        }
    }
}
