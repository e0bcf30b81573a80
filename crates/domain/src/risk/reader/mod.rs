//! Hears the turns of a talk and keeps its reading. The order in which turns arrive never matters:
//! they are read in the order in which they were spoken.

mod alike;
mod analysis;
mod exchange;
mod likeness;
mod reply;
mod said;
mod step;
mod voices;
mod windows;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use super::finding::{Finding, Reading, Turn};
use super::pack::Pack;
use crate::ids::SegmentId;
use crate::time::InterviewMs;
use alike::Alike;
use analysis::Piece;
use exchange::State;
pub use step::Step;

/// A turn with what it holds by itself.
#[derive(Clone, Debug)]
struct Heard {
    turn: Turn,
    pieces: Vec<Piece>,
}

/// Reads one talk.
#[derive(Debug)]
pub struct Reader {
    pack: Arc<Pack>,
    heard: BTreeMap<Place, Heard>,
    places: BTreeMap<SegmentId, Place>,
    /// The turns that may have been something else.
    alike: BTreeMap<SegmentId, Alike>,
    /// How the talk stood after each of the last turns, so that a new one doesn't read those before it.
    kept: VecDeque<(Place, Both)>,
    reading: Reading,
}

/// What a turn holds whatever else is said, and what it may have been instead.
#[derive(Debug)]
struct Alone {
    heard: Heard,
    alike: Option<Alike>,
}

impl Alone {
    fn of(pack: &Pack, turn: Turn) -> Self {
        let alike = alike::of(pack, &turn);
        let pieces = analysis::analyse(pack, &turn);
        Self {
            heard: Heard { turn, pieces },
            alike,
        }
    }
}

/// So many turns are worth a second thread.
const FEW: usize = 24;

/// Where a turn stands in the talk.
type Place = (InterviewMs, InterviewMs, SegmentId);

/// So many states are kept: what arrives later than that is read from the beginning.
const KEPT: usize = 64;

/// How the talk stands as it was heard, and with the words that it may have been, once there are any.
#[derive(Clone, Debug)]
struct Both {
    heard: State,
    otherwise: Option<State>,
}

impl Both {
    fn new(pack: &Pack) -> Self {
        Self {
            heard: State::new(pack),
            otherwise: None,
        }
    }

    fn after(self, pack: &Pack, heard: &Heard, alike: Option<&Alike>) -> Self {
        let before = match alike {
            Some(_) => self.otherwise.or_else(|| Some(self.heard.clone())),
            None => self.otherwise,
        };
        let turn = alike.map_or(heard, |alike| &alike.heard);
        Self {
            otherwise: before.map(|state| state.after(pack, turn, None)),
            heard: self.heard.after(pack, heard, None),
        }
    }
}

impl Reader {
    pub fn new(pack: Arc<Pack>) -> Self {
        let reading = State::new(&pack).reading(&pack);
        Self {
            pack,
            heard: BTreeMap::new(),
            places: BTreeMap::new(),
            alike: BTreeMap::new(),
            kept: VecDeque::new(),
            reading,
        }
    }

    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// Takes a turn in. The same segment again is a revision that replaces it; with no words left it
    /// supports nothing any more.
    pub fn hear(&mut self, turn: Turn) {
        self.take(Alone::of(&self.pack, turn));
        self.read();
    }

    /// Takes many turns in and reads once. What each holds by itself is worked out on two threads: that is most of
    /// the work, and no turn waits for another there.
    pub fn hear_all(&mut self, turns: impl IntoIterator<Item = Turn>) {
        let mut turns: Vec<Turn> = turns.into_iter().collect();
        let later = match turns.len() {
            FEW.. => turns.split_off(turns.len() / 2),
            _ => Vec::new(),
        };
        let pack = &self.pack;
        let (first, second) = thread::scope(|scope| {
            let all = |turns: Vec<Turn>| -> Vec<Alone> {
                turns
                    .into_iter()
                    .map(|turn| Alone::of(pack, turn))
                    .collect()
            };
            let later = (!later.is_empty()).then(|| scope.spawn(move || all(later)));
            let first = all(turns);
            let later =
                later.map(|later| later.join().unwrap_or_else(|fault| resume_unwind(fault)));
            (first, later.unwrap_or_default())
        });
        for turn in first.into_iter().chain(second) {
            self.take(turn);
        }
        self.read();
    }

    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Why the reading is as it is, in the order of the talk.
    pub fn explain(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut state = State::new(&self.pack);
        for heard in self.heard.values() {
            state = state.after(&self.pack, heard, Some(&mut steps));
        }
        let unsure = |finding: &&Finding| finding.sound.is_some();
        for finding in self.reading.findings.iter().filter(unsure) {
            for quote in &finding.quotes {
                steps.extend(alike::step(finding, quote, &self.alike));
            }
        }
        steps
    }

    fn take(&mut self, Alone { heard, alike }: Alone) {
        let turn = &heard.turn;
        self.alike.remove(&turn.segment);
        if let Some(alike) = alike {
            self.alike.insert(turn.segment, alike);
        }
        let place = (turn.start, turn.end, turn.segment);
        let before = self.places.insert(turn.segment, place);
        if let Some(before) = before {
            self.heard.remove(&before);
        }
        let changed = before.map_or(place, |before| before.min(place));
        self.kept.retain(|(kept, _)| *kept < changed);
        self.heard.insert(place, heard);
    }

    /// Reads what comes after the last state that still holds.
    fn read(&mut self) {
        let (from, mut both) = match self.kept.back() {
            Some((place, both)) => (Bound::Excluded(*place), both.clone()),
            None => (Bound::Unbounded, Both::new(&self.pack)),
        };
        let new = self.heard.range((from, Bound::Unbounded));
        let forgotten = new.clone().count().saturating_sub(KEPT);
        for (number, (place, heard)) in new.enumerate() {
            both = both.after(&self.pack, heard, self.alike.get(&heard.turn.segment));
            if number >= forgotten {
                self.kept.push_back((*place, both.clone()));
            }
        }
        let older = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..older);
        self.reading = both.heard.reading(&self.pack);
        if let Some(otherwise) = both.otherwise {
            let other = otherwise.reading(&self.pack);
            alike::add(&mut self.reading, other, &self.alike);
        }
    }
}

#[cfg(test)]
mod tests;
