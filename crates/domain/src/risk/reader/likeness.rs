//! What a turn's words are like beside what the rules find in them: adds what no rule has words for, and doubts
//! a rule whose sentence is not like talk of its item. Owns how sure that has to be.

use super::analysis::{Hit, Piece, Verdict, Window};
use super::exchange::{Talk, shifted};
use crate::risk::finding::{Asked, How, Part, Quote, Turn};
use crate::risk::item::Tier;
use crate::risk::pack::file::{Says, When};

/// From this chance on words are evidence by themselves.
const TELLS: f32 = 0.2;
/// The same while their item's question waits for an answer.
const ANSWERS: f32 = 0.1;
/// The same where the grammar has cleared a rule's words of that item, or she has just denied it.
const AGAINST: f32 = 0.5;
/// Below this chance a rule's words are taken for something else.
const DOUBT: f32 = 0.04;
/// The same for what is looked at the same day.
const DOUBT_AT_ONCE: f32 = 0.02;
/// The same where the words were not heard so, but sound alike.
const DOUBT_OF_SOUND: f32 = 0.1;
/// Characters of an answer that is more than a yes or a no.
const TOLD: usize = 14;

impl Talk<'_> {
    /// Whether a rule's words stand in a sentence that is not like talk of their item. What answers a question and
    /// what a municipality wrote itself is never doubted.
    pub(super) fn is_unlike(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        let asked = || self.open.iter().any(|open| open.ask.item == rule.item);
        if rule.city || rule.says == Says::Safe || rule.when == When::Asked || asked() {
            return false;
        }
        let here = |window: &&Window| window.range.contains(&hit.range.start);
        let window = piece.windows.iter().find(here);
        window.is_some_and(|window| self.is_doubted(window, rule.item))
    }

    /// Whether a long answer, read as a yes, is not like talk of the item that was asked about.
    pub(super) fn is_told_otherwise(&self, piece: &Piece, text: &str, item: usize) -> bool {
        let doubted = |window: &Window| self.is_doubted(window, item);
        text.chars().count() >= TOLD
            && !piece.windows.is_empty()
            && piece.windows.iter().all(doubted)
    }

    fn is_doubted(&self, window: &Window, item: usize) -> bool {
        let doubt = match self.tier(item) {
            _ if !window.heard => DOUBT_OF_SOUND,
            Tier::Immediate => DOUBT_AT_ONCE,
            _ => DOUBT,
        };
        let like = window.likes.iter().find(|like| like.item == item);
        like.is_some_and(|like| like.chance < doubt)
    }

    /// Takes in what the words of a turn are like.
    pub(super) fn likens(&mut self, turn: &Turn, piece: &Piece) {
        for window in piece.windows.iter().filter(|window| window.heard) {
            for like in window.likes.iter().filter(|like| like.chance >= ANSWERS) {
                let item = like.item;
                if like.chance < self.least(piece, window, item) || self.is_quoted(turn, item) {
                    continue;
                }
                let text = &piece.text.as_str()[window.range.clone()];
                let marks = self.pack.likeness().map(|it| it.because(text, item));
                let marks = marks.unwrap_or_default();
                let from = marks.first().map_or(0, |mark| mark.start);
                let to = marks.last().map_or(text.len(), |mark| mark.end);
                let span = window.range.start + from..window.range.start + to;
                let span = shifted(piece.text.span(&span), piece.offset);
                self.step(turn, span.clone(), item, || "is like talk of it".to_owned());
                let quote = Quote {
                    segment: turn.segment,
                    span,
                    part: Part::Statement,
                };
                let rule = format!("{}.likeness", self.pack.items()[item].id);
                let tier = self.tier(item);
                self.find(turn, item, tier, &rule, How::Likeness, vec![quote]);
            }
        }
    }

    /// How like an item words have to be.
    fn least(&self, piece: &Piece, window: &Window, item: usize) -> f32 {
        let waits = self
            .open
            .iter()
            .find(|open| open.ask.item == item && open.turns == 0);
        let cleared = |hit: &Hit| {
            let rule = &self.pack.rules[hit.rule];
            let against = match rule.says {
                Says::Safe => hit.verdict == Verdict::Holds,
                Says::Risk if rule.when == When::Asked => false,
                Says::Risk => !matches!(
                    hit.verdict,
                    Verdict::Holds | Verdict::History | Verdict::Excepted
                ),
            };
            against && rule.item == item && window.range.contains(&hit.range.start)
        };
        if piece.hits.iter().any(cleared) || waits.is_some() && self.asked[item] == Asked::Negative
        {
            AGAINST
        } else if waits.is_some() {
            ANSWERS
        } else {
            TELLS
        }
    }

    fn is_quoted(&self, turn: &Turn, item: usize) -> bool {
        let finding = self.findings[item].as_ref();
        finding.is_some_and(|it| it.quotes.iter().any(|quote| quote.segment == turn.segment))
    }
}
