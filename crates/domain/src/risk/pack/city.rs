//! What a municipality changes of the shipped pack: one small file per rule or concept, behind the
//! shipped ones. Owns how these files are written and how much there may be of them; who may change
//! them, and from when they count, is decided elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::error::{Fault, PackError};
use super::file::{Effect, Past, QuestionEntry, RuleEntry, Says, Subject, When, Yes};
use super::{Pack, Parsed};
use crate::risk::item::{ItemId, Tier};

/// Before the names of a municipality's own files.
const CITY: &str = "city/";
/// Names the pack; the others hold what it changes.
const HEAD: &str = "city/pack.toml";

/// Rules that a municipality's files write or leave out.
const RULES: usize = 200;
/// Patterns of a rule, of what it leaves out, and of its question; examples of either kind.
const LINES: usize = 40;
/// Words that are added to a concept.
const WORDS: usize = 60;
/// All of a municipality's files, in bytes.
const BYTES: usize = 512 << 10;
/// Of a whole pack, in words and gaps, those of its concepts counted: several times what the shipped rules
/// had when this was set.
const WEIGHT: usize = 4_000_000;

/// A rule as people write and read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    #[serde(default)]
    pub says: Says,
    #[serde(default)]
    pub when: When,
    /// Left out: the item's.
    pub tier: Option<Tier>,
    /// Of which one has to be found.
    pub patterns: Vec<String>,
    /// Anywhere in the same sentence: not found.
    #[serde(default)]
    pub unless: Vec<String>,
    #[serde(default)]
    pub negation: Effect,
    #[serde(default)]
    pub supposed: Effect,
    pub past: Option<Past>,
    pub subject: Option<Subject>,
    /// Sentences that must be found, and others that must not.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    pub no_match: Vec<String>,
    /// 根拠
    pub basis: Option<String>,
    /// A question about the item that the municipality adds with the rule.
    pub question: Option<QuestionText>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QuestionText {
    pub yes: Yes,
    pub patterns: Vec<String>,
}

/// A rule of a pack, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRule {
    pub id: String,
    pub item: ItemId,
    /// What holds: the rule's own, or the item's.
    pub tier: Tier,
    pub past: Past,
    pub subject: Subject,
    pub file: String,
    pub text: RuleText,
}

impl RuleText {
    pub(super) fn of(entry: &RuleEntry, questions: &[QuestionEntry]) -> Self {
        let plain = |texts: &[Spanned<String>]| -> Vec<String> {
            texts.iter().map(|text| text.get_ref().clone()).collect()
        };
        // Only a municipality's file holds one rule with its question.
        let question = match questions {
            [one] => Some(QuestionText {
                yes: one.yes,
                patterns: plain(&one.patterns),
            }),
            _ => None,
        };
        Self {
            says: entry.says,
            when: entry.when,
            tier: entry.tier,
            patterns: plain(&entry.patterns),
            unless: plain(&entry.unless),
            negation: entry.negation,
            supposed: entry.supposed,
            past: entry.past,
            subject: entry.subject,
            matches: plain(&entry.matches),
            no_match: plain(&entry.no_match),
            basis: entry.basis.clone(),
            question,
        }
    }

    /// The file that writes this rule, or replaces the shipped one of this id.
    pub fn to_file(&self, id: &str, item: &ItemId) -> String {
        let mut out = String::from("[[rule]]\n");
        let mut line = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
        line("id", quoted(id));
        line("item", quoted(item.as_str()));
        line("says", word(self.says));
        line("when", word(self.when));
        line("negation", word(self.negation));
        line("supposed", word(self.supposed));
        if let Some(past) = self.past {
            line("past", word(past));
        }
        if let Some(subject) = self.subject {
            line("subject", word(subject));
        }
        if let Some(tier) = self.tier {
            line("tier", quoted(tier.code()));
        }
        if let Some(basis) = &self.basis {
            line("basis", quoted(basis));
        }
        line("patterns", list(&self.patterns));
        line("unless", list(&self.unless));
        line("match", list(&self.matches));
        line("no_match", list(&self.no_match));
        if let Some(question) = &self.question {
            out.push_str("\n[[question]]\n");
            let mut line = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
            line("item", quoted(item.as_str()));
            line("yes", word(question.yes));
            line("patterns", list(&question.patterns));
        }
        out
    }
}

/// The name of the file that writes this rule or leaves it out.
pub fn rule_file(id: &str) -> String {
    format!("{CITY}rule/{id}.toml")
}

