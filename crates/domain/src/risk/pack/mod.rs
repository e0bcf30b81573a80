//! A rule pack: items, the words they are recognised by, and the questions that ask about them.
//! Reads text that is handed in; where the files lie is the caller's matter.

pub mod city;
mod error;
mod examples;
pub(crate) mod file;
pub(crate) mod finder;
mod force;
mod likely;
mod pattern;
mod places;
mod shape;
pub mod sound;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use toml::Spanned;

use city::{RuleText, WrittenRule};
use error::Source;
pub use error::{Fault, PackError};
pub use examples::Example;
use examples::examples_of;
pub use file::{Effect, Past, Says, Subject, When, Yes};
use file::{File, QuestionEntry, RuleEntry};
use finder::{Finder, Found};
use force::in_force;
use likely::Likely;
pub(crate) use likely::{Kinds, Known, LikelyAsked, Taken};
use pattern::{Concepts, Pattern, Word};

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

/// How an item's rules read past and others, unless a rule says it differently.
#[derive(Clone, Copy, Debug)]
struct Defaults {
    past: Past,
    subject: Subject,
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
    /// Reads a pack from its files (name, text). Later files may replace rules of earlier ones by id
    /// and `disable` them, and add words to their concepts: a municipality's files come after the
    /// shipped ones.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, PackError> {
        Self::parse_beside(None, files)
    }

    /// As [`Pack::parse`]. Weights that another pack has learned from the same file are not read again, but shared.
    pub fn parse_beside(known: Option<&Self>, files: &[(&str, &str)]) -> Result<Self, PackError> {
        let learned = known.and_then(|known| known.learned_of(files));
        let mut parsed = Vec::new();
        for (name, text) in files {
            let source = Source { name, text };
            let file = match &learned {
                Some(learned) if learned.file.as_deref() == Some(name) => File::default(),
                _ => toml::from_str(text)
                    .map_err(|fault| source.error(fault.span(), fault.message()))?,
            };
            parsed.push((source, file));
        }
        // Where people look for what concerns all files.
        let mut names = files.iter().map(|(name, _)| *name);
        let first = names.clone().next().unwrap_or_default();
        let nowhere = Source {
            name: names.find(|name| *name == "items.toml").unwrap_or(first),
            text: "",
        };
        let head = parsed.iter().rev().find_map(|(_, file)| file.pack.as_ref());
        let head = head.ok_or_else(|| {
            let sentence = "no file has a [pack]: write [pack] with id and version here";
            nowhere.error(None, sentence)
        })?;
        let (id, version) = (head.id.clone(), head.version.clone());
        let extends = head.extends.clone();
        city::expect_few(&parsed)?;
        let (items, defaults) = read_items(&parsed)?;
        let same_items = |known: &Self| {
            known
                .items
                .iter()
                .map(|it| &it.id)
                .eq(items.iter().map(|it| &it.id))
        };
        let more = parsed.iter().any(|(_, file)| file.holds_weights());
        if learned.is_some() && (more || !known.is_some_and(same_items)) {
            // Weights are by the numbers of the items, and the last ones count.
            return Self::parse(files);
        }
        let numbers: BTreeMap<&str, usize> = items
            .iter()
            .enumerate()
            .map(|(n, item)| (item.id.as_str(), n))
            .collect();
        let concepts = read_concepts(&parsed)?;
        let find = |source: Source<'_>, item: &Spanned<String>| {
            numbers
                .get(item.get_ref().as_str())
                .copied()
                .ok_or_else(|| {
                    source.error(
                        Some(item.span()),
                        format!("there is no item `{}`", item.get_ref()),
                    )
                })
        };

        let mut questions = Vec::new();
        let mut asked = Looked::default();
        for (source, file) in &parsed {
            for entry in &file.questions {
                let not_about = entry.not_about.iter().map(|it| {
                    Ok(NotAbout {
                        item: find(*source, &it.item)?,
                        words: it.words.clone(),
                    })
                });
                let not_about = not_about.collect::<Result<_, PackError>>()?;
                let item = find(*source, &entry.item)?;
                questions.push(question(*source, entry, item, not_about)?);
                asked.add(&concepts, *source, &entry.patterns, &entry.unless)?;
            }
        }
        let (mut rules, mut examples, mut written) = (Vec::new(), Vec::new(), Vec::new());
        let mut said = Looked::default();
        for (source, entry, questions) in in_force(&parsed, &items)? {
            let number = find(source, &entry.item)?;
            let item = &items[number];
            written.push(WrittenRule {
                id: entry.id.get_ref().clone(),
                item: item.id.clone(),
                tier: entry.tier.unwrap_or(item.tier),
                past: entry.past.unwrap_or(defaults[number].past),
                subject: entry.subject.unwrap_or(defaults[number].subject),
                file: source.name.to_owned(),
                text: RuleText::of(entry, questions),
            });
            rules.push(rule(
                source,
                entry,
                number,
                &items[number],
                defaults[number],
            )?);
            said.add(&concepts, source, &entry.patterns, &entry.unless)?;
            examples.extend(examples_of(source, entry, &items[number])?);
        }
        let talk = examples.iter().map(|it: &Example| Text::new(&it.text));
        let talk: String = talk.map(|text| text.as_str().to_owned()).collect();
        let finder = |patterns: &[Pattern], unless: &[Pattern]| {
            let found = Finder::new(concepts.shapes(), patterns, unless, &talk);
            found.ok_or_else(|| nowhere.error(None, "the pack has too many words"))
        };
        let likely = Likely::of(&parsed, &items, &defaults, learned)?;
        let city_words = city::words_in(&parsed, &concepts)?;
        city::expect_light(&parsed, said.weight() + asked.weight())?;
        Ok(Self {
            id,
            version,
            extends,
            sha256: hash(files),
            finders: Finders {
                rules: finder(&said.patterns, &said.unless)?,
                questions: finder(&asked.patterns, &asked.unless)?,
                city_words: finder(&city_words, &[])?,
            },
            files: files
                .iter()
                .map(|(n, t)| ((*n).to_owned(), (*t).to_owned()))
                .collect(),
            written,
            concepts: concepts_of(&parsed),
            items,
            rules,
            questions,
            examples,
            vocabulary: Vocabulary::of(parsed.iter().map(|(_, file)| file)),
            likely,
            ear: None,
        })
    }

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

