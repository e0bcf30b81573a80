//! Learns the weights from labelled talk: for each item the logistic regression of its labels on the stretches of
//! characters of the texts, by their rarity. The same examples in the same order give the same weights.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{ABOUT, LONGEST, Reply, STEPS, Stretch, ZERO, form, much, stretches_of};
use crate::risk::finding::{Asked, Speaker};
use crate::risk::grammar::answer::{self, Answer};
use crate::risk::grammar::{correction, shape};
use crate::risk::pack::Example;
use crate::risk::score::Case;
use crate::risk::text::Text;

/// A turn of talk with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    pub text: String,
    /// Items that it is flagged for.
    pub holds: BTreeSet<String>,
    /// Items of which it says nothing either way.
    pub open: BTreeSet<String>,
    /// Of an answer: the item that was asked about, and its form.
    answers: Option<(String, String)>,
}

/// Characters of an answer that says something without its question.
const TELLS: usize = 12;

impl Labelled {
    /// The turns of a case. What a nurse says is talk of no item.
    pub fn of_case(case: &Case) -> Vec<Self> {
        let mut asked = false;
        let mut all = Vec::new();
        for (number, turn) in case.turns.iter().enumerate() {
            let nurse = turn.speaker == Speaker::Nurse;
            asked |= nurse;
            if !nurse && asked && turn.text.chars().count() < TELLS {
                continue;
            }
            let expected = || case.expect.iter().filter(|_| !nurse);
            let here = expected().filter(|it| it.turn == number);
            let elsewhere = expected().filter(|it| it.turn != number);
            let tolerated = case.tolerate.iter().filter(|_| !nurse).cloned();
            all.push(Self {
                text: turn.text.clone(),
                holds: here.map(|it| it.item.clone()).collect(),
                open: elsewhere
                    .map(|it| it.item.clone())
                    .chain(tolerated)
                    .collect(),
                answers: None,
            });
        }
        all
    }

    /// The questions of a short case that says how one item was answered, with what a yes means (`safe`).
    pub fn of_questions(case: &Case) -> Vec<Self> {
        let mut all = Vec::new();
        let one = match case.coverage.iter().collect::<Vec<_>>()[..] {
            [(item, asked)] if case.turns.len() <= 6 => Some((item.clone(), *asked)),
            _ => None,
        };
        let mut first = true;
        for (turn, next) in case.turns.iter().zip(case.turns.iter().skip(1)) {
            if turn.speaker != Speaker::Nurse || next.speaker == Speaker::Nurse {
                continue;
            }
            if let Some((item, asked)) = one.as_ref().filter(|_| first) {
                all.push(Self::question(&turn.text, item, *asked, &next.text));
            }
            first = false;
        }
        all
    }

    fn question(text: &str, item: &str, asked: Asked, answer: &str) -> Self {
        let safe = yes_is_safe(text, asked, answer);
        let holds = [(item, !item.is_empty()), (SAFE, safe == Some(true))].into_iter();
        Self {
            text: text.to_owned(),
            holds: holds
                .filter(|(_, it)| *it)
                .map(|(item, _)| item.to_owned())
                .collect(),
            open: safe
                .is_none()
                .then(|| SAFE.to_owned())
                .into_iter()
                .collect(),
            answers: None,
        }
    }

    /// The answer of a case that is a question and an answer, and says how that was answered.
    pub fn of_reply(case: &Case) -> Option<Self> {
        let coverage: Vec<_> = case.coverage.iter().collect();
        match (&coverage[..], &case.turns[..]) {
            ([(item, asked)], [question, answer])
                if question.speaker == Speaker::Nurse && answer.speaker == Speaker::Resident =>
            {
                Some(Self::reply(&question.text, &answer.text, item, **asked))
            }
            _ => None,
        }
    }

    fn reply(question: &str, said: &str, item: &str, asked: Asked) -> Self {
        let text = Text::new(said);
        let negative = asks_in_the_negative(question) == Some(true);
        let from = correction::correction(text.as_str()).end;
        let told = &text.as_str()[from..];
        let read = answer::read(told);
        let kind = match asked {
            Asked::Positive => RISK,
            Asked::Negative => GOOD,
            _ => VAGUE,
        };
        Self {
            text: if from > 0 { told } else { said }.to_owned(),
            holds: BTreeSet::from([kind.to_owned()]),
            open: BTreeSet::new(),
            answers: Some((item.to_owned(), form(read, negative))),
        }
    }

