//! What one turn holds by itself: matches with what the grammar does to them, and questions. Knows
//! no other turn, so it is done once per segment and revision.

use std::cell::LazyCell;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::risk::finding::{Speaker, Turn};
use crate::risk::grammar::answer::{self, Answer};
use crate::risk::grammar::echo::{self, Predicate};
use crate::risk::grammar::meaning::Question;
use crate::risk::grammar::{shape, voice};
use crate::risk::pack::file::{Says, Subject, When, Yes};
use crate::risk::pack::finder::Found;
use crate::risk::pack::{Known, LikelyAsked, NotAbout, Pack, Rule, Taken};
use crate::risk::text::{Sentence, Text};

use super::said::{Holds, Said, Verdict};
use super::voices::{self, Before};

/// What ends a sentence in writing.
const MARKS: [char; 5] = ['。', '？', '?', '！', '!'];

/// A question about an item.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) item: usize,
    pub(crate) question: Question,
    /// What a whole answer may say again.
    pub(crate) predicates: Arc<[Predicate]>,
    pub(crate) not_about: Vec<NotAbout>,
    pub(crate) known: Known,
    /// Stands in the last question of the turn: what a bare yes or no answers.
    pub(crate) last: bool,
    pub(crate) range: Range<usize>,
}

impl Ask {
    /// Whether no pattern knows it.
    pub(crate) fn is_likely(&self) -> bool {
        self.known != Known::ByPattern
    }

    /// Whether a yes would say that all is well.
    fn is_denied_by_yes(&self) -> bool {
        match self.question.yes {
            Yes::Safe => !self.question.negative,
            Yes::Risk | Yes::Open => self.question.negative,
        }
    }
}

/// Who a piece is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Nurse,
    /// She, or who speaks for her.
    Resident,
    Companion,
    /// One microphone: the talk so far says who it is.
    Unknown,
}

/// What a nurse's words do to the question that is open.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Asks(Vec<Ask>),
    /// Asks the last question anew.
    Again(Anew),
    /// Encourages or listens: the question stays open.
    Keeps,
    /// Tells something: what follows may still answer, but a yes or a no may as well be to that.
    Tells,
    /// Goes on to something else.
    Leaves,
}

/// How a question without a topic of its own takes up the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anew {
    /// As it was: 「ご自身はいかがですか」.
    AsItWas,
    /// Whether it is so after all: 「たまにありますか」.
    WhetherSo,
    /// Whether it is less than it should be: 「いつもより少ない?」.
    WhetherLess,
}

/// A turn, or a run of sentences of one voice where one microphone hears several people.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) role: Role,
    /// Where the piece's text begins in the segment's, in bytes.
    pub(crate) offset: usize,
    pub(crate) text: Text,
    /// What all of it says as an answer, once somebody asked.
    answer: OnceLock<Answer>,
    /// What they do, if they may be the nurse's.
    pub(crate) does: Move,
    /// What they hold, if they may be somebody else's.
    pub(crate) holds: Holds,
    /// One microphone: how much they sound like a nurse, and whether they end with a question.
    pub(crate) lean: i32,
    pub(crate) asks: bool,
}

impl Piece {
    /// What a part of the words says as an answer.
    pub(crate) fn answer(&self, part: &Range<usize>) -> Answer {
        let all = self.text.as_str();
        match part.len() == all.len() {
            true => *self.answer.get_or_init(|| answer::read(all)),
            false => answer::read(&all[part.clone()]),
        }
    }
}

/// Characters up to which a segment is read in one piece. Nobody says so much in one breath; what does
/// come so long costs no more than its length.
const LONG: usize = 1_000;

/// The pieces of a turn in order.
pub(crate) fn analyse(pack: &Pack, turn: &Turn) -> Vec<Piece> {
    let words = turn.text.expose().as_str();
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let rest = &words[start..];
        let end = rest.char_indices().nth(LONG).map_or(rest.len(), |(at, _)| {
            // At the end of a sentence, if there is one.
            rest[..at].rfind(MARKS).map_or(at, |mark| {
                mark + rest[mark..].chars().next().map_or(0, char::len_utf8)
            })
        });
        let part = breath(pack, turn.speaker, &rest[..end]);
        pieces.extend(part.into_iter().map(|piece| Piece {
            offset: piece.offset + start,
            ..piece
        }));
        start += end;
    }
    pieces
}