type Parsed<'a> = [(Source<'a>, File)];

fn read_items(parsed: &Parsed<'_>) -> Result<(Vec<Item>, Vec<Defaults>), PackError> {
    let (mut items, mut defaults) = (Vec::<Item>::new(), Vec::new());
    for (source, file) in parsed {
        for entry in &file.items {
            let fault = |sentence: String| source.error(Some(entry.id.span()), sentence);
            let id: ItemId = entry.id.get_ref().parse().map_err(|_| {
                fault("an item's name is 1 to 40 characters of a-z, 0-9 and _".to_owned())
            })?;
            let item = Item {
                id,
                label: entry.label.clone(),
                tier: entry.tier,
                order: items.len() + 1,
                ask: entry.ask.clone(),
                how: entry.how.clone(),
                services: entry.services.clone(),
                emergency: entry.emergency,
            };
            let default = Defaults {
                past: entry.past,
                subject: entry.subject,
            };
            match items.iter().position(|known| known.id == item.id) {
                Some(at) => {
                    items[at] = Item {
                        order: at + 1,
                        ..item
                    };
                    defaults[at] = default;
                }
                None => {
                    items.push(item);
                    defaults.push(default);
                }
            }
        }
    }
    Ok((items, defaults))
}

/// Concepts may name each other in any order, in circles never. A later file adds to the words of an
/// earlier one.
fn read_concepts(parsed: &Parsed<'_>) -> Result<Concepts, PackError> {
    let mut concepts = Concepts::default();
    let mut left: BTreeMap<&str, Vec<Word<'_, '_>>> = BTreeMap::new();
    for (source, file) in parsed {
        for (name, words) in &file.concept {
            let words = words.iter().map(|word| (*source, word));
            left.entry(name).or_default().extend(words);
        }
    }
    loop {
        let before = left.len();
        let mut fault: Option<PackError> = None;
        left.retain(|name, words| match concepts.add(name, words) {
            Ok(()) => false,
            Err(found) => {
                // Concepts that name a broken one only lack it: the cause is told.
                let cause = fault.take().filter(|it| it.fault != Fault::NoConcept);
                fault = cause.or(Some(found));
                true
            }
        });
        match fault {
            None => return Ok(concepts),
            Some(fault) if left.len() == before => return Err(fault),
            Some(_) => {}
        }
    }
}