/// The rule that a file writes or leaves out.
pub fn rule_of(file: &str) -> Option<&str> {
    file.strip_prefix(CITY)?
        .strip_prefix("rule/")?
        .strip_suffix(".toml")
}

/// The file that leaves a shipped rule out.
pub fn off_file(id: &str) -> String {
    format!("disable = [{}]\n", quoted(id))
}

/// The name of the file that adds words to this concept.
pub fn words_file(concept: &str) -> String {
    format!("{CITY}words/{concept}.toml")
}

/// The file that adds these words.
pub fn words_text(concept: &str, words: &[String]) -> String {
    format!("[concept]\n{concept} = {}\n", list(words))
}

/// Whether a rule of the municipality's own may be called so: an item, a dot, and a short name.
pub fn is_rule_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    id.split_once('.').is_some_and(|(item, name)| {
        item.parse::<ItemId>().is_ok() && (1..=40).contains(&name.len()) && name.chars().all(plain)
    })
}

/// The shipped pack with a municipality's files (name and text) behind it.
///
/// # Errors
/// They do not go together; or there are too many of them.
pub fn extend(
    shipped: &Pack,
    city: &BTreeMap<String, String>,
    version: &str,
) -> Result<Pack, PackError> {
    let head = format!(
        "[pack]\nid = \"city\"\nversion = {}\nextends = {}\n",
        quoted(version),
        quoted(shipped.version())
    );
    let own = city.iter().map(|(n, t)| (n.as_str(), t.as_str()));
    let files = shipped.files().iter();
    let files = files
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .filter(|(name, _)| !is_city(name))
        .chain([(HEAD, head.as_str())])
        .chain(own);
    Pack::parse(&files.collect::<Vec<_>>())
}

/// What the municipality changes, out of a whole pack's files.
pub fn files_in(pack: &[(String, String)]) -> BTreeMap<String, String> {
    let own = pack.iter();
    own.filter(|(name, _)| is_city(name) && name != HEAD)
        .cloned()
        .collect()
}

/// The place in a list of [`RuleText`] that a line of its file holds: the list's name, and which
/// entry of it, from 1.
pub fn entry_at(file: &str, line: usize) -> Option<(&'static str, usize)> {
    let lines: Vec<&str> = file.lines().take(line).collect();
    lines.last().filter(|it| it.starts_with(INDENT))?;
    let list = lines.iter().rposition(|it| it.ends_with('['))?;
    let question = lines.contains(&"[[question]]");
    let key = lines.get(list)?.split_once(" = ")?.0;
    let name = match (key, question) {
        ("patterns", true) => "question",
        ("patterns", false) => "patterns",
        ("unless", _) => "unless",
        ("match", _) => "match",
        ("no_match", _) => "no_match",
        _ => return None,
    };
    Some((name, lines.len() - list - 1))
}

/// Of the entries of a list. In front of them is a quotation mark.
const INDENT: &str = "  ";

/// The place within its entry, from 1, of a column of the file.
pub fn column_in_entry(column: usize) -> usize {
    column.saturating_sub(INDENT.len() + 1).max(1)
}

pub(super) fn is_city(file: &str) -> bool {
    file.starts_with(CITY)
}

/// One entry a line, so that a place in the file is a place in a form.
fn list(texts: &[String]) -> String {
    let entries = texts
        .iter()
        .map(|text| format!("{INDENT}{},\n", quoted(text)));
    format!("[\n{}]", entries.collect::<String>())
}

