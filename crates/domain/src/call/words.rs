//! What the records said last of one participant. Words arrive in any order; the newest one holds.
//! What follows from it is the call's.

use super::Door;
use super::pause::Pauses;
use crate::consent::Agreed;

#[derive(Debug, Default)]
pub(super) struct Words {
    /// With the revision of the participant that said so.
    door: Option<(u32, Door)>,
    consent: Agreed,
    pauses: Pauses,
    gone: bool,
}

impl Words {
    /// Takes the door's word and returns the newest; `None` for who is gone for good.
    pub(super) fn door(&mut self, revision: u32, door: Door) -> Option<Door> {
        let newest = match self.door {
            Some((known, newest)) if known > revision => newest,
            _ => {
                self.door = Some((revision, door));
                door
            }
        };
        (!self.gone).then_some(newest)
    }

    /// Takes what they are said to have agreed to and returns the newest.
    pub(super) fn consent(&mut self, said: Agreed) -> Agreed {
        if said.entries >= self.consent.entries {
            self.consent = said;
        }
        self.consent
    }

    pub(super) fn pause(&mut self, said: Pauses) {
        if said.entries >= self.pauses.entries {
            self.pauses = said;
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.pauses.own
    }

    pub(super) fn leave(&mut self) {
        self.gone = true;
    }
}
