//! A pattern as words with gaps between them. What can't be said so is refused. Owns the taking apart;
//! finds nothing.

use std::collections::BTreeSet;

use regex_syntax::hir::{
    Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition,
};

/// Words that a part of a pattern stands for are written out up to so many.
const WORDS: usize = 64;
/// Of characters that one place may have, so many are words; more are a class.
const CHARACTERS: usize = 40;
/// 「[0-9]+」: where a pattern has no end, so many more are looked for.
const MORE: u32 = 3;
/// Words are repeated at most so often, and one character of a class.
const REPEATS: u32 = 8;
const CLASSES: u32 = 20;

/// Signs that stand for a concept while a pattern is taken apart, from the private use area.
const CONCEPTS: u32 = 0xe000;
/// Stands for up to two particles.
pub(super) const PARTICLES: char = '\u{f8ff}';

/// What a pattern asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One of these words; none of them is empty.
    Words(BTreeSet<String>),
    /// Any word of the concept with this number.
    Concept(usize),
    /// One character of a class.
    One(ClassUnicode),
    /// So many characters of the same sentence; `true`: rather more than fewer.
    Gap(usize, usize, bool),
    /// Up to two particles.
    Particles,
    /// The beginning of the text.
    Begin,
    /// The end of a sentence.
    End,
    /// One after another; nothing where there is none.
    All(Vec<Shape>),
    /// One of these.
    Any(Vec<Shape>),
}

/// The concept that a sign stands for.
pub(super) fn number(sign: char) -> Option<usize> {
    let number = u32::from(sign).checked_sub(CONCEPTS)?;
    (sign < PARTICLES).then(|| usize::try_from(number).ok())?
}

/// The sign for a concept.
pub(super) fn sign(concept: usize) -> Option<char> {
    let sign = CONCEPTS + u32::try_from(concept).ok()?;
    (sign < u32::from(PARTICLES)).then(|| char::from_u32(sign))?
}

impl Shape {
    /// One of several; plain words become one list.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let (mut plain, mut others) = (BTreeSet::new(), Vec::new());
        for part in parts {
            match part {
                Self::Words(words) => plain.extend(words),
                other => others.push(other),
            }
        }
        if !plain.is_empty() {
            others.push(Self::Words(plain));
        }
        Self::Any(others)
    }

    /// Whether a match may reach into another sentence.
    pub(super) fn crosses(&self, concepts: &[Self]) -> bool {
        match self {
            Self::Words(words) => words.iter().any(|word| word.contains('\n')),
            Self::Concept(number) => concepts.get(*number).is_some_and(|it| it.crosses(concepts)),
            Self::One(class) => class
                .iter()
                .any(|it| (it.start()..=it.end()).contains(&'\n')),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|it| it.crosses(concepts)),
            _ => false,
        }
    }

    /// Adds the concepts that it names, and those that they name.
    pub(super) fn names(&self, concepts: &[Self], used: &mut BTreeSet<usize>) {
        match self {
            Self::Concept(number) if used.insert(*number) => {
                if let Some(shape) = concepts.get(*number) {
                    shape.names(concepts, used);
                }
            }
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.names(concepts, used));
            }
            _ => {}
        }
    }
}

/// What a pattern asks for. `None`: it repeats too often, or has a sign that is no word.
pub(super) fn shape(hir: &Hir) -> Option<Shape> {
    if let Some(words) = words(hir) {
        return Some(either(words));
    }
    let all = |parts: &[Hir]| parts.iter().map(shape).collect::<Option<Vec<_>>>();
    Some(match hir.kind() {
        HirKind::Literal(literal) => signs(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) if is_any(class) => Shape::Gap(1, 1, false),
        // Alternatives that are one sign each become a class.
        HirKind::Class(Class::Unicode(class))
            if class.iter().any(|range| is_sign(range.start())) =>
        {
            Shape::Any(characters(class).map(|c| signs(&c.to_string())).collect())
        }
        HirKind::Class(Class::Unicode(class)) => Shape::One(class.clone()),
        HirKind::Look(Look::Start) => Shape::Begin,
        HirKind::Look(Look::End) => Shape::End,
        HirKind::Capture(Capture { sub, .. }) => shape(sub)?,
        HirKind::Repetition(repetition) => repeated(repetition)?,
        HirKind::Concat(parts) => Shape::All(all(parts)?),
        HirKind::Alternation(parts) => Shape::any(all(parts)?),
        _ => return None,
    })
}

