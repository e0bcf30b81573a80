//! Hears the turns of a talk and keeps its reading. The order in which turns arrive never matters:
//! they are read in the order in which they were spoken.

mod alike;
mod analysis;
mod exchange;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Finding, Reading, Turn};
use super::pack::Pack;
use crate::ids::SegmentId;
use crate::time::InterviewMs;
use alike::Alike;
use analysis::Piece;
pub use exchange::Step;

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
    heard: BTreeMap<(InterviewMs, InterviewMs, SegmentId), Heard>,
    /// The turns that may have been something else.
    alike: BTreeMap<SegmentId, Alike>,
    reading: Reading,
}

impl Reader {
    pub fn new(pack: Arc<Pack>) -> Self {
        let mut reader = Self {
            pack,
            heard: BTreeMap::new(),
            alike: BTreeMap::new(),
            reading: Reading::default(),
        };
        reader.read();
        reader
    }

    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// Takes a turn in. The same segment again is a revision that replaces it; with no words left it
    /// supports nothing any more.
    pub fn hear(&mut self, turn: Turn) {
        self.take(turn);
        self.read();
    }

    /// Takes many turns in and reads once.
    pub fn hear_all(&mut self, turns: impl IntoIterator<Item = Turn>) {
        for turn in turns {
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
        exchange::read(&self.pack, self.heard.values(), Some(&mut steps));
        let unsure = |finding: &&Finding| finding.sound.is_some();
        for finding in self.reading.findings.iter().filter(unsure) {
            for quote in &finding.quotes {
                steps.extend(alike::step(finding, quote, &self.alike));
            }
        }
        steps
    }

    /// A turn as it may have been.
    fn otherwise<'a>(&'a self, heard: &'a Heard) -> &'a Heard {
        let alike = self.alike.get(&heard.turn.segment);
        alike.map_or(heard, |alike| &alike.heard)
    }

    fn take(&mut self, turn: Turn) {
        self.heard
            .retain(|(_, _, segment), _| *segment != turn.segment);
        self.alike.remove(&turn.segment);
        if let Some(alike) = alike::of(&self.pack, &turn) {
            self.alike.insert(turn.segment, alike);
        }
        let pieces = analysis::analyse(&self.pack, &turn);
        let place = (turn.start, turn.end, turn.segment);
        self.heard.insert(place, Heard { turn, pieces });
    }

    fn read(&mut self) {
        self.reading = exchange::read(&self.pack, self.heard.values(), None);
        if !self.alike.is_empty() {
            let other = exchange::read(
                &self.pack,
                self.heard.values().map(|it| self.otherwise(it)),
                None,
            );
            alike::add(&mut self.reading, other, &self.alike);
        }
    }
}

#[cfg(test)]
mod tests;
