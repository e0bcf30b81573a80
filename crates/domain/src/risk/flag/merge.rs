//! What a new reading of the talk and of what is written changes in its flags. What a person
//! decided stays as it is.

use std::collections::BTreeMap;

use super::{Flag, FlagQuote, Found, PackRef, State};
use crate::ids::{FlagId, InterviewId, SegmentId};
use crate::risk::finding::{Finding, Part, Reading};
use crate::risk::form::{self, WrittenFinding};
use crate::risk::item::{ItemId, Tier};
use crate::time::{InterviewMs, Timestamp};

/// What a reading is merged under.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub interview: InterviewId,
    pub pack: &'a PackRef,
    /// Of every segment that was read.
    pub heard: &'a BTreeMap<SegmentId, Heard>,
    /// A segment that has just been given another speaker: whatever quotes it is another thing to see.
    pub turned: Option<SegmentId>,
    pub now: Timestamp,
}

/// Which revision of a segment was read, and when it was spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub revision: u32,
    pub start: InterviewMs,
    /// Somebody was near her then, and nobody has said since whose words they are.
    pub doubted: bool,
    /// One microphone heard the whole room, or a nurse says that nobody knows whose words they are.
    pub unknown: bool,
    /// Somebody has said who speaks in it, and perhaps taken it back.
    pub given: bool,
}

/// What is to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Made(Flag),
    /// Other evidence than before.
    Read(Flag),
    /// Nobody had to decide it, and its evidence is gone.
    Gone(Flag),
}

/// All that speaks for an item now: in the talk, in writing, or both.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    item: &'a ItemId,
    tier: Tier,
    spoken: Option<&'a Finding>,
    written: Option<&'a WrittenFinding>,
}

/// The talk's first, in its order; then what is only written.
fn evidence<'a>(talk: &'a Reading, written: &'a form::Reading) -> Vec<Evidence<'a>> {
    let written_of = |item: &ItemId| written.findings.iter().find(|it| it.item == *item);
    let spoken = talk.findings.iter().map(|spoken| {
        let written = written_of(&spoken.item);
        Evidence {
            item: &spoken.item,
            tier: written.map_or(spoken.tier, |it| it.tier.min(spoken.tier)),
            spoken: Some(spoken),
            written,
        }
    });
    let silent = |it: &&WrittenFinding| talk.findings.iter().all(|said| said.item != it.item);
    let unspoken = written.findings.iter().filter(silent).map(|it| Evidence {
        item: &it.item,
        tier: it.tier,
        spoken: None,
        written: Some(it),
    });
    spoken.chain(unspoken).collect()
}

/// What must change so that `flags`, one per item, follow what was said and what is written. A flag
/// that somebody decided gains evidence and loses none. Nor does an immediate one for what somebody has
/// said of who speaks: it stays until it is decided, and whoever approves sees it. `id` makes the ids of
/// new flags.
pub fn merge(
    flags: &[Flag],
    talk: &Reading,
    written: &form::Reading,
    on: &Ground<'_>,
    mut id: impl FnMut() -> FlagId,
) -> Vec<Change> {
    let all = evidence(talk, written);
    let mut changes = Vec::new();
    let turned = |flag: &Flag| {
        let mut quotes = flag.quotes.iter();
        quotes.any(|quote| on.turned == Some(quote.segment))
    };
    for flag in flags {
        let now = all.iter().find(|it| *it.item == flag.item);
        let stays = !matches!(flag.state, State::Suggested) || is_kept(flag, now, on);
        let follows = match now {
            Some(now) if stays => Some(flag.clone().gain(now, on)),
            Some(now) => Some(flag.clone().follow(now, on)),
            None if stays => Some(flag.clone().name_speaker(on)),
            None => flag.clone().lose(),
        };
        match follows {
            None => changes.push(Change::Gone(flag.clone())),
            Some(after) if after != *flag || turned(flag) => changes.push(Change::Read(after)),
            Some(_) => {}
        }
    }
    for now in &all {
        if flags.iter().all(|flag| flag.item != *now.item) {
            let flag = Flag {
                id: id(),
                interview: on.interview,
                item: now.item.clone(),
                tier: now.tier,
                pack: on.pack.clone(),
                found: None,
                seen: None,
                made_by: None,
                made_at: on.now,
                at: InterviewMs::default(),
                quotes: Vec::new(),
                written: Vec::new(),
                state: State::Suggested,
            };
            changes.push(Change::Made(flag.follow(now, on)));
        }
    }
    changes
}

