//! Hears the turns of a talk and keeps its reading. The order in which turns arrive never matters:
//! they are read in the order in which they were spoken.

mod analysis;
mod exchange;
mod reply;
mod step;
mod voices;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Reading, Turn};
use super::pack::Pack;
use crate::ids::SegmentId;
use crate::time::InterviewMs;
use analysis::Piece;
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
    heard: BTreeMap<(InterviewMs, InterviewMs, SegmentId), Heard>,
    reading: Reading,
}

impl Reader {
    pub fn new(pack: Arc<Pack>) -> Self {
        let mut reader = Self {
            pack,
            heard: BTreeMap::new(),
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
        steps
    }

    fn take(&mut self, turn: Turn) {
        self.heard
            .retain(|(_, _, segment), _| *segment != turn.segment);
        let pieces = analysis::analyse(&self.pack, &turn);
        let place = (turn.start, turn.end, turn.segment);
        self.heard.insert(place, Heard { turn, pieces });
    }

    fn read(&mut self) {
        self.reading = exchange::read(&self.pack, self.heard.values(), None);
    }
}

#[cfg(test)]
mod tests;
