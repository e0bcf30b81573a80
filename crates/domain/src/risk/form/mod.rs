//! Forms: what is asked in writing, before the talk or by a scale, and what was answered. Which
//! forms there are is content; nothing here infers an answer that nobody gave.
//!
//! - [`read`]: what answers and the record say about items.
//! - `file`: the shape of the content files.

mod file;
mod read;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::item::{ItemId, Tier};
use crate::ids::FormId;

pub use file::FormError;
pub use read::{Facts, Filled, Limits, Reading, WrittenFinding, read};

/// One form of the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// `epds`
    pub id: String,
    pub version: u32,
    /// Of the file, both languages in it.
    pub sha256: [u8; 32],
    pub title: String,
    pub filled_by: FilledBy,
    /// What whoever fills it in should know.
    pub hint: Option<String>,
    pub questions: Vec<Question>,
    pub score: Option<Score>,
}

/// Who fills a form in. A nurse may also take down what the resident answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FilledBy {
    #[default]
    Resident,
    Nurse,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Never renamed, and never given another meaning.
    pub id: String,
    pub item: Option<ItemId>,
    /// In the list of answers: 「お酒」.
    pub label: String,
    pub asked_by: FilledBy,
    /// As it is asked; `None` where the wording stands on the office's own sheet.
    pub ja: Option<String>,
    /// やさしい日本語, with readings as 面談《めんだん》.
    pub easy: Option<String>,
    /// Empty: it is answered in words.
    pub choices: Vec<Choice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    /// What it says of the question's item.
    pub says: Says,
    /// Another urgency than the item's.
    pub tier: Option<Tier>,
    pub points: u32,
    pub ja: String,
    pub easy: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Says {
    Safe,
    Risk,
    #[default]
    Vague,
}

/// A published rule that adds up points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    pub item: ItemId,
    pub cuts: Vec<Cut>,
}

/// From how many points on the answers count, and when in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// `None`: always.
    #[serde(default)]
    pub stage: Option<Stage>,
    pub at: u32,
}

/// On which side of the birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Pregnancy,
    AfterBirth,
}

/// One answer with the words in which it was given, so that it reads the same when the content
/// has changed. All of it is personal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub question: String,
    pub label: String,
    pub given: Given,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    Chosen {
        choice: String,
        text: String,
    },
    Words(String),
    /// 答えたくない
    Declined,
}

/// Evidence that was not spoken. The words stand in the form alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// `question`: `None` for the sum of a scale.
    Answer {
        form: FormId,
        revision: u32,
        question: Option<String>,
    },
    /// Her age on the day of the interview.
    Age,
    /// How far the pregnancy was when it was notified.
    Weeks,
}

impl Written {
    /// The same place, whatever its revision: an answer that still says so is no news.
    pub fn is_of(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Answer { form, question, .. },
                Self::Answer {
                    form: theirs,
                    question: asked,
                    ..
                },
            ) => form == theirs && question == asked,
            _ => self == other,
        }
    }
}

/// What the points come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    pub points: u32,
    /// A question without an answer: the sum may be higher.
    pub incomplete: bool,
    pub most: u32,
    pub cut: u32,
}

impl Sum {
    pub const fn reached(self) -> bool {
        self.points >= self.cut
    }
}

impl Form {
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// The sum by the published rule. `None`: not a scale, or nothing was answered.
    pub fn sum(&self, answers: &[Answer], stage: Option<Stage>) -> Option<Sum> {
        let score = self.score.as_ref()?;
        let points = |question: &Question| {
            let answer = answers.iter().find(|it| it.question == question.id)?;
            Some(question.chosen(answer)?.points)
        };
        let given: Vec<_> = self.questions.iter().filter_map(points).collect();
        let most = |question: &Question| question.choices.iter().map(|it| it.points).max();
        let cuts = score.cuts.iter().filter(|cut| {
            let either = cut.stage.is_none() || stage.is_none();
            either || cut.stage == stage
        });
        (!given.is_empty()).then(|| Sum {
            points: given.iter().sum(),
            incomplete: given.len() < self.questions.len(),
            most: self.questions.iter().filter_map(most).sum(),
            // Where the side of the birth is not known, the more careful one.
            cut: cuts.map(|cut| cut.at).min().unwrap_or(u32::MAX),
        })
    }
}

impl Question {
    /// What was chosen, if it is still among the choices.
    pub fn chosen(&self, answer: &Answer) -> Option<&Choice> {
        let Given::Chosen { choice, .. } = &answer.given else {
            return None;
        };
        self.choices.iter().find(|it| it.id == *choice)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{personal}")
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{personal}")
    }
}
