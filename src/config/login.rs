//! How long a member of staff stays signed in.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Minutes without a request after which a login session ends. It never ends in a talk.
    pub idle_minutes: u16,
    /// Hours after signing in at which it ends in any case, but never in a talk.
    pub absolute_hours: u16,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            absolute_hours: 12,
        }
    }
}

impl Login {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.idle_minutes == 0 {
            return Err("login.idle_minutes is at least 1".to_owned());
        }
        if self.absolute_hours == 0 {
            return Err("login.absolute_hours is at least 1".to_owned());
        }
        Ok(())
    }
}
