//! What an answer says to a question that waits: yes, no or neither, from her or from whom she brought.

use std::ops::Range;

use super::analysis::{Piece, Role};
use super::exchange::{Open, SHORT, Talk, is_unsure, shifted};
use super::likeness::Answered;
use super::said::{Hit, Verdict};
use crate::risk::finding::{Asked, How, Part, Quote, Turn};
use crate::risk::grammar::answer::{self, Answer};
use crate::risk::grammar::meaning::{self, Meaning};
use crate::risk::grammar::{correction, echo, extent, joint, person};
use crate::risk::item::Tier;
use crate::risk::pack::Known;
use crate::risk::pack::file::{Says, Yes};
use crate::risk::pack::finder::Found;

/// So many of the questions that she has answered she may still mean with 「さっきないって言ったけど」.
const SETTLED: usize = 6;

impl Talk<'_> {
    /// What an answer says to an open question.
    pub(super) fn reply(
        &mut self,
        turn: &Turn,
        piece: &Piece,
        open: &mut Open,
        portion: Range<usize>,
        answered: Option<Answered>,
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
                && !self.is_unlike(piece, hit)
                && !self.is_not_about(piece, item, &hit.range)
                && matches!(hit.verdict, Verdict::Holds | Verdict::History)
                && self.pack.rules[hit.rule].says == says
        };
        if piece
            .holds
            .hits
            .iter()
            .filter(about)
            .any(|hit| holds(hit, Says::Risk))
        {
            open.answered = true;
            if self.role == Role::Companion {
                open.companion = Some(Meaning::Risk);
            }
            return;
        }
        let denied = piece.holds.hits.iter().filter(about).any(|hit| {
            holds(hit, Says::Safe) || matches!(hit.verdict, Verdict::Negated | Verdict::Over)
        });
        let from = told_from(piece, &portion);
        let text = &all[from..portion.end];
        let read = piece.answer(&(from..portion.end));
        let lone = matches!(read, Answer::Yes { lone: true } | Answer::No { lone: true });
        let later = open.answered && open.turns > 0;
        if open.answered && (lone || read == Answer::Content) || !open.ask.last && lone {
            return;
        }
        // What she says later to something else is no second answer.
        let after_all = || immediate && !open.lapsed && correction::is_so_after_all(text);
        if (later || open.lapsed) && !denied && !answer::adds(text) && !after_all() {
            return;
        }
        let end = from + text.trim_end_matches('\n').len();
        let span = shifted(piece.text.span(&(from..end)), piece.offset);
        let question = open.ask.question;
        let mut meaning = meaning::mean(read, question, immediate, is_unsure(turn, &span), text);
        let says_when = extent::says_when(question.yes, text);
        let outweighed = |hit: &Hit| self.is_outweighed(piece, hit);
        let outweighed = piece.holds.hits.iter().filter(about).any(outweighed);
        let doubt = immediate
            && matches!(meaning, Meaning::Vague | Meaning::Told)
            && extent::goes_only_so_far(text);
        if denied
            && !doubt
            && !says_when
            && (outweighed || !answer::insists(text))
            && matches!(
                meaning,
                Meaning::Risk | Meaning::Told | Meaning::Vague | Meaning::Nothing
            )
        {
            // 「ありますよ。でも普通です」「はい。保育園では楽しそうです」 are looked at all the same.
            let yes = matches!(read, Answer::Yes { .. }) || answer::is_so_now(text);
            let doubtful = immediate && meaning == Meaning::Risk && yes;
            meaning = if doubtful {
                Meaning::Vague
            } else {
                Meaning::Safe
            };
        }
        // 「いろいろありますけど」, 「まあ、大丈夫です」: she has only closed the subject.
        if open.vague && read == Answer::Fine && text.chars().count() <= SHORT {
            meaning = Meaning::Vague;
        }
        let closed = open.vague && meaning == Meaning::Vague;
        let answered = answered.filter(|_| !lone && !later && !closed && !says_when);
        if let Some(answered) = answered {
            meaning = self.weighed(piece, &open.ask, answered, meaning);
        }
        // 「困っていませんか」「はい、困ってます」
        let asked = &open.ask.predicates;
        let again = match question.yes {
            _ if later || closed => None,
            Yes::Risk => echo::says_again(asked, text),
            Yes::Safe => echo::says_again(asked, text).map(|so| !so),
            Yes::Open => None,
        };
        // 「吸わないです、家では」「足りてます、今月までは」 are good news only so far.
        let again = again.filter(|risk| *risk || !echo::says_where(text));
        match again {
            _ if open.ask.is_likely() => {}
            Some(true) => meaning = Meaning::Risk,
            // 「動いていますか」「動いてます」
            Some(false)
                if immediate
                    && question.yes == Yes::Safe
                    && matches!(meaning, Meaning::Vague | Meaning::Told)
                    && !extent::goes_only_so_far(text)
                    && !joint::contrasts(text) =>
            {
                meaning = Meaning::Safe;
            }
            // What has to be looked at the same day needs more than that, and less the other way round.
            Some(false) if !immediate && !correction::takes_back(text) => meaning = Meaning::Safe,
            // 「叩かれることはありますか」「家に帰りたくないです」: something is denied, and not that.
            None if immediate
                && meaning == Meaning::Safe
                && matches!(read, Answer::Denies | Answer::Little)
                && !denied
                && meaning::denies_another(text) =>
            {
                meaning = Meaning::Vague;
            }
            None if immediate && !later && !closed && question.yes == Yes::Risk => {
                match echo::concedes(asked, text) {
                    Some(true) if !denied => meaning = Meaning::Risk,
                    Some(_) => meaning = Meaning::Vague,
                    None => {}
                }
            }
            _ => {}
        }
        if immediate && meaning == Meaning::Safe && echo::denies_only_the_deed(asked, text) {
            meaning = Meaning::Vague;
        }
        // Of a question that is only like one about the item, it is not even known what a yes means.
        if open.ask.is_likely() && meaning == Meaning::Safe && again == Some(true) {
            meaning = Meaning::Vague;
        }
        // 「ご主人は」「はい、通帳を預かるって言われて」: it is another matter that she says yes to.
        let insists = again.is_some() || !open.ask.is_likely() && answer::denies_a_denial(text);
        if meaning == Meaning::Risk && !insists && self.speaks_of_another(piece, text, &open.ask) {
            meaning = Meaning::Vague;
        }
        // A question that is only like one about the item: nothing is sure by a yes or a no alone, and what is looked at
        // the same day is not cleared, unless it is very like one and the news is good.
        let unsettled = match meaning {
            Meaning::Safe => open.ask.known != Known::VeryLike && (immediate || answered.is_none()),
            Meaning::Risk => answered.is_none(),
            _ => false,
        };
        if open.ask.is_likely() && unsettled {
            meaning = Meaning::Vague;
        }
        if crowd && immediate && meaning == Meaning::Risk && lone {
            meaning = Meaning::Vague;
        }
        self.step(turn, span.clone(), item, || {
            format!("answer {read:?} means {meaning:?}")
        });
        if self.role == Role::Companion {
            if person::speaks_of_himself(text) {
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
            // He spoke first: what has to be looked at the same day is asked again.
            (Some(Meaning::Safe | Meaning::Told), Meaning::Safe) if immediate => {
                meaning = Meaning::Vague;
            }
            // 「市民病院です」「うん、実家から近いので」: she says it in her own words.
            (Some(Meaning::Safe), Meaning::Told)
                if !immediate && read == (Answer::Yes { lone: false }) =>
            {
                meaning = Meaning::Safe;
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
                let said = answer::deciding(text);
                let said = piece.text.span(&(from + said.start..from + said.end));
                self.clear(turn, &shifted(said, piece.offset), item);
                open.answered = true;
                self.settle(open);
            }
            // Words in which nothing was recognised reassure nobody; and what she has denied stays denied where the
            // question was only like one about it.
            Meaning::Told | Meaning::Vague => {
                let stands = meaning == Meaning::Told || open.ask.is_likely();
                if self.asked[item] != Asked::Negative || !stands {
                    self.tell(item, Asked::Vague);
                }
                open.vague = true;
            }
            Meaning::Declined => self.tell(item, Asked::Declined),
            Meaning::Nothing => {}
        }
    }

    /// What she has answered with good news she may yet take back.
    fn settle(&mut self, open: &Open) {
        let settled = &mut self.settled;
        settled.retain(|it| it.ask.item != open.ask.item);
        settled.push(open.clone());
        let older = settled.len().saturating_sub(SETTLED);
        settled.drain(..older);
    }

    /// 「さっきないって言ったけど、本当は…」 takes back the answer that it names, or else the last one.
    pub(super) fn retract(&mut self, turn: &Turn, piece: &Piece) {
        if self.settled.is_empty() || self.role != Role::Resident {
            return;
        }
        let all = piece.text.as_str();
        let Some(retraction) = correction::retracts(all) else {
            return;
        };
        let named = self.pack.questions_in(&piece.text);
        let named = |open: &Open| {
            let item = |it: &Found| self.pack.questions[it.owner].item;
            named.iter().any(|it| item(it) == open.ask.item)
        };
        let found = |open: &Open| {
            let hits = piece.holds.hits.iter();
            let mut hits = hits.filter(|hit| self.pack.rules[hit.rule].item == open.ask.item);
            hits.any(|hit| hit.verdict == Verdict::Holds)
        };
        let meant = |it: &Open| retraction.of_a_no || self.tier(it.ask.item) != Tier::Immediate;
        let settled = &self.settled;
        let at = settled.iter().rposition(found);
        let at = at.or_else(|| settled.iter().rposition(named));
        let last = || settled.last().is_some_and(meant).then(|| settled.len() - 1);
        let Some(at) = at.or_else(last) else {
            return;
        };
        let open = self.settled.remove(at);
        let span = shifted(piece.text.span(&(0..retraction.end)), piece.offset);
        self.step(turn, span, open.ask.item, || {
            "takes back what she answered".to_owned()
        });
        self.found_by_answer(turn, piece, &open, &(0..all.len()));
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
}

/// Where what an answer says in the end begins: behind what it takes back.
pub(super) fn told_from(piece: &Piece, portion: &Range<usize>) -> usize {
    let behind = piece.holds.correction.end;
    behind.clamp(portion.start, portion.end)
}
