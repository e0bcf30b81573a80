//! What one turn holds by itself: matches with what the grammar does to them, and questions. Knows
//! no other turn, so it is done once per segment and revision.

use std::cell::LazyCell;
use std::ops::Range;

use crate::risk::finding::{Speaker, Turn};
use crate::risk::grammar::context::{self, Whose};
use crate::risk::grammar::{answer, polarity, shape, voice};
use crate::risk::likeness::Like;
use crate::risk::pack::file::{Effect, Past, Says, Subject, When, Yes};
use crate::risk::pack::finder::Found;
use crate::risk::pack::{Pack, Rule};
use crate::risk::text::{Sentence, Text};

use super::likeness::ANSWERS;
use super::voices::{self, Before};

/// What ends a sentence in writing.
const MARKS: [char; 5] = ['。', '？', '?', '！', '!'];

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

/// A question about an item.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) item: usize,
    pub(crate) yes: Yes,
    pub(crate) negative: bool,
    /// Asks what she knows.
    pub(crate) knowing: bool,
    /// Offers something or asks leave.
    pub(crate) offers: bool,
    /// No pattern knows it: it is only like questions about the item.
    pub(crate) likely: bool,
    /// Stands in the last question of the turn: what a bare yes or no answers.
    pub(crate) last: bool,
    pub(crate) range: Range<usize>,
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
    /// Asks the last question anew: 「ご自身はいかがですか」.
    Again,
    /// Encourages or listens: the question stays open.
    Keeps,
    /// Tells something: what follows may still answer, but a yes or a no may as well be to that.
    Tells,
    /// Goes on to something else.
    Leaves,
}

/// A turn, or a run of sentences of one voice where one microphone hears several people.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) role: Role,
    /// Where the piece's text begins in the segment's, in bytes.
    pub(crate) offset: usize,
    pub(crate) text: Text,
    /// What they do, if they may be the nurse's.
    pub(crate) does: Move,
    /// What they hold, if they may be somebody else's.
    pub(crate) hits: Vec<Hit>,
    /// What they are like, if they may be somebody else's.
    pub(crate) windows: Vec<Window>,
    /// One microphone: how much they sound like a nurse, and whether they end with a question.
    pub(crate) lean: i32,
    pub(crate) asks: bool,
}