fn concepts_of(parsed: &Parsed<'_>) -> Vec<Concept> {
    let mut all: BTreeMap<&str, Concept> = BTreeMap::new();
    for (source, file) in parsed {
        for (name, words) in &file.concept {
            let concept = all.entry(name).or_insert_with(|| Concept {
                name: name.clone(),
                words: Vec::new(),
                city: Vec::new(),
            });
            let own = if city::is_city(source.name) {
                &mut concept.city
            } else {
                &mut concept.words
            };
            own.extend(words.iter().map(|word| word.get_ref().clone()));
        }
    }
    all.into_values().collect()
}

/// What is looked for, in the order of rules or questions, and what is excepted.
#[derive(Default)]
struct Looked {
    patterns: Vec<Pattern>,
    unless: Vec<Pattern>,
}

impl Looked {
    fn add(
        &mut self,
        concepts: &Concepts,
        source: Source<'_>,
        patterns: &[Spanned<String>],
        unless: &[Spanned<String>],
    ) -> Result<(), PackError> {
        self.patterns.push(concepts.compile(source, patterns)?);
        self.unless.push(concepts.compile(source, unless)?);
        Ok(())
    }

    fn weight(&self) -> usize {
        let all = self.patterns.iter().chain(&self.unless);
        all.fold(0, |sum, pattern| sum.saturating_add(pattern.weight))
    }
}

fn question(
    source: Source<'_>,
    entry: &QuestionEntry,
    item: usize,
    not_about: Vec<NotAbout>,
) -> Result<Question, PackError> {
    if entry.patterns.is_empty() {
        let sentence = "a question without patterns asks nothing";
        let error = source.error(Some(entry.item.span()), sentence);
        return Err(error.of(Fault::NoPatterns));
    }
    Ok(Question {
        item,
        yes: entry.yes,
        not_about,
    })
}

fn rule(
    source: Source<'_>,
    entry: &RuleEntry,
    number: usize,
    item: &Item,
    defaults: Defaults,
) -> Result<Rule, PackError> {
    let wrong = |fault, sentence: &str| {
        let error = source.error(Some(entry.id.span()), sentence);
        Err(error.of(fault))
    };
    if entry.patterns.is_empty() {
        let sentence = "a rule without patterns finds nothing";
        return wrong(Fault::NoPatterns, sentence);
    }
    if entry.matches.is_empty() || entry.no_match.is_empty() {
        let sentence = "a rule needs an example that must match and one that must not";
        return wrong(Fault::NoExamples, sentence);
    }
    Ok(Rule {
        id: entry.id.get_ref().clone(),
        item: number,
        says: entry.says,
        when: entry.when,
        negation: entry.negation,
        supposed: entry.supposed,
        past: entry.past.unwrap_or(defaults.past),
        subject: entry.subject.unwrap_or(defaults.subject),
        tier: entry.tier.unwrap_or(item.tier),
        city: city::is_city(source.name),
    })
}

fn hash(files: &[(&str, &str)]) -> [u8; 32] {
    let mut sha = Sha256::new();
    for (name, text) in files {
        for part in [name, text] {
            sha.update(part.len().to_be_bytes());
            sha.update(part.as_bytes());
        }
    }
    sha.finalize().into()
}