fn breath(pack: &Pack, speaker: Speaker, words: &str) -> Vec<Piece> {
    let role = match speaker {
        Speaker::Nurse => Role::Nurse,
        Speaker::Resident | Speaker::Interpreter => Role::Resident,
        Speaker::Companion => Role::Companion,
        Speaker::Unknown => return mixed(pack, words),
    };
    let text = Text::new(words);
    let (does, said) = match role {
        Role::Nurse => (nurse(pack, &text), None),
        _ => (Move::Keeps, Some(Said::new(&text, role == Role::Companion))),
    };
    let holds = said.map(|said| said.holds(pack)).unwrap_or_default();
    vec![Piece {
        role,
        offset: 0,
        text,
        answer: OnceLock::new(),
        does,
        holds,
        lean: 0,
        asks: false,
    }]
}

/// One microphone: sentences that sound like one voice are one piece.
fn mixed(pack: &Pack, words: &str) -> Vec<Piece> {
    let mut parts: Vec<(Range<usize>, i32, bool)> = Vec::new();
    for part in sentences(words) {
        let text = Text::new(&words[part.clone()]);
        if text.sentences().is_empty() {
            continue;
        }
        let lean = |sentence| voice::lean(text.sentence(sentence), sentence.question_mark);
        let lean = text.sentences().iter().map(lean).sum();
        let asks = text.sentences().last();
        let asks = asks.is_some_and(|sentence| shape::asks(&text, sentence));
        parts.push((part, lean, asks));
    }
    let leans: Vec<i32> = parts.iter().map(|(_, lean, _)| *lean).collect();
    let asks: Vec<bool> = parts.iter().map(|(_, _, asks)| *asks).collect();
    let piece = |run: voices::Run| {
        let here = &parts[run.sentences];
        let (first, last) = (here.first()?, here.last()?);
        let text = Text::new(&words[first.0.start..last.0.end]);
        let (nurses, others) = Before::may_be(run.lean);
        let said = others.then(|| Said::new(&text, false));
        let holds = said.map(|said| said.holds(pack)).unwrap_or_default();
        Some(Piece {
            role: Role::Unknown,
            offset: first.0.start,
            answer: OnceLock::new(),
            does: if nurses {
                nurse(pack, &text)
            } else {
                Move::Keeps
            },
            holds,
            text,
            lean: run.lean,
            asks: last.2,
        })
    };
    let runs = voices::runs(&leans, &asks);
    runs.into_iter().filter_map(piece).collect()
}

/// The sentences of a segment: up to their marks, and up to an answer that follows a question without one.
fn sentences(words: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in words.split_inclusive(MARKS) {
        let mut rest = part;
        while let Some(end) = shape::answer_behind(rest) {
            found.push(start..start + end);
            start += end;
            rest = &rest[end..];
        }
        found.push(start..start + rest.len());
        start += rest.len();
    }
    found
}

/// Characters of what may be a question by its voice alone.
const SHORT: usize = 24;

fn nurse(pack: &Pack, text: &Text) -> Move {
    let questions_here = LazyCell::new(|| pack.questions_in(text));
    let says = |rule: &Rule| rule.says != Says::Safe && rule.when != When::Asked;
    let said = LazyCell::new(|| Said::new(text, false));
    let mut asks: Vec<Ask> = Vec::new();
    let (mut asked, mut kept, mut again) = (false, true, None);
    let mut explains = false;
    let is_last = |it: &Sentence| {
        text.as_str()[it.range.end..]
            .trim_end_matches('\n')
            .is_empty()
    };
    for sentence in text.sentences() {
        let mut sentence = text.behind_breaks(sentence);
        if let Some(at) = shape::breaks_off(text.sentence(&sentence))
            && shape::asks(text, &sentence)
        {
            sentence.range.start += at;
            asks.clear();
        }
        let sentence = &sentence;
        let words = text.sentence(sentence);
        let confirms = shape::confirms(words);
        let breaks_off = explains && !shape::asks_outright(sentence, words);
        explains = shape::explains(words) || breaks_off;
        let shaped = shape::asks(text, sentence) || confirms;
        let by_voice = match shaped || !is_last(sentence) || words.chars().count() > SHORT {
            true => Vec::new(),
            false => likely_questions(pack, sentence, words, Taken::ByVoice),
        };
        if breaks_off || !shaped && by_voice.is_empty() {
            kept &= shape::carries_on(words);
            continue;
        }
        let mut here = questions(pack, text, sentence, &questions_here);
        if confirms || here.is_empty() && !shape::is_kind(words) {
            paraphrases(
                pack,
                text,
                &said,
                sentence,
                &pack.rules_of(text, sentence, says),
                &mut here,
            );
        }
        if here.is_empty() {
            let anew = if shape::takes_up(words) {
                Some(Anew::WhetherSo)
            } else if shape::asks_again(words) {
                Some(Anew::AsItWas)
            } else if shape::asks_whether_less(words) {
                Some(Anew::WhetherLess)
            } else {
                None
            };
            if anew.is_some() {
                again = anew;
                continue;
            }
            if shape::asks_on(words) {
                continue;
            }
        }
        let known = |it: &Found| sentence.range.contains(&it.range.start);
        let said_back = confirms && !shape::asks_outright(sentence, words);
        let known = said_back || !here.is_empty() || questions_here.iter().any(known);
        if !(here.is_empty() && (shape::is_kind(words) || shape::is_about_the_talk(words))) {
            let likely = match (shaped, known) {
                (false, _) => by_voice,
                (true, true) => likely_questions(pack, sentence, words, Taken::Known),
                (true, false) => likely_questions(pack, sentence, words, Taken::ByShape),
            };
            let new = |ask: &Ask| here.iter().all(|it| it.item != ask.item);
            let likely: Vec<Ask> = likely.into_iter().filter(new).collect();
            here.extend(likely);
        }
        if !shaped {
            here.iter_mut().for_each(|ask| ask.known = Known::ByVoice);
        }
        if here.is_empty() {
            // 「リラックスできていいですね」 says back what is no item.
            if confirms && !shape::asks_outright(sentence, words) {
                kept = false;
                continue;
            }
            // Another question closes what was asked before it.
            asked = true;
            asks.iter_mut().for_each(|ask| ask.last = false);
            continue;
        }
        asked = true;
        asks.iter_mut().for_each(|ask| ask.last = false);
        asks.retain(|ask| here.iter().all(|new| new.item != ask.item));
        asks.extend(here);
    }
    if !asks.is_empty() {
        Move::Asks(asks)
    } else if asked {
        Move::Leaves
    } else if !kept {
        Move::Tells
    } else if let Some(again) = again {
        Move::Again(again)
    } else {
        Move::Keeps
    }
}

