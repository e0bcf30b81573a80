//! Learns the weights from labelled talk: for each item the logistic regression of its labels on the stretches of
//! characters of the texts, by their rarity. The same examples in the same order give the same weights.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{END, LONGEST, STEPS, ZERO, counted, much};
use crate::risk::finding::{Asked, Speaker};
use crate::risk::grammar::answer::{self, Answer};
use crate::risk::grammar::shape;
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
        let holds = [(item, true), (SAFE, safe == Some(true))].into_iter();
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
        })
    }

    /// The question of a line of talk that has one label.
    pub fn of_asking_line(line: &str) -> Option<Self> {
        let (label, rest) = line.trim().split_once(' ')?;
        let (question, answer) = rest.split_once("=>")?;
        let (item, asked) = match label.split_at_checked(label.len() - 1)? {
            (item, "+") => (item, Asked::Positive),
            (item, "-") => (item, Asked::Negative),
            (item, _) => (item, Asked::Vague),
        };
        let lone = !item.is_empty()
            && !question
                .trim_start()
                .starts_with(|c: char| c.is_ascii_lowercase());
        lone.then(|| Self::question(question.trim(), item, asked, answer.trim()))
    }

    /// A line of talk: labels (`smoking+`, `alcohol?`, `isolation-`, or `-` for none) and what is said, perhaps behind
    /// `question =>`. `None` where nothing is said that tells by itself.
    pub fn of_line(line: &str) -> Result<Option<Self>, String> {
        let mut rest = line.trim();
        let (mut holds, mut open) = (BTreeSet::new(), BTreeSet::new());
        let mut labels = 0;
        while let Some((label, more)) = rest.split_once([' ', '\u{3000}']) {
            let named = |label: &str| {
                label.len() > 2 && label.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
            };
            if label == "-" {
            } else if let Some(item) = label.strip_suffix('+').filter(|it| named(it)) {
                holds.insert(item.to_owned());
            } else if let Some(item) = label.strip_suffix('?').filter(|it| named(it)) {
                open.insert(item.to_owned());
            } else if !label.strip_suffix('-').is_some_and(named) {
                break;
            }
            labels += 1;
            rest = more.trim_start();
        }
        if labels == 0 {
            return Err("a line of talk begins with its labels, or with - for none".to_owned());
        }
        let (asked, text) = match rest.split_once("=>") {
            Some((_, answer)) => (true, answer.trim()),
            None => (false, rest),
        };
        let tells = !text.is_empty() && (!asked || text.chars().count() >= TELLS);
        Ok(tells.then(|| Self {
            text: text.to_owned(),
            holds,
            open,
        }))
    }
}

/// The column of questions: a yes is good news.
pub(crate) const SAFE: &str = "safe";

/// Whether a yes to a question is good news, as far as its answer and what came of it tell.
fn yes_is_safe(question: &str, asked: Asked, answer: &str) -> Option<bool> {
    let text = Text::new(question);
    let sentence = text.sentences().last()?;
    let negative = shape::is_negative(text.sentence(sentence));
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

/// An example as stretches of characters: their numbers and how much each weighs in it.
type Row = Vec<(usize, f32)>;

/// The text of a pack's file that knows what talk and questions are like.
pub fn learn(items: &[&str], talk: &[Labelled], questions: &[Labelled]) -> String {
    let asked: Vec<&str> = items.iter().copied().chain([SAFE]).collect();
    let head = "# Learned from labelled talk by script/learn; not to be edited by hand.";
    let from = digest(items, talk, questions);
    [
        format!("{head}\nlearned_from = {from:?}\n"),
        table("likeness", items, talk),
        table("asking", &asked, questions),
    ]
    .concat()
}

/// What weights are learned from, in short: other talk as it is folded, other labels or other settings give another
/// digest.
pub fn digest(items: &[&str], talk: &[Labelled], questions: &[Labelled]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!(
        "{items:?} {ROUNDS} {FREEDOM} {LEAST} {LONGEST} {STEPS}"
    ));
    for it in talk.iter().chain(questions) {
        let text = Text::new(&it.text);
        hash.update(format!("\n{} {:?} {:?}", text.as_str(), it.holds, it.open));
    }
    let hash = hash.finalize();
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The table of a pack's file with weights for these items.
fn table(name: &str, items: &[&str], examples: &[Labelled]) -> String {
    let texts: Vec<Text> = examples.iter().map(|it| Text::new(&it.text)).collect();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for text in &texts {
        for word in counted(text.as_str()).into_keys() {
            *seen.entry(word).or_default() += 1;
        }
    }
    seen.retain(|_, times| *times > 1);
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
    let words: Vec<(&str, u32)> = seen.into_iter().collect();
    let numbers: HashMap<&str, usize> = words.iter().map(|(word, _)| *word).zip(0..).collect();
    let row = |text: &Text| {
        let mut row: Row = counted(text.as_str())
            .into_iter()
            .filter_map(|(word, times)| {
                let number = *numbers.get(word)?;
                Some((number, much(times) * rarity(words[number].1)))
            })
            .collect();
        let length = row.iter().map(|(_, much)| much * much).sum::<f32>().sqrt();
        row.iter_mut()
            .for_each(|(_, much)| *much /= length.max(1.0));
        row
    };
    let rows: Vec<Row> = texts.iter().map(row).collect();
    let learned: Vec<(f32, Vec<f32>)> = items
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
        "\n[{name}]\nitems = {items:?}\nlean = [{}]\nstep = {step:.7}\nwords = '''\n",
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
        let word = word.replace('\n', &END.to_string());
        let _ = writeln!(file, "{word}\t{:.2}\t{signs}", rarity(*times));
    }
    file.push_str("'''\n");
    file
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
