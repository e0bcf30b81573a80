//! A rule pack: items, the words they are recognised by, and the questions that ask about them. Finds them in folded text.

pub mod city;
mod error;
mod examples;
pub(crate) mod file;
pub(crate) mod finder;
mod force;
mod likely;
mod pattern;
mod places;
mod read;
mod shape;
pub mod sound;

use std::collections::BTreeSet;
use std::sync::Arc;

use city::WrittenRule;
pub use error::{Fault, PackError};
pub use examples::Example;
pub use file::{Effect, Past, Says, Subject, When, Yes};
use finder::{Finder, Found};
use likely::Likely;
pub(crate) use likely::{Kinds, Known, LikelyAsked, Taken};

use super::item::{ItemId, Tier};
use super::sound::{Ear, SoundsLike};
use super::text::{Sentence, Text};
use crate::transcript::segment::Repair;
use sound::Vocabulary;

/// What may be found, with what helps a nurse to ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: ItemId,
    /// 気づき label, decent to read later: 「パートナーとの安全」.
    pub label: String,
    pub tier: Tier,
    /// Place in lists, from 1.
    pub order: usize,
    /// Questions in plain words.
    pub ask: Vec<String>,
    /// How to ask, and what to do after a yes.
    pub how: Vec<String>,
    pub services: Vec<String>,
    /// Has the fixed emergency card.
    pub emergency: bool,
}

/// Words of one meaning, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    pub name: String,
    /// Of the shipped pack.
    pub words: Vec<String>,
    /// What a municipality has added.
    pub city: Vec<String>,
}

/// A compiled set of rules.
#[derive(Debug)]
pub struct Pack {
    id: String,
    version: String,
    extends: Option<String>,
    sha256: [u8; 32],
    files: Vec<(String, String)>,
    pub(crate) items: Vec<Item>,
    written: Vec<WrittenRule>,
    concepts: Vec<Concept>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) questions: Vec<Question>,
    finders: Finders,
    examples: Vec<Example>,
    vocabulary: Vocabulary,
    pub(crate) likely: Likely,
    ear: Option<Arc<dyn Ear>>,
}

/// What is looked for, by the number of the rule or question.
#[derive(Debug)]
struct Finders {
    rules: Finder,
    questions: Finder,
    /// Words that a municipality added to concepts.
    city_words: Finder,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// Index into the pack's items.
    pub(crate) item: usize,
    pub(crate) says: Says,
    pub(crate) when: When,
    pub(crate) negation: Effect,
    pub(crate) supposed: Effect,
    pub(crate) past: Past,
    pub(crate) subject: Subject,
    pub(crate) tier: Tier,
    /// Written by a municipality.
    pub(crate) city: bool,
}

/// An item that some words of an answer do not speak of, unless a partner is named: 「毎日蹴られてます」 to how the baby moves.
#[derive(Clone, Debug)]
pub(crate) struct NotAbout {
    pub(crate) item: usize,
    pub(crate) words: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) item: usize,
    pub(crate) yes: Yes,
    pub(crate) not_about: Vec<NotAbout>,
}

impl Pack {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version of the shipped pack that a municipality's stands on.
    pub fn extends(&self) -> Option<&str> {
        self.extends.as_deref()
    }

    /// Name and text of each file that it was read from.
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// The rules as they are written, in the order of the files.
    pub fn written(&self) -> &[WrittenRule] {
        &self.written
    }

    /// In the order of their names.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// Of names and texts of all files.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// In the order of lists.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// Where words of rules stand in a folded text, and whether something in the same sentence excepts them.
    pub(crate) fn rules_in(
        &self,
        text: &Text,
        wanted: impl Fn(&Rule) -> bool,
    ) -> Vec<(Found, bool)> {
        let finder = &self.finders.rules;
        let wanted = |owner: usize| wanted(&self.rules[owner]);
        let places = finder.places(text.as_str());
        finder.marked(text, &places, wanted, |it| self.is_at_once(it))
    }

    /// The same of one of its sentences.
    pub(crate) fn rules_of(
        &self,
        text: &Text,
        sentence: &Sentence,
        wanted: impl Fn(&Rule) -> bool,
    ) -> Vec<(Found, bool)> {
        let finder = &self.finders.rules;
        // With the ends of sentences on both sides, where it is one.
        let before = sentence.range.start.saturating_sub(1);
        let part = text.as_str().ceil_char_boundary(before)..sentence.range.end + 1;
        let wanted = |owner: usize| wanted(&self.rules[owner]);
        let places = finder.places_in(text.as_str(), part);
        finder.marked(text, &places, wanted, |it| self.is_at_once(it))
    }

    /// Whether a rule tells of what is looked at the same day.
    fn is_at_once(&self, rule: usize) -> bool {
        let rule = &self.rules[rule];
        rule.says == Says::Risk && rule.tier == Tier::Immediate
    }

    /// Where a folded text asks what the questions ask.
    pub(crate) fn questions_in(&self, text: &Text) -> Vec<Found> {
        let finder = &self.finders.questions;
        let places = finder.places(text.as_str());
        let found = finder
            .marked(text, &places, |_| true, |_| false)
            .into_iter();
        found
            .filter(|(_, excepted)| !excepted)
            .map(|(found, _)| found)
            .collect()
    }

    /// Whether words by themselves are what a rule or a question is after.
    pub fn tells(&self, words: &str) -> bool {
        !self.owners_in(words).is_empty()
    }

    /// Which questions (true) and rules (false) find something in a text, whatever excepts it.
    pub(crate) fn owners_in(&self, words: &str) -> BTreeSet<(bool, usize)> {
        let text = Text::new(words);
        let owners = |finder: &Finder, asks| {
            let found = finder.find(&finder.places(text.as_str()), |_| true);
            let found = found.into_iter();
            found.map(move |found| (asks, found.owner))
        };
        let rules = owners(&self.finders.rules, false);
        rules.chain(owners(&self.finders.questions, true)).collect()
    }

    /// Its words for somebody who listens.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whoever reads by this pack also reads what a text may have been.
    pub fn listen_with(&mut self, ear: Arc<dyn Ear>) {
        self.ear = Some(ear);
    }

    /// What of a text is to be shown as another word; nothing without an ear.
    pub fn repairs(&self, text: &str) -> Vec<Repair> {
        let likes = self.ear.iter().flat_map(|ear| ear.repair(text));
        let repair = |like: SoundsLike| Repair {
            span: like.span,
            now: like.word,
        };
        likes.map(repair).collect()
    }

    /// All that a text may have been; nothing without an ear.
    pub fn likes(&self, text: &str) -> Vec<SoundsLike> {
        self.ear
            .as_ref()
            .map_or_else(Vec::new, |ear| ear.hear(text))
    }

    /// Every rule's own examples.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }
}
