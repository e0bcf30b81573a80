//! Finds every pattern of a pack in one pass over a text. All words of all patterns are looked for at
//! once; a pattern is then put together from the places of its words. The cost grows with the text and
//! with what of the words is in it, not with the number of rules.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use daachorse::CharwiseDoubleArrayAhoCorasick as Words;

use super::pattern::Pattern;
use super::places::{Asked, Bits, List, Place, Places};
use super::shape::Shape;
use crate::risk::grammar::{joint, person, tense};
use crate::risk::text::Text;

/// Where a pattern of an owner was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Number of the rule or question.
    pub(crate) owner: usize,
    pub(crate) range: Range<usize>,
}

/// The patterns of many owners.
pub(crate) struct Finder {
    words: Words<usize>,
    /// Of every list: its words.
    lists: Vec<List>,
    /// Those of all owners, and then all that they except.
    patterns: Vec<Looked>,
    /// So many of the patterns are no exceptions.
    first_exception: usize,
    /// What a text must hold: one of these words.
    needs: Vec<List>,
    ways: Vec<Way>,
    /// Patterns that need no word of a list. Here and below without exceptions.
    always: Vec<usize>,
    /// Of every word: the ways that are looked at where it stands.
    opens: Vec<Vec<Opened>>,
    concepts: Vec<Place>,
}

/// A way that a word opens, with what tells most often that it leads nowhere: ways lie far apart, and few are looked at.
#[derive(Clone, Copy, Debug)]
struct Opened {
    way: usize,
    pattern: usize,
    /// The rarest of its other needs.
    need: Option<usize>,
}

/// A pattern that is looked for.
#[derive(Debug)]
struct Looked {
    owner: usize,
    /// Place among the owner's patterns.
    order: usize,
    place: Place,
    ways: Range<usize>,
}

/// What a text must hold for a pattern to match in one way.
#[derive(Debug)]
struct Way {
    /// The rarest first; without the one that opens it.
    needs: Vec<usize>,
    /// In the order of a match within one sentence; nothing where a match may reach into another.
    order: Vec<usize>,
}

