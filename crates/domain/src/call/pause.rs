//! Whether transcription is paused, for one voice by its own hand or for all by the nurse's. Entries
//! are only ever added, so of two words the one by more entries is the newer.

use crate::ids::ParticipantId;

/// One press of the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Whose voice; `None`: every voice's.
    pub of: Option<ParticipantId>,
    pub on: bool,
}

/// What holds for one voice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Every voice is paused.
    pub all: bool,
    /// This voice is, by its own hand.
    pub own: bool,
    /// Of the whole interview.
    pub entries: usize,
}

impl Pauses {
    /// `entries`: all of one interview, in the order in which they were recorded.
    pub fn by(entries: &[Pause], participant: ParticipantId) -> Self {
        let last = |of| entries.iter().rfind(|entry| entry.of == of);
        Self {
            all: last(None).is_some_and(|entry| entry.on),
            own: last(Some(participant)).is_some_and(|entry| entry.on),
            entries: entries.len(),
        }
    }

    /// As [`Pauses::by`], for nobody's own voice.
    pub fn of_all(entries: &[Pause]) -> Self {
        let last = entries.iter().rfind(|entry| entry.of.is_none());
        Self {
            all: last.is_some_and(|entry| entry.on),
            own: false,
            entries: entries.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_last_press_holds_for_whom_it_was_meant() {
        let [she, he] = [1, 2].map(|n| ParticipantId::new(Uuid::from_u128(n)));
        let press = |of, on| Pause { of, on };
        let entries = [
            press(Some(she), true),
            press(None, true),
            press(None, false),
            press(Some(he), true),
            press(Some(he), false),
        ];
        let (all, own, entries) = (false, true, &entries[..]);
        assert_eq!(
            Pauses::by(entries, she),
            Pauses {
                all,
                own,
                entries: 5
            }
        );
        let none = Pauses {
            all,
            own: false,
            entries: 5,
        };
        assert_eq!(Pauses::by(entries, he), none);
        assert!(Pauses::by(&entries[..2], he).all);
    }
}
