//! Where the words of a text stand, and the patterns that can be put together from them. Every step
//! keeps, of the matches so far that end together, the one that begins last.

use std::collections::{BTreeMap, BTreeSet};
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
    /// What a text must hold for a match: of each set one list.
    pub(super) fn needs(&self, concepts: &[Self]) -> Vec<BTreeSet<usize>> {
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
}

/// What lies between two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, Default)]
struct Reached {
    /// Nothing was found yet: a match may begin anywhere.
    anywhere: bool,
    /// What lies before the next word, and of each end its match.
    ends: Vec<(Between, Ends)>,
}

/// Of each end its match, in order.
#[derive(Clone, Debug, Default)]
struct Ends(Vec<(usize, Begun)>);

impl Ends {
    /// Of matches that end together the one that begins last counts, and then the one with the better gaps.
    fn add(&mut self, end: usize, begun: Begun) {
        let at = self.0.partition_point(|(known, _)| *known < end);
        match self.0.get_mut(at) {
            Some((known, before)) if *known == end => {
                if (begun.0, before.1) > (before.0, begun.1) {
                    *before = begun;
                }
            }
            _ => self.0.insert(at, (end, begun)),
        }
    }
}

impl Reached {
    fn at(ends: Ends) -> Self {
        Self {
            anywhere: false,
            ends: vec![(NOTHING, ends)],
        }
    }

    fn is_nowhere(&self) -> bool {
        !self.anywhere && self.ends.iter().all(|(_, ends)| ends.0.is_empty())
    }

    fn join(&mut self, other: Self) {
        self.anywhere |= other.anywhere;
        for (between, ends) in other.ends {
            match self.ends.iter_mut().find(|(known, _)| *known == between) {
                Some((_, known)) => ends
                    .0
                    .into_iter()
                    .for_each(|(end, begun)| known.add(end, begun)),
                None => self.ends.push((between, ends)),
            }
        }
    }
}

/// A text with the places of the words that it holds.
pub(super) struct Places<'a> {
    text: &'a str,
    /// Of every list: the numbers of its words.
    lists: &'a [Vec<usize>],
    concepts: &'a [Place],
    /// Each word of the text with its place, in the order of their numbers.
    words: Vec<(usize, Range<usize>)>,
    /// A bit for each word that stands in the text.
    held: Vec<u64>,
    /// Before each byte: so many characters, and so many ends of sentences.
    before: Vec<(usize, usize)>,
}

