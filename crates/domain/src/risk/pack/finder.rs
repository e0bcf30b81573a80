//! Finds every pattern of a pack in one pass over a text. All words of all patterns are looked for at
//! once; a pattern is then put together from the places of its words. The cost grows with the text and
//! with what of the words is in it, not with the number of rules.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::pattern::Pattern;
use super::places::{Place, Places};
use super::shape::Shape;

/// Where a pattern of an owner was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Number of the rule or question.
    pub(crate) owner: usize,
    pub(crate) range: Range<usize>,
}

/// The patterns of many owners.
#[derive(Debug)]
pub(crate) struct Finder {
    words: AhoCorasick,
    /// Of every word: the lists that hold it.
    lists_of: Vec<Vec<u32>>,
    lists: usize,
    patterns: Vec<Looked>,
    /// Patterns that need no word of a list.
    always: Vec<usize>,
    concepts: Vec<Place>,
    /// Of every list: the patterns that need it, and for which of their needs.
    needed_by: Vec<Vec<(u32, u64)>>,
}

/// A pattern that is looked for.
#[derive(Debug)]
struct Looked {
    owner: usize,
    /// Place among the owner's patterns.
    order: usize,
    place: Place,
    /// A bit for each of its needs.
    needs: u64,
}

impl Finder {
    /// `concepts`: by their numbers. `None`: too many words.
    pub(super) fn new<'a>(
        concepts: &[Shape],
        owners: impl Iterator<Item = (usize, &'a Pattern)>,
    ) -> Option<Self> {
        let owners: Vec<_> = owners.collect();
        let mut used = BTreeSet::new();
        let shapes = owners.iter().flat_map(|(_, pattern)| &pattern.shapes);
        shapes.for_each(|shape| shape.names(concepts, &mut used));
        let mut lists = Lists::default();
        // Words of concepts that no pattern here names are not looked for.
        let concept = |(number, shape)| match used.contains(&number) {
            true => lists.place(shape),
            false => Place::Any(Vec::new()),
        };
        let concepts: Vec<Place> = concepts.iter().enumerate().map(concept).collect();
        let mut patterns = Vec::new();
        for (owner, pattern) in owners {
            for (order, shape) in pattern.shapes.iter().enumerate() {
                let place = lists.place(shape);
                patterns.push(Looked {
                    owner,
                    order,
                    place,
                    needs: 0,
                });
            }
        }
        let mut needed_by = vec![Vec::new(); lists.0.len()];
        for (pattern, number) in patterns.iter_mut().zip(0u32..) {
            for (need, bit) in pattern.place.needs(&concepts).into_iter().zip(0..u64::BITS) {
                pattern.needs |= 1 << bit;
                for list in need {
                    needed_by[list].push((number, 1 << bit));
                }
            }
        }
        let mut lists_of: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (words, list) in &lists.0 {
            for word in words {
                lists_of
                    .entry(word)
                    .or_default()
                    .push(u32::try_from(*list).ok()?);
            }
        }
        let words = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(lists_of.keys())
            .ok()?;
        Some(Self {
            words,
            lists_of: lists_of.into_values().collect(),
            lists: lists.0.len(),
            always: (0..patterns.len())
                .filter(|at| patterns[*at].needs == 0)
                .collect(),
            patterns,
            concepts,
            needed_by,
        })
    }

    /// Every match, by owner and place. Of an owner's matches none overlaps another: the leftmost
    /// counts, and of those that begin together the one of the earlier pattern.
    pub(crate) fn find(&self, text: &str) -> Vec<Found> {
        self.find_of(text, |_| true)
    }

    /// The matches of some owners.
    pub(crate) fn find_of(&self, text: &str, wanted: impl Fn(usize) -> bool) -> Vec<Found> {
        let hits: Vec<(&[u32], Range<usize>)> = self
            .words
            .find_overlapping_iter(text)
            .map(|found| {
                (
                    self.lists_of[found.pattern().as_usize()].as_slice(),
                    found.range(),
                )
            })
            .collect();
        let places = Places::new(text, self.lists, &self.concepts, &hits);
        let mut seen = vec![0; self.patterns.len()];
        let mut touched = self.always.clone();
        for list in places.lists() {
            for (pattern, need) in &self.needed_by[*list] {
                let number = usize::try_from(*pattern).unwrap_or(usize::MAX);
                if seen[number] == 0 {
                    touched.push(number);
                }
                seen[number] |= need;
            }
        }
        let mut all: Vec<(usize, usize, Range<usize>)> = Vec::new();
        for number in touched {
            let pattern = &self.patterns[number];
            if pattern.needs != seen[number] || !wanted(pattern.owner) {
                continue;
            }
            let found = places.find(&pattern.place);
            all.extend(
                found
                    .into_iter()
                    .map(|range| (pattern.owner, pattern.order, range)),
            );
        }
        all.sort_by_key(|(owner, order, range)| (*owner, range.start, *order, range.end));
        let mut kept: Vec<Found> = Vec::new();
        for (owner, _, range) in all {
            // A pattern may begin with the end of the sentence before: that end is no part of the words.
            let words = text[range.clone()].trim_start_matches('\n');
            let range = range.end - words.len()..range.end;
            let overlaps = |last: &Found| last.owner == owner && range.start < last.range.end;
            if !words.is_empty() && !kept.last().is_some_and(overlaps) {
                kept.push(Found { owner, range });
            }
        }
        kept
    }
}

/// Lists of words, each once, with their numbers.
#[derive(Default)]
struct Lists(BTreeMap<BTreeSet<String>, usize>);

impl Lists {
    fn place(&mut self, shape: &Shape) -> Place {
        match shape {
            Shape::Words(words) => {
                let next = self.0.len();
                Place::List(match self.0.get(words) {
                    Some(known) => *known,
                    None => *self.0.entry(words.clone()).or_insert(next),
                })
            }
            Shape::Concept(number) => Place::Concept(*number),
            Shape::One(class) => Place::One(
                class
                    .iter()
                    .map(|range| range.start()..=range.end())
                    .collect(),
            ),
            Shape::Gap(least, most, more) => Place::Gap(*least, *most, *more),
            Shape::Particles => Place::Particles,
            Shape::Begin => Place::Begin,
            Shape::End => Place::End,
            Shape::All(parts) => Place::All(parts.iter().map(|part| self.place(part)).collect()),
            Shape::Any(parts) => Place::Any(parts.iter().map(|part| self.place(part)).collect()),
        }
    }
}
