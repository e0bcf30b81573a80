//! Where the words of a text stand, and the patterns that can be put together from them. Every step
//! keeps, of the matches so far that end together, the one that begins last.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;
use std::ops::{Range, RangeInclusive};

use super::pattern::PARTICLE_WORDS;

/// Characters of two particles.
const PARTICLES: usize = 6;
/// How many particles `_` stands for.
const TWO: usize = 2;

/// A pattern whose words are numbered lists.
#[derive(Clone, Debug)]
pub(super) enum Place {
    List(usize),
    Concept(usize),
    One(Vec<RangeInclusive<char>>),
    Gap(usize, usize, bool),
    Particles,
    Begin,
    End,
    All(Vec<Place>),
    Any(Vec<Place>),
}

impl Place {
    /// What a text must hold for a match, in this order: of each set one list.
    fn needs(&self, concepts: &[Self]) -> Vec<BTreeSet<usize>> {
        match self {
            Self::List(list) => vec![BTreeSet::from([*list])],
            Self::Concept(number) => concepts
                .get(*number)
                .map_or_else(Vec::new, |place| place.needs(concepts)),
            Self::All(parts) => parts.iter().flat_map(|part| part.needs(concepts)).collect(),
            Self::Any(parts) => {
                // One need of each alternative, the rarest by the number of its lists.
                let needs = parts
                    .iter()
                    .map(|part| part.needs(concepts).into_iter().min_by_key(BTreeSet::len));
                let needs: Option<Vec<_>> = needs.collect();
                needs.map_or_else(Vec::new, |needs| {
                    vec![needs.into_iter().flatten().collect()]
                })
            }
            Self::One(_) | Self::Gap(..) | Self::Particles | Self::Begin | Self::End => Vec::new(),
        }
    }

    /// The ways in which it may match: what each needs, in its order.
    pub(super) fn ways(&self, concepts: &[Self]) -> Vec<Vec<BTreeSet<usize>>> {
        match self {
            Self::Any(parts) => parts.iter().flat_map(|part| part.ways(concepts)).collect(),
            Self::Concept(number) if let Some(place) = concepts.get(*number) => {
                place.ways(concepts)
            }
            _ => vec![self.needs(concepts)],
        }
    }
}

/// What lies between two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Between {
    /// So many characters, none of them the end of a sentence; `true`: rather more than fewer.
    Characters(usize, usize, bool),
    /// Up to so many particles.
    Particles(usize),
}

const NOTHING: Between = Between::Characters(0, 0, false);

/// Where a match begins, and how far its gaps are from what they would rather be: of a match with less the
/// pattern says more.
type Begun = (usize, i64);

/// Matches so far.
#[derive(Debug, Default)]
struct Reached {
    /// Nothing was found yet: a match may begin anywhere.
    anywhere: bool,
    /// What lies before the next word, where the words before it end, and their match, in that order.
    ends: Vec<(Between, usize, Begun)>,
}

impl Reached {
    fn is_nowhere(&self) -> bool {
        !self.anywhere && self.ends.is_empty()
    }

    /// Of matches that end together the one that begins last counts, and then the one with the better gaps.
    fn add(&mut self, between: Between, end: usize, begun: Begun) {
        let before = |it: &(Between, usize, Begun)| (it.0, it.1) < (between, end);
        let at = self.ends.partition_point(before);
        match self.ends.get_mut(at) {
            Some((same, known, before)) if (*same, *known) == (between, end) => {
                if (begun.0, before.1) > (before.0, begun.1) {
                    *before = begun;
                }
            }
            _ => self.ends.insert(at, (between, end, begun)),
        }
    }

    /// Adds another's matches, with what lies behind them made wider.
    fn join(&mut self, other: &Self, wider: impl Fn(Between) -> Between) {
        self.anywhere |= other.anywhere;
        for (between, end, begun) in &other.ends {
            self.add(wider(*between), *end, *begun);
        }
    }

    /// The ends behind which the same lies.
    fn alike(&self) -> impl Iterator<Item = &[(Between, usize, Begun)]> {
        self.ends.chunk_by(|one, other| one.0 == other.0)
    }
}

