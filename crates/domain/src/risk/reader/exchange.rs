//! From the pieces of a talk to its reading: pairs questions with answers, gathers evidence per item
//! and how far each item was asked about. One pass over the turns.

use std::ops::Range;

use super::Heard;
use super::analysis::{Ask, Hit, Move, Piece, Role, Verdict};
use crate::ids::SegmentId;
use crate::risk::finding::{Asked, Finding, How, Part, Quote, Reading, Speaker, Turn};
use crate::risk::grammar::answer::{self, Answer, Meaning};
use crate::risk::grammar::context;
use crate::risk::item::{ItemId, Tier};
use crate::risk::pack::Pack;
use crate::risk::pack::file::{Says, When};

/// A question waits for its answer over so many turns of hers.
const WAITS: u8 = 3;
/// Characters up to which 「大丈夫」 says no more than that.
const SHORT: usize = 14;

/// One step of the reasoning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub segment: SegmentId,
    pub item: ItemId,
    /// What was read, in English, without the words themselves.
    pub what: String,
}

impl Step {
    /// Whether the step says that a rule's words hold.
    pub fn holds_by(&self, rule: &str) -> bool {
        let verdict = self
            .what
            .strip_prefix(rule)
            .and_then(|rest| rest.strip_prefix(": "));
        verdict.is_some_and(|verdict| ["Holds", "History"].contains(&verdict))
    }
}

/// A question that waits.
struct Open {
    ask: Ask,
    segment: SegmentId,
    span: Range<usize>,
    turns: u8,
    answered: bool,
    /// She has answered it vaguely.
    vague: bool,
    /// What somebody else answered for her.
    companion: Option<Meaning>,
}

struct Talk<'a> {
    pack: &'a Pack,
    open: Vec<Open>,
    findings: Vec<Option<Finding>>,
    order: Vec<usize>,
    asked: Vec<Asked>,
    /// Of an item: only a companion said so, and she denies it.
    doubted: Vec<bool>,
    steps: Option<&'a mut Vec<Step>>,
}

pub(super) fn read<'a>(
    pack: &'a Pack,
    heard: impl Iterator<Item = &'a Heard>,
    steps: Option<&'a mut Vec<Step>>,
) -> Reading {
    let count = pack.items().len();
    let mut talk = Talk {
        pack,
        open: Vec::new(),
        findings: vec![None; count],
        order: Vec::new(),
        asked: vec![Asked::NotAsked; count],
        doubted: vec![false; count],
        steps,
    };
    for heard in heard {
        for piece in &heard.pieces {
            match &piece.does {
                Some(does) => talk.nurse(&heard.turn, piece, does),
                None => talk.answer(&heard.turn, piece),
            }
        }
    }
    talk.finish()
}