/// The items that a sentence asks about: of each item the first question of the pack that fits.
fn questions(pack: &Pack, text: &Text, sentence: &Sentence, found: &[Found]) -> Vec<Ask> {
    let inside = |found: &&Found| sentence.range.contains(&found.range.start);
    let mut found = found.iter().filter(inside).peekable();
    if found.peek().is_none() {
        return Vec::new();
    }
    let words = text.sentence(sentence);
    let another = shape::is_about_another(words);
    let hers = shape::says_a_question_back(words);
    let slip = shape::asks_of_a_slip(words);
    let knowing = shape::asks_knowing(words);
    let offers = shape::offers(words);
    let for_words = shape::asks_for_words(words);
    let mut asks: Vec<Ask> = Vec::new();
    // Mostly the same for all that a question asks about.
    let mut known: Vec<(usize, bool, Vec<Predicate>)> = Vec::new();
    let mut predicates = |this: &str, negative: bool, at: usize| -> Arc<[Predicate]> {
        let same = |it: &(usize, bool, _)| (it.0, it.1) == (this.len(), negative);
        if !known.iter().any(same) {
            known.push((this.len(), negative, echo::predicates(this, negative)));
        }
        // 「眠れないとか、‐消えてしまいたいとか」: each of its own.
        let end = this[at..].find("とか").map_or(this.len(), |end| at + end);
        let known = known.iter().filter(|it| same(it)).flat_map(|it| &it.2);
        known
            .filter(|it| (at..end).contains(&it.at))
            .cloned()
            .collect()
    };
    for found in found {
        let question = &pack.questions[found.owner];
        if asks.iter().any(|ask| ask.item == question.item) {
            continue;
        }
        if slip && !hers_counts(pack, question.item) {
            continue;
        }
        let end = found.range.end.min(sentence.range.end) - sentence.range.start;
        let at = found.range.start - sentence.range.start..end;
        let fits = !shape::leaves_out(&words[end..]);
        // 「安心できますか、怖くないですか」: another question says nothing of this one.
        let this = &words[..shape::question_end(words, end)];
        let negative = match shape::holds_a_lack(this, &at) {
            true => shape::is_negative(&this[end..]),
            false => shape::is_negative(this),
        };
        let safe = question.yes == Yes::Safe;
        // 「お変わりないですか」 asks of a change in the negative, or for just that.
        let same = shape::unchanged(this).is_some();
        let negative = if same { !safe } else { negative };
        let trouble = safe && shape::asks_for_trouble(this);
        let worse = safe && !negative && shape::asks_for_the_worse(this);
        let over = !safe && !negative && shape::asks_whether_over(this);
        let lack = worse || shape::asks_for_a_lack(this);
        let fine = shape::asks_whether_fine(this);
        if fits && !(another && question.yes != Yes::Open && only_hers(pack, question.item)) {
            let yes = match question.yes {
                Yes::Open if fine => Yes::Safe,
                Yes::Safe if lack || trouble && negative => Yes::Risk,
                Yes::Safe if trouble => Yes::Open,
                Yes::Safe if hers => Yes::Open,
                yes => yes,
            };
            asks.push(Ask {
                predicates: match yes {
                    Yes::Open => Arc::default(),
                    // 「まだします」 says again what is to be over.
                    _ if over => Arc::default(),
                    // 「差し支えないですか」 asks for just that, 「学生さんではないですか」 for the contrary.
                    _ => {
                        let kind = yes == Yes::Safe && (same || shape::is_kind(this));
                        let denied = !kind && shape::ends_in_a_denial(this);
                        predicates(this, negative || denied, at.start)
                    }
                },
                known: Known::ByPattern,
                item: question.item,
                not_about: question.not_about.clone(),
                question: Question {
                    yes,
                    negative,
                    knowing,
                    offers,
                    lack: lack && !negative,
                    for_words,
                    over: over.then(|| pack.likely.rules[question.item].past),
                    fine: fine && question.yes == Yes::Risk,
                },
                last: true,
                range: sentence.range.clone(),
            });
        }
    }
    asks
}

