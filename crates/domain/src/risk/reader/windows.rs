//! What the words of a turn are like, a few sentences at a time. Knows no other turn; decides nothing.

use std::ops::Range;

use super::likeness::{ANSWERS, DOUBT_OF_SOUND, may_doubt};
use super::said::{Hit, Said, Verdict};
use crate::risk::likeness::Like;
use crate::risk::pack::Pack;
use crate::risk::text::Sentence;

/// Sentences that are read together for what they are like.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Bytes of the piece's text.
    pub(crate) range: Range<usize>,
    pub(crate) likes: Vec<Like>,
    /// The same of each sentence in which a rule finds words that may be doubted, where there are several.
    pub(crate) alone: Vec<(Range<usize>, Vec<Like>)>,
    /// What they are so like that it may be evidence.
    pub(crate) likely: Vec<Likely>,
    /// Whether the words were heard so, and do not only sound alike.
    pub(crate) heard: bool,
}

/// Words that are like talk of an item.
#[derive(Clone, Debug)]
pub(crate) struct Likely {
    pub(crate) item: usize,
    pub(crate) chance: f32,
    /// The stretch that says most, in bytes of the piece's text.
    pub(crate) range: Range<usize>,
    /// What the grammar makes of that stretch.
    pub(crate) verdict: Verdict,
}

/// Characters up to which sentences are read together: about as long as the longest turns that were learned from.
const WINDOW: usize = 120;

/// What a text is like, by so many sentences at once.
pub(super) fn windows(pack: &Pack, said: &Said<'_>, hits: &[Hit]) -> Vec<Window> {
    let Some(likeness) = pack.likeness() else {
        return Vec::new();
    };
    let text = said.text;
    let words = text.as_str();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for sentence in text.sentences() {
        let range = &sentence.range;
        match ranges.last_mut() {
            Some(last) if words[last.start..range.end].chars().count() <= WINDOW => {
                last.end = range.end;
            }
            _ => ranges.push(range.clone()),
        }
    }
    // With the end of the last sentence.
    let here = |range: &Range<usize>| words.get(range.start..=range.end).unwrap_or(words);
    let read = |range: Range<usize>| {
        let likes = likeness.read(here(&range));
        let doubted = |hit: &&Hit| {
            let rule = &pack.rules[hit.rule];
            let doubt = |like: &Like| like.item == rule.item && like.chance < DOUBT_OF_SOUND;
            may_doubt(rule, hit) && likes.iter().any(doubt)
        };
        let doubted: Vec<&Hit> = hits.iter().filter(doubted).collect();
        let mut alone: Vec<(Range<usize>, Vec<Like>)> = Vec::new();
        let within = |it: &&Sentence| range.start <= it.range.start && it.range.end <= range.end;
        for sentence in text.sentences().iter().filter(within) {
            let found = |hit: &&Hit| sentence.range.contains(&hit.range.start);
            if sentence.range != range && doubted.iter().any(found) {
                alone.push((sentence.range.clone(), likeness.read(here(&sentence.range))));
            }
        }
        let likely = |like: &Like| {
            let most = likeness.because(here(&range), like.item);
            if most.is_empty() {
                return None;
            }
            let most = range.start + most.start..range.start + most.end;
            let sentence = text.sentence_at(most.start)?;
            let range = most.start..most.end.min(sentence.range.end);
            let rule = &pack.likely.rules[like.item];
            Some(Likely {
                item: like.item,
                chance: like.chance,
                verdict: said.verdict(rule, sentence, &range),
                range,
            })
        };
        let near = likes.iter().filter(|like| like.chance >= ANSWERS);
        Window {
            likely: near.filter_map(likely).collect(),
            alone,
            likes,
            range,
            heard: true,
        }
    };
    ranges.into_iter().map(read).collect()
}
