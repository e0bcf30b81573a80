//! Character error rate for Japanese with one normaliser: NFKC; punctuation, spaces and symbols out;
//! katakana = hiragana; ヶ = か; kanji numerals = digits (十五 = 15, 1万8千 = 18000). A wrong kanji is
//! an error. `tests/data/cer-pairs.tsv` holds what the reference implementation counts.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup as Group, UnicodeGeneralCategory};

/// Edit distance and reference length after normalising. Add them up over utterances, then divide.
pub(crate) fn errors(reference: &str, hypothesis: &str) -> (usize, usize) {
    let (reference, hypothesis) = (normalise(reference), normalise(hypothesis));
    (distance(&reference, &hypothesis), reference.len())
}

fn normalise(text: &str) -> Vec<char> {
    let kept: Vec<char> = text
        .nfkc()
        .filter(|&c| {
            let group = c.general_category_group();
            let out = [
                Group::Punctuation,
                Group::Separator,
                Group::Symbol,
                Group::Other,
            ];
            !out.contains(&group) || c == '々' || c == 'ー'
        })
        .collect();
    let mut folded: Vec<char> = Vec::with_capacity(kept.len());
    for c in numbers(&kept) {
        let c = match c {
            'ヶ' | 'ヵ' | '箇' => 'か',
            'ァ'..='ヴ' => char::from_u32(c as u32 - 0x60).unwrap_or(c),
            other => other,
        };
        if !(c == 'ー' && folded.last() == Some(&'ー')) {
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

fn digit(c: char) -> Option<u64> {
    match c {
        '0'..='9' => c.to_digit(10).map(u64::from),
        '零' | '〇' => Some(0),
        _ => "一二三四五六七八九"
            .chars()
            .position(|d| d == c)
            .map(|i| i as u64 + 1),
    }
}

fn unit(c: char) -> Option<u64> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1_000),
        _ => None,
    }
}

/// Replaces runs of numerals by digits; 万 counts only after a number.
fn numbers(text: &[char]) -> Vec<char> {
    let is_numeral = |c: char| digit(c).is_some() || unit(c).is_some();
    let run = |from: usize| text[from..].iter().take_while(|&&c| is_numeral(c)).count();
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let high = run(at);
        if high == 0 {
            out.push(text[at]);
            at += 1;
            continue;
        }
        let group = &text[at..at + high];
        at += high;
        if text.get(at) == Some(&'万') {
            let low = run(at + 1);
            let value = value(group) * 10_000 + value(&text[at + 1..at + 1 + low]);
            at += 1 + low;
            out.extend(value.to_string().chars());
        } else if group.iter().any(|&c| unit(c).is_some()) {
            out.extend(value(group).to_string().chars());
        } else {
            out.extend(
                group
                    .iter()
                    .filter_map(|&c| digit(c))
                    .flat_map(|d| d.to_string().chars().collect::<Vec<_>>()),
            );
        }
    }
    out
}

fn value(group: &[char]) -> u64 {
    let mut total = 0;
    let mut run: Option<u64> = None;
    for &c in group {
        if let Some(unit) = unit(c) {
            total += run.take().unwrap_or(1) * unit;
        } else if let Some(digit) = digit(c) {
            run = Some(run.unwrap_or(0) * 10 + digit);
        }
    }
    total + run.unwrap_or(0)
}

fn distance(reference: &[char], hypothesis: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=reference.len()).collect();
    for (i, h) in hypothesis.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, r) in reference.iter().enumerate() {
            let cost = (diagonal + usize::from(h != r))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[reference.len()]
}

#[test]
fn counts_as_the_reference_does_on_its_pairs() {
    let pairs =
        std::fs::read_to_string(super::data("cer-pairs.tsv")).expect("the pairs are shipped");
    let mut seen = 0;
    for line in pairs.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [reference, hypothesis, errors_, length] = fields[..] else {
            panic!("{line}")
        };
        let counted = errors(reference, hypothesis);
        assert_eq!(
            (counted.0.to_string(), counted.1.to_string()),
            (errors_.to_owned(), length.to_owned()),
            "{line}"
        );
        seen += 1;
    }
    assert!(seen > 100);
}