/// Words, the empty one apart.
fn either(mut words: BTreeSet<String>) -> Shape {
    if !words.remove("") {
        return Shape::Words(words);
    }
    match words.is_empty() {
        true => Shape::All(Vec::new()),
        false => Shape::Any(vec![Shape::Words(words), Shape::All(Vec::new())]),
    }
}

/// A stretch of words with signs in it.
fn signs(text: &str) -> Shape {
    let mut parts = Vec::new();
    let mut words = String::new();
    let take = |words: &mut String, parts: &mut Vec<Shape>| {
        if !words.is_empty() {
            parts.push(Shape::Words(BTreeSet::from([std::mem::take(words)])));
        }
    };
    for c in text.chars() {
        if !is_sign(c) {
            words.push(c);
            continue;
        }
        take(&mut words, &mut parts);
        parts.push(match c {
            PARTICLES => Shape::Particles,
            c => Shape::Concept(number(c).unwrap_or_default()),
        });
    }
    take(&mut words, &mut parts);
    match parts.len() {
        1 => parts.remove(0),
        _ => Shape::All(parts),
    }
}

pub(super) fn is_sign(c: char) -> bool {
    ('\u{e000}'..=PARTICLES).contains(&c)
}

fn repeated(repetition: &Repetition) -> Option<Shape> {
    let (least, most) = (repetition.min, repetition.max);
    if let HirKind::Class(Class::Unicode(class)) = repetition.sub.kind()
        && is_any(class)
    {
        let most = most.map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        });
        return Some(Shape::Gap(
            usize::try_from(least).ok()?,
            most,
            repetition.greedy,
        ));
    }
    let more = most.map_or(MORE, |most| most - least);
    let is_class = matches!(repetition.sub.kind(), HirKind::Class(_));
    if least + more > if is_class { CLASSES } else { REPEATS } {
        return None;
    }
    let once = shape(&repetition.sub)?;
    // 「_」 may be nothing as it is, so 「_?」 is 「_」.
    if once == Shape::Particles && more == 1 && least == 0 {
        return Some(once);
    }
    let mut all: Vec<Shape> = (0..least).map(|_| once.clone()).collect();
    // Each further one only after the one before it.
    let further = (0..more).fold(None, |inner: Option<Shape>, _| {
        let one = Shape::All([Some(once.clone()), inner].into_iter().flatten().collect());
        Some(Shape::Any(vec![one, Shape::All(Vec::new())]))
    });
    all.extend(further);
    Some(Shape::All(all))
}

/// Every word that a part of a pattern stands for, if they are few and have no sign in them.
fn words(hir: &Hir) -> Option<BTreeSet<String>> {
    Some(match hir.kind() {
        HirKind::Empty => BTreeSet::from([String::new()]),
        HirKind::Literal(literal) => {
            let text = str::from_utf8(&literal.0).ok()?;
            if text.contains(is_sign) {
                return None;
            }
            BTreeSet::from([text.to_owned()])
        }
        HirKind::Class(Class::Unicode(class)) => {
            let count: usize = class.iter().map(ClassUnicodeRange::len).sum();
            if count > CHARACTERS || class.iter().any(|range| is_sign(range.start())) {
                return None;
            }
            characters(class).map(String::from).collect()
        }
        HirKind::Capture(capture) => words(&capture.sub)?,
        HirKind::Repetition(repetition) if repetition.max == Some(1) && repetition.min == 0 => {
            let mut once = words(&repetition.sub)?;
            once.insert(String::new());
            once
        }
        HirKind::Concat(parts) => {
            let mut all = BTreeSet::from([String::new()]);
            for part in parts {
                let next = words(part)?;
                if all.len() * next.len() > WORDS.max(all.len()).max(next.len()) {
                    return None;
                }
                let longer = |one: &String| {
                    next.iter()
                        .map(|other| format!("{one}{other}"))
                        .collect::<Vec<_>>()
                };
                all = all.iter().flat_map(longer).collect();
            }
            all
        }
        HirKind::Alternation(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(words).collect();
            parts?.into_iter().flatten().collect()
        }
        _ => return None,
    })
}

fn characters(class: &ClassUnicode) -> impl Iterator<Item = char> {
    class.iter().flat_map(|range| range.start()..=range.end())
}

/// `.`: every character but the end of a sentence, and so two ranges.
fn is_any(class: &ClassUnicode) -> bool {
    let count: usize = class.iter().map(ClassUnicodeRange::len).sum();
    let ends = |range: &ClassUnicodeRange| range.start() <= '\n' && '\n' <= range.end();
    class.ranges().len() == 2 && count > 1_000_000 && !class.iter().any(ends)
}
