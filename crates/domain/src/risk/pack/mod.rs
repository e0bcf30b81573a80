//! A rule pack: items, the words they are recognised by, and the questions that ask about them.
//! Reads text that is handed in; where the files lie is the caller's matter.

mod error;
pub(crate) mod file;
pub(crate) mod pattern;
pub mod sound;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use toml::Spanned;

pub use error::PackError;
use error::Source;
use file::{Effect, File, Past, QuestionEntry, RuleEntry, Says, Subject, When, Yes};
use pattern::{Concepts, Index, Pattern};

use super::item::{ItemId, Tier};
use super::sound::{Ear, SoundsLike};
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

/// An example that a rule was written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub rule: String,
    pub item: ItemId,
    pub says_risk: bool,
    /// `question → answer`, or an utterance of the resident.
    pub text: String,
    pub matches: bool,
    pub file: String,
    pub line: usize,
}

/// A compiled set of rules.
#[derive(Debug)]
pub struct Pack {
    id: String,
    version: String,
    sha256: [u8; 32],
    items: Vec<Item>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) rule_index: Index,
    pub(crate) questions: Vec<Question>,
    pub(crate) question_index: Index,
    examples: Vec<Example>,
    vocabulary: Vocabulary,
    ear: Option<Arc<dyn Ear>>,
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
    pub(crate) pattern: Pattern,
    pub(crate) unless: Option<Pattern>,
    pub(crate) negation: Effect,
    pub(crate) supposed: Effect,
    pub(crate) past: Past,
    pub(crate) subject: Subject,
    pub(crate) tier: Tier,
}

#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) item: usize,
    pub(crate) yes: Yes,
    pub(crate) pattern: Pattern,
    pub(crate) unless: Option<Pattern>,
}

