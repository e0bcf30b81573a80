//! What the sounds of a text come to at most, told without a search: how near its morae and pairs of
//! morae are to those of a word. Rules out nearly every word; finds none.

use crate::mora::{CLOSE, Mora, pair};
use crate::sounds::Edge;

/// What is not close costs this at least.
const FAR: u8 = CLOSE + 1;

/// Of every mora and every pair of morae, the least that it costs to have heard it somewhere.
#[derive(Debug)]
pub(crate) struct Nearest {
    one: [u8; 1 << 8],
    two: Vec<u8>,
}

/// A mora with what it cost to leave out those after it.
type Ending = (Mora, u8);

impl Nearest {
    /// The edges of every node lead to later nodes.
    pub(crate) fn of(edges: &[Vec<Edge>]) -> Self {
        let mut nearest = Self {
            one: [FAR; 1 << 8],
            two: vec![FAR; 1 << 16],
        };
        let mut endings: Vec<Vec<Ending>> = edges.iter().map(|_| Vec::new()).collect();
        for (from, edges) in edges.iter().enumerate() {
            let before = std::mem::take(&mut endings[from]);
            for edge in edges {
                let mut ending = before.clone();
                for mora in &edge.morae {
                    ending = nearest.after(&ending, *mora);
                }
                for (mora, cost) in ending {
                    keep(&mut endings[edge.to], mora, cost);
                }
            }
        }
        nearest
    }

    fn after(&mut self, before: &[Ending], mora: Mora) -> Vec<Ending> {
        if self.one[mora.number()] > 0 {
            for (other, apart) in mora.neighbours() {
                let known = &mut self.one[other.number()];
                *known = (*known).min(*apart);
            }
        }
        let mut ending = vec![(mora, 0)];
        for (first, cost) in before {
            self.note(*first, mora, *cost);
            if is_light(mora, *first) && *cost < CLOSE {
                keep(&mut ending, *first, cost + 1);
            }
        }
        ending
    }

    fn note(&mut self, first: Mora, second: Mora, cost: u8) {
        if self.two[pair(first, second)] <= cost {
            return;
        }
        for (a, a_apart) in first.neighbours() {
            for (b, b_apart) in second.neighbours() {
                let known = &mut self.two[pair(*a, *b)];
                *known = (*known).min(cost + a_apart + b_apart);
            }
        }
    }

    /// How much of a word's beginning already costs more than the limit; nothing if all of it may be
    /// found.
    pub(crate) fn refused(&self, word: &[Mora], limit: u32) -> Option<usize> {
        let one = |at: usize| u32::from(self.one[word[at].number()]);
        let light = |at: usize| at > 0 && is_light(word[at], word[at - 1]);
        // Up to the mora before, and up to this one.
        let (mut before, mut here) = (0, 0);
        for at in 0..word.len() {
            let mut single = one(at);
            if light(at) {
                single = single.min(1);
            }
            let mut next = here + single;
            if at > 0 {
                let mut both = u32::from(self.two[pair(word[at - 1], word[at])]);
                if light(at) {
                    both = both.min(1 + one(at - 1));
                }
                if light(at - 1) {
                    both = both.min(1 + one(at));
                }
                next = next.max(before + both);
            }
            if next > limit {
                return Some(at + 1);
            }
            (before, here) = (here, next);
        }
        None
    }
}

/// Whether a mora is easily lost after another.
fn is_light(mora: Mora, before: Mora) -> bool {
    mora.missing(Some(before)) == 1
}

fn keep(endings: &mut Vec<Ending>, mora: Mora, cost: u8) {
    match endings.iter_mut().find(|(known, _)| *known == mora) {
        Some((_, known)) => *known = (*known).min(cost),
        None => endings.push((mora, cost)),
    }
}
