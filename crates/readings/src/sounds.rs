//! All the ways in which a text may sound, as a graph over its characters, and the search for one word
//! in it. The recognizer often writes the right sound with kanji that are never read so together:
//! 人心 for にんしん. So single kanji count with every reading they have in words.

use std::ops::Range;

use crate::dictionary::{Category, Dictionary, Kind};
use crate::lattice::Token;
use crate::mora::{Mora, morae};
use crate::nearest::Nearest;

/// Longest word that is searched for, in morae.
pub(crate) const LONGEST: usize = 16;
/// What a pause costs inside a word.
const PAUSE: u32 = 1;

/// A stretch of the text with one of its sounds.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) to: usize,
    pub(crate) morae: Vec<Mora>,
    cost: u32,
}

/// The graph. Its nodes are the text's character boundaries.
#[derive(Debug)]
pub(crate) struct Sounds {
    /// Byte offsets of the nodes.
    at: Vec<usize>,
    edges: Vec<Vec<Edge>>,
    nearest: Nearest,
}

impl Sounds {
    pub(crate) fn of(dictionary: &Dictionary, text: &str, tokens: &[Token]) -> Self {
        let mut at: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        at.push(text.len());
        let node = |byte: usize| at.binary_search(&byte).ok();
        let mut edges: Vec<Vec<Edge>> = at.iter().map(|_| Vec::new()).collect();
        let mut add = |from: usize, to: usize, morae: Vec<Mora>, cost: u32| {
            let known = edges[from]
                .iter()
                .any(|edge| edge.to == to && edge.morae == morae);
            if !known {
                edges[from].push(Edge { to, morae, cost });
            }
        };
        for token in tokens {
            if let (Some(from), Some(to), Some(_)) =
                (node(token.span.start), node(token.span.end), token.word)
            {
                let morae = morae(&token.sound);
                if !morae.is_empty() {
                    add(from, to, morae, 0);
                }
            }
        }
        let chars: Vec<char> = text.chars().collect();
        for (from, c) in chars.iter().enumerate() {
            match Category::of(*c) {
                Category::Hiragana | Category::Katakana => {
                    // A long kana stretch is one edge per mora; what follows closely belongs to it.
                    let mut to = from + 1;
                    while chars
                        .get(to)
                        .is_some_and(|c| "ゃゅょャュョぁぃぅぇぉァィゥェォー".contains(*c))
                    {
                        to += 1;
                    }
                    let before: String = chars[from.saturating_sub(1)..from].iter().collect();
                    let own: String = chars[from..to].iter().collect();
                    let skipped = morae(&before).len();
                    let with = morae(&(before + &own));
                    // Long vowels show only beside what they lengthen.
                    let sound = with.get(skipped..).unwrap_or_default().to_vec();
                    add(from, to, sound, 0);
                    match c {
                        'は' => add(from, to, morae("わ"), 0),
                        'へ' => add(from, to, morae("え"), 0),
                        _ => {}
                    }
                }
                Category::Kanji => {
                    for sound in dictionary.kanji(*c) {
                        add(from, from + 1, sound.clone(), 0);
                    }
                    if *c == '々' && from > 0 {
                        for sound in dictionary.kanji(chars[from - 1]) {
                            add(from, from + 1, sound.clone(), 0);
                        }
                    }
                }
                Category::Symbol => add(from, from + 1, Vec::new(), PAUSE),
                Category::Numeric => {
                    let digits: String = chars[from..]
                        .iter()
                        .take_while(|c| c.is_ascii_digit())
                        .collect();
                    let first = from == 0 || !chars[from - 1].is_ascii_digit();
                    if first && digits.len() < 5 {
                        for sound in numeral(&digits) {
                            add(from, from + digits.len(), morae(&sound), 0);
                        }
                    }
                }
                Category::Alpha | Category::Default => {}
            }
            let rest = &text.as_bytes()[at[from]..];
            for (len, words) in dictionary.prefixes(rest) {
                let Some(to) = node(at[from] + len) else {
                    continue;
                };
                for word in words {
                    let particle = dictionary.kind(word) == Kind::Particle;
                    if dictionary.kind(word) != Kind::Name && (to - from > 1 || !particle) {
                        let sound = morae(&dictionary.sound(word));
                        if !sound.is_empty() {
                            add(from, to, sound, 0);
                        }
                    }
                }
            }
        }
        let nearest = Nearest::of(&edges);
        Self { at, edges, nearest }
    }

    /// How much of a word's beginning rules out that a search up to a cost finds it, if any does.
    pub(crate) fn refused(&self, word: &[Mora], limit: u32) -> Option<usize> {
        self.nearest.refused(word, limit)
    }