/// Sentences that are read together for what they are like.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Bytes of the piece's text.
    pub(crate) range: Range<usize>,
    pub(crate) likes: Vec<Like>,
    /// The same of each sentence in which a rule finds words, where there are several.
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
    let (does, (hits, windows)) = match role {
        Role::Nurse => (nurse(pack, &text), Default::default()),
        _ => (Move::Keeps, said(pack, &text, role == Role::Companion)),
    };
    vec![Piece {
        role,
        offset: 0,
        text,
        does,
        hits,
        windows,
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
        let (hits, windows) = match others {
            true => said(pack, &text, false),
            false => Default::default(),
        };
        Some(Piece {
            role: Role::Unknown,
            offset: first.0.start,
            does: if nurses {
                nurse(pack, &text)
            } else {
                Move::Keeps
            },
            hits,
            windows,
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

fn nurse(pack: &Pack, text: &Text) -> Move {
    let questions_here = LazyCell::new(|| pack.questions_in(text));
    let said_back = LazyCell::new(|| hits(pack, text, false));
    let mut asks: Vec<Ask> = Vec::new();
    let (mut asked, mut kept, mut again) = (false, true, false);
    let mut explains = false;
    for sentence in text.sentences() {
        let words = text.sentence(sentence);
        let confirms = shape::confirms(words);
        let breaks_off = explains && !shape::asks_outright(sentence, words);
        explains = shape::explains(words) || breaks_off;
        if breaks_off || !(shape::asks(text, sentence) || confirms) {
            kept &= shape::carries_on(words);
            continue;
        }
        let mut here = questions(pack, text, sentence, &questions_here);
        if confirms || here.is_empty() && !shape::is_kind(words) {
            paraphrases(pack, text, sentence, &said_back, &mut here);
        }
        if here.is_empty() {
            if shape::asks_again(words) {
                again = true;
                continue;
            }
            if shape::asks_on(words) {
                continue;
            }
        }
        let known = |it: &Found| sentence.range.contains(&it.range.start);
        let said_back = confirms && !shape::asks_outright(sentence, words);
        let known = said_back || !here.is_empty() || questions_here.iter().any(known);
        if !(here.is_empty() && shape::is_kind(words)) {
            let likely = likely_questions(pack, sentence, words, known);
            let new = |ask: &Ask| here.iter().all(|it| it.item != ask.item);
            let likely: Vec<Ask> = likely.into_iter().filter(new).collect();
            here.extend(likely);
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
    } else if again {
        Move::Again
    } else {
        Move::Keeps
    }
}

/// The items that a sentence asks about: of each item the first question of the pack that fits.
fn questions(pack: &Pack, text: &Text, sentence: &Sentence, found: &[Found]) -> Vec<Ask> {
    let words = text.sentence(sentence);
    let negative = shape::is_negative(words);
    let another = shape::is_about_another(words);
    let lack = shape::asks_for_a_lack(words);
    let slip = shape::asks_of_a_slip(words);
    let mut asks: Vec<Ask> = Vec::new();
    for found in found {
        let question = &pack.questions[found.owner];
        let inside = sentence.range.contains(&found.range.start);
        if !inside || asks.iter().any(|ask| ask.item == question.item) {
            continue;
        }
        let end = found.range.end.min(sentence.range.end);
        let fits = !shape::leaves_out(&words[end - sentence.range.start..]);
        if slip && !hers_counts(pack, question.item) {
            continue;
        }
        if fits && !(another && question.yes != Yes::Open && only_hers(pack, question.item)) {
            let yes = match question.yes {
                Yes::Safe if lack => Yes::Risk,
                yes => yes,
            };
            asks.push(Ask {
                likely: false,
                item: question.item,
                yes,
                negative,
                knowing: shape::asks_knowing(words),
                offers: shape::offers(words),
                last: true,
                range: sentence.range.clone(),
            });
        }
    }
    asks
}

/// What a question is only like.
fn likely_questions(pack: &Pack, sentence: &Sentence, words: &str, known: bool) -> Vec<Ask> {
    let asked = pack.asked_in(&format!("{words}\n"), known).into_iter();
    let ask = |(item, yes)| Ask {
        likely: true,
        item,
        yes,
        negative: shape::is_negative(words),
        knowing: shape::asks_knowing(words),
        offers: shape::offers(words),
        last: true,
        range: sentence.range.clone(),
    };
    asked.map(ask).collect()
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

/// What a nurse says back and a yes confirms: the item's own words in her mouth.
fn paraphrases(pack: &Pack, text: &Text, sentence: &Sentence, said: &[Hit], asks: &mut Vec<Ask>) {
    for hit in said {
        let rule = &pack.rules[hit.rule];
        let known = asks.iter().any(|ask| ask.item == rule.item);
        let inside = sentence.range.start <= hit.range.start && hit.range.end <= sentence.range.end;
        if known
            || !inside
            || rule.says == Says::Safe
            || rule.when == When::Asked
            || !matches!(
                hit.verdict,
                Verdict::Holds | Verdict::History | Verdict::Negated | Verdict::Supposed
            )
        {
            continue;
        }
        asks.push(Ask {
            likely: false,
            item: rule.item,
            yes: Yes::Risk,
            negative: hit.verdict == Verdict::Negated
                || shape::is_negative(text.sentence(sentence)),
            knowing: false,
            offers: false,
            last: true,
            range: sentence.range.clone(),
        });
    }
}

/// What words of a resident or of who speaks for her hold, and what they are like.
fn said(pack: &Pack, text: &Text, companion: bool) -> (Vec<Hit>, Vec<Window>) {
    let hits = hits(pack, text, companion);
    let windows = windows(pack, text, companion, &hits);
    (hits, windows)
}

/// What a text is like, by so many sentences at once.
fn windows(pack: &Pack, text: &Text, companion: bool, hits: &[Hit]) -> Vec<Window> {
    let Some(likeness) = pack.likeness() else {
        return Vec::new();
    };
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
        let mut alone: Vec<(Range<usize>, Vec<Like>)> = Vec::new();
        let within = |it: &&Sentence| range.start <= it.range.start && it.range.end <= range.end;
        for sentence in text.sentences().iter().filter(within) {
            let found = |hit: &Hit| sentence.range.contains(&hit.range.start);
            if sentence.range != range && hits.iter().any(found) {
                alone.push((sentence.range.clone(), likeness.read(here(&sentence.range))));
            }
        }
        let likes = likeness.read(here(&range));
        let likely = |like: &Like| {
            let said = likeness.because(here(&range), like.item);
            if said.is_empty() {
                return None;
            }
            let said = range.start + said.start..range.start + said.end;
            let sentence = text.sentence_at(said.start)?;
            let range = said.start..said.end.min(sentence.range.end);
            let rule = &pack.likely.rules[like.item];
            Some(Likely {
                item: like.item,
                chance: like.chance,
                verdict: verdict(rule, text, sentence, &range, companion),
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

fn hits(pack: &Pack, text: &Text, companion: bool) -> Vec<Hit> {
    let found = pack.rules_in(text).into_iter();
    let hit = |(Found { owner, range }, excepted)| {
        let sentence = text.sentence_at(range.start)?;
        let verdict = if excepted {
            Verdict::Excepted
        } else {
            verdict(&pack.rules[owner], text, sentence, &range, companion)
        };
        Some(Hit {
            rule: owner,
            range,
            verdict,
        })
    };
    found.filter_map(hit).collect()
}

fn verdict(
    rule: &Rule,
    text: &Text,
    sentence: &Sentence,
    range: &Range<usize>,
    companion: bool,
) -> Verdict {
    let whole = text.as_str();
    let words = text.sentence(sentence);
    let end = range.end.min(sentence.range.end);
    let inner = range.start - sentence.range.start..end - sentence.range.start;
    let (before, matched, after) = (
        &words[..inner.start],
        &whole[range.clone()],
        &whole[range.end..],
    );
    let correction = answer::correction(whole);
    // Far behind a correction, something else is meant.
    if range.end <= correction.start && whole[range.end..correction.end].chars().count() <= 25 {
        return Verdict::TakenBack;
    }
    if polarity::is_denied(matched, &words[inner.end..]) {
        return Verdict::Negated;
    }
    if rule.negation == Effect::Clears && polarity::is_negated(matched, &words[inner.end..]) {
        return Verdict::Negated;
    }
    if context::describes_people(words, &inner) {
        return Verdict::SomebodyElse;
    }
    let earlier = &whole[..sentence.range.start];
    match (
        rule.subject,
        context::whose(earlier, words, &inner, companion),
    ) {
        (Subject::Any, _) if context::is_a_strangers(words, &inner) => {
            return Verdict::SomebodyElse;
        }
        (Subject::Any, _)
        | (Subject::Own | Subject::Partner, Whose::Own)
        | (Subject::Partner, Whose::Partner) => {}
        _ => return Verdict::SomebodyElse,
    }
    if rule.says == Says::Safe {
        return Verdict::Holds;
    }
    if context::is_case(words, &inner) {
        return Verdict::Supposed;
    }
    if rule.supposed == Effect::Clears
        && context::is_supposed(words, &inner, sentence.question_mark)
    {
        return Verdict::Supposed;
    }
    match rule.past {
        Past::Clears if context::is_past(before, matched, after) => Verdict::Over,
        Past::Review if context::is_past(before, matched, after) || context::is_history(before) => {
            Verdict::History
        }
        _ => Verdict::Holds,
    }
}
