//! What people typed, before it is anything else: trimmed, composed (NFC), without control
//! characters, of a sane length; or a [`FieldProblem`] that names the field. Markup is text like
//! any other and stays as typed; pages never take text for markup.

use jiff::civil::Date;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;
use yorisoi_domain::pii::Pii;

/// A field that can't be taken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    pub field: &'static str,
    pub code: FieldCode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    Required,
    TooLong,
    TooShort,
    /// A password that many people use.
    TooCommon,
    ControlCharacters,
    NotKana,
    NotADate,
    NotATime,
    /// A file that is no text.
    NotText,
    /// A quotation mark that nobody closed.
    OpenQuote,
    /// She has an interview at that time already.
    AlreadyBooked,
    NotAPhoneNumber,
    OutOfRange,
    NotKnown,
}

/// Collects every problem of a form, so that a person mends all of them at once.
#[derive(Debug, Default)]
pub struct Form {
    problems: Vec<FieldProblem>,
}

impl Form {
    /// The problem is kept and the form as a whole refused later.
    pub fn refuse(&mut self, field: &'static str, code: FieldCode) {
        self.problems.push(FieldProblem { field, code });
    }

    /// A line of text of 1 to `longest` characters.
    pub fn line(
        &mut self,
        field: &'static str,
        typed: &Pii<String>,
        longest: usize,
    ) -> Pii<String> {
        match line(typed.expose(), longest) {
            Ok(text) => text.into(),
            Err(code) => {
                self.refuse(field, code);
                Pii::default()
            }
        }
    }

    /// A text of one or more lines, of 1 to `longest` characters.
    pub fn text(
        &mut self,
        field: &'static str,
        typed: &Pii<String>,
        longest: usize,
    ) -> Pii<String> {
        let unix = typed.expose().replace("\r\n", "\n");
        match checked(&unix, longest, |c| c != '\n' && hidden(c)) {
            Ok(text) => text.into(),
            Err(code) => {
                self.refuse(field, code);
                Pii::default()
            }
        }
    }

    /// A name in kana of either kind and any width.
    pub fn kana(&mut self, field: &'static str, typed: &Pii<String>) -> Pii<String> {
        let text = self.line(field, typed, NAME);
        let kana = text.expose().nfkc().all(|c| {
            matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー' | '・' | ' ' | '\u{3099}' | '\u{309a}')
        });
        if !kana {
            self.refuse(field, FieldCode::NotKana);
        }
        text
    }

    /// A calendar day, `YYYY-MM-DD`, between the two given ones.
    pub fn day(&mut self, field: &'static str, typed: &str, first: Date, last: Date) -> Date {
        // `Date` alone would also read `20261125` and a day with a time behind it.
        let day = (typed.len() == 10)
            .then(|| typed.parse::<Date>().ok())
            .flatten();
        match day {
            Some(day) if first <= day && day <= last => return day,
            Some(_) => self.refuse(field, FieldCode::OutOfRange),
            None => self.refuse(field, FieldCode::NotADate),
        }
        first
    }

    /// A Japanese telephone number: ten or eleven digits, or `+` and up to fifteen.
    pub fn phone(&mut self, field: &'static str, typed: &Pii<String>) -> Pii<String> {
        let text: String = typed
            .expose()
            .nfkc()
            .filter(|c| !matches!(c, ' ' | '-' | '‐' | '–' | '—' | 'ー' | '−' | '(' | ')'))
            .collect();
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let lengths = if text.starts_with('+') {
            8..=15
        } else {
            10..=11
        };
        if lengths.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.into();
        }
        self.refuse(field, FieldCode::NotAPhoneNumber);
        Pii::default()
    }

    /// # Errors
    /// Every problem found, if there is one.
    pub fn done(self) -> Result<(), Vec<FieldProblem>> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self.problems)
        }
    }
}

/// Longest name of a person, place or office, in characters.
pub const NAME: usize = 80;

fn line(typed: &str, longest: usize) -> Result<String, FieldCode> {
    checked(typed, longest, hidden)
}

fn checked(
    typed: &str,
    longest: usize,
    refused: impl Fn(char) -> bool,
) -> Result<String, FieldCode> {
    // Before any other work: 100 kB of anything is refused by its length alone.
    if typed.len() > longest * 16 {
        return Err(FieldCode::TooLong);
    }
    let text: String = typed.trim().nfc().collect();
    if text.is_empty() {
        return Err(FieldCode::Required);
    }
    if text.chars().count() > longest {
        return Err(FieldCode::TooLong);
    }
    if text.chars().any(refused) {
        return Err(FieldCode::ControlCharacters);
    }
    Ok(text)
}

