//! What a turn's words are like beside what the rules find in them: adds what no rule has words for, doubts
//! a rule whose sentence is not like talk of its item, and weighs answers. Owns how sure that has to be.

use std::ops::Range;

use super::analysis::{Ask, Piece, Role};
use super::exchange::{Open, Talk, is_unsure, shifted};
use super::reply::told_from;
use super::said::{Hit, Verdict};
use super::windows::{Likely, Window};
use crate::risk::finding::{Asked, How, Part, Quote, Turn};
use crate::risk::grammar::meaning::{self, Meaning};
use crate::risk::grammar::{answer, extent, joint};
use crate::risk::item::Tier;
use crate::risk::likeness::{self, Like, Reply};
use crate::risk::pack::file::{Says, When, Yes};
use crate::risk::pack::{Kinds, Rule};

/// From this chance on words are evidence by themselves.
const TELLS: f32 = 0.5;
/// The same for what is looked at the same day, unless the words answer another question.
const TELLS_AT_ONCE: f32 = 0.4;
/// The same while their item's question waits for an answer.
pub(super) const ANSWERS: f32 = 0.25;
/// The same where the question is an open one, which asks how or what: much that is said to it is not of the item.
const ANSWERS_OPEN: f32 = 0.3;
/// The same where the grammar has cleared a rule's words of that item, or she has just denied it.
const AGAINST: f32 = 0.8;
/// The same where the words are somebody else's; not of what is looked at the same day.
const OF_OTHERS: f32 = 0.9;
/// Below this chance a rule's words are taken for something else.
const DOUBT: f32 = 0.12;
/// The same for what is looked at the same day.
pub(super) const DOUBT_AT_ONCE: f32 = 0.02;
/// The same of an answer to a question about the item, of more than a yes or a no, that is not like good news; never of what is
/// looked at the same day.
const DOUBT_OF_AN_ANSWER: f32 = 0.03;
/// The same where the words were not heard so, but sound alike; no other is higher.
pub(super) const DOUBT_OF_SOUND: f32 = 0.15;
/// From this chance on an answer is like good news; the same where the question itself is only likely.
const GOOD: f32 = 0.4;
const GOOD_IF_LIKELY: f32 = 0.5;
/// From this chance on an answer is so like good news, or like such that say neither, that the grammar does not count, where it is so
/// far ahead of the other kinds,
const OUTSPOKEN: f32 = 0.7;
const AHEAD: f32 = 0.2;
/// and of one that says yes in other words, up to so many characters; who tells more does not only answer;
const SURE: f32 = 0.8;
const BRIEF: usize = 40;
/// From this chance of good news on, and below this one of the other, words of rules that answer do not count.
const EASED: f32 = 0.65;
const NO_RISK: f32 = 0.3;
/// From this chance on an answer is like such that say yes in other words: if it is not like good news either,
/// and is at least a little like talk of the item.
const RISK: f32 = 0.6;
const NOT_GOOD: f32 = 0.2;
const TALKS: f32 = 0.07;
/// Below this chance it is hardly talk of the item.
const HARDLY_TALKS: f32 = 0.1;
/// From this chance on it is talk of the item, whatever else it is like.
const TALKS_OF_IT: f32 = 0.3;
/// Characters of words that say something by themselves.
const SAYS: usize = 6;
/// The same of an answer: more than a yes or a no.
const TOLD: usize = 12;
/// The same of one that tells a story: words of rules that only answer are doubted there, and a yes that only the grammar reads.
const STORY: usize = 25;

/// What an answer to a question that was just asked is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    kinds: Kinds,
    /// Sets one thing against another.
    contrasts: bool,
    /// Tells a story, and of what is looked at the same day leaves nothing of it.
    story: bool,
    /// Of what is looked at the same day: opens with a plain no that leaves nothing.
    denied: bool,
    /// And nothing behind that no may turn against it.
    stands: bool,
}

impl Answered {
    /// Whether it is like good news of an item. 「眠れない日が続いてますけど、元気です」 is none of what has to be looked at.
    fn is_good(self, tier: Tier) -> bool {
        let good = self.kinds.good >= EASED && self.kinds.risk < NO_RISK;
        good && !(tier.gates() && self.contrasts)
    }
}

