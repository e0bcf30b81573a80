//! The examples that rules are written with. Owns how they are read from a file; trying them is [`super::super::example`]'s.

use super::Item;
use super::error::{Fault, PackError, Source};
use super::file::{RuleEntry, Says, When};
use crate::risk::item::ItemId;

/// An example that a rule was written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub rule: String,
    pub item: ItemId,
    pub says_risk: bool,
    /// `question → answer`, or an utterance of the resident.
    pub text: String,
    /// The example that is said a little differently here; none: it is written so.
    pub of: Option<String>,
    pub matches: bool,
    pub file: String,
    pub line: usize,
}

pub(super) fn examples_of(
    source: Source<'_>,
    entry: &RuleEntry,
    item: &Item,
) -> Result<Vec<Example>, PackError> {
    let mut examples = Vec::new();
    for (texts, matches) in [(&entry.matches, true), (&entry.no_match, false)] {
        for text in texts {
            if entry.when == When::Asked && matches && !text.get_ref().contains('→') {
                let sentence = "this rule reads answers: write its examples as `question → answer`";
                let error = source.error(Some(text.span()), sentence);
                return Err(error.of(Fault::NotAnAnswer));
            }
            examples.push(Example {
                rule: entry.id.get_ref().clone(),
                item: item.id.clone(),
                says_risk: entry.says == Says::Risk,
                text: text.get_ref().clone(),
                of: None,
                matches,
                file: source.name.to_owned(),
                line: source.error(Some(text.span()), "").line,
            });
        }
    }
    Ok(examples)
}
