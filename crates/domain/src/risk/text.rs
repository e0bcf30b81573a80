//! Spoken text in the form that patterns are written for, and the way back to the original bytes.
//! Owns folding (width, kana, numerals), pauses and sentences; never decides what words mean.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::dialect;

/// One sentence of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// Bytes of the folded text, without the end mark.
    pub(crate) range: Range<usize>,
    /// Written with a question mark.
    pub(crate) question_mark: bool,
}

/// A turn's words, folded. Sentences are separated by `\n`, pauses inside them leave no character.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    folded: String,
    /// Of every byte of `folded`: the original bytes it came from.
    origin: Vec<Range<usize>>,
    /// Bytes of `folded` before which the speaker paused: commas, dots, spaces.
    pauses: Vec<usize>,
    /// Bytes of `folded` at which the speaker breaks off with 「あ、」 to say something else.
    breaks: Vec<usize>,
    sentences: Vec<Sentence>,
}

/// Said to gain time, where a pause stands on both sides of it.
const FILLERS: &[&str] = &[
    "えっと",
    "えーと",
    "えーっと",
    "えー",
    "えっ",
    "ええと",
    "ええっと",
    "あのー",
    "あの",
    "そのー",
    "その",
    "なんか",
    "こう",
    "なんていうか",
    "なんだろう",
    "なんというか",
    "あ",
    "あー",
    "ああ",
    "あっ",
];

/// Said where another thing comes to mind.
const TURNS: [&str; 2] = ["あ", "あっ"];
/// Characters of another thing: 「死にたいと思うこと、あ、ありますか」 goes on with the same.
const ANEW: usize = 8;

/// Said to gain time wherever it stands.
const ALWAYS_FILLERS: &[&str] = &[
    "えーっと",
    "えっと",
    "えーと",
    "なんていうか",
    "なんというか",
];

impl Text {
    pub(crate) fn new(original: &str) -> Self {
        let mut text = Self::default();
        text.folded.reserve(original.len() + 1);
        text.origin.reserve(original.len() + 1);
        let mut start = 0;
        let mut chars = original.char_indices().peekable();
        while let Some((at, first)) = chars.next() {
            while chars.next_if(|(_, c)| joins(*c)).is_some() {}
            let end = chars.peek().map_or(original.len(), |(next, _)| *next);
            let rest = &original[end..];
            if is_plain(first) && end == at + first.len_utf8() {
                text.take(first, at..end, rest, &mut start);
                continue;
            }
            for c in original[at..end].nfkc() {
                text.take(c, at..end, rest, &mut start);
            }
        }
        text.close(&mut start, false);
        text
    }

