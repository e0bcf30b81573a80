//! How staff sign in, and for how long.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Minutes without a request after which a login session ends. It never ends in a talk.
    pub idle_minutes: u16,
    /// Hours after signing in at which it ends in any case, but never in a talk.
    pub absolute_hours: u16,
    /// Who needs a second factor.
    pub second_factor: SecondFactor,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Who approves or administers.
    #[default]
    Deciders,
    Everybody,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            absolute_hours: 12,
            second_factor: SecondFactor::default(),
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