impl Talk<'_> {
    fn nurse(&mut self, turn: &Turn, piece: &Piece, does: &Move) {
        match does {
            Move::Keeps => {}
            Move::Leaves => self.open.clear(),
            Move::Asks(asks) => {
                self.open.clear();
                for ask in asks {
                    if self.asked[ask.item] == Asked::NotAsked {
                        self.asked[ask.item] = Asked::Asked;
                    }
                    self.step(turn, ask.item, || {
                        let form = if ask.negative {
                            ", in the negative"
                        } else {
                            ""
                        };
                        format!("asked: a yes means {:?}{form}", ask.yes)
                    });
                    self.open.push(Open {
                        ask: ask.clone(),
                        segment: turn.segment,
                        span: shifted(piece.text.span(&ask.range), piece.offset),
                        turns: 0,
                        answered: false,
                        vague: false,
                        companion: None,
                    });
                }
            }
        }
    }

    fn answer(&mut self, turn: &Turn, piece: &Piece) {
        for hit in &piece.hits {
            self.hit(turn, piece, hit);
        }
        let mut open = std::mem::take(&mut self.open);
        let crowd = open.iter().filter(|open| open.ask.last).count() > 1;
        let topics = self.topics(piece, &open);
        for (at, open) in open.iter_mut().enumerate() {
            let portion = portion(&topics, at, piece.text.as_str());
            if let Some(portion) = portion {
                self.reply(turn, piece, open, portion, crowd);
            }
        }
        for open in &mut open {
            open.turns += 1;
        }
        open.retain(|open| open.turns < WAITS);
        self.open = open;
    }

    /// Words that match a rule.
    fn hit(&mut self, turn: &Turn, piece: &Piece, hit: &Hit) {
        let rule = &self.pack.rules[hit.rule];
        let item = rule.item;
        // An answered question takes no more of the words that only count as answers.
        let waits = |open: &Open| {
            let spent = open.answered && open.turns > 0 && self.tier(item) != Tier::Immediate;
            open.ask.item == item && !spent
        };
        if rule.when == When::Asked && !self.open.iter().any(waits) {
            return;
        }
        self.step(turn, item, || format!("{}: {:?}", rule.id, hit.verdict));
        if self.is_outweighed(piece, hit) {
            return;
        }
        // 「甘いものはつらいですけど、元気です」 is no answer to how she feels; an immediate item is
        // looked at all the same.
        let weak = rule.when == When::Asked && self.tier(item) != Tier::Immediate;
        if weak && answer::read(piece.text.as_str()) == Answer::Fine {
            if self.asked[item] != Asked::Negative {
                self.tell(item, Asked::Vague);
            }
            return;
        }
        // Kind words that nobody asked for reassure on no immediate item.
        let asked = self.tier(item) != Tier::Immediate
            || self.open.iter().any(|open| open.ask.item == item);
        match (hit.verdict, rule.says) {
            (Verdict::Holds | Verdict::History, Says::Risk) => {
                let tier = match hit.verdict {
                    Verdict::History => rule.tier.max(Tier::Review),
                    _ => rule.tier,
                };
                let question = self
                    .open
                    .iter()
                    .find(|open| open.ask.item == item && rule.when == When::Asked);
                let mut quotes = Vec::new();
                if let Some(open) = question {
                    quotes.push(Quote {
                        segment: open.segment,
                        span: open.span.clone(),
                        part: Part::Question,
                    });
                }
                let part = if quotes.is_empty() {
                    Part::Statement
                } else {
                    Part::Answer
                };
                let span = shifted(piece.text.span(&hit.range), piece.offset);
                quotes.push(Quote {
                    segment: turn.segment,
                    span,
                    part,
                });
                let how = if quotes.len() > 1 {
                    How::Answer
                } else {
                    How::Direct
                };
                self.find(turn, item, tier, &rule.id, how, quotes);
            }
            (Verdict::Holds | Verdict::History, Says::Safe)
            | (Verdict::Negated | Verdict::Over, Says::Risk)
                if piece.role == Role::Resident && (rule.says == Says::Risk || asked) =>
            {
                self.tell(item, Asked::Negative);
            }
            _ => {}
        }
    }

    /// 「何も買ってないです。お下がりがあるので」: what follows takes the weight off an item that only
    /// counts together with others. 「つらいけど、落ち込むほどじゃない」: so does a denial, off words that
    /// only count as answers.
    fn is_outweighed(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        let tier = self.tier(rule.item);
        let mut after = piece.hits.iter().filter(|other| {
            self.pack.rules[other.rule].item == rule.item && other.range.start >= hit.range.end
        });
        rule.says == Says::Risk
            && after.any(|other| match self.pack.rules[other.rule].says {
                Says::Safe => !tier.gates() && other.verdict == Verdict::Holds,
                Says::Risk => {
                    rule.when == When::Asked
                        && tier != Tier::Immediate
                        && other.verdict == Verdict::Negated
                }
            })
    }

    /// What an answer says to an open question.
    fn reply(
        &mut self,
        turn: &Turn,
        piece: &Piece,
        open: &mut Open,
        portion: Range<usize>,
        crowd: bool,
    ) {
        let (item, immediate) = (open.ask.item, self.tier(open.ask.item) == Tier::Immediate);
        let all = piece.text.as_str();
        let about = |hit: &&Hit| {
            let rule = &self.pack.rules[hit.rule];
            rule.item == item && portion.start <= hit.range.start && hit.range.start < portion.end
        };
        let holds = |hit: &Hit, says: Says| {
            !self.is_outweighed(piece, hit)
                && matches!(hit.verdict, Verdict::Holds | Verdict::History)
                && self.pack.rules[hit.rule].says == says
        };
        if piece
            .hits
            .iter()
            .filter(about)
            .any(|hit| holds(hit, Says::Risk))
        {
            open.answered = true;
            if piece.role == Role::Companion {
                open.companion = Some(Meaning::Risk);
            }
            return;
        }
        let denied = piece.hits.iter().filter(about).any(|hit| {
            holds(hit, Says::Safe) || matches!(hit.verdict, Verdict::Negated | Verdict::Over)
        });
        let from = answer::taken_back(all).clamp(portion.start, portion.end);
        let text = &all[from..portion.end];
        let read = answer::read(text);
        let lone = matches!(read, Answer::Yes { lone: true } | Answer::No { lone: true });
        if open.answered && (lone || read == Answer::Content) || !open.ask.last && lone {
            return;
        }
        let mut meaning = answer::mean(read, open.ask.yes, open.ask.negative, immediate, text);
        let outweighed = |hit: &Hit| self.is_outweighed(piece, hit);
        let outweighed = piece.hits.iter().filter(about).any(outweighed);
        if denied
            && (outweighed || !answer::insists(text))
            && matches!(
                meaning,
                Meaning::Risk | Meaning::Told | Meaning::Vague | Meaning::Nothing
            )
        {
            meaning = Meaning::Safe;
        }
        // 「いろいろありますけど」, 「まあ、大丈夫です」: she has only closed the subject.
        if open.vague && read == Answer::Fine && text.chars().count() <= SHORT {
            meaning = Meaning::Vague;
        }
        if crowd && immediate && meaning == Meaning::Risk && lone {
            meaning = Meaning::Vague;
        }
        self.step(turn, item, || format!("answer {read:?} means {meaning:?}"));
        if piece.role == Role::Companion {
            if context::speaks_of_himself(text) {
                return;
            }
            open.companion = Some(meaning);
            open.vague |= matches!(meaning, Meaning::Told | Meaning::Vague);
            if meaning == Meaning::Risk && !immediate {
                self.found_by_answer(turn, piece, open, &portion);
            } else if meaning == Meaning::Safe || meaning == Meaning::Told {
                self.tell(item, Asked::Vague);
            }
            return;
        }
        // Somebody else answered before her: only what she says herself counts.
        match (open.companion, meaning) {
            (Some(Meaning::Safe | Meaning::Told), _)
                if lone || matches!(read, Answer::Vague | Answer::Content) =>
            {
                meaning = if denied { meaning } else { Meaning::Vague };
            }
            (Some(Meaning::Safe | Meaning::Told), Meaning::Risk)
                if read == (Answer::Yes { lone: false }) =>
            {
                meaning = Meaning::Vague;
            }
            (Some(Meaning::Risk), Meaning::Safe) if matches!(read, Answer::Yes { .. }) => return,
            (Some(Meaning::Risk), Meaning::Safe) => {
                self.doubted[item] = true;
                return;
            }
            _ => {}
        }
        match meaning {
            Meaning::Risk => {
                self.found_by_answer(turn, piece, open, &portion);
                open.answered = true;
            }
            Meaning::Safe => {
                self.tell(item, Asked::Negative);
                open.answered = true;
            }
            // Words in which nothing was recognised reassure nobody.
            Meaning::Told | Meaning::Vague => {
                if self.asked[item] != Asked::Negative || meaning == Meaning::Vague {
                    self.tell(item, Asked::Vague);
                }
                open.vague = true;
            }
            Meaning::Declined => self.tell(item, Asked::Declined),
            Meaning::Nothing => {}
        }
    }

    fn found_by_answer(&mut self, turn: &Turn, piece: &Piece, open: &Open, portion: &Range<usize>) {
        let item = open.ask.item;
        let end = portion.start
            + piece.text.as_str()[portion.clone()]
                .trim_end_matches('\n')
                .len();
        let span = shifted(piece.text.span(&(portion.start..end)), piece.offset);
        let quotes = vec![
            Quote {
                segment: open.segment,
                span: open.span.clone(),
                part: Part::Question,
            },
            Quote {
                segment: turn.segment,
                span,
                part: Part::Answer,
            },
        ];
        let rule = format!("{}.answer", self.pack.items()[item].id);
        let tier = self.tier(item);
        self.find(turn, item, tier, &rule, How::Answer, quotes);
    }

    fn find(
        &mut self,
        turn: &Turn,
        item: usize,
        tier: Tier,
        rule: &str,
        how: How,
        quotes: Vec<Quote>,
    ) {
        let unsure = quotes
            .iter()
            .filter(|quote| quote.segment == turn.segment)
            .any(|quote| {
                turn.unsure
                    .iter()
                    .any(|range| range.start < quote.span.end && quote.span.start < range.end)
            });
        let speaker_unknown = turn.speaker == Speaker::Unknown;
        match &mut self.findings[item] {
            Some(finding) => {
                finding.tier = finding.tier.min(tier);
                finding.unsure &= unsure;
                finding.speaker_unknown &= speaker_unknown;
                for quote in quotes {
                    if !finding.quotes.contains(&quote) {
                        finding.quotes.push(quote);
                    }
                }
            }
            none => {
                self.order.push(item);
                *none = Some(Finding {
                    item: self.pack.items()[item].id.clone(),
                    tier,
                    rule: rule.to_owned(),
                    how,
                    quotes,
                    unsure,
                    sound: None,
                    speaker_unknown,
                });
            }
        }
    }

    /// What is known now. A vague answer to an immediate item stays until she says something clear.
    fn tell(&mut self, item: usize, now: Asked) {
        self.asked[item] = now;
    }

    fn tier(&self, item: usize) -> Tier {
        self.pack.items()[item].tier
    }

    /// Where an answer names the items of the open questions, in order.
    fn topics(&self, piece: &Piece, open: &[Open]) -> Vec<Option<usize>> {
        if open.len() < 2 {
            return vec![None; open.len()];
        }
        let text = piece.text.as_str();
        let place = |open: &Open| {
            let asks = self
                .pack
                .questions
                .iter()
                .filter(|question| question.item == open.ask.item);
            asks.filter_map(|question| question.pattern.regex.find(text))
                .map(|found| found.start())
                .min()
        };
        open.iter().map(place).collect()
    }

    fn step(&mut self, turn: &Turn, item: usize, what: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.steps {
            let item = self.pack.items()[item].id.clone();
            steps.push(Step {
                segment: turn.segment,
                item,
                what: what(),
            });
        }
    }

    fn finish(mut self) -> Reading {
        let mut reading = Reading::default();
        for (number, item) in self.pack.items().iter().enumerate() {
            let asked = match &self.findings[number] {
                Some(_) if self.doubted[number] => Asked::Vague,
                Some(_) => Asked::Positive,
                None => self.asked[number],
            };
            reading.coverage.insert(item.id.clone(), asked);
        }
        for item in self.order {
            reading.findings.extend(self.findings[item].take());
        }
        reading
    }
}

/// The part of an answer that speaks of one of several questions: from its topic to the next one.
fn portion(topics: &[Option<usize>], at: usize, text: &str) -> Option<Range<usize>> {
    const BOTH: [&str; 4] = ["どっちも", "どちらも", "両方", "2つとも"];
    if topics.iter().all(Option::is_none) || BOTH.iter().any(|both| text.contains(both)) {
        return Some(0..text.len());
    }
    let start = topics[at]?;
    let next = topics
        .iter()
        .flatten()
        .filter(|other| **other > start)
        .min();
    Some(start..next.copied().unwrap_or(text.len()))
}

fn shifted(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}