/// What a question is only like.
fn likely_questions(pack: &Pack, sentence: &Sentence, words: &str, taken: Taken) -> Vec<Ask> {
    let asked = pack.asked_in(&format!("{words}\n"), taken);
    if asked.is_empty() {
        return Vec::new();
    }
    let negative = shape::is_negative(words);
    let predicates: Arc<[Predicate]> = echo::predicates(words, negative).into();
    let fine = shape::asks_whether_fine(words);
    let ask = |LikelyAsked { item, yes, known }| Ask {
        predicates: Arc::clone(&predicates),
        not_about: Vec::new(),
        known,
        item,
        question: Question {
            knowing: shape::asks_knowing(words),
            offers: shape::offers(words),
            for_words: shape::asks_for_words(words),
            fine: fine && yes == Yes::Risk,
            ..Question::plain(yes, negative)
        },
        last: true,
        range: sentence.range.clone(),
    };
    asked.into_iter().map(ask).collect()
}

/// Whether nobody else's matter counts for an item.
fn only_hers(pack: &Pack, item: usize) -> bool {
    let mut rules = pack.rules.iter().filter(|rule| rule.item == item);
    rules.all(|rule| rule.says == Says::Safe || rule.subject == Subject::Own)
}

/// Whether what she does herself counts for an item.
fn hers_counts(pack: &Pack, item: usize) -> bool {
    let mut rules = pack.rules.iter().filter(|rule| rule.item == item);
    rules.any(|rule| rule.says == Says::Risk && rule.subject == Subject::Own)
}

/// What a nurse says back and a yes confirms: the item's own words in her mouth. A 「ない」 that belongs to those words
/// (「生活費を渡してもらえていない」) makes no denial of them, and where a question of the item would take a yes for one,
/// the words decide.
fn paraphrases(
    pack: &Pack,
    text: &Text,
    said: &Said<'_>,
    sentence: &Sentence,
    found: &[(Found, bool)],
    asks: &mut Vec<Ask>,
) {
    let words = text.sentence(sentence);
    let fine = shape::asks_whether_fine(words);
    for (Found { owner, range }, excepted) in found {
        let rule = &pack.rules[*owner];
        let inside = sentence.range.start <= range.start && range.end <= sentence.range.end;
        if !inside || *excepted {
            continue;
        }
        let negative = match said.verdict(rule, sentence, range) {
            Verdict::Negated => true,
            Verdict::Holds | Verdict::History | Verdict::Supposed => {
                let end = range.end.min(sentence.range.end);
                shape::says_there_is_none(&text.as_str()[end..sentence.range.end])
            }
            _ => continue,
        };
        match asks.iter_mut().find(|ask| ask.item == rule.item) {
            Some(ask) if !negative && !fine && ask.is_denied_by_yes() => {
                (ask.question.yes, ask.question.negative) = (Yes::Risk, false);
                ask.predicates = echo::predicates(words, false).into();
            }
            Some(_) => {}
            None => asks.push(Ask {
                predicates: echo::predicates(words, negative).into(),
                not_about: Vec::new(),
                known: Known::ByPattern,
                item: rule.item,
                question: Question {
                    fine,
                    ..Question::plain(Yes::Risk, negative)
                },
                last: true,
                range: sentence.range.clone(),
            }),
        }
    }
}