/// Whether it is immediate and would lose, or be less urgent for, what somebody has said of who speaks.
fn is_kept(flag: &Flag, now: Option<&Evidence<'_>>, on: &Ground<'_>) -> bool {
    let as_urgent = now.filter(|it| it.tier == Tier::Immediate);
    let found = as_urgent.and_then(|it| it.spoken);
    let quoted = |of| found.is_some_and(|it| it.quotes.iter().any(|quote| quote.segment == of));
    let given = |of| on.heard.get(&of).is_some_and(|it| it.given);
    let mut quotes = flag.quotes.iter().map(|quote| quote.segment);
    flag.tier == Tier::Immediate && quotes.any(|of| given(of) && !quoted(of))
}

impl Flag {
    /// Nobody has decided: it is what was said and what is written.
    fn follow(mut self, now: &Evidence<'_>, on: &Ground<'_>) -> Self {
        let quotes = now.spoken.map_or_else(Vec::new, |it| quotes(it, on));
        self.found = now.spoken.map(Found::of);
        // What a nurse added by hand keeps the time and the urgency that it was given.
        if self.seen.is_none() {
            self.at = start(&quotes, on).unwrap_or(self.at);
            self.tier = now.tier;
        } else {
            self.tier = self.tier.min(now.tier);
        }
        self.quotes = quotes;
        self.written = now.written.map_or_else(Vec::new, |it| it.written.clone());
        self.name_speaker(on)
    }

    /// Somebody has decided: what is new stands beside what they saw.
    fn gain(mut self, now: &Evidence<'_>, on: &Ground<'_>) -> Self {
        for one in now.written.iter().flat_map(|it| &it.written) {
            if !self.written.iter().any(|known| known.is_of(one)) {
                self.written.push(one.clone());
            }
        }
        let Some(finding) = now.spoken else {
            return self.name_speaker(on);
        };
        for quote in quotes(finding, on) {
            // The same words in another revision of their segment are no news.
            let known = self.quotes.iter().any(|it| {
                *it == quote || (it.segment == quote.segment && it.revision != quote.revision)
            });
            if !known {
                self.quotes.push(quote);
            }
        }
        if self.found.is_none() && !self.quotes.is_empty() {
            self.found = Some(Found::of(finding));
        }
        self.name_speaker(on)
    }

    /// Whether any of what speaks for it may be somebody else's words; a question is the nurse's. That is nobody's
    /// decision about the flag: it is as it is known now.
    fn name_speaker(mut self, on: &Ground<'_>) -> Self {
        let said = self.quotes.iter().filter(|it| it.part != Part::Question);
        let heard: Vec<&Heard> = said.filter_map(|it| on.heard.get(&it.segment)).collect();
        if let Some(found) = &mut self.found
            && !heard.is_empty()
        {
            let nobody_knows = heard.iter().all(|it| it.unknown);
            found.speaker_unknown = nobody_knows || heard.iter().any(|it| it.doubted);
        }
        self
    }

    /// Without evidence a suggestion goes; what a nurse wrote stays.
    fn lose(mut self) -> Option<Self> {
        self.seen.as_ref()?;
        self.found = None;
        self.quotes = Vec::new();
        self.written = Vec::new();
        Some(self)
    }
}

/// The evidence, as far as its segments are known.
fn quotes(finding: &Finding, on: &Ground<'_>) -> Vec<FlagQuote> {
    let known = |quote: &crate::risk::finding::Quote| {
        on.heard.get(&quote.segment).map(|heard| FlagQuote {
            segment: quote.segment,
            revision: heard.revision,
            span: quote.span.clone(),
            part: quote.part,
        })
    };
    finding.quotes.iter().filter_map(known).collect()
}

impl Found {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.clone(),
            how: finding.how,
            sound: finding.sound,
            unsure: finding.unsure,
            speaker_unknown: finding.speaker_unknown,
        }
    }
}

fn start(quotes: &[FlagQuote], on: &Ground<'_>) -> Option<InterviewMs> {
    let starts = quotes.iter().filter_map(|it| on.heard.get(&it.segment));
    starts.map(|heard| heard.start).min()
}
