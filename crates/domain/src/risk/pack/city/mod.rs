//! What a municipality changes of the shipped pack: one small file per rule or concept, behind the
//! shipped ones. Owns how these files are written and how much there may be of them; who may change
//! them, and from when they count, is decided elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Pack;
use super::error::{Fault, PackError};
use super::file::{Effect, Past, QuestionEntry, RuleEntry, Says, Subject, When, Yes};
use super::finder::Found;
use super::pattern::{Concepts, Pattern};
use super::read::Parsed;
use crate::risk::item::{ItemId, Tier};
use crate::risk::likeness;
use crate::risk::text::Text;

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

/// The name of the file that writes this rule or leaves it out; of a likeness, that leaves it out.
pub fn rule_file(id: &str) -> String {
    format!("{CITY}rule/{id}.toml")
}

/// The rule that a file writes or leaves out.
pub fn rule_of(file: &str) -> Option<&str> {
    file.strip_prefix(CITY)?
        .strip_prefix("rule/")?
        .strip_suffix(".toml")
}

/// The file that leaves out a shipped rule, or the likeness of an item.
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

/// Whether a rule of the municipality's own may be called so: an item, a dot, and a short name that no likeness has.
pub fn is_rule_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !likeness::is_rule(id)
        && id.split_once('.').is_some_and(|(item, name)| {
            item.parse::<ItemId>().is_ok()
                && (1..=40).contains(&name.len())
                && name.chars().all(plain)
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
    Pack::parse_beside(Some(shipped), &files.collect::<Vec<_>>())
}

/// The words that a municipality's files add to concepts, one by one.
pub(super) fn words_in(
    parsed: &Parsed<'_>,
    concepts: &Concepts,
) -> Result<Vec<Pattern>, PackError> {
    let own = parsed.iter().filter(|(source, _)| is_city(source.name));
    let words = own.flat_map(|(source, file)| {
        let words = file.concept.values().flatten();
        words.map(move |word| concepts.compile(*source, std::slice::from_ref(word)))
    });
    words.collect()
}

impl Pack {
    /// Whether a word that a municipality added to any concept stands in a part of a folded text.
    pub(crate) fn has_city_word(&self, text: &Text, part: &Range<usize>) -> bool {
        let words = &self.finders.city_words;
        let found = words.find(&words.places(text.as_str()), |_| true);
        let here = |it: &Found| part.start <= it.range.start && it.range.end <= part.end;
        found.iter().any(here)
    }
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
mod tests;