    /// Whether the whole text may sound as a word does, but for length.
    pub(crate) fn may_be(&self, word: &[Mora]) -> bool {
        let word = short(word);
        // How much of the word is heard at a node, with the mora that was heard last.
        let mut ways = vec![(0, 0, None)];
        while let Some((node, upto, last)) = ways.pop() {
            if node + 1 == self.at.len() && upto == word.len() {
                return true;
            }
            for edge in &self.edges[node] {
                let (mut upto, mut last) = (upto, last);
                let fits = edge.morae.iter().all(|mora| {
                    let long = mora.is_length(last);
                    last = Some(*mora);
                    upto += usize::from(!long);
                    long || word.get(upto - 1) == Some(mora)
                });
                if fits {
                    ways.push((edge.to, upto, last));
                }
            }
        }
        false
    }

    /// Where a word sounds, up to a cost: spans in bytes of the text, each with its cost, no two of
    /// them overlapping.
    pub(crate) fn find(&self, word: &[Mora], limit: u32) -> Vec<(Range<usize>, u32)> {
        let m = word.len();
        let mut found: Vec<(Range<usize>, u32)> = Vec::new();
        if m == 0 || m > LONGEST {
            return found;
        }
        let mut rows = vec![Row::EMPTY; self.at.len()];
        for from in 0..self.at.len() {
            let (cost, start) = rows[from].cells[m];
            if cost <= limit {
                let span = self.at[start as usize]..self.at[from];
                keep_best(&mut found, span, cost);
            }
            // A word may begin at every character.
            rows[from].cells[0] = (0, u32::try_from(from).unwrap_or(u32::MAX));
            let row = rows[from];
            for edge in &self.edges[from] {
                let mut row = row;
                if edge.morae.is_empty() {
                    row.pause(edge.cost, m);
                }
                let mut before = None;
                for mora in &edge.morae {
                    row = row.step(word, *mora, before, limit);
                    before = Some(*mora);
                    if row.top == 0 {
                        break;
                    }
                }
                if row.top > 0 {
                    rows[edge.to].join(&row);
                }
            }
        }
        found
    }
}

/// Morae without what only makes them longer.
fn short(morae: &[Mora]) -> Vec<Mora> {
    let before = std::iter::once(None).chain(morae.iter().copied().map(Some));
    let morae = morae.iter().zip(before);
    let short = morae.filter(|(mora, before)| !mora.is_length(*before));
    short.map(|(mora, _)| *mora).collect()
}

/// Of every length of the word's beginning, the cost and where it began.
#[derive(Clone, Copy)]
struct Row {
    cells: [(u32, u32); LONGEST + 1],
    /// The longest beginning that is within the limit.
    top: usize,
}

const FAR: u32 = 1_000;

impl Row {
    const EMPTY: Self = Self {
        cells: [(FAR, 0); LONGEST + 1],
        top: 0,
    };

    /// One more mora of the text.
    fn step(&self, word: &[Mora], heard: Mora, before: Option<Mora>, limit: u32) -> Self {
        let mut next = Self::EMPTY;
        for j in 0..=(self.top + 1).min(word.len()) {
            // Heard, and not in the word; at its edges it belongs to what stands beside it.
            let mut best = (FAR, 0);
            if 0 < j && j < word.len() {
                let before = before.or(Some(word[j - 1]));
                best = (self.cells[j].0 + heard.missing(before), self.cells[j].1);
            }
            if j > 0 {
                let (cost, start) = self.cells[j - 1];
                best = better(best, (cost + heard.apart(word[j - 1]), start));
            }
            next.put(j, best, limit);
        }
        // Morae of the word that nobody said; the first one is always said.
        let mut j = 1;
        while j <= next.top && j < word.len() {
            let (cost, start) = next.cells[j];
            let missing = (cost + word[j].missing(Some(word[j - 1])), start);
            next.put(j + 1, better(next.cells[j + 1], missing), limit);
            j += 1;
        }
        next
    }

    fn put(&mut self, j: usize, cell: (u32, u32), limit: u32) {
        if cell.0 <= limit {
            self.cells[j] = cell;
            self.top = self.top.max(j);
        }
    }

    /// A word neither begins nor ends with a pause.
    fn pause(&mut self, cost: u32, m: usize) {
        for cell in &mut self.cells[1..] {
            cell.0 += cost;
        }
        self.cells[0].0 = FAR;
        self.cells[m].0 = FAR;
    }

    fn join(&mut self, other: &Self) {
        for (to, cell) in self
            .cells
            .iter_mut()
            .zip(other.cells)
            .take(other.top + 1)
            .skip(1)
        {
            *to = better(*to, cell);
        }
        self.top = self.top.max(other.top);
    }
}