impl Pack {
    /// Reads a pack from its files (name, text). Later files may replace rules of earlier ones by id
    /// and `disable` them: a municipality's files come after the shipped ones.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, PackError> {
        let mut parsed = Vec::new();
        for (name, text) in files {
            let source = Source { name, text };
            let file: File = toml::from_str(text)
                .map_err(|fault| source.error(fault.span(), fault.message()))?;
            parsed.push((source, file));
        }
        let nowhere = Source {
            name: "items.toml",
            text: "",
        };
        let head = parsed.iter().rev().find_map(|(_, file)| file.pack.as_ref());
        let head =
            head.ok_or_else(|| nowhere.error(None, "no file has a [pack] with id and version"))?;
        let (id, version) = (head.id.clone(), head.version.clone());
        let (items, defaults) = read_items(&parsed)?;
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
        for (source, file) in &parsed {
            for entry in &file.questions {
                questions.push(question(
                    *source,
                    entry,
                    find(*source, &entry.item)?,
                    &concepts,
                )?);
            }
        }
        let (mut rules, mut examples) = (Vec::new(), Vec::new());
        for (source, entry) in in_force(&parsed)? {
            let number = find(source, &entry.item)?;
            rules.push(rule(
                source,
                entry,
                number,
                &items[number],
                defaults[number],
                &concepts,
            )?);
            examples.extend(examples_of(source, entry, &items[number])?);
        }
        let index = |found: Option<Index>| {
            found.ok_or_else(|| nowhere.error(None, "the pack has too many words"))
        };
        Ok(Self {
            id,
            version,
            sha256: hash(files),
            rule_index: index(Index::new(rules.iter().map(|rule| &rule.pattern)))?,
            question_index: index(Index::new(questions.iter().map(|q| &q.pattern)))?,
            items,
            rules,
            questions,
            examples,
            vocabulary: Vocabulary::of(parsed.iter().map(|(_, file)| file)),
            ear: None,
        })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn version(&self) -> &str {
        &self.version
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

/// Concepts may name each other in any order, in circles never.
fn read_concepts(parsed: &Parsed<'_>) -> Result<Concepts, PackError> {
    let mut concepts = Concepts::default();
    let mut left: Vec<_> = parsed
        .iter()
        .flat_map(|(source, file)| {
            file.concept
                .iter()
                .map(|(name, words)| (*source, name, words))
        })
        .collect();
    loop {
        let before = left.len();
        let mut fault = None;
        left.retain(
            |(source, name, words)| match concepts.add(*source, name, words) {
                Ok(()) => false,
                Err(found) => {
                    fault.get_or_insert(found);
                    true
                }
            },
        );
        match fault {
            None => return Ok(concepts),
            Some(fault) if left.len() == before => return Err(fault),
            Some(_) => {}
        }
    }
}

/// The rules after replacing and leaving out.
fn in_force<'a, 'b>(parsed: &'b Parsed<'a>) -> Result<Vec<(Source<'a>, &'b RuleEntry)>, PackError> {
    let mut rules: Vec<(Source<'a>, &RuleEntry)> = Vec::new();
    for (source, file) in parsed {
        for id in &file.disable {
            let before = rules.len();
            rules.retain(|(_, rule)| rule.id.get_ref() != id.get_ref());
            if rules.len() == before {
                return Err(source.error(
                    Some(id.span()),
                    format!("there is no rule `{}` to leave out", id.get_ref()),
                ));
            }
        }
        let mut here = BTreeSet::new();
        for rule in &file.rules {
            if !here.insert(rule.id.get_ref()) {
                return Err(source.error(
                    Some(rule.id.span()),
                    format!("two rules of this file are called `{}`", rule.id.get_ref()),
                ));
            }
            match rules
                .iter_mut()
                .find(|(_, known)| known.id.get_ref() == rule.id.get_ref())
            {
                Some(known) => *known = (*source, rule),
                None => rules.push((*source, rule)),
            }
        }
    }
    Ok(rules)
}

fn optional(
    concepts: &Concepts,
    source: Source<'_>,
    patterns: &[Spanned<String>],
) -> Result<Option<Pattern>, PackError> {
    if patterns.is_empty() {
        return Ok(None);
    }
    concepts.compile(source, patterns).map(Some)
}

fn question(
    source: Source<'_>,
    entry: &QuestionEntry,
    item: usize,
    concepts: &Concepts,
) -> Result<Question, PackError> {
    if entry.patterns.is_empty() {
        return Err(source.error(
            Some(entry.item.span()),
            "a question without patterns asks nothing",
        ));
    }
    Ok(Question {
        item,
        yes: entry.yes,
        pattern: concepts.compile(source, &entry.patterns)?,
        unless: optional(concepts, source, &entry.unless)?,
    })
}

fn rule(
    source: Source<'_>,
    entry: &RuleEntry,
    number: usize,
    item: &Item,
    defaults: Defaults,
    concepts: &Concepts,
) -> Result<Rule, PackError> {
    let fault = |sentence: &str| Err(source.error(Some(entry.id.span()), sentence));
    if entry.patterns.is_empty() {
        return fault("a rule without patterns finds nothing");
    }
    if entry.matches.is_empty() || entry.no_match.is_empty() {
        return fault("a rule needs an example that must match and one that must not");
    }
    Ok(Rule {
        id: entry.id.get_ref().clone(),
        item: number,
        says: entry.says,
        when: entry.when,
        pattern: concepts.compile(source, &entry.patterns)?,
        unless: optional(concepts, source, &entry.unless)?,
        negation: entry.negation,
        supposed: entry.supposed,
        past: entry.past.unwrap_or(defaults.past),
        subject: entry.subject.unwrap_or(defaults.subject),
        tier: entry.tier.unwrap_or(item.tier),
    })
}

fn examples_of(
    source: Source<'_>,
    entry: &RuleEntry,
    item: &Item,
) -> Result<Vec<Example>, PackError> {
    let mut examples = Vec::new();
    for (texts, matches) in [(&entry.matches, true), (&entry.no_match, false)] {
        for text in texts {
            if entry.when == When::Asked && matches && !text.get_ref().contains('→') {
                return Err(source.error(
                    Some(text.span()),
                    "this rule reads answers: write its examples as `question → answer`",
                ));
            }
            examples.push(Example {
                rule: entry.id.get_ref().clone(),
                item: item.id.clone(),
                says_risk: entry.says == Says::Risk,
                text: text.get_ref().clone(),
                matches,
                file: source.name.to_owned(),
                line: source.error(Some(text.span()), "").line,
            });
        }
    }
    Ok(examples)
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