/// As TOML writes it; without escapes where that is possible.
fn quoted(text: &str) -> String {
    if text.chars().any(|c| c == '\'' || c.is_control()) {
        let escaped = text.chars().map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
            c => c.to_string(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    } else {
        format!("'{text}'")
    }
}

/// The code of a setting.
fn word<T: Code>(setting: T) -> String {
    quoted(setting.code())
}

trait Code {
    fn code(self) -> &'static str;
}

macro_rules! codes {
    ($($type:ident { $($variant:ident $code:literal),* })*) => {$(
        impl Code for $type {
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
        }
    )*};
}

codes! {
    Says { Risk "risk", Safe "safe" }
    When { Always "always", Asked "asked" }
    Effect { Clears "clears", Keeps "keeps" }
    Past { Clears "clears", Keeps "keeps", Review "review" }
    Subject { Own "own", Partner "partner", Any "any" }
    Yes { Risk "risk", Safe "safe", Open "open" }
}

/// Refuses more than a municipality's files may hold. Before anything is compiled.
pub(super) fn expect_few(parsed: &Parsed<'_>) -> Result<(), PackError> {
    let (mut rules, mut bytes) = (0, 0);
    for (source, file) in parsed.iter().filter(|(source, _)| is_city(source.name)) {
        let many = |at, sentence: String| Err(source.error(at, sentence).of(Fault::TooMany));
        bytes += source.text.len();
        rules += file.rules.len() + file.disable.len();
        if bytes > BYTES || rules > RULES {
            let kib = BYTES >> 10;
            return many(
                None,
                format!("the municipality's files hold at most {RULES} rules and {kib} KiB"),
            );
        }
        let lists = file
            .rules
            .iter()
            .flat_map(|rule| [&rule.patterns, &rule.unless, &rule.matches, &rule.no_match])
            .chain(
                file.questions
                    .iter()
                    .flat_map(|it| [&it.patterns, &it.unless]),
            )
            .map(|list| (list, LINES));
        let words = file.concept.values().map(|list| (list, WORDS));
        for (list, most) in lists.chain(words) {
            if let Some(beyond) = list.get(most) {
                let sentence = format!("here are at most {most}");
                return many(Some(beyond.span()), sentence);
            }
        }
    }
    Ok(())
}

/// Refuses a municipality's files with which every sentence would take long to read.
pub(super) fn expect_light(parsed: &Parsed<'_>, weight: usize) -> Result<(), PackError> {
    let Some((last, _)) = parsed.iter().rfind(|(source, _)| is_city(source.name)) else {
        return Ok(());
    };
    if weight > WEIGHT {
        let sentence =
            format!("all patterns of the pack are too big together: {weight} > {WEIGHT}");
        return Err(last.error(None, sentence).of(Fault::TooBig));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::finder::Found;
    use super::*;
    use crate::risk::text::Text;

    const ITEMS: &str = r#"
[pack]
id = "ja"
version = "2026.11"

[[item]]
id = "smoking"
label = "たばこ"
tier = "notice"
ask = ["たばこは吸いますか"]
how = []
services = []
"#;

    const RULES_TOML: &str = r#"
[concept]
tobacco = ["たばこ"]

[[rule]]
id = "smoking.still"
item = "smoking"
patterns = ["まだ_吸", "{tobacco}_やめられな"]
match = ["まだ吸ってます"]
no_match = ["駅から来ました"]

[[rule]]
id = "smoking.amount"
item = "smoking"
patterns = ["[0-9]+本"]
match = ["3本です"]
no_match = ["駅から来ました"]
"#;

    fn shipped() -> Pack {
        Pack::parse(&[("items.toml", ITEMS), ("smoking.toml", RULES_TOML)]).unwrap()
    }

    fn text(patterns: &[&str]) -> RuleText {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        RuleText {
            says: Says::Risk,
            when: When::Always,
            tier: Some(Tier::Review),
            patterns: owned(patterns),
            unless: owned(&["it's"]),
            negation: Effect::Keeps,
            supposed: Effect::Clears,
            past: Some(Past::Review),
            subject: Some(Subject::Any),
            matches: owned(&["加熱式ならいいかなって", "隠れて吸う"]),
            no_match: owned(&["\"駅\"から来ました"]),
            basis: Some("市の面談マニュアル 第4章".to_owned()),
            question: Some(QuestionText {
                yes: Yes::Risk,
                patterns: owned(&["加熱式は"]),
            }),
        }
    }

    fn file(id: &str, text: &RuleText) -> (String, String) {
        (rule_file(id), text.to_file(id, &"smoking".parse().unwrap()))
    }

    fn extended(files: impl IntoIterator<Item = (String, String)>) -> Result<Pack, PackError> {
        extend(&shipped(), &files.into_iter().collect(), "2026.12")
    }

    #[test]
    fn a_rule_reads_back_from_its_file_as_it_was_written() {
        let written = text(&["加熱式.{0,4}いい", r"\d+本", "it's"]);
        let pack = extended([file("smoking.heated", &written)]).unwrap();
        let read = pack.written().last().unwrap();
        assert_eq!(
            (read.id.as_str(), read.tier),
            ("smoking.heated", Tier::Review)
        );
        assert_eq!(read.text, written);
        assert_eq!(
            (pack.version(), pack.extends()),
            ("2026.12", Some("2026.11"))
        );
        assert_eq!(files_in(pack.files()).len(), 1);
        assert_eq!(rule_of(&read.file), Some("smoking.heated"));
    }

    #[test]
    fn a_city_adds_replaces_leaves_out_and_adds_words() {
        let pack = extended([
            file("smoking.still", &text(&["隠れて吸"])),
            file("smoking.heated", &text(&["加熱式"])),
            (rule_file("smoking.amount"), off_file("smoking.amount")),
            (
                words_file("tobacco"),
                words_text("tobacco", &["ヤニ".to_owned()]),
            ),
        ])
        .unwrap();
        let ids: Vec<_> = pack.written().iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["smoking.still", "smoking.heated"]);
        assert_eq!(pack.concepts()[0].words, ["たばこ"]);
        assert_eq!(pack.concepts()[0].city, ["ヤニ"]);
        assert_ne!(pack.sha256(), shipped().sha256());
        // Words that a city adds are found by the shipped rules that name their concept.
        let words = words_text("tobacco", &["ヤニ".to_owned()]);
        let pack = extended([(words_file("tobacco"), words)]).unwrap();
        let found = pack.rules_in(&Text::new("ヤニやめられない"));
        let by = |(it, _): &(Found, bool)| pack.rules[it.owner].id == "smoking.still";
        assert!(found.iter().any(by));
    }

    #[test]
    fn a_broken_word_is_named_itself_and_not_the_concepts_that_name_its_own() {
        let naming = "[concept]\napart = [\"{tobacco}の煙\"]\n".to_owned();
        let broken = words_text("tobacco", &["ヤニ(".to_owned()]);
        let files = [
            (words_file("apart"), naming),
            (words_file("tobacco"), broken),
        ];
        let error = extended(files).unwrap_err();
        assert_eq!(
            (error.file.as_str(), error.fault),
            (words_file("tobacco").as_str(), Fault::GroupNotClosed)
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_file_line_and_sign() {
        for (patterns, fault, column, row, at) in [
            (&["隠れて", "た(ばこ"][..], Fault::GroupNotClosed, 5, 2, 2),
            (&["[ぁ-"], Fault::ClassNotClosed, 4, 1, 1),
            (&["わかった)"], Fault::GroupNotOpened, 8, 1, 5),
            (&["{tobacco}?", "*"], Fault::NothingToRepeat, 4, 2, 1),
        ] {
            let (name, written) = file("smoking.heated", &text(patterns));
            let error = extended([(name.clone(), written.clone())]).unwrap_err();
            assert_eq!((&error.file, error.fault), (&name, fault), "{error}");
            assert_eq!(error.column, column, "{error}");
            assert_eq!(entry_at(&written, error.line), Some(("patterns", row)));
            assert_eq!(column_in_entry(error.column), at);
        }
        let without = RuleText {
            no_match: Vec::new(),
            ..text(&["加熱式"])
        };
        let error = extended([file("smoking.heated", &without)]).unwrap_err();
        assert_eq!((error.fault, error.line), (Fault::NoExamples, 2));
        assert_eq!(entry_at(&file("smoking.heated", &without).1, 2), None);
        let gone = (rule_file("smoking.gone"), off_file("smoking.gone"));
        assert_eq!(extended([gone]).unwrap_err().fault, Fault::NoRule);
    }

    #[test]
    fn there_is_an_end_to_what_a_city_may_add() {
        let many: Vec<String> = (0..=LINES).map(|n| format!("加熱式{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let too_many = extended([file("smoking.heated", &text(&many))]).unwrap_err();
        assert_eq!(too_many.fault, Fault::TooMany);
        assert_eq!(too_many.column, 3, "{too_many}");
        let rules = |n: usize| (0..n).map(|n| format!("smoking.own_{n}"));
        let plain = text(&["加熱式"]);
        assert!(extended(rules(RULES).map(|id| file(&id, &plain))).is_ok());
        let more = extended(rules(RULES + 1).map(|id| file(&id, &plain))).map(drop);
        assert_eq!(more.unwrap_err().fault, Fault::TooMany);
        // Each of them is small enough; together every sentence would be slow.
        let heavy = text(&["(?:(?:(?:か.{0,9}き){8}.{0,9}く){8}.{0,9}け){8}"; 12]);
        assert!(extended(rules(1).map(|id| file(&id, &heavy))).is_ok());
        let slow = extended(rules(RULES).map(|id| file(&id, &heavy))).map(drop);
        assert_eq!(slow.unwrap_err().fault, Fault::TooBig);
    }

    #[test]
    fn a_rule_has_an_item_and_a_short_name() {
        assert!(is_rule_id("smoking.city_1"));
        for id in [
            "smoking",
            "smoking.",
            ".still",
            "smoking.a b",
            "../x.y",
            "smoking.A",
        ] {
            assert!(!is_rule_id(id), "{id}");
        }
    }
}
