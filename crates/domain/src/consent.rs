//! Consent: append-only entries of four choices per participant, and what follows from them and
//! from their absence. Each voice counts for its own track. Nothing is ever assumed: without an
//! entry the answer is the one that keeps least.

use serde::{Deserialize, Serialize};

use crate::ids::{ConsentId, ParticipantId, UserId};
use crate::second_voice::{SecondVoice, SecondVoiceEntry};
use crate::time::Timestamp;

/// One entry. A later one for the same choice replaces it, from its time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEntry {
    pub id: ConsentId,
    pub participant: ParticipantId,
    pub answer: Answer,
    pub text: ConsentText,
    pub manner: Manner,
    pub recorded_by: RecordedBy,
    /// Who read the text to her, if somebody did.
    pub read_aloud_by: Option<UserId>,
    pub at: Timestamp,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Interview,
    Transcription,
    KeepAudio,
    Sharing,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "choice", content = "value", rename_all = "snake_case")]
pub enum Answer {
    Interview(YesNo),
    Transcription(Transcription),
    KeepAudio(YesNo),
    Sharing(YesNo),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum YesNo {
    Yes,
    No,
}

/// How far her voice may become text. Ordered by how much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Transcription {
    /// No tap and no decoder for any track.
    None,
    /// In memory only: no rows, no files, no flags.
    CaptionsOnly,
    Transcript,
}

/// The very text that was shown or read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentText {
    pub version: u32,
    pub sha256: [u8; 32],
    /// The locale as a BCP 47 tag: `ja-x-easy`.
    pub language: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    Tap,
    Spoken,
    Paper,
    /// The answer before made the question needless.
    NotAsked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedBy {
    Herself,
    Staff(UserId),
}

impl Answer {
    pub const fn choice(self) -> Choice {
        match self {
            Self::Interview(_) => Choice::Interview,
            Self::Transcription(_) => Choice::Transcription,
            Self::KeepAudio(_) => Choice::KeepAudio,
            Self::Sharing(_) => Choice::Sharing,
        }
    }
}

/// What holds for one participant now. `None`: not answered yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InEffect {
    pub interview: Option<YesNo>,
    pub transcription: Option<Transcription>,
    pub keep_audio: Option<YesNo>,
    pub sharing: Option<YesNo>,
}

/// The last entry of each choice counts; `entries` in the order in which they were recorded.
pub fn in_effect<'a>(entries: impl IntoIterator<Item = &'a ConsentEntry>) -> InEffect {
    let mut now = InEffect::default();
    for entry in entries {
        match entry.answer {
            Answer::Interview(answer) => now.interview = Some(answer),
            Answer::Transcription(answer) => now.transcription = Some(answer),
            Answer::KeepAudio(answer) => now.keep_audio = Some(answer),
            Answer::Sharing(answer) => now.sharing = Some(answer),
        }
    }
    now
}

/// What somebody has agreed to, and whoever speaks at their microphone, with what orders it: entries
/// are only ever added, so of two the one by more entries is the newer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    pub to: InEffect,
    pub second_voice: SecondVoice,
    pub entries: usize,
}

impl Agreed {
    /// `entries` and `beside`: all of one participant, in the order in which they were recorded.
    pub fn by(entries: &[ConsentEntry], beside: &[SecondVoiceEntry]) -> Self {
        Self {
            to: in_effect(entries),
            second_voice: SecondVoice::by(beside),
            entries: entries.len() + beside.len(),
        }
    }
}

/// What may be done with the sound of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tap {
    /// Nothing: heard live and gone.
    Closed,
    /// As `Closed`, while somebody speaks at this microphone who has not agreed.
    SecondVoice,
    /// As `Closed`, for as long as somebody wants it so; what is agreed to stays agreed to.
    Paused,
    /// Recognised in memory for captions.
    MemoryOnly,
    /// Transcribed and kept; the sound is destroyed as soon as its utterances are final.
    Text,
    /// Transcribed and kept, the sound too until the note is approved.
    TextAndAudio,
}

impl InEffect {
    /// No talk without a yes to the interview itself.
    pub fn may_talk(&self) -> bool {
        self.interview == Some(YesNo::Yes)
    }

    /// What this participant's own voice allows.
    pub fn tap(&self) -> Tap {
        if !self.may_talk() {
            return Tap::Closed;
        }
        match (self.transcription, self.keep_audio) {
            (None | Some(Transcription::None), _) => Tap::Closed,
            (Some(Transcription::CaptionsOnly), _) => Tap::MemoryOnly,
            (Some(Transcription::Transcript), Some(YesNo::Yes)) => Tap::TextAndAudio,
            (Some(Transcription::Transcript), Some(YesNo::No) | None) => Tap::Text,
        }
    }

    /// Handing anything to another section needs a legal basis and a reason.
    pub fn sharing_needs_basis(&self) -> bool {
        self.sharing != Some(YesNo::Yes)
    }

    /// The choice that is asked next; `None` when all that are asked have an answer. After `none`
    /// and `captions_only` there is no sound to keep, so keeping is not asked; after a no to the
    /// interview nothing is.
    pub fn next_question(&self) -> Option<Choice> {
        match self {
            Self {
                interview: None, ..
            } => Some(Choice::Interview),
            Self {
                interview: Some(YesNo::No),
                ..
            } => None,
            Self {
                transcription: None,
                ..
            } => Some(Choice::Transcription),
            Self {
                transcription: Some(Transcription::Transcript),
                keep_audio: None,
                ..
            } => Some(Choice::KeepAudio),
            Self { sharing: None, .. } => Some(Choice::Sharing),
            Self { .. } => None,
        }
    }