/// A text with the places of the words that it holds.
pub(super) struct Places<'a> {
    text: &'a str,
    lists: &'a [List],
    concepts: &'a [Place],
    /// Each word of the text with its place, in the order of their numbers.
    words: Vec<(usize, Range<usize>)>,
    /// The words that stand in the text.
    words_held: Bits,
    /// Emptied ones, for what is reached next.
    spare: RefCell<Vec<Reached>>,
    /// Before each byte: so many characters, and so many ends of sentences.
    before: Vec<(usize, usize)>,
}

impl<'a> Places<'a> {
    /// `words`: each word of the text with its place.
    pub(super) fn new(
        text: &'a str,
        lists: &'a [List],
        concepts: &'a [Place],
        mut words: Vec<(usize, Range<usize>)>,
    ) -> Self {
        let (mut characters, mut sentences) = (0, 0);
        let mut before = Vec::with_capacity(text.len() + 1);
        for byte in text.bytes() {
            before.push((characters, sentences));
            // Every byte but the later ones of a character.
            characters += usize::from(byte & 0xc0 != 0x80);
            sentences += usize::from(byte == b'\n');
        }
        before.push((characters, sentences));
        words.sort_unstable_by_key(|(word, place)| (*word, place.start));
        let mut words_held = Bits::new(words.last().map_or(0, |(last, _)| last + 1));
        words.iter().for_each(|(word, _)| words_held.add(*word));
        Self {
            text,
            lists,
            concepts,
            words,
            words_held,
            spare: RefCell::default(),
            before,
        }
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The places of a list's words.
    fn of<'b>(&'b self, list: &'b List) -> impl Iterator<Item = &'b Range<usize>> + Clone {
        self.words_held.of(list).flat_map(|word| {
            let first = self.words.partition_point(|(other, _)| *other < word);
            let here = self.words[first..].iter();
            here.take_while(move |(other, _)| *other == word)
                .map(|(_, place)| place)
        })
    }

    /// Whether a word of a list stands in the text.
    fn holds(&self, list: usize) -> bool {
        self.hold(&self.lists[list])
    }

    /// The same of a list that is at hand.
    pub(super) fn hold(&self, list: &List) -> bool {
        self.words_held.of(list).next().is_some()
    }

    /// Whether words of these lists stand in this order within one sentence.
    pub(super) fn follow<'b>(&self, lists: &(impl Iterator<Item = &'b List> + Clone)) -> bool {
        let next = |list: &'b List, from: usize| {
            let places = self.of(list).filter(|it| it.start >= from);
            places.min_by_key(|it| it.end)
        };
        let mut begin = 0;
        loop {
            let (mut from, mut sentence) = (begin, None);
            let mut broken = None;
            for list in lists.clone() {
                let Some(place) = next(list, from) else {
                    return false;
                };
                let here = self.before[place.start].1;
                if *sentence.get_or_insert(here) != here {
                    broken = Some(place.start);
                    break;
                }
                from = place.end;
            }
            let Some(at) = broken else {
                return true;
            };
            begin = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        }
    }

    /// The words that stand in the text.
    pub(super) fn words(&self) -> impl Iterator<Item = usize> {
        self.words_held.iter()
    }

    /// Where a pattern matches: of matches that begin together the one with the best gaps, and then the longest.
    pub(super) fn find(&self, place: &Place) -> Vec<Range<usize>> {
        let anywhere = Reached {
            anywhere: true,
            ends: Vec::new(),
        };
        let mut found: BTreeMap<usize, (i64, usize)> = BTreeMap::new();
        let mut add = |(start, gaps): Begun, end: usize| {
            let known = found.entry(start).or_insert((gaps, end));
            if gaps < known.0 || gaps == known.0 && end > known.1 {
                *known = (gaps, end);
            }
        };
        let mut reached = Reached::default();
        self.after(&anywhere, place, &mut reached);
        for (between, end, begun) in reached.ends {
            let least = match between {
                Between::Characters(least, ..) => least,
                Between::Particles(_) => 0,
            };
            // A gap at the end is as short as it may be.
            let rest = self.text[end..].split('\n').next().unwrap_or_default();
            if least == 0 {
                add(begun, end);
            } else if let Some((at, last)) = rest.char_indices().nth(least - 1) {
                add(begun, end + at + last.len_utf8());
            }
        }
        found
            .into_iter()
            .map(|(start, (_, end))| start..end)
            .collect()
    }

    /// Adds the matches that go on with a part of a pattern.
    fn after(&self, from: &Reached, place: &Place, to: &mut Reached) {
        if from.is_nowhere() {
            return;
        }
        match place {
            Place::List(list) if self.holds(*list) => {
                self.go_on(from, &self.of(&self.lists[*list]).cloned(), to);
            }
            Place::List(_) => {}
            Place::Concept(number) => {
                if let Some(place) = self.concepts.get(*number) {
                    self.after(from, place, to);
                }
            }
            Place::One(class) => self.one(from, class, to),
            Place::Gap(least, most, more) => to.join(from, |between| match between {
                Between::Characters(l, m, _) => {
                    Between::Characters(l + least, m.saturating_add(*most), *more)
                }
                Between::Particles(_) => {
                    Between::Characters(*least, most.saturating_add(PARTICLES), *more)
                }
            }),
            Place::Particles => to.join(from, |between| match between {
                NOTHING => Between::Particles(TWO),
                Between::Characters(least, most, more) => {
                    Between::Characters(least, most.saturating_add(PARTICLES), more)
                }
                Between::Particles(most) => Between::Particles(most + TWO),
            }),
            Place::Begin => {
                if from.anywhere || from.ends.iter().any(|(_, end, _)| *end == 0) {
                    to.add(NOTHING, 0, (0, 0));
                }
            }
            Place::End => self.ends(from, to),
            Place::All(parts) => self.all(from, parts, to),
            Place::Any(parts) => {
                for part in parts {
                    self.after(from, part, to);
                }
            }
        }
    }

    fn all(&self, from: &Reached, parts: &[Place], to: &mut Reached) {
        let Some((last, parts)) = parts.split_last() else {
            to.join(from, |between| between);
            return;
        };
        let lacks = |part: &Place| matches!(part, Place::List(list) if !self.holds(*list));
        if parts.iter().any(lacks) || lacks(last) {
            return;
        }
        let mut reached: Option<Reached> = None;
        for part in parts {
            let mut further = self.spare.borrow_mut().pop().unwrap_or_default();
            self.after(reached.as_ref().unwrap_or(from), part, &mut further);
            let nowhere = further.is_nowhere();
            if let Some(before) = reached.replace(further) {
                self.take_back(before);
            }
            if nowhere {
                break;
            }
        }
        self.after(reached.as_ref().unwrap_or(from), last, to);
        if let Some(before) = reached {
            self.take_back(before);
        }
    }

    fn take_back(&self, mut reached: Reached) {
        reached.anywhere = false;
        reached.ends.clear();
        self.spare.borrow_mut().push(reached);
    }

    /// Adds the matches that go on with what stands at one of these places.
    fn go_on(
        &self,
        from: &Reached,
        places: &(impl Iterator<Item = Range<usize>> + Clone),
        to: &mut Reached,
    ) {
        if from.anywhere {
            for place in places.clone() {
                to.add(NOTHING, place.end, (place.start, 0));
            }
        }
        for ends in from.alike() {
            for place in places.clone() {
                if let Some(begun) = self.reaches(ends, place.start) {
                    to.add(NOTHING, place.end, begun);
                }
            }
        }
    }

    fn one(&self, from: &Reached, class: &[RangeInclusive<char>], to: &mut Reached) {
        // Only where a match so far could go on.
        let first = from.ends.iter().map(|(_, end, _)| *end).min();
        let first = if from.anywhere {
            0
        } else {
            first.unwrap_or(self.text.len())
        };
        let fits = self.text[first..]
            .char_indices()
            .filter(|(_, c)| class.iter().any(|range| range.contains(c)))
            .map(|(at, c)| first + at..first + at + c.len_utf8());
        self.go_on(from, &fits, to);
    }

    fn ends(&self, from: &Reached, to: &mut Reached) {
        let ends = self.text.match_indices('\n').map(|(at, _)| at);
        let ends = ends.chain([self.text.len()]);
        for reached in from.alike() {
            for at in ends.clone() {
                if let Some(begun) = self.reaches(reached, at) {
                    to.add(NOTHING, at, begun);
                }
            }
        }
    }

    /// The match that goes on at a place, from the nearest end that may.
    fn reaches(&self, ends: &[(Between, usize, Begun)], at: usize) -> Option<Begun> {
        let before = ends.partition_point(|(_, end, _)| *end <= at);
        for (between, end, (start, gaps)) in ends[..before].iter().rev() {
            let most = match between {
                Between::Characters(_, most, _) => *most,
                Between::Particles(most) => most.saturating_mul(PARTICLES / TWO),
            };
            let (from, to) = (self.before[*end], self.before[at]);
            let characters = to.0 - from.0;
            if characters > most || from.1 != to.1 {
                return None;
            }
            match between {
                Between::Characters(least, _, more) if characters >= *least => {
                    let characters = i64::try_from(characters).unwrap_or(i64::MAX);
                    let gap = if *more { -characters } else { characters };
                    return Some((*start, gaps.saturating_add(gap)));
                }
                Between::Particles(most) if are_particles(&self.text[*end..at], *most) => {
                    return Some((*start, *gaps));
                }
                _ => {}
            }
        }
        None
    }
}