impl Talk<'_> {
    /// Whether a rule's words stand in a sentence that is not like talk of their item. An answer to a question about the item
    /// has to be far less like it, unless it is like good news; what a municipality wrote itself and words that it added are never doubted.
    pub(super) fn is_unlike(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        let asked = || self.open.iter().any(|open| open.ask.item == rule.item);
        if rule.when == When::Asked {
            return self.is_weak(piece, hit);
        }
        if !may_doubt(rule, hit) {
            return false;
        }
        let Some(window) = window_of(piece, hit) else {
            return false;
        };
        let doubt = if asked() {
            let told = &piece.text.as_str()[window.range.clone()];
            let short = told.chars().count() < TOLD;
            let against = meaning::is_set_against_cheer(told);
            if self.tier(rule.item) == Tier::Immediate || short || against {
                return false;
            }
            match self.eased(rule.item) {
                true => TALKS_OF_IT,
                false => DOUBT_OF_AN_ANSWER,
            }
        } else {
            self.doubt(window, rule.item)
        };
        let holds = |(range, _): &&(Range<usize>, _)| range.contains(&hit.range.start);
        // What stands beside a sentence takes nothing from it.
        let mut alone = window.alone.iter().filter(holds);
        is_below(&window.likes, rule.item, doubt)
            && alone.all(|(_, likes)| is_below(likes, rule.item, doubt))
            && !self.pack.has_city_word(&piece.text, &hit.range)
    }

    /// Whether a long answer, read as a yes, speaks of another item than the one that was asked about, or of nothing like
    /// it where the question itself was only likely. Never so of what is looked at the same day.
    pub(super) fn speaks_of_another(&self, piece: &Piece, text: &str, ask: &Ask) -> bool {
        let item = ask.item;
        let here = |window: &Window| is_below(&window.likes, item, self.doubt(window, item));
        let another = |hit: &Hit| {
            let rule = &self.pack.rules[hit.rule];
            let says = rule.says == Says::Risk && rule.when != When::Asked;
            says && rule.item != item && hit.verdict == Verdict::Holds
        };
        let mut likely = piece.holds.windows.iter().flat_map(|window| &window.likely);
        self.tier(item) != Tier::Immediate
            && text.chars().count() >= TOLD
            && !piece.holds.windows.is_empty()
            && piece.holds.windows.iter().all(here)
            && (ask.is_likely()
                || likely.any(|likely| likely.item != item)
                || piece.holds.hits.iter().any(another))
    }

    /// What an answer to a question that was just asked is like; nothing where it was heard with little confidence.
    pub(super) fn answered(
        &self,
        turn: &Turn,
        piece: &Piece,
        open: &Open,
        portion: &Range<usize>,
    ) -> Option<Answered> {
        if open.turns > 0 || open.lapsed {
            return None;
        }
        let all = piece.text.as_str();
        let told = told_from(piece, portion)..portion.end;
        if is_unsure(turn, &shifted(piece.text.span(&told), piece.offset)) {
            return None;
        }
        let read = piece.answer(&told);
        let text = &all[told];
        let form = likeness::form(read, open.ask.question.negative);
        let reply = Reply {
            item: open.ask.item,
            form: &form,
        };
        let kinds = self.pack.reply(text, reply)?;
        let immediate = self.tier(open.ask.item) == Tier::Immediate;
        let limited = immediate && extent::goes_only_so_far(text);
        let denial = match immediate && !limited && !answer::says_there_is(text) {
            true => answer::opening_denial(text),
            false => None,
        };
        Some(Answered {
            kinds,
            contrasts: joint::contrasts(text),
            story: !limited && text.chars().count() >= STORY,
            denied: denial.is_some(),
            stands: denial.is_some_and(|end| !answer::turns_against(&text[end..])),
        })
    }

    /// Whether an answer to what was asked of an item is like good news. Never of what is looked at the same day.
    fn eased(&self, item: usize) -> bool {
        let tier = self.tier(item);
        tier != Tier::Immediate && self.answered_so(item, |it| it.is_good(tier))
    }

    fn answered_so(&self, item: usize, so: impl Fn(Answered) -> bool) -> bool {
        self.answers
            .iter()
            .any(|(it, answered)| *it == item && so(*answered))
    }

    /// Whether words are those of a rule that count only as an answer, and none that a municipality wrote or added.
    fn only_answers(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        rule.says == Says::Risk
            && rule.when == When::Asked
            && !rule.city
            && !self.pack.has_city_word(&piece.text, &hit.range)
    }

    /// Whether words that count only as an answer stand in a story that is not like a yes, and in a sentence that is not like talk of
    /// their item: 「ないです。怒るときも敬語で」. Behind an answered question they are doubted as other words are.
    fn is_weak(&self, piece: &Piece, hit: &Hit) -> bool {
        let item = self.pack.rules[hit.rule].item;
        let answered = |open: &Open| open.turns > 0 && open.answered;
        let mut open = self.open.iter().filter(|it| it.ask.item == item);
        let least = if self.answered_so(item, |it| it.story && it.kinds.risk < RISK) {
            TALKS_OF_IT
        } else if open.all(answered) {
            DOUBT_AT_ONCE
        } else {
            return false;
        };
        window_of(piece, hit).is_some_and(|it| is_below(&it.likes, item, least))
            && self.only_answers(piece, hit)
    }

    /// Whether words that count only as an answer stand in one that is like good news. Never of what is looked at the same day.
    pub(super) fn is_eased(&self, piece: &Piece, hit: &Hit) -> bool {
        let rule = &self.pack.rules[hit.rule];
        self.eased(rule.item)
            && rule.tier != Tier::Immediate
            && hit.verdict != Verdict::History
            && self.role == Role::Resident
            && self.only_answers(piece, hit)
    }

    /// What an answer means, by what answers to such questions are like.
    pub(super) fn weighed(
        &self,
        piece: &Piece,
        ask: &Ask,
        answered: Answered,
        meaning: Meaning,
    ) -> Meaning {
        let immediate = self.tier(ask.item) == Tier::Immediate;
        let likes = piece.holds.windows.iter().flat_map(|window| &window.likes);
        let talks = |least| {
            let mut here = likes.clone().filter(|like| like.item == ask.item);
            here.any(|like| like.chance >= least)
        };
        let good = if ask.is_likely() {
            GOOD_IF_LIKELY
        } else {
            GOOD
        };
        let kinds = answered.kinds;
        if let Some(told) = self.outspoken(piece, ask, answered, meaning) {
            return told;
        }
        match meaning {
            Meaning::Risk
                if ask.is_likely() && (immediate || kinds.risk < RISK) && !talks(TALKS_OF_IT) =>
            {
                Meaning::Vague
            }
            // What the grammar reads as a yes in a story.
            Meaning::Risk
                if answered.story
                    && (!immediate || answered.denied)
                    && kinds.risk < NO_RISK
                    && !talks(HARDLY_TALKS) =>
            {
                Meaning::Vague
            }
            // To an open question she may say anything.
            Meaning::Told | Meaning::Vague
                if ask.question.yes != Yes::Open
                    && kinds.risk >= RISK
                    && kinds.good < NOT_GOOD
                    && talks(TALKS) =>
            {
                Meaning::Risk
            }
            Meaning::Told if kinds.good >= good && !immediate => Meaning::Safe,
            // 「ないです。葛根湯も飲んでいいかわからなくて」
            Meaning::Told | Meaning::Vague
                if immediate
                    && answered.stands
                    && !ask.is_likely()
                    && ask.question.yes == Yes::Risk
                    && kinds.risk < NO_RISK
                    && !talks(HARDLY_TALKS) =>
            {
                Meaning::Safe
            }
            _ => meaning,
        }
    }

    /// What an answer means that is like one kind of answers and hardly like the others, whatever the grammar makes of it.
    fn outspoken(
        &self,
        piece: &Piece,
        ask: &Ask,
        answered: Answered,
        meaning: Meaning,
    ) -> Option<Meaning> {
        use Meaning as M;
        let text = piece.text.as_str().trim_matches('\n');
        let length = text.chars().count();
        let immediate = self.tier(ask.item) == Tier::Immediate;
        let Kinds { good, vague, risk } = answered.kinds;
        let ahead = |it: f32, one: f32, other: f32| it - one.max(other) >= AHEAD;
        let unread = matches!(meaning, M::Told | M::Vague);
        if self.role == Role::Companion {
            return None;
        }
        match meaning {
            M::Declined | M::Nothing => None,
            // Who tells a story, or is asked anything at all, says more than yes or no.
            _ if ahead(risk, good, vague) => {
                let asks = !ask.is_likely() && ask.question.yes != Yes::Open;
                (unread && asks && risk >= SURE && length <= BRIEF).then_some(M::Risk)
            }
            // Only a denial clears what is looked at the same day.
            _ if ahead(good, risk, vague) && immediate => None,
            _ if ahead(good, risk, vague) => (good >= OUTSPOKEN).then_some(M::Safe),
            _ if ahead(vague, good, risk) && meaning != M::Risk => {
                (vague >= OUTSPOKEN).then_some(M::Vague)
            }
            _ => None,
        }
    }

    /// Below which chance words are taken for something else.
    fn doubt(&self, window: &Window, item: usize) -> f32 {
        match self.tier(item) {
            _ if !window.heard => DOUBT_OF_SOUND,
            Tier::Immediate => DOUBT_AT_ONCE,
            _ => DOUBT,
        }
    }

    /// Takes in what the words of a turn are like.
    pub(super) fn likens(&mut self, turn: &Turn, piece: &Piece) {
        let answers = self.open.iter().any(|open| open.turns == 0);
        let least = if answers { TOLD } else { SAYS };
        let says = |window: &&Window| {
            let words = &piece.text.as_str()[window.range.clone()];
            window.heard && words.chars().count() >= least
        };
        let heard = piece.holds.windows.iter().filter(says);
        for (window, likely) in
            heard.flat_map(|it| it.likely.iter().map(move |likely| (it, likely)))
        {
            let item = likely.item;
            if !self.pack.finds_likeness(item)
                || likely.chance < self.least(piece, window, likely)
                || self.is_quoted(turn, item)
                || self.is_not_about(piece, item, &window.range)
            {
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
        let immediate = self.tier(item) == Tier::Immediate;
        let waits = |open: &&Open| open.ask.item == item && open.turns == 0;
        let mut waiting = self.open.iter().filter(waits).peekable();
        let waits = waiting.peek().is_some();
        let asked_openly = waiting.all(|open| open.ask.question.yes == Yes::Open);
        let cleared = |hit: &Hit| {
            let rule = &self.pack.rules[hit.rule];
            let against = match rule.says {
                Says::Safe => hit.verdict == Verdict::Holds,
                Says::Risk if rule.when == When::Asked => false,
                Says::Risk if hit.verdict == Verdict::Excepted => !immediate,
                Says::Risk => is_cleared(hit.verdict),
            };
            against && rule.item == item && window.range.contains(&hit.range.start)
        };
        let denied = waits && self.asked[item] == Asked::Negative || self.eased(item);
        // What answers another question is seldom news of this item, too; what has to be looked at the same day is often told so.
        let elsewhere = |open: &Open| open.ask.item != item && open.turns == 0 && open.answered;
        let elsewhere = !waits && self.open.iter().any(elsewhere);
        if likely.verdict == Verdict::SomebodyElse && !immediate {
            OF_OTHERS
        } else if denied
            || elsewhere && !immediate
            || is_cleared(likely.verdict)
            || piece.holds.hits.iter().any(cleared)
        {
            AGAINST
        } else if waits && asked_openly {
            ANSWERS_OPEN
        } else if waits {
            ANSWERS
        } else if immediate && !elsewhere {
            TELLS_AT_ONCE
        } else {
            TELLS
        }
    }

    fn is_quoted(&self, turn: &Turn, item: usize) -> bool {
        let finding = self.findings[item].as_ref();
        finding.is_some_and(|it| it.quotes.iter().any(|quote| quote.segment == turn.segment))
    }
}

/// Where the likeness of a rule's words was weighed.
fn window_of<'a>(piece: &'a Piece, hit: &Hit) -> Option<&'a Window> {
    let mut windows = piece.holds.windows.iter();
    windows.find(|window| window.range.contains(&hit.range.start))
}

/// Whether words are known to be less like an item than a chance.
fn is_below(likes: &[Like], item: usize, chance: f32) -> bool {
    let like = likes.iter().find(|like| like.item == item);
    like.is_some_and(|like| like.chance < chance)
}

/// Whether there is a chance at which words of a rule are taken for something else.
pub(super) fn may_doubt(rule: &Rule, hit: &Hit) -> bool {
    let holds = matches!(hit.verdict, Verdict::Holds | Verdict::History);
    holds && !rule.city && rule.says == Says::Risk && rule.when != When::Asked
}

/// Whether the grammar takes the weight off words.
fn is_cleared(verdict: Verdict) -> bool {
    !matches!(
        verdict,
        Verdict::Holds | Verdict::History | Verdict::Excepted
    )
}
