//! A second voice at a guest's microphone: 同席者が話す. It has no seat, no track and no name, so its
//! consent is asked aloud and noted by staff; until it is given nothing of that track is written.

use serde::{Deserialize, Serialize};

use crate::consent::ConsentText;
use crate::ids::{ParticipantId, UserId};
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

/// What staff noted. Entries are only ever added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondVoiceEntry {
    /// Whose microphone it is.
    pub at: ParticipantId,
    pub said: SaidBeside,
    /// The text that was read aloud to who answered.
    pub text: Option<ConsentText>,
    pub recorded_by: UserId,
    pub when: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SaidBeside {
    /// Somebody speaks who has not been asked.
    Speaks,
    Agrees,
    Refuses,
    /// Nobody else is at the microphone any more.
    Gone,
}

/// What holds at one microphone now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecondVoice {
    #[default]
    Nobody,
    NotAsked,
    Agreed,
    Refused,
}

impl SecondVoice {
    /// The last entry counts; `entries` in the order in which they were recorded.
    pub fn by(entries: &[SecondVoiceEntry]) -> Self {
        match entries.last().map(|entry| entry.said) {
            None | Some(SaidBeside::Gone) => Self::Nobody,
            Some(SaidBeside::Speaks) => Self::NotAsked,
            Some(SaidBeside::Agrees) => Self::Agreed,
            Some(SaidBeside::Refuses) => Self::Refused,
        }
    }

    /// Who answers or goes must have been noted before; another one may begin at any time, and is
    /// asked anew.
    ///
    /// # Errors
    /// Nobody is there who could have said it.
    pub fn after(self, said: SaidBeside) -> Result<(), InvalidTransition> {
        match (self, said) {
            (_, SaidBeside::Speaks) => Ok(()),
            (
                Self::NotAsked | Self::Agreed | Self::Refused,
                SaidBeside::Agrees | SaidBeside::Refuses | SaidBeside::Gone,
            ) => Ok(()),
            (Self::Nobody, SaidBeside::Agrees | SaidBeside::Refuses | SaidBeside::Gone) => {
                Err(InvalidTransition {
                    record: "second voice",
                    from: "nobody",
                    to: "answered",
                })
            }
        }
    }

    /// Whether somebody is marked as present: whose words are heard there is not certain.
    pub const fn is_there(self) -> bool {
        !matches!(self, Self::Nobody)
    }

    /// Whether the voices at this microphone may be written down, as far as this one goes.
    pub const fn may_be_heard(self) -> bool {
        matches!(self, Self::Nobody | Self::Agreed)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn after(all: &[SaidBeside]) -> SecondVoice {
        let entry = |said: &SaidBeside| SecondVoiceEntry {
            at: ParticipantId::new(Uuid::from_u128(1)),
            said: *said,
            text: None,
            recorded_by: UserId::new(Uuid::from_u128(2)),
            when: Timestamp::from_second(0).unwrap(),
        };
        let all: Vec<_> = all.iter().map(entry).collect();
        SecondVoice::by(&all)
    }

    #[test]
    fn nothing_is_heard_between_the_first_word_and_the_yes() {
        use SaidBeside::{Agrees, Gone, Refuses, Speaks};
        for (said, heard, there) in [
            (&[][..], true, false),
            (&[Speaks], false, true),
            (&[Speaks, Agrees], true, true),
            (&[Speaks, Refuses], false, true),
            (&[Speaks, Refuses, Agrees], true, true),
            (&[Speaks, Refuses, Gone], true, false),
            // Somebody else.
            (&[Speaks, Agrees, Speaks], false, true),
        ] {
            let now = after(said);
            assert_eq!(
                (now.may_be_heard(), now.is_there()),
                (heard, there),
                "{said:?}"
            );
        }
    }

    #[test]
    fn nobody_answers_who_was_not_noted() {
        for said in [SaidBeside::Agrees, SaidBeside::Refuses, SaidBeside::Gone] {
            assert!(SecondVoice::Nobody.after(said).is_err());
            assert!(SecondVoice::NotAsked.after(said).is_ok());
        }
        assert!(SecondVoice::Nobody.after(SaidBeside::Speaks).is_ok());
    }
}
