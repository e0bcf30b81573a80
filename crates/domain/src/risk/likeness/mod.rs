//! How like words are to talk that people have labelled: weights of short stretches of characters, learned from
//! cases ([`learn`]) and kept as data of the rule pack. Finds what no rule has a pattern for, and doubts a pattern
//! whose sentence is not like talk of its item. Owns the weights; knows nothing of questions, people or time.

mod learn;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::Deserialize;

pub(crate) use learn::SAFE;
pub use learn::{Labelled, digest, learn};

/// Characters of the longest stretch that is weighed.
const LONGEST: usize = 3;
/// The sign of a weight of nothing; others stand that far from it.
const ZERO: u8 = b'S';
/// The largest weight in steps.
const STEPS: i8 = 43;
/// How the end of a sentence is written.
const END: char = '⏎';

/// The table of a pack's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LikenessTable {
    /// Columns of the weights.
    pub(crate) items: Vec<String>,
    /// What a text without known words starts from, in log-odds, by column.
    lean: Vec<f32>,
    /// What the square of a weight's steps is worth.
    step: f32,
    /// One stretch of characters a line: itself, how rare it is, and a sign for each column.
    words: String,
}

/// What stands in the place of a rule's id where words are only like an item: `smoking.likeness`.
pub(crate) fn rule(item: &str) -> String {
    format!("{item}{RULE}")
}

/// Whether a finding's or a flag's rule is none, but a likeness.
pub fn is_rule(id: &str) -> bool {
    id.ends_with(RULE)
}
const RULE: &str = ".likeness";

/// Weights of stretches of characters for each item.
#[derive(Debug)]
pub(crate) struct Likeness {
    /// Of each column: index into the pack's items.
    columns: Vec<usize>,
    lean: Vec<f32>,
    words: HashMap<Box<str>, Word>,
}

#[derive(Debug)]
struct Word {
    rarity: f32,
    /// By column.
    weights: Box<[f32]>,
}

/// How like a text is to talk of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Like {
    /// Index into the pack's items.
    pub(crate) item: usize,
    /// From 0 to 1.
    pub(crate) chance: f32,
}

impl Likeness {
    /// `number`: an item's index by its id; `None` for an item that the pack does not have.
    pub(crate) fn of(
        table: &LikenessTable,
        number: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, String> {
        let columns = table
            .items
            .iter()
            .map(|item| number(item).ok_or_else(|| format!("there is no item `{item}`")));
        let columns = columns.collect::<Result<Vec<usize>, String>>()?;
        if table.lean.len() != columns.len() {
            return Err("`lean` has to have a number for each of `items`".to_owned());
        }
        let mut words = HashMap::new();
        for line in table.words.lines().filter(|line| !line.is_empty()) {
            let word = read_line(line, columns.len(), table.step);
            let (word, weights) = word.ok_or_else(|| format!("can't read the weights `{line}`"))?;
            words.insert(word, weights);
        }
        Ok(Self {
            columns,
            lean: table.lean.clone(),
            words,
        })
    }

    /// How like a folded text is to talk of each item.
    pub(crate) fn read(&self, text: &str) -> Vec<Like> {
        let mut odds = vec![0.0_f32; self.columns.len()];
        let mut length = 0.0_f32;
        for (word, times) in counted(text) {
            let Some(word) = self.words.get(word) else {
                continue;
            };
            let much = much(times) * word.rarity;
            length += much * much;
            for (odds, weight) in odds.iter_mut().zip(&word.weights) {
                *odds += much * weight;
            }
        }
        let by = if length > 0.0 {
            1.0 / length.sqrt()
        } else {
            0.0
        };
        let like = |((odds, lean), item): ((f32, &f32), &usize)| Like {
            item: *item,
            chance: chance(odds * by + lean),
        };
        odds.into_iter()
            .zip(&self.lean)
            .zip(&self.columns)
            .map(like)
            .collect()
    }

    /// The stretch of a folded text, within one sentence, that speaks most for an item, in bytes.
    pub(crate) fn because(&self, text: &str, item: usize) -> Range<usize> {
        let Some(column) = self.columns.iter().position(|at| *at == item) else {
            return 0..0;
        };
        let mut marks = vec![0.0_f32; text.len()];
        for range in stretches(text) {
            let Some(word) = self.words.get(&text[range.clone()]) else {
                continue;
            };
            let size = text[range.clone()].chars().count().max(1);
            #[expect(clippy::cast_precision_loss, reason = "at most three characters")]
            let share = word.rarity * word.weights[column] / size as f32;
            marks[range].iter_mut().for_each(|mark| *mark += share);
        }
        let mut start = 0;
        let said = text.split_inclusive('\n').filter_map(|sentence| {
            let from = start;
            start += sentence.len();
            let marks = &marks[from..from + sentence.trim_end_matches('\n').len()];
            let most = marks.iter().copied().fold(0.0, f32::max);
            let strong = |mark: &f32| most > 0.0 && *mark >= most / 2.0;
            let (first, last) = (
                marks.iter().position(strong)?,
                marks.iter().rposition(strong)?,
            );
            Some((marks.iter().sum::<f32>(), from + first..from + last + 1))
        });
        let best = said.max_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or(0..0, |(_, range)| range)
    }
}

fn read_line(line: &str, columns: usize, step: f32) -> Option<(Box<str>, Word)> {
    let mut parts = line.split('\t');
    let (word, rarity, signs) = (parts.next()?, parts.next()?, parts.next()?);
    let weight = |sign: u8| {
        let steps = f32::from(sign) - f32::from(ZERO);
        steps * steps.abs() * step
    };
    let weights: Box<[f32]> = signs.bytes().map(weight).collect();
    let rarity = rarity.parse().ok()?;
    let word = word.replace(END, "\n").into_boxed_str();
    (weights.len() == columns).then_some((word, Word { rarity, weights }))
}

/// The stretches of one to three characters of a text, in bytes.
fn stretches(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.char_indices().flat_map(|(start, _)| {
        let ends = text[start..].char_indices().take(LONGEST);
        ends.map(move |(at, c)| start..start + at + c.len_utf8())
    })
}

/// Each stretch of a text and how often it stands there, in one order: sums of the same talk are the same.
fn counted(text: &str) -> BTreeMap<&str, u32> {
    let mut counted = BTreeMap::new();
    for range in stretches(text) {
        *counted.entry(&text[range]).or_insert(0) += 1;
    }
    counted
}

/// Twice said is not twice as much.
fn much(times: u32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a text has few of one stretch")]
    let times = times as f32;
    1.0 + times.ln()
}

fn chance(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests;
