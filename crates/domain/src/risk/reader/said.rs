//! What words of a resident, or of who speaks for her, hold by themselves: matches with what the grammar does to
//! them. Knows no other turn.

use std::ops::Range;

use super::windows::{Window, windows};
use crate::risk::grammar::correction::{self, Correction};
use crate::risk::grammar::person::{self, Whose};
use crate::risk::grammar::{mood, polarity, tense};
use crate::risk::item::Tier;
use crate::risk::pack::file::{Effect, Past, Says, Subject};
use crate::risk::pack::finder::Found;
use crate::risk::pack::{Pack, Rule};
use crate::risk::text::{Sentence, Text};

/// What the grammar makes of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    /// Holds, of an earlier time that is looked at within days.
    History,
    Negated,
    Over,
    SomebodyElse,
    Supposed,
    TakenBack,
    /// The rule's own `unless` stands in the sentence.
    Excepted,
}

#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// Index into the pack's rules.
    pub(crate) rule: usize,
    pub(crate) range: Range<usize>,
    pub(crate) verdict: Verdict,
}

/// What words hold that may be somebody else's than the nurse's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holds {
    pub(crate) hits: Vec<Hit>,
    /// What they are like.
    pub(crate) windows: Vec<Window>,
    /// What they take back.
    pub(crate) correction: Correction,
}

/// Such words, as they are read.
#[derive(Debug)]
pub(super) struct Said<'a> {
    pub(super) text: &'a Text,
    companion: bool,
    correction: Correction,
}

impl<'a> Said<'a> {
    pub(super) fn new(text: &'a Text, companion: bool) -> Self {
        Self {
            text,
            companion,
            correction: correction::correction(text.as_str()),
        }
    }

    pub(super) fn holds(self, pack: &Pack) -> Holds {
        let hits = self.hits(pack);
        Holds {
            windows: windows(pack, &self, &hits),
            hits,
            correction: self.correction,
        }
    }

    fn hits(&self, pack: &Pack) -> Vec<Hit> {
        let found = pack.rules_in(self.text, |_| true).into_iter();
        let hit = |(Found { owner, range }, excepted)| {
            let sentence = self.text.sentence_at(range.start)?;
            let verdict = if excepted {
                Verdict::Excepted
            } else {
                self.verdict(&pack.rules[owner], sentence, &range)
            };
            Some(Hit {
                rule: owner,
                range,
                verdict,
            })
        };
        found.filter_map(hit).collect()
    }

    /// What the grammar makes of words that match a rule.
    pub(super) fn verdict(
        &self,
        rule: &Rule,
        sentence: &Sentence,
        range: &Range<usize>,
    ) -> Verdict {
        let whole = self.text.as_str();
        let words = self.text.sentence(sentence);
        let end = range.end.min(sentence.range.end);
        let inner = range.start - sentence.range.start..end - sentence.range.start;
        let (before, matched, after) = (
            &words[..inner.start],
            &whole[range.clone()],
            &whole[range.end..],
        );
        // Far behind a correction, something else is meant.
        let correction = &self.correction;
        let taken = correction.taken.start <= range.start && range.end <= correction.taken.end;
        if taken && whole[range.end..correction.end].chars().count() <= 25 {
            return Verdict::TakenBack;
        }
        if polarity::reaches_over_a_denial(matched) {
            return Verdict::Excepted;
        }
        if polarity::is_denied(matched, &words[inner.end..]) {
            return Verdict::Negated;
        }
        let negated = rule.negation == Effect::Clears
            && polarity::is_negated(matched, &words[inner.end..])
            && !polarity::is_only_so(&words[..inner.end]);
        let stopped = negated
            && rule.tier == Tier::Immediate
            && rule.past != Past::Clears
            && polarity::has_stopped(before, after);
        if negated && !stopped {
            return Verdict::Negated;
        }
        if person::describes_people(words, &inner) {
            return Verdict::SomebodyElse;
        }
        let whose = || {
            person::whose(
                &whole[..sentence.range.start],
                words,
                &inner,
                self.companion,
            )
        };
        let counts = match rule.subject {
            Subject::Any => !person::is_a_strangers(words, &inner),
            Subject::Own => whose() == Whose::Own,
            Subject::Partner => matches!(whose(), Whose::Own | Whose::Partner),
        };
        if !counts {
            return Verdict::SomebodyElse;
        }
        if rule.says == Says::Safe {
            return Verdict::Holds;
        }
        if mood::is_case(words, &inner) {
            return Verdict::Supposed;
        }
        if rule.supposed == Effect::Clears
            && mood::is_supposed(words, &inner, sentence.question_mark)
        {
            return Verdict::Supposed;
        }
        match rule.past {
            _ if stopped => Verdict::History,
            Past::Clears if tense::is_past(before, matched, after) => Verdict::Over,
            Past::Review if tense::is_past(before, matched, after) || tense::is_history(before) => {
                Verdict::History
            }
            _ => Verdict::Holds,
        }
    }
}
