//! Reads a pack from the text of its files; where they lie is the caller's matter.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::city::{self, RuleText, WrittenRule};
use super::error::{Fault, PackError, Source};
use super::examples::{Example, examples_of};
use super::file::{File, Past, QuestionEntry, RuleEntry, Subject};
use super::finder::Finder;
use super::force::in_force;
use super::likely::Likely;
use super::pattern::{Concepts, Pattern, Word};
use super::sound::Vocabulary;
use super::{Concept, Finders, Item, NotAbout, Pack, Question, Rule};
use crate::risk::item::ItemId;
use crate::risk::text::Text;

pub(super) type Parsed<'a> = [(Source<'a>, File)];

/// How an item's rules read past and others, unless a rule says it differently.
#[derive(Clone, Copy, Debug)]
pub(super) struct Defaults {
    pub(super) past: Past,
    pub(super) subject: Subject,
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
}

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