/// Of two beginnings at one cost the later leaves out what does not belong.
fn better(a: (u32, u32), b: (u32, u32)) -> (u32, u32) {
    if b.0 < a.0 || b.0 == a.0 && b.1 > a.1 {
        b
    } else {
        a
    }
}

fn keep_best(found: &mut Vec<(Range<usize>, u32)>, span: Range<usize>, cost: u32) {
    if span.is_empty() {
        return;
    }
    let overlaps = |other: &Range<usize>| other.start < span.end && span.start < other.end;
    if found.iter().any(|(other, known)| {
        overlaps(other) && (*known < cost || *known == cost && other.len() <= span.len())
    }) {
        return;
    }
    found.retain(|(other, _)| !overlaps(other));
    found.push((span, cost));
}

/// How a number below ten thousand is read.
pub(crate) fn numeral(digits: &str) -> Vec<String> {
    const ONES: [&str; 10] = [
        "",
        "いち",
        "に",
        "さん",
        "よん",
        "ご",
        "ろく",
        "なな",
        "はち",
        "きゅう",
    ];
    let value: usize = digits.parse().unwrap_or(0);
    if value == 0 {
        return vec!["れい".to_owned(), "ぜろ".to_owned()];
    }
    let part = |n: usize, unit: &str, odd: &[(usize, &str)]| -> String {
        if let Some((_, odd)) = odd.iter().find(|(at, _)| *at == n) {
            return (*odd).to_owned();
        }
        match n {
            0 => String::new(),
            1 => unit.to_owned(),
            n => ONES[n].to_owned() + unit,
        }
    };
    let high = part(value / 1000, "せん", &[(3, "さんぜん"), (8, "はっせん")])
        + &part(
            value / 100 % 10,
            "ひゃく",
            &[(3, "さんびゃく"), (6, "ろっぴゃく"), (8, "はっぴゃく")],
        )
        + &part(value / 10 % 10, "じゅう", &[]);
    let ones: &[&str] = match value % 10 {
        0 if high.ends_with("じゅう") => {
            return vec![
                high.clone(),
                high.replace("じゅう", "じゅっ"),
                high.replace("じゅう", "じっ"),
            ];
        }
        0 => &[""],
        1 => &["いち", "いっ"],
        4 => &["よん", "し", "よ"],
        6 => &["ろく", "ろっ"],
        7 => &["なな", "しち"],
        8 => &["はち", "はっ"],
        9 => &["きゅう", "く"],
        n => &ONES[n..=n],
    };
    ones.iter().map(|one| high.clone() + one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, word: &str, limit: u32) -> Vec<(String, u32)> {
        let dictionary = Dictionary::shared();
        let sounds = Sounds::of(dictionary, text, &dictionary.read(text));
        assert!(
            sounds.refused(&morae(word), limit).is_none()
                || sounds.find(&morae(word), limit).is_empty()
        );
        let found = sounds.find(&morae(word), limit);
        found
            .into_iter()
            .map(|(span, cost)| (text[span].to_owned(), cost))
            .collect()
    }

    #[test]
    fn kanji_sound_alone_and_together() {
        assert_eq!(
            find("人心がわかって", "にんしん", 0),
            [("人心".to_owned(), 0)]
        );
        assert_eq!(find("ご入石は", "にゅうせき", 0), [("入石".to_owned(), 0)]);
        assert_eq!(find("お腹の針が", "はり", 0), [("針".to_owned(), 0)]);
        assert_eq!(
            find("10人票の50所", "ごじゅうしょ", 0),
            [("50所".to_owned(), 0)]
        );
    }

    #[test]
    fn a_text_is_another_word_of_its_sound_and_not_a_part_of_it() {
        let dictionary = Dictionary::shared();
        let may_be = |text: &str, word: &str| {
            Sounds::of(dictionary, text, &dictionary.read(text)).may_be(&morae(word))
        };
        assert!(may_be("人心", "にんしん") && may_be("5時か", "ごじっか"));
        assert!(may_be("選手", "せんしゅう") && may_be("タイマー", "たいま"));
        assert!(!may_be("任務", "にんぷ") && !may_be("自身が", "じしん"));
        assert!(!may_be("妊娠", "にんしんさん") && !may_be("", "にんしん"));
    }

    #[test]
    fn a_near_sound_has_its_cost() {
        assert_eq!(find("音が怖くて", "おっと", 4), [("音".to_owned(), 1)]);
        assert!(find("音が怖くて", "たばこ", 4).is_empty());
    }
}