    /// The sentence of a rule's example: it says something of that rule's item only.
    pub fn of_example(example: &Example, items: &[&str]) -> Option<Self> {
        if !example.says_risk || example.text.contains('→') {
            return None;
        }
        let item = example.item.as_str();
        Some(Self {
            text: example.text.clone(),
            holds: example
                .matches
                .then(|| item.to_owned())
                .into_iter()
                .collect(),
            open: items
                .iter()
                .filter(|it| **it != item)
                .map(|it| (*it).to_owned())
                .collect(),
            answers: None,
        })
    }

    /// The question of a line of talk and the answer to it, where its first label says what was asked about.
    pub fn of_exchange(line: &str) -> Option<(Self, Option<Self>)> {
        let (labels, rest) = labels(line);
        let (item, sign) = labels.first()?;
        let (question, answer) = rest.split_once("=>")?;
        let (question, answer) = (question.trim(), answer.trim());
        let asked = match sign {
            '+' => Asked::Positive,
            '-' => Asked::Negative,
            _ => Asked::Vague,
        };
        let asks = Self::question(question, item, asked, answer);
        let reply = || Self::reply(question, answer, item, asked);
        Some((asks, (!item.is_empty()).then(reply)))
    }

    /// A line of talk: labels (`smoking+`, `alcohol?`, `isolation-`, or `-` for none) and what is said, perhaps behind
    /// `question =>`. `None` where nothing is said that tells by itself.
    pub fn of_line(line: &str) -> Result<Option<Self>, String> {
        let (labels, rest) = labels(line);
        if labels.is_empty() {
            return Err("a line of talk begins with its labels, or with - for none".to_owned());
        }
        let with = |sign| {
            let with = labels.iter().filter(move |label| label.1 == sign);
            with.map(|(item, _)| (*item).to_owned()).collect()
        };
        let (holds, open) = (with('+'), with('?'));
        let (asked, text) = match rest.split_once("=>") {
            Some((_, answer)) => (true, answer.trim()),
            None => (false, rest),
        };
        let tells = !text.is_empty() && (!asked || text.chars().count() >= TELLS);
        Ok(tells.then(|| Self {
            text: text.to_owned(),
            holds,
            open,
            answers: None,
        }))
    }
}

/// The labels of a line of talk, `smoking+ alcohol?`, as items and their signs, and what stands behind them. A lone `-`
/// is of no item.
fn labels(line: &str) -> (Vec<(&str, char)>, &str) {
    let mut rest = line.trim();
    let mut labels = Vec::new();
    while let Some((label, more)) = rest.split_once([' ', '\u{3000}']) {
        let Some((item, sign)) = label.char_indices().last().map(|(at, c)| (&label[..at], c))
        else {
            break;
        };
        let named = item.len() > 1 && item.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        if !(label == "-" || named && matches!(sign, '+' | '?' | '-')) {
            break;
        }
        labels.push((item, sign));
        rest = more.trim_start();
    }
    (labels, rest)
}

/// The column of questions: a yes is good news.
pub(crate) const SAFE: &str = "safe";
/// The columns of answers: all is well, neither, or it is as was asked.
pub(crate) const GOOD: &str = "good";
pub(crate) const VAGUE: &str = "vague";
pub(crate) const RISK: &str = "risk";

/// All that is learned from.
#[derive(Debug, Default)]
pub struct Lessons {
    pub talk: Vec<Labelled>,
    pub questions: Vec<Labelled>,
    pub replies: Vec<Labelled>,
}

/// Whether the last sentence of a question asks in the negative; `None` where there is none.
fn asks_in_the_negative(question: &str) -> Option<bool> {
    let text = Text::new(question);
    let last = text.sentences().last()?;
    Some(shape::is_negative(text.sentence(last)))
}

/// Whether a yes to a question is good news, as far as its answer and what came of it tell.
fn yes_is_safe(question: &str, asked: Asked, answer: &str) -> Option<bool> {
    let negative = asks_in_the_negative(question)?;
    let said = match answer::read(Text::new(answer).as_str()) {
        Answer::Yes { .. } => true,
        Answer::Affirms if !negative => true,
        Answer::No { .. } if !negative => false,
        // 「困っていませんか」「困ってないです」 agrees as a yes does.
        Answer::Denies | Answer::Little => negative,
        _ => return None,
    };
    match asked {
        Asked::Positive => Some(said == negative),
        Asked::Negative => Some(said != negative),
        _ => None,
    }
}

/// Times that every example is looked at.
const ROUNDS: usize = 20;
/// How much the weights may grow to fit the examples: the most that one example adds to them.
const FREEDOM: f64 = 50.0;