    /// The next character, in its normal form. `start`: of its sentence; `rest`: what follows in the original.
    fn take(&mut self, c: char, from: Range<usize>, rest: &str, start: &mut usize) {
        match mark(c) {
            Mark::None if c == '十' => self.ten(from, rest),
            Mark::None => self.push(fold(c), from),
            Mark::Pause => self.pause(*start),
            Mark::End | Mark::Question => self.close(start, c == '?'),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.folded
    }

    pub(crate) fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    pub(crate) fn sentence(&self, sentence: &Sentence) -> &str {
        &self.folded[sentence.range.clone()]
    }

    /// What a sentence comes to behind the last place at which it breaks off to say another thing; all of it where it never does.
    pub(crate) fn behind_breaks(&self, sentence: &Sentence) -> Sentence {
        let inside = |at: &&usize| {
            let rest = self.folded.get(**at..sentence.range.end);
            sentence.range.start < **at && rest.is_some_and(|it| it.chars().count() >= ANEW)
        };
        let at = self.breaks.iter().filter(inside).max();
        Sentence {
            range: at.copied().unwrap_or(sentence.range.start)..sentence.range.end,
            question_mark: sentence.question_mark,
        }
    }

    /// Whether the speaker paused or ended a sentence before a byte of the folded text.
    pub(crate) fn pauses_at(&self, at: usize) -> bool {
        self.folded[at..].starts_with('\n') || self.pauses.binary_search(&at).is_ok()
    }

    /// The sentence that holds a byte of the folded text.
    pub(crate) fn sentence_at(&self, at: usize) -> Option<&Sentence> {
        self.sentences
            .iter()
            .find(|s| s.range.start <= at && at <= s.range.end)
    }

    /// Bytes of the original, on character boundaries.
    pub(crate) fn span(&self, folded: &Range<usize>) -> Range<usize> {
        let of = |at: usize| self.origin.get(at).cloned();
        match (of(folded.start), folded.end.checked_sub(1).and_then(of)) {
            (Some(first), Some(last)) if first.start <= last.end => first.start..last.end,
            _ => 0..0,
        }
    }

    /// 十 among numerals: 二十六 is 26, 二十 is 20, 十七 is 17; 十分 and 何十 stay words.
    fn ten(&mut self, from: Range<usize>, rest: &str) {
        let before = self.folded.chars().last();
        let after = rest.chars().next().map(fold);
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let word = matches!(before, Some('何' | '数'))
            || (rest.starts_with('分')
                && !["分おき", "分置き", "分間隔", "分ごと"]
                    .iter()
                    .any(|every| rest.starts_with(every)));
        match (digit(before), digit(after)) {
            (true, true) => {}
            (true, false) => self.push('0', from),
            (false, true) => self.push('1', from),
            (false, false) if word => self.push('十', from),
            (false, false) => {
                self.push('1', from.clone());
                self.push('0', from);
            }
        }
    }

    fn push(&mut self, c: char, from: Range<usize>) {
        let c = in_word(&self.folded, c);
        self.folded.push(c);
        self.origin.resize(self.folded.len(), from);
    }

    fn pause(&mut self, start: usize) {
        self.drop_filler(start);
        let at = self.folded.len();
        if at > start && self.pauses.last() != Some(&at) {
            self.pauses.push(at);
        }
    }

    /// Takes back the words since the last pause if they only gained time.
    fn drop_filler(&mut self, start: usize) {
        let from = self.pauses.last().copied().unwrap_or(0).max(start);
        let words = &self.folded[from..];
        let breaks = from > start && TURNS.contains(&words);
        if FILLERS.contains(&words) {
            self.truncate(from);
        }
        if breaks {
            self.breaks.push(from);
        }
        while let Some(filler) = ALWAYS_FILLERS
            .iter()
            .find(|filler| self.folded[start..].ends_with(**filler))
        {
            self.truncate(self.folded.len() - filler.len());
        }
    }

    /// Dialect endings of the sentence that begins at `start` become standard ones.
    fn standardise(&mut self, start: usize) {
        if !dialect::is_dialect(&self.folded[start..]) {
            return;
        }
        let sentence = self.folded[start..].to_owned();
        dialect::standard(&sentence, |(range, to)| {
            let range = start + range.start..start + range.end;
            let from = self.origin[range.start].start..self.origin[range.end - 1].end;
            self.folded.replace_range(range.clone(), to);
            let origins = std::iter::repeat_n(from, to.len());
            self.origin.splice(range.clone(), origins);
            // A pause inside the ending stands behind it now.
            let marks = self.pauses.iter_mut().chain(&mut self.breaks);
            for at in marks.filter(|at| **at > range.start) {
                *at = (*at + to.len())
                    .saturating_sub(range.len())
                    .max(range.start);
            }
        });
    }

    fn truncate(&mut self, len: usize) {
        self.folded.truncate(len);
        self.origin.truncate(len);
        self.pauses.retain(|at| *at <= len);
        self.breaks.retain(|at| *at <= len);
    }

    fn close(&mut self, start: &mut usize, question_mark: bool) {
        self.drop_filler(*start);
        self.standardise(*start);
        let end = self.folded.len();
        if end == *start {
            // 「え？？」: the second mark still belongs to what was asked.
            if let Some(last) = self
                .sentences
                .last_mut()
                .filter(|s| s.range.end + 1 == *start)
            {
                last.question_mark |= question_mark;
            }
            return;
        }
        self.sentences.push(Sentence {
            range: *start..end,
            question_mark,
        });
        let last = self.origin.last().cloned().unwrap_or_default();
        self.push('\n', last);
        *start = self.folded.len();
    }
}

enum Mark {
    None,
    Pause,
    End,
    Question,
}

fn mark(c: char) -> Mark {
    match c {
        '?' => Mark::Question,
        '。' | '!' | '\n' => Mark::End,
        '、' | ',' | '.' | '・' | '「' | '」' | '『' | '』' | '(' | ')' | '"' | '\'' | '~'
        | '〜' | '-' | '♪' => Mark::Pause,
        c if c.is_whitespace() || c.is_control() => Mark::Pause,
        _ => Mark::None,
    }
}

/// 大丈夫 and 工夫 hold no husband: 夫 is read by its sound there.
pub(crate) fn in_word(before: &str, c: char) -> char {
    match c {
        '夫' if before.ends_with(['丈', '工']) => 'ぶ',
        c => c,
    }
}

/// The words of a pattern, folded as the text is.
pub(crate) fn fold_pattern(pattern: &str) -> String {
    pattern.chars().fold(String::new(), |mut folded, c| {
        let c = in_word(&folded, fold(c));
        folded.push(c);
        folded
    })
}

/// Whether a character belongs to the one before it: ｶﾞ, か + U+3099.
fn joins(c: char) -> bool {
    !is_plain(c) && (matches!(c, '\u{ff9e}' | '\u{ff9f}') || canonical_combining_class(c) != 0)
}

/// Most of what is written is in its normal form by itself, and need not be looked up.
fn is_plain(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '一'..='鿿' | '、' | '。' | '0'..='9')
}