impl<'a> Places<'a> {
    /// `words`: each word of the text with its place.
    pub(super) fn new(
        text: &'a str,
        lists: &'a [Vec<usize>],
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
        let mut held = Vec::new();
        if let Some((last, _)) = words.last() {
            held.resize(bit(*last).0 + 1, 0);
        }
        for (word, _) in &words {
            let (at, bit) = bit(*word);
            held[at] |= bit;
        }
        Self {
            text,
            lists,
            concepts,
            words,
            held,
            before,
        }
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The places of a list's words.
    fn of(&self, list: usize) -> impl Iterator<Item = &Range<usize>> {
        let held = self.lists[list].iter().filter(|word| self.holds(**word));
        held.flat_map(|word| {
            let first = self.words.partition_point(|(other, _)| other < word);
            let here = self.words[first..].iter();
            here.take_while(move |(other, _)| other == word)
                .map(|(_, place)| place)
        })
    }

    /// Whether a word stands in the text.
    pub(super) fn holds(&self, word: usize) -> bool {
        let (at, bit) = bit(word);
        self.held.get(at).is_some_and(|held| held & bit != 0)
    }

    /// The words that stand in the text, each as often as it does.
    pub(super) fn words(&self) -> impl Iterator<Item = usize> {
        self.words.iter().map(|(word, _)| *word)
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
        for (between, ends) in self.after(anywhere, place).ends {
            let least = match between {
                Between::Characters(least, ..) => least,
                Between::Particles(_) => 0,
            };
            for (end, begun) in ends.0 {
                // A gap at the end is as short as it may be.
                let rest = self.text[end..].split('\n').next().unwrap_or_default();
                if least == 0 {
                    add(begun, end);
                } else if let Some((at, last)) = rest.char_indices().nth(least - 1) {
                    add(begun, end + at + last.len_utf8());
                }
            }
        }
        found
            .into_iter()
            .map(|(start, (_, end))| start..end)
            .collect()
    }

    fn after(&self, reached: Reached, place: &Place) -> Reached {
        if reached.is_nowhere() {
            return Reached::default();
        }
        match place {
            Place::List(list) => Reached::at(self.word_of(&reached, *list)),
            Place::Concept(number) => match self.concepts.get(*number) {
                Some(place) => self.after(reached, place),
                None => Reached::default(),
            },
            Place::One(class) => Reached::at(self.one(&reached, class)),
            Place::Gap(least, most, more) => gap(reached, |between| match between {
                Between::Characters(l, m, _) => {
                    Between::Characters(l + least, m.saturating_add(*most), *more)
                }
                Between::Particles(_) => {
                    Between::Characters(*least, most.saturating_add(PARTICLES), *more)
                }
            }),
            Place::Particles => gap(reached, |between| match between {
                NOTHING => Between::Particles(TWO),
                Between::Characters(least, most, more) => {
                    Between::Characters(least, most.saturating_add(PARTICLES), more)
                }
                Between::Particles(most) => Between::Particles(most + TWO),
            }),
            Place::Begin => {
                let at_0 =
                    |(_, ends): &(Between, Ends)| ends.0.first().is_some_and(|(end, _)| *end == 0);
                let begins = reached.anywhere || reached.ends.iter().any(at_0);
                Reached::at(Ends(begins.then_some((0, (0, 0))).into_iter().collect()))
            }
            Place::End => Reached::at(self.ends(&reached)),
            Place::All(parts) => parts
                .iter()
                .fold(reached, |reached, part| self.after(reached, part)),
            Place::Any(parts) => {
                let mut all = Reached::default();
                for part in parts {
                    all.join(self.after(reached.clone(), part));
                }
                all
            }
        }
    }

    fn word_of(&self, reached: &Reached, list: usize) -> Ends {
        let mut longer = Ends::default();
        for place in self.of(list) {
            if reached.anywhere {
                longer.add(place.end, (place.start, 0));
            }
            for (between, ends) in &reached.ends {
                if let Some(begun) = self.reaches(*between, ends, place.start) {
                    longer.add(place.end, begun);
                }
            }
        }
        longer
    }

    fn one(&self, reached: &Reached, class: &[RangeInclusive<char>]) -> Ends {
        let mut longer = Ends::default();
        // Only where a match so far could go on.
        let last = reached
            .ends
            .iter()
            .filter_map(|(_, ends)| Some(ends.0.first()?.0))
            .min();
        let from = if reached.anywhere {
            0
        } else {
            last.unwrap_or(self.text.len())
        };
        let fits = self.text[from..]
            .char_indices()
            .filter(|(_, c)| class.iter().any(|range| range.contains(c)));
        for (at, c) in fits {
            let at = from + at;
            if reached.anywhere {
                longer.add(at + c.len_utf8(), (at, 0));
            }
            for (between, ends) in &reached.ends {
                if let Some(begun) = self.reaches(*between, ends, at) {
                    longer.add(at + c.len_utf8(), begun);
                }
            }
        }
        longer
    }

    fn ends(&self, reached: &Reached) -> Ends {
        let ends = self
            .text
            .match_indices('\n')
            .map(|(at, _)| at)
            .chain([self.text.len()]);
        let mut longer = Ends::default();
        for at in ends {
            for (between, ends) in &reached.ends {
                if let Some(begun) = self.reaches(*between, ends, at) {
                    longer.add(at, begun);
                }
            }
        }
        longer
    }

    /// The match that goes on at a place, from the nearest end that may.
    fn reaches(&self, between: Between, ends: &Ends, at: usize) -> Option<Begun> {
        let most = match between {
            Between::Characters(_, most, _) => most,
            Between::Particles(most) => most.saturating_mul(PARTICLES / TWO),
        };
        let before = ends.0.partition_point(|(end, _)| *end <= at);
        for (end, (start, gaps)) in ends.0[..before].iter().rev() {
            let (from, to) = (self.before[*end], self.before[at]);
            let characters = to.0 - from.0;
            if characters > most || from.1 != to.1 {
                return None;
            }
            match between {
                Between::Characters(least, _, more) if characters >= least => {
                    let characters = i64::try_from(characters).unwrap_or(i64::MAX);
                    let gap = if more { -characters } else { characters };
                    return Some((*start, gaps.saturating_add(gap)));
                }
                Between::Particles(most) if are_particles(&self.text[*end..at], most) => {
                    return Some((*start, *gaps));
                }
                _ => {}
            }
        }
        None
    }
}

fn gap(mut reached: Reached, wider: impl Fn(Between) -> Between) -> Reached {
    let mut all = Reached {
        anywhere: reached.anywhere,
        ends: Vec::new(),
    };
    for (between, ends) in reached.ends.drain(..) {
        all.join(Reached {
            anywhere: false,
            ends: vec![(wider(between), ends)],
        });
    }
    all
}

/// Whether a text is up to so many particles and nothing else.
fn are_particles(text: &str, most: usize) -> bool {
    let begins = |particle: &&str| {
        text.strip_prefix(*particle)
            .is_some_and(|rest| are_particles(rest, most - 1))
    };
    text.is_empty() || most > 0 && PARTICLE_WORDS.iter().any(begins)
}

/// Where a word's bit stands.
fn bit(word: usize) -> (usize, u64) {
    (word / 64, 1 << (word % 64))
}
