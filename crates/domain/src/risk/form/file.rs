//! The content files of forms and of the record's limits, as people write them.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Choice, Cut, FilledBy, Form, Limits, Question, Says, Score};
use crate::risk::item::{ItemId, Tier};

/// A content file that can't be read, with the place where the parser knows one.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error(transparent)]
    Toml(#[from] Box<toml::de::Error>),
    #[error("question `{question}`: {what}")]
    Question {
        question: String,
        what: &'static str,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: Head,
    score: Option<ScoreEntry>,
    #[serde(rename = "question")]
    questions: Vec<QuestionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: String,
    version: u32,
    title: String,
    filled_by: FilledBy,
    hint: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreEntry {
    item: ItemId,
    #[serde(rename = "cut")]
    cuts: Vec<Cut>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionEntry {
    id: String,
    item: Option<ItemId>,
    label: String,
    /// The form's own, where it says nothing.
    asked_by: Option<FilledBy>,
    ja: Option<String>,
    easy: Option<String>,
    #[serde(default)]
    words: bool,
    #[serde(default)]
    options: Vec<ChoiceEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceEntry {
    id: String,
    says: Option<Says>,
    tier: Option<Tier>,
    #[serde(default)]
    points: u32,
    ja: Option<String>,
    easy: Option<String>,
}

impl Form {
    /// Reads a content file.
    ///
    /// # Errors
    /// No TOML of this shape; a question without a way to answer it, twice the same name, or no
    /// wording for who is asked.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let file: File = toml::from_str(text).map_err(Box::new)?;
        let mut questions: Vec<Question> = Vec::new();
        for entry in file.questions {
            let question = question(entry, file.form.filled_by)?;
            if questions.iter().any(|other| other.id == question.id) {
                return Err(fault(&question, "its name is there already"));
            }
            questions.push(question);
        }
        Ok(Self {
            id: file.form.id,
            version: file.form.version,
            sha256: Sha256::digest(text.as_bytes()).into(),
            title: file.form.title,
            filled_by: file.form.filled_by,
            hint: file.form.hint,
            questions,
            score: file.score.map(|it| Score {
                item: it.item,
                cuts: it.cuts,
            }),
        })
    }
}

impl Limits {
    /// Reads the limits of the record.
    ///
    /// # Errors
    /// No TOML of this shape.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        Ok(toml::from_str(text).map_err(Box::new)?)
    }
}

fn question(entry: QuestionEntry, filled_by: FilledBy) -> Result<Question, FormError> {
    let asked_by = entry.asked_by.unwrap_or(filled_by);
    let choices = entry.options.into_iter().map(|choice| {
        let ja = choice.ja.unwrap_or_else(|| choice.id.clone());
        Choice {
            says: choice.says.unwrap_or_default(),
            tier: choice.tier,
            points: choice.points,
            easy: choice.easy.unwrap_or_else(|| ja.clone()),
            id: choice.id,
            ja,
        }
    });
    let question = Question {
        id: entry.id,
        item: entry.item,
        label: entry.label,
        asked_by,
        ja: entry.ja,
        easy: entry.easy,
        choices: choices.collect(),
    };
    if entry.words != question.choices.is_empty() {
        return Err(fault(
            &question,
            "it needs either options or `words = true`",
        ));
    }
    let asked = question.ja.is_some() && question.easy.is_some();
    if asked_by == FilledBy::Resident && !asked {
        return Err(fault(&question, "she is asked in `ja` and in `easy`"));
    }
    let ids = || question.choices.iter().map(|choice| choice.id.as_str());
    if ids().any(|id| ids().filter(|other| *other == id).count() > 1) {
        return Err(fault(&question, "two options have one name"));
    }
    Ok(question)
}

fn fault(question: &Question, what: &'static str) -> FormError {
    FormError::Question {
        question: question.id.clone(),
        what,
    }
}
