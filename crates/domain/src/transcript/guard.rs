//! When a hypothesis is not to be believed. Whisper writes fluent sentences over noise and loops
//! with high confidence, so each answer passes here before anybody sees it. What is refused is
//! declared as unintelligible, never dropped in silence; length alone refuses nothing, for
//! 「はい」 and 「ううん」 are answers.

use unicode_normalization::UnicodeNormalization;

use super::hypothesis::Hypothesis;

/// Below this mean log-probability, text over noise is more likely than speech.
const MIN_MEAN_LOGPROB: f32 = -1.0;
/// A short answer is the whole point of a question, and Whisper is unsure of every short word: what
/// it hears as one of these stays (with its low probability in view) down to here.
const MIN_SHORT_ANSWER_LOGPROB: f32 = -2.0;
const SHORT_ANSWERS: [&str; 14] = [
    "はい",
    "はいはい",
    "いいえ",
    "いえ",
    "いや",
    "うん",
    "うんうん",
    "ううん",
    "ええ",
    "ない",
    "ないです",
    "ありません",
    "あります",
    "そうです",
];
/// A loop covers at least this many characters, so that 「はいはいはい」 stays.
const MIN_LOOP_CHARS: usize = 16;
const MIN_LOOP_TURNS: usize = 3;

/// Why a hypothesis is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    Empty,
    LowConfidence,
    TokenCap,
    Repetition,
    /// A phrase that the model learned from subtitles and writes over silence.
    Phantom,
}

/// The guards that stand between recognizer and reader.
#[derive(Clone, Debug)]
pub struct Guard {
    phantoms: Vec<String>,
}

impl Guard {
    /// `phantoms`: one phrase per line; empty lines and lines that begin with `#` are skipped.
    pub fn new(phantoms: &str) -> Self {
        let phantoms = phantoms
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
            .map(bare)
            .filter(|p| !p.is_empty())
            .collect();
        Self { phantoms }
    }

    /// # Errors
    /// The first reason not to believe the hypothesis.
    pub fn judge(&self, hypothesis: &Hypothesis) -> Result<(), Doubt> {
        let text = bare(&hypothesis.text());
        let short_answer = SHORT_ANSWERS.contains(&text.as_str());
        let least = if short_answer {
            MIN_SHORT_ANSWER_LOGPROB
        } else {
            MIN_MEAN_LOGPROB
        };
        if text.is_empty() {
            Err(Doubt::Empty)
        } else if hypothesis.hit_token_cap {
            Err(Doubt::TokenCap)
        } else if repeats(&text) {
            Err(Doubt::Repetition)
        } else if self.is_phantom(text) {
            Err(Doubt::Phantom)
        } else if hypothesis.mean_logprob < least {
            Err(Doubt::LowConfidence)
        } else {
            Ok(())
        }
    }

    /// Nothing remains once the phantom phrases are taken out.
    fn is_phantom(&self, mut text: String) -> bool {
        for phrase in &self.phantoms {
            text = text.replace(phrase.as_str(), "");
        }
        text.is_empty()
    }
}

/// Letters and digits only, in one width.
fn bare(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).collect()
}

/// Does the text say one thing again and again, as Whisper does when it is lost?
pub fn loops(hypothesis: &Hypothesis) -> bool {
    hypothesis.hit_token_cap || repeats(&bare(&hypothesis.text()))
}

/// Does the text repeat one unit again and again? Units up to half the text are tried, so the
/// cost is quadratic in a text whose length the token cap bounds.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / MIN_LOOP_TURNS).any(|unit| {
        let mut run = 0;
        (unit..chars.len()).any(|i| {
            run = if chars[i] == chars[i - unit] {
                run + 1
            } else {
                0
            };
            let covered = run + unit;
            covered >= MIN_LOOP_CHARS && covered >= unit * MIN_LOOP_TURNS
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::hypothesis::Piece;

    fn said(text: &str, mean_logprob: f32) -> Hypothesis {
        let piece = Piece {
            text: text.to_owned().into(),
            probability: 0.9,
            from_ms: 0,
            to_ms: 100,
        };
        Hypothesis {
            pieces: vec![piece],
            mean_logprob,
            hit_token_cap: false,
        }
    }

    fn guard() -> Guard {
        Guard::new("# learned from subtitles\nご視聴ありがとうございました\n字幕視聴\n")
    }

    #[test]
    fn short_answers_pass_whatever_their_length() {
        for text in [
            "はい。",
            "いいえ",
            "うん",
            "ううん。",
            "ないです",
            "はいはいはい",
            "3",
        ] {
            assert_eq!(guard().judge(&said(text, -0.3)), Ok(()), "{text}");
        }
    }

    #[test]
    fn an_unsure_short_answer_stays_and_an_unsure_sentence_does_not() {
        assert_eq!(guard().judge(&said("はい。", -1.5)), Ok(()));
        assert_eq!(
            guard().judge(&said("はい。", -2.5)),
            Err(Doubt::LowConfidence)
        );
        assert_eq!(
            guard().judge(&said("文字", -1.5)),
            Err(Doubt::LowConfidence)
        );
    }

    #[test]
    fn each_doubt_has_its_reason() {
        let looped = "お腹が張ることはありますか".repeat(3);
        for (text, logprob, doubt) in [
            ("。。", -0.1, Doubt::Empty),
            ("ご視聴ありがとうございました。", -0.1, Doubt::Phantom),
            (
                "ご視聴ありがとうございました ご視聴ありがとうございました",
                -0.1,
                Doubt::Phantom,
            ),
            (looped.as_str(), -0.05, Doubt::Repetition),
            (
                "あああああああああああああああああ",
                -0.05,
                Doubt::Repetition,
            ),
            ("天気がいいですね", -1.2, Doubt::LowConfidence),
        ] {
            assert_eq!(guard().judge(&said(text, logprob)), Err(doubt), "{text}");
        }
        let capped = Hypothesis {
            hit_token_cap: true,
            ..said("はい", -0.1)
        };
        assert_eq!(guard().judge(&capped), Err(Doubt::TokenCap));
    }

    #[test]
    fn a_sentence_that_says_a_word_twice_is_no_loop() {
        for text in [
            "少しずつ、少しずつ、少しずつ減らしてます",
            "毎日毎日泣いてばかりで毎日つらくて",
        ] {
            assert_eq!(guard().judge(&said(text, -0.3)), Ok(()), "{text}");
        }
    }
}