/// Whether a text is up to so many particles and nothing else.
fn are_particles(text: &str, most: usize) -> bool {
    let begins = |particle: &&str| {
        text.strip_prefix(*particle)
            .is_some_and(|rest| are_particles(rest, most - 1))
    };
    text.is_empty() || most > 0 && PARTICLE_WORDS.iter().any(begins)
}

/// Some of the first so many numbers.
#[derive(Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(numbers: usize) -> Self {
        Self(vec![0; numbers.div_ceil(64)])
    }

    pub(super) fn add(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0[number / 64] & 1 << (number % 64) != 0
    }

    /// In order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().copied().enumerate().flat_map(ones)
    }

    /// Those that are in a list.
    fn of(&self, list: &List) -> impl Iterator<Item = usize> + Clone {
        let here = list.0.iter().map(|(at, bits)| {
            let held = self.0.get(*at).copied().unwrap_or_default();
            (*at, held & bits)
        });
        here.filter(|(_, bits)| *bits != 0).flat_map(ones)
    }
}

/// Some numbers, few of all, as the places of 64 each and their bits.
#[derive(Debug)]
pub(super) struct List(Vec<(usize, u64)>);

impl List {
    pub(super) fn of(numbers: impl IntoIterator<Item = usize>) -> Self {
        let mut numbers: Vec<usize> = numbers.into_iter().collect();
        numbers.sort_unstable();
        let places = numbers.chunk_by(|one, other| one / 64 == other / 64);
        let bits = |place: &[usize]| place.iter().fold(0, |all, it| all | 1 << (it % 64));
        Self(places.map(|it| (it[0] / 64, bits(it))).collect())
    }
}

/// The numbers of the bits at a place, in order.
fn ones((at, bits): (usize, u64)) -> impl Iterator<Item = usize> + Clone {
    // Each step leaves out the lowest bit.
    let left = successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)));
    let left = left.take_while(|bits| *bits != 0);
    left.map(move |bits| at * 64 + bits.trailing_zeros() as usize)
}

/// A yes or no to each of so many questions, which is worked out once.
#[derive(Debug)]
pub(super) struct Asked {
    known: Bits,
    yes: Bits,
}

impl Asked {
    pub(super) fn new(questions: usize) -> Self {
        Self {
            known: Bits::new(questions),
            yes: Bits::new(questions),
        }
    }

    pub(super) fn ask(&mut self, question: usize, answer: impl FnOnce() -> bool) -> bool {
        if !self.known.has(question) {
            self.known.add(question);
            if answer() {
                self.yes.add(question);
            }
        }
        self.yes.has(question)
    }
}