/// Control characters, and the marks that turn the direction of the text around them.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn problems(fill: impl FnOnce(&mut Form)) -> Vec<FieldCode> {
        let mut form = Form::default();
        fill(&mut form);
        let problems = form.done().err().unwrap_or_default();
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn lines_are_trimmed_and_markup_is_text() {
        let mut form = Form::default();
        let name = form.line("name", &" <b>白石</b> ".to_owned().into(), NAME);
        assert_eq!(name.expose(), "<b>白石</b>");
        assert_eq!(form.done(), Ok(()));
        for (typed, code) in [
            ("", FieldCode::Required),
            ("　 ", FieldCode::Required),
            ("白\u{0}石", FieldCode::ControlCharacters),
            ("白\n石", FieldCode::ControlCharacters),
            ("白\u{202e}石", FieldCode::ControlCharacters),
            (&"あ".repeat(NAME + 1), FieldCode::TooLong),
            (&"あ".repeat(100_000), FieldCode::TooLong),
        ] {
            let found = problems(|form| drop(form.line("name", &typed.to_owned().into(), NAME)));
            assert_eq!(found, [code]);
        }
    }

    #[test]
    fn a_text_may_have_lines_and_no_other_control_characters() {
        let mut form = Form::default();
        let text = form.text("words", &"手首にあざ\r\n左".to_owned().into(), 20);
        assert_eq!(text.expose(), "手首にあざ\n左");
        assert_eq!(form.done(), Ok(()));
        for (typed, code) in [
            (" \n ", FieldCode::Required),
            ("左\t右", FieldCode::ControlCharacters),
            ("左\u{202e}右", FieldCode::ControlCharacters),
            (&"あ".repeat(21), FieldCode::TooLong),
        ] {
            let found = problems(|form| drop(form.text("words", &typed.to_owned().into(), 20)));
            assert_eq!(found, [code], "{typed:?}");
        }
    }

    #[test]
    fn kana_of_either_kind_and_width() {
        for typed in [
            "シライシ ヒナタ",
            "しらいし　ひなた",
            "ｼﾗｲｼ ﾋﾅﾀ",
            "グルン・スニタ",
            "ヴァンサン",
        ] {
            let found = problems(|form| drop(form.kana("kana", &typed.to_owned().into())));
            assert!(found.is_empty(), "{typed}: {found:?}");
        }
        let found = problems(|form| drop(form.kana("kana", &"白石".to_owned().into())));
        assert_eq!(found, [FieldCode::NotKana]);
    }

    #[test]
    fn days_exist_and_lie_where_they_can() {
        let day = |typed: &str| {
            problems(|form| {
                form.day("day", typed, date(1950, 1, 1), date(2026, 11, 25));
            })
        };
        assert!(day("1998-05-12").is_empty());
        for typed in [
            "1998-02-30",
            "12.5.1998",
            "",
            "1998-5-12",
            "19980512",
            "1998-05-12T00:00",
            "一九九八年五月",
        ] {
            assert_eq!(day(typed), [FieldCode::NotADate], "{typed}");
        }
        assert_eq!(day("2026-11-26"), [FieldCode::OutOfRange]);
        assert_eq!(day("1850-01-01"), [FieldCode::OutOfRange]);
    }

    #[test]
    fn telephone_numbers_lose_their_punctuation() {
        let mut form = Form::default();
        for typed in [
            "090-0000-1234",
            "０９０（００００）１２３４",
            "090ー0000ー1234",
        ] {
            assert_eq!(
                form.phone("phone", &typed.to_owned().into()).expose(),
                "09000001234"
            );
        }
        assert_eq!(
            form.phone("phone", &"+81 90 0000 1234".to_owned().into())
                .expose(),
            "+819000001234"
        );
        assert_eq!(form.done(), Ok(()));
        for typed in ["", "090", "0900000123456", "でんわ", "+0"] {
            let found = problems(|form| drop(form.phone("phone", &typed.to_owned().into())));
            assert_eq!(found, [FieldCode::NotAPhoneNumber], "{typed}");
        }
    }

    proptest! {
        #[test]
        fn nothing_typed_makes_it_panic(typed in "\\PC*|.*") {
            let mut form = Form::default();
            let typed = Pii::new(typed);
            let _ = (form.line("a", &typed, 20), form.kana("b", &typed), form.phone("c", &typed));
            let _ = form.day("d", typed.expose(), Date::MIN, Date::MAX);
        }
    }
}
