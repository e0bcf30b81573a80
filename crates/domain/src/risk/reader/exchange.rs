//! From the pieces of a talk to its reading: pairs questions with answers, gathers evidence per item
//! and how far each item was asked about. One pass over the turns.

use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use super::Heard;
use super::analysis::{Anew, Ask, Move, Piece, Role};
use super::likeness::Answered;
use super::said::{Hit, Verdict};
use super::step::{self, Outcome, Step};
use super::voices::Before;
use crate::ids::SegmentId;
use crate::risk::finding::{Asked, Finding, How, Part, Quote, Reading, Speaker, Turn};
use crate::risk::grammar::answer::{self, Answer};
use crate::risk::grammar::meaning::Meaning;
use crate::risk::grammar::person;
use crate::risk::item::Tier;
use crate::risk::likeness;
use crate::risk::pack::file::{Says, When, Yes};
use crate::risk::pack::{Known, NotAbout, Pack};

/// A question waits for its answer over so many turns of hers.
const WAITS: u8 = 3;
/// Characters up to which 「大丈夫」 says no more than that.
pub(super) const SHORT: usize = 14;
/// Characters of a sentence that is more than a yes or a no.
const SAYS: usize = 5;
/// So many quotes of one item are kept: more would tell nobody anything.
const QUOTES: usize = 40;

/// A question that waits.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) ask: Ask,
    pub(super) segment: SegmentId,
    pub(super) span: Range<usize>,
    pub(super) turns: u8,
    pub(super) answered: bool,
    /// The nurse has told something since.
    pub(super) lapsed: bool,
    /// She has answered it vaguely.
    pub(super) vague: bool,
    /// What somebody else answered for her.
    pub(super) companion: Option<Meaning>,
}

/// Where a talk stands after some of its turns.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) open: Vec<Open>,
    /// Shared with the states that are kept of earlier turns.
    pub(super) findings: Vec<Option<Arc<Finding>>>,
    pub(super) order: Vec<usize>,
    pub(super) asked: Vec<Asked>,
    /// Questions that she has answered with good news, the last one last.
    pub(super) settled: Vec<Open>,
    /// Of an item: only a companion said so, and she denies it.
    pub(super) doubted: Vec<bool>,
    /// Who speaks now.
    pub(super) role: Role,
    pub(super) before: Before,
}

impl State {
    pub(super) fn new(pack: &Pack) -> Self {
        let count = pack.items().len();
        Self {
            open: Vec::new(),
            findings: vec![None; count],
            order: Vec::new(),
            asked: vec![Asked::NotAsked; count],
            settled: Vec::new(),
            doubted: vec![false; count],
            role: Role::Resident,
            before: Before::default(),
        }
    }

    /// The state after one more turn; `steps` takes the reasoning in.
    pub(super) fn after(self, pack: &Pack, heard: &Heard, steps: Option<&mut Vec<Step>>) -> Self {
        let mut talk = Talk {
            pack,
            state: self,
            answers: Vec::new(),
            steps,
        };
        for piece in &heard.pieces {
            talk.role = match piece.role {
                Role::Unknown => talk.before.role(piece.lean),
                role => role,
            };
            let role = talk.role;
            talk.before.speaks(role, piece.asks);
            match role {
                Role::Nurse => talk.nurse(&heard.turn, piece),
                _ => talk.answer(&heard.turn, piece),
            }
        }
        talk.state
    }

    pub(super) fn reading(&self, pack: &Pack) -> Reading {
        let coverage = pack.items().iter().enumerate().map(|(number, item)| {
            let asked = match &self.findings[number] {
                Some(_) if self.doubted[number] => Asked::Vague,
                Some(_) => Asked::Positive,
                None => self.asked[number],
            };
            (item.id.clone(), asked)
        });
        let findings = self.order.iter().map(|item| &self.findings[*item]);
        let findings = findings.flatten().map(|it| Finding::clone(it));
        Reading {
            findings: findings.collect(),
            coverage: coverage.collect(),
        }
    }
}

/// A turn on its way into the state.
pub(super) struct Talk<'a> {
    pub(super) pack: &'a Pack,
    pub(super) state: State,
    /// What the answers that are said now are like, by the items that were asked about.
    pub(super) answers: Vec<(usize, Answered)>,
    pub(super) steps: Option<&'a mut Vec<Step>>,
}