/// Examples that a stretch has to stand in: what is rarer teaches little and makes the file large.
const OFTEN: u32 = 3;

/// An example as stretches of characters: their numbers and how much each weighs in it.
type Row = Vec<(usize, f32)>;

/// The text of a pack's file that knows what talk and questions are like.
pub fn learn(items: &[&str], from: &Lessons) -> String {
    let asked: Vec<&str> = items.iter().copied().chain([SAFE]).collect();
    let head = "# Learned from labelled talk by script/learn; not to be edited by hand.";
    let digest = digest(items, from);
    [
        format!("{head}\nlearned_from = {digest:?}\n"),
        table("likeness", items, items, &from.talk),
        table("asking", &asked, items, &from.questions),
        table("replies", &[GOOD, VAGUE, RISK], items, &from.replies),
    ]
    .concat()
}

/// What weights are learned from, in short: other talk as it is folded, other labels or other settings give another
/// digest.
pub fn digest(items: &[&str], from: &Lessons) -> String {
    let mut hash = Sha256::new();
    hash.update(format!(
        "{items:?} {ROUNDS} {FREEDOM} {OFTEN} {LEAST} {LONGEST} {STEPS}"
    ));
    for it in from.talk.iter().chain(&from.questions).chain(&from.replies) {
        let text = Text::new(&it.text);
        let (holds, open, answers) = (&it.holds, &it.open, &it.answers);
        hash.update(format!(
            "\n{} {holds:?} {open:?} {answers:?}",
            text.as_str()
        ));
    }
    let hash = hash.finalize();
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The table of a pack's file with weights for these items.
fn table(name: &str, columns: &[&str], items: &[&str], examples: &[Labelled]) -> String {
    let words = |it: &Labelled| {
        let reply = it.answers.as_ref().and_then(|(item, form)| {
            let item = items.iter().position(|known| known == item)?;
            Some(Reply { item, form })
        });
        counted(stretches_of(Text::new(&it.text).as_str(), reply))
    };
    let texts: Vec<Vec<(Stretch, usize)>> = examples.iter().map(words).collect();
    let mut seen: BTreeMap<Stretch, u32> = BTreeMap::new();
    for text in &texts {
        for (word, _) in text {
            *seen.entry(*word).or_default() += 1;
        }
    }
    seen.retain(|_, times| *times >= OFTEN);
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are thousands of examples"
    )]
    let all = examples.len() as f32;
    let rarity = |times: u32| {
        #[expect(clippy::cast_precision_loss, reason = "at most the number of examples")]
        let times = times as f32;
        1.0 + ((1.0 + all) / (1.0 + times)).ln()
    };
    let words: Vec<(Stretch, u32)> = seen.into_iter().collect();
    let numbers: HashMap<Stretch, usize> = words.iter().map(|(word, _)| *word).zip(0..).collect();
    let row = |text: &Vec<(Stretch, usize)>| {
        let mut row: Row = text
            .iter()
            .filter_map(|(word, times)| {
                let number = *numbers.get(word)?;
                Some((number, much(*times) * rarity(words[number].1)))
            })
            .collect();
        let length = row.iter().map(|(_, much)| much * much).sum::<f32>().sqrt();
        row.iter_mut()
            .for_each(|(_, much)| *much /= length.max(1.0));
        row
    };
    let rows: Vec<Row> = texts.iter().map(row).collect();
    let learned: Vec<(f32, Vec<f32>)> = columns
        .iter()
        .map(|item| {
            let labels: Vec<Option<bool>> = examples
                .iter()
                .map(|it| match it.holds.contains(*item) {
                    true => Some(true),
                    false if it.open.contains(*item) => None,
                    false => Some(false),
                })
                .collect();
            weigh(&rows, &labels, words.len())
        })
        .collect();
    let most = learned
        .iter()
        .flat_map(|(_, weights)| weights)
        .fold(0.0, |most: f32, it| most.max(it.abs()));
    let step = (most / (f32::from(STEPS) * f32::from(STEPS))).max(f32::MIN_POSITIVE);
    let mut file = String::new();
    let lean: Vec<String> = learned
        .iter()
        .map(|(lean, _)| format!("{lean:.3}"))
        .collect();
    // Writing into a string never fails.
    let _ = write!(
        file,
        "\n[{name}]\nitems = {columns:?}\nlean = [{}]\nstep = {step:.7}\nwords = '''\n",
        lean.join(", "),
    );
    for (number, (word, times)) in words.iter().enumerate() {
        let signs: Vec<i8> = learned
            .iter()
            .map(|(_, weights)| in_steps(weights[number], step))
            .collect();
        if signs.iter().all(|sign| sign.abs() <= LEAST) {
            continue;
        }
        let signs: String = signs
            .iter()
            .map(|sign| char::from(ZERO.saturating_add_signed(*sign)))
            .collect();
        let about = word.item().map(|item| format!("{}{ABOUT}", items[item]));
        let about = about.unwrap_or_default();
        let _ = writeln!(file, "{about}{word}\t{:.2}\t{signs}", rarity(*times));
    }
    file.push_str("'''\n");
    file
}

