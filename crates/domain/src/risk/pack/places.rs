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
    ends: Vec<(Between, BTreeMap<usize, Begun>)>,
}

impl Reached {
    fn at(ends: BTreeMap<usize, Begun>) -> Self {
        Self {
            anywhere: false,
            ends: vec![(NOTHING, ends)],
        }
    }

    fn is_nowhere(&self) -> bool {
        !self.anywhere && self.ends.iter().all(|(_, ends)| ends.is_empty())
    }

    fn join(&mut self, other: Self) {
        self.anywhere |= other.anywhere;
        for (between, ends) in other.ends {
            match self.ends.iter_mut().find(|(known, _)| *known == between) {
                Some((_, known)) => ends
                    .into_iter()
                    .for_each(|(end, begun)| tighter(known, end, begun)),
                None => self.ends.push((between, ends)),
            }
        }
    }
}

/// Of matches that end together the one that begins last counts, and then the one with the better gaps.
fn tighter(ends: &mut BTreeMap<usize, Begun>, end: usize, begun: Begun) {
    let known = ends.entry(end).or_insert(begun);
    if (begun.0, known.1) > (known.0, begun.1) {
        *known = begun;
    }
}

/// A text with the places of the words that it holds.
pub(super) struct Places<'a> {
    text: &'a str,
    concepts: &'a [Place],
    /// Where the places of each list end in `places`; they begin where those of the list before end.
    ends: Vec<usize>,
    places: Vec<Range<usize>>,
    /// The lists of which the text holds a word.
    held: Vec<usize>,
    /// Before each byte: so many characters, and so many ends of sentences.
    before: Vec<(usize, usize)>,
}

impl<'a> Places<'a> {
    /// `hits`: each word of the text with the lists that hold it.
    pub(super) fn new(
        text: &'a str,
        lists: usize,
        concepts: &'a [Place],
        hits: &[(&[u32], Range<usize>)],
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
        let index = |list: &u32| usize::try_from(*list).unwrap_or(usize::MAX);
        let mut ends = vec![0; lists];
        let mut held = Vec::new();
        for list in hits.iter().flat_map(|(lists, _)| *lists) {
            let list = index(list);
            if ends[list] == 0 {
                held.push(list);
            }
            ends[list] += 1;
        }
        let mut all = 0;
        for end in &mut ends {
            (*end, all) = (all, all + *end);
        }
        let mut places = vec![0..0; all];
        for (lists, place) in hits {
            for list in *lists {
                let end = &mut ends[index(list)];
                places[*end] = place.clone();
                *end += 1;
            }
        }
        Self {
            text,
            concepts,
            ends,
            places,
            held,
            before,
        }
    }

    fn of(&self, list: usize) -> &[Range<usize>] {
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start..self.ends[list]]
    }

    /// The lists of which the text holds a word, each once.
    pub(super) fn lists(&self) -> &[usize] {
        &self.held
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
            for (end, begun) in ends {
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
            Place::List(list) => Reached::at(self.words(&reached, *list)),
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
                let begins =
                    reached.anywhere || reached.ends.iter().any(|(_, ends)| ends.contains_key(&0));
                Reached::at(begins.then_some((0, (0, 0))).into_iter().collect())
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

    fn words(&self, reached: &Reached, list: usize) -> BTreeMap<usize, Begun> {
        let mut longer = BTreeMap::new();
        for place in self.of(list) {
            if reached.anywhere {
                tighter(&mut longer, place.end, (place.start, 0));
            }
            for (between, ends) in &reached.ends {
                if let Some(begun) = self.reaches(*between, ends, place.start) {
                    tighter(&mut longer, place.end, begun);
                }
            }
        }
        longer
    }

    fn one(&self, reached: &Reached, class: &[RangeInclusive<char>]) -> BTreeMap<usize, Begun> {
        let mut longer = BTreeMap::new();
        // Only where a match so far could go on.
        let last = reached
            .ends
            .iter()
            .filter_map(|(_, ends)| Some(*ends.first_key_value()?.0))
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
                tighter(&mut longer, at + c.len_utf8(), (at, 0));
            }
            for (between, ends) in &reached.ends {
                if let Some(begun) = self.reaches(*between, ends, at) {
                    tighter(&mut longer, at + c.len_utf8(), begun);
                }
            }
        }
        longer
    }

    fn ends(&self, reached: &Reached) -> BTreeMap<usize, Begun> {
        let ends = self
            .text
            .match_indices('\n')
            .map(|(at, _)| at)
            .chain([self.text.len()]);
        let mut longer = BTreeMap::new();
        for at in ends {
            for (between, ends) in &reached.ends {
                if let Some(begun) = self.reaches(*between, ends, at) {
                    tighter(&mut longer, at, begun);
                }
            }
        }
        longer
    }

    /// The match that goes on at a place, from the nearest end that may.
    fn reaches(&self, between: Between, ends: &BTreeMap<usize, Begun>, at: usize) -> Option<Begun> {
        let most = match between {
            Between::Characters(_, most, _) => most,
            Between::Particles(most) => most.saturating_mul(PARTICLES / TWO),
        };
        for (end, (start, gaps)) in ends.range(..=at).rev() {
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