impl Deref for Talk<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Talk<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Talk<'_> {
    fn nurse(&mut self, turn: &Turn, piece: &Piece) {
        match &piece.does {
            Move::Keeps => {}
            Move::Tells => self.open.iter_mut().for_each(|open| open.lapsed = true),
            Move::Again(anew) => {
                for open in &mut self.open {
                    let question = &mut open.ask.question;
                    match (anew, question.yes) {
                        (Anew::AsItWas, _) => {}
                        (Anew::WhetherLess, _) if open.answered && !open.vague => continue,
                        (Anew::WhetherSo, Yes::Risk) => question.negative = false,
                        (Anew::WhetherLess, Yes::Safe) => {
                            (question.yes, question.negative) = (Yes::Risk, false);
                            open.ask.predicates = Arc::default();
                        }
                        _ => continue,
                    }
                    open.turns = 0;
                    open.answered = false;
                    open.lapsed = false;
                }
            }
            Move::Leaves => self.open.clear(),
            Move::Asks(asks) => {
                // What has been asked is only mentioned again by a sentence that has no shape of a question.
                let anew = |ask: &&Ask| {
                    ask.known != Known::ByVoice || self.asked[ask.item] == Asked::NotAsked
                };
                let asks: Vec<&Ask> = asks.iter().filter(anew).collect();
                if asks.is_empty() {
                    self.open.iter_mut().for_each(|open| open.lapsed = true);
                    return;
                }
                self.open.clear();
                for ask in asks {
                    // Only its answer shows whether it was one.
                    let by_voice = ask.known == Known::ByVoice;
                    if self.asked[ask.item] == Asked::NotAsked && !by_voice {
                        self.asked[ask.item] = Asked::Asked;
                    }
                    let span = shifted(piece.text.span(&ask.range), piece.offset);
                    self.step(turn, span.clone(), ask.item, || {
                        let form = if ask.question.negative {
                            ", in the negative"
                        } else {
                            ""
                        };
                        let like = if ask.is_likely() {
                            ", only like a question"
                        } else {
                            ""
                        };
                        format!("asked: a yes means {:?}{form}{like}", ask.question.yes)
                    });
                    self.open.push(Open {
                        ask: ask.clone(),
                        segment: turn.segment,
                        span,
                        turns: 0,
                        answered: false,
                        lapsed: false,
                        vague: false,
                        companion: None,
                    });
                }
            }
        }
    }

    fn answer(&mut self, turn: &Turn, piece: &Piece) {
        self.retract(turn, piece);
        let topics = self.topics(piece, &self.open);
        let answered = |(at, open): (usize, &Open)| {
            let portion = portion(&topics, at, piece.text.as_str())?;
            // What is no more than a yes or a no is like nothing, and 「飲んでないと言ったら嘘」 is like its contrary.
            let told = &piece.text.as_str()[portion.clone()];
            if answer::is_bare(told) || answer::denies_a_denial(told) {
                return None;
            }
            self.answered(turn, piece, open, &portion)
        };
        let answers: Vec<_> = self.open.iter().enumerate().map(answered).collect();
        let by_item = self.open.iter().zip(&answers);
        self.answers = by_item
            .filter_map(|(open, answered)| Some((open.ask.item, (*answered)?)))
            .collect();
        for hit in &piece.holds.hits {
            self.hit(turn, piece, hit, &topics);
        }
        // What waits is still asked for while each answer is read.
        let mut open = self.open.clone();
        let asked = |open: &&Open| {
            open.ask.last && !open.ask.is_likely() && open.ask.question.yes != Yes::Open
        };
        let crowd = open.iter().filter(asked).count() > 1;
        for (at, open) in open.iter_mut().enumerate() {
            let portion = portion(&topics, at, piece.text.as_str());
            if let Some(portion) = portion {
                self.reply(turn, piece, open, portion, answers[at], crowd);
            }
        }
        self.open = open;
        self.likens(turn, piece);
        self.answers.clear();
        for open in &mut self.open {
            open.turns += 1;
        }
        self.open.retain(|open| open.turns < WAITS);
    }

    /// Words that match a rule.
    fn hit(&mut self, turn: &Turn, piece: &Piece, hit: &Hit, topics: &[Option<usize>]) {
        let rule = &self.pack.rules[hit.rule];
        let item = rule.item;
        // An answered question takes no more of the words that only count as answers, and no words of
        // an answer to another question.
        let waits = |(at, open): (usize, &Open)| {
            let spent = open.answered && open.turns > 0 && self.tier(item) != Tier::Immediate;
            let portion = portion(topics, at, piece.text.as_str());
            let inside = portion.is_some_and(|portion| portion.contains(&hit.range.start));
            open.ask.item == item && !spent && (inside || self.tier(item) == Tier::Immediate)
        };
        if rule.when == When::Asked && !self.open.iter().enumerate().any(waits) {
            self.step_of(
                turn,
                piece,
                hit,
                Some("cleared: counts only as an answer to a question"),
            );
            return;
        }
        if rule.says == Says::Risk && self.is_not_about(piece, item, &hit.range) {
            self.step_of(
                turn,
                piece,
                hit,
                Some("cleared: said of what was asked, and no partner is named"),
            );
            return;
        }
        if self.is_outweighed(piece, hit) {
            self.step_of(
                turn,
                piece,
                hit,
                Some("cleared: what follows or the whole answer outweighs it"),
            );
            return;
        }
        if self.is_unlike(piece, hit) {
            self.step_of(
                turn,
                piece,
                hit,
                Some("cleared: the sentence is not like talk of it"),
            );
            return;
        }
        // 「甘いものはつらいですけど、元気です」 is no answer to how she feels; an immediate item is
        // looked at all the same.
        let weak = rule.says == Says::Risk
            && rule.when == When::Asked
            && self.tier(item) != Tier::Immediate;
        if weak && piece.answer(&(0..piece.text.as_str().len())) == Answer::Fine {
            self.step_of(
                turn,
                piece,
                hit,
                Some("cleared: the answer says that all is well"),
            );
            if self.asked[item] != Asked::Negative {
                self.tell(item, Asked::Vague);
            }
            return;
        }
        self.step_of(turn, piece, hit, None);
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
                if self.role == Role::Resident && (rule.says == Says::Risk || asked) =>
            {
                let span = shifted(piece.text.span(&hit.range), piece.offset);
                self.clear(turn, &span, item);
            }
            _ => {}
        }
    }

    /// Whether words answer a question that they say nothing else of: 「毎日蹴られてます」 to how the baby moves. Never where
    /// a partner is named, or the item was asked about as well.
    pub(super) fn is_not_about(&self, piece: &Piece, item: usize, range: &Range<usize>) -> bool {
        let all = piece.text.as_str();
        let words = all.get(range.clone()).unwrap_or_default();
        let here = |it: &NotAbout| it.item == item && it.words.iter().any(|it| words.contains(it));
        let asks = |open: &Open| open.turns == 0 && open.ask.not_about.iter().any(here);
        self.open.iter().any(asks)
            && self.open.iter().all(|open| open.ask.item != item)
            && !person::speaks_of_a_partner(all)
    }

    /// Whether the answer, or what else it holds, takes the weight off a rule's words: it is like good news of the item, or opens
    /// with a plain no. 「何も買ってないです。お下がりがあるので」: what follows takes the weight off an item that only
    /// counts together with others. 「つらいけど、落ち込むほどじゃない」: so does a denial, off words that
    /// only count as answers.
    pub(super) fn is_outweighed(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        if self.is_eased(piece, hit) || self.is_denied_first(piece, hit) {
            return true;
        }
        let tier = self.tier(rule.item);
        let mut after = piece.holds.hits.iter().filter(|other| {
            self.pack.rules[other.rule].item == rule.item && other.range.start >= hit.range.end
        });
        let only_answers = rule.when == When::Asked && tier != Tier::Immediate;
        let declines = || piece.answer(&(0..piece.text.as_str().len())) == Answer::Declined;
        if only_answers && declines() {
            return true;
        }
        if only_answers && answer::plays_down(&piece.text.as_str()[hit.range.end..]) {
            return true;
        }
        rule.says == Says::Risk
            && after.any(|other| match self.pack.rules[other.rule].says {
                Says::Safe => !tier.gates() && other.verdict == Verdict::Holds,
                Says::Risk => only_answers && other.verdict == Verdict::Negated,
            })
    }

    /// 「ありません、血糖の検査も通りましたし」: the words stand in the sentence behind a plain no, which nothing limits. Never
    /// of what is looked at the same day.
    fn is_denied_first(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        let asks = |open: &Open| {
            let ask = &open.ask;
            let known = ask.item == rule.item && !ask.is_likely();
            known && open.turns == 0 && ask.question.yes == Yes::Risk
        };
        if rule.says != Says::Risk
            || self.tier(rule.item) == Tier::Immediate
            || !self.open.iter().any(asks)
        {
            return false;
        }
        let all = piece.text.as_str();
        let denial = answer::opening_denial(all).filter(|end| piece.text.pauses_at(*end));
        denial.is_some_and(|end| {
            let rest = all[end..].trim_start_matches('\n');
            let start = all.len() - rest.len();
            let sentence = rest.split('\n').next().unwrap_or(rest);
            let here = start..start + sentence.len();
            here.contains(&hit.range.start) && !answer::turns_against(sentence)
        })
    }

    pub(super) fn find(
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
            .any(|quote| quote.segment == turn.segment && is_unsure(turn, &quote.span));
        let speaker_unknown = turn.speaker == Speaker::Unknown;
        let state = &mut self.state;
        match &mut state.findings[item] {
            Some(finding) => {
                let finding = Arc::make_mut(finding);
                finding.tier = finding.tier.min(tier);
                // Words that a rule names say more than words that are only like it.
                if likeness::is_rule(&finding.rule) && !likeness::is_rule(rule) {
                    rule.clone_into(&mut finding.rule);
                    finding.how = how;
                }
                finding.unsure &= unsure;
                finding.speaker_unknown &= speaker_unknown;
                for quote in quotes {
                    if finding.quotes.len() < QUOTES && !finding.quotes.contains(&quote) {
                        finding.quotes.push(quote);
                    }
                }
            }
            none => {
                state.order.push(item);
                *none = Some(Arc::new(Finding {
                    item: self.pack.items()[item].id.clone(),
                    tier,
                    rule: rule.to_owned(),
                    how,
                    quotes,
                    unsure,
                    sound: None,
                    speaker_unknown,
                }));
            }
        }
    }

    /// What is known now. A vague answer to an immediate item stays until she says something clear.
    pub(super) fn tell(&mut self, item: usize, now: Asked) {
        self.asked[item] = now;
    }

    /// She denies it: unless it was heard with little confidence.
    pub(super) fn clear(&mut self, turn: &Turn, span: &Range<usize>, item: usize) {
        let unsure = is_unsure(turn, span);
        self.tell(
            item,
            if unsure {
                Asked::Vague
            } else {
                Asked::Negative
            },
        );
    }

    pub(super) fn tier(&self, item: usize) -> Tier {
        self.pack.items()[item].tier
    }

    /// Where an answer names the items of the open questions, in order.
    fn topics(&self, piece: &Piece, open: &[Open]) -> Vec<Option<usize>> {
        if open.len() < 2 {
            return vec![None; open.len()];
        }
        let named = self.pack.questions_in(&piece.text);
        let place = |open: &Open| {
            let here = named
                .iter()
                .filter(|found| self.pack.questions[found.owner].item == open.ask.item);
            here.map(|found| found.range.start).min()
        };
        open.iter().map(place).collect()
    }

    pub(super) fn step(
        &mut self,
        turn: &Turn,
        span: Range<usize>,
        item: usize,
        what: impl FnOnce() -> String,
    ) {
        if let Some(steps) = &mut self.steps {
            steps.push(Step {
                segment: turn.segment,
                span,
                item: self.pack.items()[item].id.clone(),
                what: what(),
                rule: None,
                outcome: Outcome::Counts,
            });
        }
    }

    /// The step of a rule's words; `cleared`: why they do not count although they hold.
    fn step_of(&mut self, turn: &Turn, piece: &Piece, hit: &Hit, cleared: Option<&str>) {
        if let Some(steps) = &mut self.steps {
            let rule = &self.pack.rules[hit.rule];
            let holds = matches!(hit.verdict, Verdict::Holds | Verdict::History);
            let why = cleared.filter(|_| holds);
            steps.push(Step {
                segment: turn.segment,
                span: shifted(piece.text.span(&hit.range), piece.offset),
                item: self.pack.items()[rule.item].id.clone(),
                what: why.unwrap_or_else(|| step::says(hit.verdict)).to_owned(),
                rule: Some(rule.id.clone()),
                outcome: if holds && why.is_none() {
                    Outcome::Counts
                } else {
                    Outcome::Cleared
                },
            });
        }
    }
}

/// The part of an answer that speaks of one of several questions: from its topic to the next one. What stands before
/// the first topic is said of all: 「二人とも、通うときにやめました。もう何年も飲んでません」.
fn portion(topics: &[Option<usize>], at: usize, text: &str) -> Option<Range<usize>> {
    const BOTH: [&str; 4] = ["どっちも", "どちらも", "両方", "2つとも"];
    let first = topics.iter().flatten().min();
    let Some(first) = first.filter(|_| !BOTH.iter().any(|both| text.contains(both))) else {
        return Some(0..text.len());
    };
    let Some(start) = topics[at] else {
        let end = text[..*first].rfind('\n')?;
        return (text[..end].chars().count() > SAYS).then_some(0..end);
    };
    let next = topics
        .iter()
        .flatten()
        .filter(|other| **other > start)
        .min();
    let start = if start == *first { 0 } else { start };
    Some(start..next.copied().unwrap_or(text.len()))
}

pub(super) fn shifted(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// Whether any of these words was recognised with little confidence.
pub(super) fn is_unsure(turn: &Turn, span: &Range<usize>) -> bool {
    let mut unsure = turn.unsure.iter();
    unsure.any(|range| range.start < span.end && span.start < range.end)
}