impl Finder {
    /// `concepts`: by their numbers; the others by their owners'. `talk`: some folded text; how often a word stands in
    /// it changes only the speed. `None`: too many words.
    pub(super) fn new(
        concepts: &[Shape],
        owned: &[Pattern],
        unless: &[Pattern],
        talk: &str,
    ) -> Option<Self> {
        let mut used = BTreeSet::new();
        let shapes = owned.iter().chain(unless).flat_map(|it| &it.shapes);
        shapes.for_each(|shape| shape.names(concepts, &mut used));
        let mut lists = Lists::default();
        // Words of concepts that no pattern here names are not looked for.
        let place = |(number, shape)| match used.contains(&number) {
            true => lists.place(shape),
            false => Place::Any(Vec::new()),
        };
        let places: Vec<Place> = concepts.iter().enumerate().map(place).collect();
        let mut patterns = Vec::new();
        let mut crosses = Vec::new();
        let first_exception = owned.iter().map(|it| it.shapes.len()).sum();
        for (owner, pattern) in owned.iter().enumerate().chain(unless.iter().enumerate()) {
            for (order, shape) in pattern.shapes.iter().enumerate() {
                crosses.push(shape.crosses(concepts));
                patterns.push(Looked {
                    owner,
                    order,
                    place: lists.place(shape),
                    ways: 0..0,
                });
            }
        }
        // The words of a long list have numbers that lie together.
        let mut long_first: Vec<&BTreeSet<String>> = lists.0.keys().collect();
        long_first.sort_by_key(|words| Reverse(words.len()));
        let (mut words, mut numbers) = (Vec::new(), BTreeMap::new());
        for word in long_first.into_iter().flatten() {
            numbers.entry(word).or_insert_with(|| {
                words.push(word);
                words.len() - 1
            });
        }
        let finds = Words::new(&words).ok()?;
        let mut common = vec![1; words.len()];
        for found in finds.find_overlapping_iter(talk) {
            common[found.value()] += 1;
        }
        let mut of_lists = vec![Vec::new(); lists.0.len()];
        for (words, list) in &lists.0 {
            of_lists[*list] = words.iter().map(|word| numbers[word]).collect();
        }
        let mut needs: BTreeMap<BTreeSet<usize>, usize> = BTreeMap::new();
        let (mut ways, mut always) = (Vec::new(), Vec::new());
        let mut opens = vec![Vec::new(); words.len()];
        for (at, pattern) in patterns.iter_mut().enumerate() {
            let first = ways.len();
            for way in pattern.place.ways(&places) {
                let need = |lists: BTreeSet<usize>| {
                    let words = lists.iter().flat_map(|list| &of_lists[*list]).copied();
                    let words: BTreeSet<usize> = words.collect();
                    let often: usize = words.iter().map(|word| common[*word]).sum();
                    let next = needs.len();
                    (often, *needs.entry(words.clone()).or_insert(next), words)
                };
                let mut here: Vec<_> = way.into_iter().map(need).collect();
                let order = here.iter().map(|(_, need, _)| *need).collect();
                here.sort_by_key(|(often, ..)| *often);
                let is_exception = at >= first_exception;
                let rarest = here.iter().map(|(_, need, _)| *need);
                let opened = Opened {
                    way: ways.len(),
                    pattern: at,
                    need: rarest.clone().nth(1),
                };
                match here.first() {
                    _ if is_exception => {}
                    Some((.., words)) => words.iter().for_each(|it| opens[*it].push(opened)),
                    None => always.push(at),
                }
                ways.push(Way {
                    needs: rarest.skip(usize::from(!is_exception)).collect(),
                    order: if crosses[at] { Vec::new() } else { order },
                });
            }
            pattern.ways = first..ways.len();
        }
        let mut needs: Vec<_> = needs.into_iter().collect();
        needs.sort_by_key(|(_, need)| *need);
        let needs = needs.into_iter().map(|(words, _)| List::of(words));
        Some(Self {
            words: finds,
            needs: needs.collect(),
            lists: of_lists.into_iter().map(List::of).collect(),
            patterns,
            first_exception,
            ways,
            always,
            opens,
            concepts: places,
        })
    }

    /// Where the words of all patterns stand in a text.
    pub(super) fn places<'a>(&'a self, text: &'a str) -> Places<'a> {
        self.places_in(text, 0..text.len())
    }

    /// The same of a part of a text.
    pub(super) fn places_in<'a>(&'a self, text: &'a str, part: Range<usize>) -> Places<'a> {
        let words = self.words.find_overlapping_iter(&text[part.clone()]);
        let words = words.map(|found| {
            let range = part.start + found.start()..part.start + found.end();
            (found.value(), range)
        });
        Places::new(text, &self.lists, &self.concepts, words.collect())
    }

    /// What is found for some owners, and whether it stands in one sentence with what its owner excepts. `at_once`:
    /// whether an owner's words are looked at the same day; then what stands against them excepts nothing.
    pub(super) fn marked(
        &self,
        text: &Text,
        places: &Places<'_>,
        wanted: impl Fn(usize) -> bool,
        at_once: impl Fn(usize) -> bool,
    ) -> Vec<(Found, bool)> {
        let found = self.find(places, wanted);
        let owners: BTreeSet<usize> = found.iter().map(|it| it.owner).collect();
        if owners.is_empty() {
            return Vec::new();
        }
        let exceptions = self.exceptions(places, &owners);
        let sentence = |at: usize| text.sentence_at(at).map(|sentence| sentence.range.start);
        let mark = |it: Found| {
            let here = sentence(it.range.start);
            let at_once = at_once(it.owner);
            let own_words = at_once
                && person::names_a_partner(&text.as_str()[it.range.clone()])
                && !person::is_quoted(&text.as_str()[it.range.end..]);
            let excepts = |other: &Found| {
                let before = text.as_str().get(other.range.end..it.range.start);
                let behind = text.as_str().get(it.range.end..other.range.start);
                other.owner == it.owner
                    && sentence(other.range.start) == here
                    && !before.is_some_and(|between| {
                        person::only_tells(between)
                            || at_once && joint::sets_against(between)
                            || own_words
                                && joint::gives_a_reason(between)
                                && !person::is_a_story(&text.as_str()[other.range.clone()])
                    })
                    && !behind.is_some_and(|it| {
                        let words = &text.as_str()[other.range.clone()];
                        at_once && joint::sets_against(it) && !tense::settles(words)
                    })
            };
            let excepted = exceptions.iter().any(excepts);
            (it, excepted)
        };
        found.into_iter().map(mark).collect()
    }