/// One way to write each sound and number: katakana as hiragana, 一 to 九 as digits, small letters.
pub(crate) fn fold(c: char) -> char {
    match c {
        'ァ'..='ヶ' if c != 'ヵ' && c != 'ヶ' => {
            char::from_u32(u32::from(c) - 0x60).unwrap_or(c)
        }
        'ヵ' | 'ヶ' => 'か',
        '〇' => '0',
        '一' => '1',
        '二' => '2',
        '三' => '3',
        '四' => '4',
        '五' => '5',
        '六' => '6',
        '七' => '7',
        '八' => '8',
        '九' => '9',
        _ => c.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn width_kana_and_numerals_are_folded_and_lead_back() {
        let original = "ﾀﾊﾞｺは、一日５本。え？";
        let text = Text::new(original);
        assert_eq!(text.as_str(), "たばこは1日5本\nえ\n");
        assert_eq!(text.sentences().len(), 2);
        assert!(text.sentences()[1].question_mark);
        let at = text.as_str().find("1日5本").unwrap();
        let span = text.span(&(at..at + "1日5本".len()));
        assert_eq!(&original[span], "一日５本");
    }

    #[test]
    fn numerals_with_ten_are_numbers() {
        let folded = |text: &str| Text::new(text).as_str().trim_end().to_owned();
        assert_eq!(folded("二十六週"), "26週");
        assert_eq!(folded("二十歳で、十七のとき"), "20歳で17のとき");
        assert_eq!(folded("十分おきに"), "10分おきに");
        assert_eq!(folded("十分です、何十錠も"), "十分です何十錠も");
    }

    #[test]
    fn nobody_is_married_to_all_is_well() {
        assert!(!Text::new("大丈夫です、工夫して").as_str().contains('夫'));
        assert!(Text::new("大丈夫、夫です").as_str().contains("夫です"));
    }

    #[test]
    fn fillers_between_pauses_are_left_out() {
        assert_eq!(Text::new("彼が、あの、えっと、薬を").as_str(), "彼が薬を\n");
        assert_eq!(Text::new("あの人が").as_str(), "あの人が\n");
    }

    #[test]
    fn what_is_plain_is_in_its_normal_form() {
        for c in ('\0'..=char::MAX).filter(|c| is_plain(*c)) {
            assert!([c].into_iter().nfkc().eq([c]), "{c}");
            assert_eq!(canonical_combining_class(c), 0, "{c}");
        }
    }

    proptest! {
        #[test]
        fn every_span_is_on_character_boundaries(original in any::<String>(), a in 0usize..40, b in 0usize..40) {
            let text = Text::new(&original);
            let edges: Vec<usize> = text.as_str().char_indices().map(|(i, _)| i).collect();
            if let (Some(a), Some(b)) = (edges.get(a.min(b)), edges.get(a.max(b))) {
                let span = text.span(&(*a..*b));
                prop_assert!(original.get(span).is_some());
            }
        }
    }
}
