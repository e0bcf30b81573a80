//! What a turn's words are like beside what the rules find in them: adds what no rule has words for, and doubts
//! a rule whose sentence is not like talk of its item. Owns how sure that has to be.

use super::analysis::{Ask, Hit, Likely, Piece, Verdict, Window};
use super::exchange::{Open, Talk, shifted};
use crate::risk::finding::{Asked, How, Part, Quote, Turn};
use crate::risk::item::Tier;
use crate::risk::likeness::Like;
use crate::risk::pack::file::{Says, When};

/// From this chance on words are evidence by themselves.
const TELLS: f32 = 0.5;
/// The same while their item's question waits for an answer.
pub(super) const ANSWERS: f32 = 0.25;
/// The same where the grammar has cleared a rule's words of that item, or she has just denied it.
const AGAINST: f32 = 0.8;
/// Below this chance a rule's words are taken for something else.
const DOUBT: f32 = 0.08;
/// The same for what is looked at the same day.
const DOUBT_AT_ONCE: f32 = 0.04;
/// The same where the words were not heard so, but sound alike.
const DOUBT_OF_SOUND: f32 = 0.15;
/// Characters of words that say something by themselves.
const SAYS: usize = 6;
/// The same of an answer: more than a yes or a no.
const TOLD: usize = 12;

impl Talk<'_> {
    /// Whether a rule's words stand in a sentence that is not like talk of their item. What answers a question and
    /// what a municipality wrote itself is never doubted.
    pub(super) fn is_unlike(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        let asked = || self.open.iter().any(|open| open.ask.item == rule.item);
        if !matches!(hit.verdict, Verdict::Holds | Verdict::History) {
            return false;
        }
        if rule.city || rule.says == Says::Safe || rule.when == When::Asked || asked() {
            return false;
        }
        let here = |window: &&Window| window.range.contains(&hit.range.start);
        let window = piece.windows.iter().find(here);
        window.is_some_and(|window| {
            let alone = window
                .alone
                .iter()
                .find(|(range, _)| range.contains(&hit.range.start));
            // What stands beside a sentence takes nothing from it.
            let alone = alone.map_or(window.likes.as_slice(), |(_, likes)| likes);
            self.is_doubted(window, alone, rule.item)
        })
    }

    /// Whether a long answer, read as a yes, speaks of another item than the one that was asked about, or of nothing like
    /// it where the question itself was only likely. Never so of what is looked at the same day.
    pub(super) fn speaks_of_another(&self, piece: &Piece, text: &str, ask: &Ask) -> bool {
        let item = ask.item;
        let here = |window: &Window| self.is_doubted(window, &window.likes, item);
        let another = |hit: &Hit| {
            let rule = &self.pack.rules[hit.rule];
            let says = rule.says == Says::Risk && rule.when != When::Asked;
            says && rule.item != item && hit.verdict == Verdict::Holds
        };
        let mut likely = piece.windows.iter().flat_map(|window| &window.likely);
        self.tier(item) != Tier::Immediate
            && text.chars().count() >= TOLD
            && !piece.windows.is_empty()
            && piece.windows.iter().all(here)
            && (ask.likely
                || likely.any(|likely| likely.item != item)
                || piece.hits.iter().any(another))
    }

    fn is_doubted(&self, window: &Window, alone: &[Like], item: usize) -> bool {
        let doubt = match self.tier(item) {
            _ if !window.heard => DOUBT_OF_SOUND,
            Tier::Immediate => DOUBT_AT_ONCE,
            _ => DOUBT,
        };
        [window.likes.as_slice(), alone].iter().all(|likes| {
            let like = likes.iter().find(|like| like.item == item);
            like.is_some_and(|like| like.chance < doubt)
        })
    }

    /// Takes in what the words of a turn are like.
    pub(super) fn likens(&mut self, turn: &Turn, piece: &Piece) {
        let answers = self.open.iter().any(|open| open.turns == 0);
        let least = if answers { TOLD } else { SAYS };
        let says = |window: &&Window| {
            let words = &piece.text.as_str()[window.range.clone()];
            window.heard && words.chars().count() >= least
        };
        let heard = piece.windows.iter().filter(says);
        for (window, likely) in
            heard.flat_map(|it| it.likely.iter().map(move |likely| (it, likely)))
        {
            let item = likely.item;
            if likely.chance < self.least(piece, window, likely) || self.is_quoted(turn, item) {
                continue;
            }
            let span = shifted(piece.text.span(&likely.range), piece.offset);
            self.step(turn, span.clone(), item, || "is like talk of it".to_owned());
            let quote = Quote {
                segment: turn.segment,
                span,
                part: Part::Statement,
            };
            let rule = &self.pack.likely.rules[item];
            let tier = match likely.verdict {
                Verdict::History => rule.tier.max(Tier::Review),
                _ => rule.tier,
            };
            self.find(turn, item, tier, &rule.id, How::Direct, vec![quote]);
        }
    }

    /// How like an item words have to be.
    fn least(&self, piece: &Piece, window: &Window, likely: &Likely) -> f32 {
        let item = likely.item;
        let waits = |open: &Open| open.ask.item == item && open.turns == 0;
        let waits = self.open.iter().any(waits);
        let cleared = |hit: &Hit| {
            let rule = &self.pack.rules[hit.rule];
            let against = match rule.says {
                Says::Safe => hit.verdict == Verdict::Holds,
                Says::Risk if rule.when == When::Asked => false,
                Says::Risk => is_cleared(hit.verdict),
            };
            against && rule.item == item && window.range.contains(&hit.range.start)
        };
        let denied = waits && self.asked[item] == Asked::Negative;
        if denied || is_cleared(likely.verdict) || piece.hits.iter().any(cleared) {
            AGAINST
        } else if waits {
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

/// Whether the grammar takes the weight off words.
fn is_cleared(verdict: Verdict) -> bool {
    !matches!(
        verdict,
        Verdict::Holds | Verdict::History | Verdict::Excepted
    )
}
