//! What the words of a turn are like, a few sentences at a time. Knows no other turn; decides nothing.

use std::ops::Range;

use super::likeness::{ANSWERS, DOUBT_AT_ONCE, DOUBT_OF_SOUND, may_doubt};
use super::said::{Hit, Said, Verdict};
use crate::risk::grammar::{joint, person, polarity};
use crate::risk::item::Tier;
use crate::risk::likeness::Like;
use crate::risk::pack::Pack;
use crate::risk::text::{Sentence, Text};

/// Sentences that are read together for what they are like.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Bytes of the piece's text.
    pub(crate) range: Range<usize>,
    pub(crate) likes: Vec<Like>,
    /// The same of each sentence in which a rule finds words that may be doubted, where there are several, and of what
    /// stands next to them where they are looked at the same day.
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
        let less = |hit: &Hit, chance: f32| {
            let item = pack.rules[hit.rule].item;
            likes
                .iter()
                .any(|like| like.item == item && like.chance < chance)
        };
        let doubted =
            |hit: &&Hit| may_doubt(&pack.rules[hit.rule], hit) && less(hit, DOUBT_OF_SOUND);
        let doubted: Vec<&Hit> = hits.iter().filter(doubted).collect();
        let mut alone: Vec<(Range<usize>, Vec<Like>)> = Vec::new();
        let within = |it: &&Sentence| range.start <= it.range.start && it.range.end <= range.end;
        for sentence in text.sentences().iter().filter(within) {
            let found = |hit: &&Hit| sentence.range.contains(&hit.range.start);
            if sentence.range != range && doubted.iter().any(found) {
                alone.push((sentence.range.clone(), likeness.read(here(&sentence.range))));
            }
            let at_once = |hit: &Hit| pack.rules[hit.rule].tier == Tier::Immediate;
            for hit in doubted.iter().filter(|hit| found(hit)) {
                if at_once(hit) && less(hit, DOUBT_AT_ONCE) {
                    for words in near(text, sentence, hit) {
                        let likes = likeness.read(&[words, "\n"].concat());
                        alone.push((hit.range.clone(), likes));
                    }
                }
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

/// Characters before and behind words that say whether they are meant so.
const BEFORE: usize = 16;
const BEHIND: usize = 12;
/// What stands next to words in their own clause, and without what stands before them; their sentence, where it says first what
/// it is about.
fn near<'a>(text: &'a Text, sentence: &Sentence, hit: &Hit) -> Vec<&'a str> {
    let (words, start) = (text.sentence(sentence), sentence.range.start);
    let end = hit.range.end.min(sentence.range.end) - start;
    let hit = hit.range.start - start..end;
    let clause = polarity::clause(words, hit.start);
    if joint::names_its_matter(&words[..clause.start]) {
        return vec![words];
    }
    let before = &words[clause.start..hit.start];
    let mut chars = before.char_indices().rev();
    let from = chars.nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let behind = &words[hit.end..clause.end.max(hit.end)];
    let mut ends = behind.char_indices().map(|(at, _)| at);
    let to = hit.end + ends.nth(BEHIND).unwrap_or(behind.len());
    let mut near = vec![&words[clause.start + from..to]];
    // 「お金がなくて困ってて、‐夫に殴られます」: what says whose it is stands for itself.
    let matched = &words[hit.clone()];
    if person::says_who(matched) {
        near.push(&words[hit.start + joint::behind_its_reason(matched)..to]);
    }
    near
}