    /// Everything that is asked has an answer, and the interview's is yes.
    pub fn is_complete(&self) -> bool {
        self.may_talk() && self.next_question().is_none()
    }
}

/// What the resident's consent leaves for another participant's track: her `none` closes every
/// tap, the nurse's included, her `captions_only` keeps every one in memory, and without her yes
/// to keeping the sound no track's sound is kept: the nurse repeats what she says.
pub fn tap_under(resident: &InEffect, own: Tap) -> Tap {
    match resident.tap() {
        Tap::Closed | Tap::SecondVoice | Tap::Paused => Tap::Closed,
        Tap::MemoryOnly => own.min(Tap::MemoryOnly),
        Tap::Text => own.min(Tap::Text),
        Tap::TextAndAudio => own,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn entry(answer: Answer) -> ConsentEntry {
        ConsentEntry {
            id: ConsentId::new(Uuid::from_u128(1)),
            participant: ParticipantId::new(Uuid::from_u128(2)),
            answer,
            text: ConsentText {
                version: 3,
                sha256: [7; 32],
                language: "ja-x-easy".to_owned(),
            },
            manner: Manner::Tap,
            recorded_by: RecordedBy::Herself,
            read_aloud_by: None,
            at: Timestamp::from_second(0).unwrap(),
        }
    }

    fn after(answers: &[Answer]) -> InEffect {
        let entries: Vec<_> = answers.iter().copied().map(entry).collect();
        in_effect(&entries)
    }

    #[test]
    fn questions_come_in_order_and_needless_ones_do_not() {
        let yes = Answer::Interview(YesNo::Yes);
        let text = Answer::Transcription(Transcription::Transcript);
        let captions = Answer::Transcription(Transcription::CaptionsOnly);
        assert_eq!(after(&[]).next_question(), Some(Choice::Interview));
        assert_eq!(after(&[yes]).next_question(), Some(Choice::Transcription));
        assert_eq!(after(&[yes, text]).next_question(), Some(Choice::KeepAudio));
        assert_eq!(
            after(&[yes, captions]).next_question(),
            Some(Choice::Sharing)
        );
        assert_eq!(after(&[Answer::Interview(YesNo::No)]).next_question(), None);
        assert!(!after(&[Answer::Interview(YesNo::No)]).is_complete());
        assert!(after(&[yes, captions, Answer::Sharing(YesNo::No)]).is_complete());
    }

    #[test]
    fn without_an_answer_the_least_is_kept() {
        let nothing = after(&[]);
        assert!(!nothing.may_talk());
        assert_eq!(nothing.tap(), Tap::Closed);
        assert!(nothing.sharing_needs_basis());
        let yes = Answer::Interview(YesNo::Yes);
        let text = Answer::Transcription(Transcription::Transcript);
        assert_eq!(after(&[yes]).tap(), Tap::Closed);
        assert_eq!(after(&[yes, text]).tap(), Tap::Text);
        assert_eq!(
            after(&[text, Answer::KeepAudio(YesNo::Yes)]).tap(),
            Tap::Closed
        );
        assert_eq!(
            after(&[yes, text, Answer::KeepAudio(YesNo::Yes)]).tap(),
            Tap::TextAndAudio
        );
    }

    #[test]
    fn her_no_closes_every_track_and_anothers_no_only_their_own() {
        let yes = Answer::Interview(YesNo::Yes);
        let refuses = after(&[yes, Answer::Transcription(Transcription::None)]);
        let captions = after(&[yes, Answer::Transcription(Transcription::CaptionsOnly)]);
        let agrees = after(&[yes, Answer::Transcription(Transcription::Transcript)]);
        let keeps = after(&[
            yes,
            Answer::Transcription(Transcription::Transcript),
            Answer::KeepAudio(YesNo::Yes),
        ]);
        for own in [Tap::Closed, Tap::MemoryOnly, Tap::Text, Tap::TextAndAudio] {
            assert_eq!(tap_under(&refuses, own), Tap::Closed);
            assert_eq!(tap_under(&captions, own), own.min(Tap::MemoryOnly));
            assert_eq!(tap_under(&agrees, own), own.min(Tap::Text));
            assert_eq!(tap_under(&keeps, own), own);
        }
    }

    fn answer() -> impl Strategy<Value = Answer> {
        let yes_no = prop::sample::select(vec![YesNo::Yes, YesNo::No]);
        let how = prop::sample::select(vec![
            Transcription::None,
            Transcription::CaptionsOnly,
            Transcription::Transcript,
        ]);
        prop_oneof![
            yes_no.clone().prop_map(Answer::Interview),
            how.prop_map(Answer::Transcription),
            yes_no.clone().prop_map(Answer::KeepAudio),
            yes_no.prop_map(Answer::Sharing),
        ]
    }

    proptest! {
        /// A later no always wins, whatever came before and whatever else comes after.
        #[test]
        fn a_refusal_holds_until_the_same_choice_is_answered_again(
            before in prop::collection::vec(answer(), 0..12),
            later in prop::collection::vec(answer(), 0..12),
        ) {
            let mut answers = before;
            answers.push(Answer::Transcription(Transcription::None));
            answers.extend(later.into_iter().filter(|one| one.choice() != Choice::Transcription));
            prop_assert_eq!(after(&answers).tap(), Tap::Closed);
        }

        #[test]
        fn sound_is_kept_only_by_three_yeses(answers in prop::collection::vec(answer(), 0..12)) {
            let now = after(&answers);
            let three = (now.interview, now.transcription, now.keep_audio)
                == (Some(YesNo::Yes), Some(Transcription::Transcript), Some(YesNo::Yes));
            prop_assert_eq!(now.tap() == Tap::TextAndAudio, three);
        }
    }
}