    /// Every match of some owners, by owner and place. Of an owner's matches none overlaps another: the leftmost
    /// counts, and of those that begin together the one of the earlier pattern.
    pub(super) fn find(&self, places: &Places<'_>, wanted: impl Fn(usize) -> bool) -> Vec<Found> {
        let mut looked = Bits::new(self.first_exception);
        self.always.iter().for_each(|it| looked.add(*it));
        let mut met = Asked::new(self.needs.len());
        for opened in places.words().flat_map(|word| &self.opens[word]) {
            let mut meets = |need| met.ask(need, || places.hold(&self.needs[need]));
            if opened.need.is_none_or(&mut meets)
                && !looked.has(opened.pattern)
                && self.fits(places, &self.ways[opened.way], &mut met)
            {
                looked.add(opened.pattern);
            }
        }
        let looked = looked.iter().map(|it| &self.patterns[it]);
        matches(places, looked.filter(|it| wanted(it.owner)))
    }

    /// Where the exceptions of some owners stand.
    fn exceptions(&self, places: &Places<'_>, owners: &BTreeSet<usize>) -> Vec<Found> {
        // An owner's patterns stand together.
        let exceptions = &self.patterns[self.first_exception..];
        let first = |owner| exceptions.partition_point(|it| it.owner < owner);
        let looked = owners
            .iter()
            .flat_map(|it| &exceptions[first(*it)..first(it + 1)]);
        let mut met = Asked::new(self.needs.len());
        let mut fits = |way: &Way| self.fits(places, way, &mut met);
        matches(
            places,
            looked.filter(|it| self.ways[it.ways.clone()].iter().any(&mut fits)),
        )
    }

    /// Whether a text holds what a pattern needs to match in one way.
    fn fits(&self, places: &Places<'_>, way: &Way, met: &mut Asked) -> bool {
        let mut meets = |need: &usize| met.ask(*need, || places.hold(&self.needs[*need]));
        way.needs.iter().all(&mut meets)
            && places.follow(&way.order.iter().map(|need| &self.needs[*need]))
    }
}

impl fmt::Debug for Finder {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Finder")
            .field("patterns", &self.patterns)
            .finish_non_exhaustive()
    }
}

fn matches<'a>(places: &Places<'_>, patterns: impl Iterator<Item = &'a Looked>) -> Vec<Found> {
    let mut all: Vec<(usize, usize, Range<usize>)> = Vec::new();
    for pattern in patterns {
        let found = places.find(&pattern.place).into_iter();
        all.extend(found.map(|range| (pattern.owner, pattern.order, range)));
    }
    all.sort_by_key(|(owner, order, range)| (*owner, range.start, *order, range.end));
    let mut kept: Vec<Found> = Vec::new();
    for (owner, _, range) in all {
        // A pattern may begin with the end of the sentence before: that end is no part of the words.
        let words = places.text()[range.clone()].trim_start_matches('\n');
        let range = range.end - words.len()..range.end;
        let overlaps = |last: &Found| last.owner == owner && range.start < last.range.end;
        if !words.is_empty() && !kept.last().is_some_and(overlaps) {
            kept.push(Found { owner, range });
        }
    }
    kept
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
