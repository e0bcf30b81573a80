//! The texts that residents agree to: content files of `content/consent`, one per choice and
//! locale, with the configured numbers filled in and the SHA-256 of exactly what was shown.

use sha2::{Digest, Sha256};
use yorisoi_domain::consent::{Choice, ConsentText};

use crate::config::Retention;

/// One choice as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub text: ConsentText,
    pub question: String,
    pub paragraphs: Vec<String>,
    pub answers: Vec<ShownAnswer>,
}

/// One answer and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownAnswer {
    pub value: String,
    pub label: String,
    pub consequence: Option<String>,
}

/// The choices in the order in which they are asked.
pub const CHOICES: [Choice; 4] = [
    Choice::Interview,
    Choice::Transcription,
    Choice::KeepAudio,
    Choice::Sharing,
];

/// Locales whose texts are released.
pub const LOCALES: [&str; 2] = ["ja-x-easy", "ja"];

const FILES: [[&str; 4]; 2] = [
    [
        include_str!("../../content/consent/ja-x-easy/interview.md"),
        include_str!("../../content/consent/ja-x-easy/transcription.md"),
        include_str!("../../content/consent/ja-x-easy/keep_audio.md"),
        include_str!("../../content/consent/ja-x-easy/sharing.md"),
    ],
    [
        include_str!("../../content/consent/ja/interview.md"),
        include_str!("../../content/consent/ja/transcription.md"),
        include_str!("../../content/consent/ja/keep_audio.md"),
        include_str!("../../content/consent/ja/sharing.md"),
    ],
];

/// What is said besides where a law may keep what is due.
const HELD: [&str; 2] = [
    include_str!("../../content/consent/ja-x-easy/legal_hold.txt"),
    include_str!("../../content/consent/ja/legal_hold.txt"),
];

/// What is read aloud to somebody who speaks at a guest's microphone, in the order of [`LOCALES`].
const SECOND_VOICE: [&str; 2] = [
    include_str!("../../content/consent/ja-x-easy/second_voice.md"),
    include_str!("../../content/consent/ja/second_voice.md"),
];

/// A choice in a locale. `None` if the locale is not released, or the file is not of the form that
/// `content/consent/README.md` describes (a test reads every file).
#[must_use]
pub fn shown(locale: &str, choice: Choice, retention: Retention) -> Option<Shown> {
    let files = &FILES[LOCALES.iter().position(|known| *known == locale)?];
    let file = files[CHOICES.iter().position(|known| *known == choice)?];
    filled(locale, file, retention)
}

/// As [`shown`], for who speaks at a guest's microphone.
#[must_use]
pub fn read_to_second_voice(locale: &str, retention: Retention) -> Option<Shown> {
    let file = SECOND_VOICE[LOCALES.iter().position(|known| *known == locale)?];
    filled(locale, file, retention)
}

fn filled(locale: &str, file: &str, retention: Retention) -> Option<Shown> {
    let text = file
        .replace("{talk_days}", &retention.talk_days.to_string())
        .replace("{audio_days}", &retention.audio_days.to_string())
        .replace("{unapproved_days}", &retention.unapproved_days.to_string());
    let held = HELD[LOCALES.iter().position(|known| *known == locale)?];
    let text = text.replace(
        "{legal_hold}\n",
        if retention.legal_hold { held } else { "" },
    );
    parse(locale, &text)
}

fn parse(locale: &str, text: &str) -> Option<Shown> {
    let mut lines = text.lines();
    let version = lines.next()?.strip_prefix("版: ")?.parse().ok()?;
    let question = lines.next()?.strip_prefix("# ")?.to_owned();
    let mut paragraphs = Vec::new();
    let mut answers = Vec::new();
    for line in lines {
        if let Some(answer) = line.strip_prefix("- ") {
            let (value, words) = answer.split_once(": ")?;
            let (label, consequence) = match words.split_once(" | ") {
                Some((label, consequence)) => (label, Some(consequence.to_owned())),
                None => (words, None),
            };
            answers.push(ShownAnswer {
                value: value.to_owned(),
                label: label.to_owned(),
                consequence,
            });
        } else {
            paragraphs.push(line.to_owned());
        }
    }
    let sha256 = Sha256::digest(text.as_bytes()).into();
    let text = ConsentText {
        version,
        sha256,
        language: locale.to_owned(),
    };
    Some(Shown {
        text,
        question,
        paragraphs,
        answers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the domain knows as the values of each choice.
    const VALUES: [&[&str]; 4] = [
        &["yes", "no"],
        &["transcript", "captions_only", "none"],
        &["yes", "no"],
        &["yes", "no"],
    ];

    #[test]
    fn every_text_has_the_same_answers_and_version_in_every_locale() {
        for (choice, values) in CHOICES.into_iter().zip(VALUES) {
            let texts = LOCALES.map(|locale| shown(locale, choice, Retention::default()).unwrap());
            for one in &texts {
                let given: Vec<_> = one
                    .answers
                    .iter()
                    .map(|answer| answer.value.as_str())
                    .collect();
                assert_eq!(given, values, "{choice:?}");
                assert_eq!(one.text.version, texts[0].text.version, "{choice:?}");
                assert!(!one.paragraphs.is_empty(), "{choice:?}");
            }
        }
        let aloud = LOCALES.map(|it| read_to_second_voice(it, Retention::default()).unwrap());
        for one in &aloud {
            let given: Vec<_> = one.answers.iter().map(|it| it.value.as_str()).collect();
            assert_eq!(given, ["agrees", "refuses"]);
            assert_eq!(one.text.version, aloud[0].text.version);
            assert!(one.paragraphs.iter().any(|it| it.contains("90日")));
        }
    }

    #[test]
    fn a_hold_by_law_is_said_where_there_may_be_one_and_nowhere_else() {
        let holding = Retention {
            legal_hold: true,
            ..Retention::default()
        };
        for locale in LOCALES {
            for choice in [Choice::Transcription, Choice::KeepAudio] {
                let usual = shown(locale, choice, Retention::default()).unwrap();
                let held = shown(locale, choice, holding).unwrap();
                assert_eq!(held.paragraphs.len(), usual.paragraphs.len() + 1);
                assert!(held.paragraphs.concat().contains("法律"));
                assert!(!usual.paragraphs.concat().contains("法律"));
                assert_ne!(held.text.sha256, usual.text.sha256);
            }
        }
    }

    #[test]
    fn the_configured_days_are_said_and_change_the_hash() {
        let longer = Retention {
            talk_days: 120,
            ..Retention::default()
        };
        let usual = shown("ja", Choice::Transcription, Retention::default()).unwrap();
        let changed = shown("ja", Choice::Transcription, longer).unwrap();
        assert!(
            usual.answers[0]
                .consequence
                .as_ref()
                .unwrap()
                .contains("90日")
        );
        assert!(
            changed.answers[0]
                .consequence
                .as_ref()
                .unwrap()
                .contains("120日")
        );
        assert_ne!(usual.text.sha256, changed.text.sha256);
        let untouched = shown("ja", Choice::Sharing, longer);
        assert_eq!(
            untouched,
            shown("ja", Choice::Sharing, Retention::default())
        );
    }
}