/// Each stretch and how often it stands there, in their order.
fn counted(mut all: Vec<Stretch>) -> Vec<(Stretch, usize)> {
    all.sort_unstable();
    let same = all.chunk_by(|one, other| one == other);
    same.map(|same| (same[0], same.len())).collect()
}

/// Stretches of which no weight is more are left out.
const LEAST: i8 = 6;

/// Small weights are told apart more finely than large ones: steps are squared.
fn in_steps(weight: f32, step: f32) -> i8 {
    let most = f32::from(STEPS);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to what a sign holds"
    )]
    let steps = ((weight.abs() / step).sqrt().round().min(most) * weight.signum()) as i8;
    steps
}

/// The lean and the weights of one item: the logistic regression with small weights, by coordinate descent in the
/// dual (Yu, Huang and Lin 2011). Each example in turn takes the share that serves it best, the others' as they are.
fn weigh(rows: &[Row], labels: &[Option<bool>], words: usize) -> (f32, Vec<f32>) {
    let mut weights = vec![0.0_f64; words];
    let mut lean = 0.0_f64;
    let told = labels.iter().enumerate();
    let mut examples: Vec<Taught> = told
        .filter_map(|(row, label)| Some(Taught::new(&rows[row], (*label)?)))
        .collect();
    for it in &examples {
        it.push(it.share, &mut lean, &mut weights);
    }
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..ROUNDS {
        for at in (1..examples.len()).rev() {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bound = u64::try_from(at + 1).unwrap_or(1);
            let other = usize::try_from((dice >> 33) % bound).unwrap_or(0);
            examples.swap(at, other);
        }
        for it in &mut examples {
            let moved = it.settle(lean, &weights);
            it.push(moved, &mut lean, &mut weights);
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "weights are written with few digits"
    )]
    let short = |it: f64| it as f32;
    (short(lean), weights.into_iter().map(short).collect())
}

/// An example with its share in the weights, between 0 and [`FREEDOM`].
struct Taught<'a> {
    row: &'a Row,
    side: f64,
    square: f64,
    share: f64,
}

impl<'a> Taught<'a> {
    fn new(row: &'a Row, holds: bool) -> Self {
        let squares = row
            .iter()
            .map(|(_, much)| f64::from(*much) * f64::from(*much));
        Self {
            row,
            side: if holds { 1.0 } else { -1.0 },
            square: 1.0 + squares.sum::<f64>(),
            share: 1e-8,
        }
    }

    fn push(&self, by: f64, lean: &mut f64, weights: &mut [f64]) {
        let by = by * self.side;
        *lean += by;
        for (word, much) in self.row {
            weights[*word] += by * f64::from(*much);
        }
    }

    /// Finds the share that fits best, by a few steps of Newton's, and says how far it moved.
    fn settle(&mut self, lean: f64, weights: &[f64]) -> f64 {
        let said = self
            .row
            .iter()
            .map(|(word, much)| weights[*word] * f64::from(*much));
        let said = self.side * (lean + said.sum::<f64>());
        // The side of the middle on which the best share lies is looked at from its own end.
        let (from, sign) = match 0.5 * self.square * (FREEDOM - 2.0 * self.share) + said < 0.0 {
            true => (FREEDOM - self.share, -1.0),
            false => (self.share, 1.0),
        };
        let mut share = if FREEDOM - from < 0.5 * FREEDOM {
            0.1 * from
        } else {
            from
        };
        let slope = |share: f64| {
            self.square * (share - from) + sign * said + (share / (FREEDOM - share)).ln()
        };
        for _ in 0..20 {
            let steep = slope(share);
            if steep.abs() < 1e-4 {
                break;
            }
            let next = share - steep / (self.square + FREEDOM / (FREEDOM - share) / share);
            share = if next <= 0.0 {
                0.1 * share
            } else {
                next.min(FREEDOM * (1.0 - 1e-9))
            };
        }
        let moved = sign * (share - from);
        self.share += moved;
        moved
    }
}
