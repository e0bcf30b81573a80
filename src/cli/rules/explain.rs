//! `yorisoi rules explain`.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;
use yorisoi_domain::risk::finding::{Asked, How, Part, Quote};
use yorisoi_domain::risk::likeness;
use yorisoi_domain::risk::pack::{Pack, When};
use yorisoi_domain::risk::reader::{Reader, Step};
use yorisoi_domain::risk::score::{Case, Fold};
use yorisoi_domain::risk::sound::SoundsLike;
use yorisoi_domain::risk::{example, score};

use super::cases::cases_in;
use crate::cli::Format;

/// What to explain: a text, a case, or all cases of a file.
pub(super) struct What<'a> {
    pub(super) text: Option<&'a str>,
    pub(super) case: Option<&'a [String]>,
    pub(super) as_mixed: bool,
    /// Also rules whose words matched and were cleared.
    pub(super) near: bool,
}

#[derive(Debug, Serialize)]
struct Explained {
    pack: String,
    version: String,
    talks: Vec<Talk>,
    /// Cases of the file that are set aside.
    not_shown: usize,
}

#[derive(Debug, Serialize)]
struct Talk {
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    steps: Vec<Said>,
    findings: Vec<Found>,
    /// Rules whose words matched and were cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<Vec<Said>>,
    /// What the words may have been before they were misheard.
    sounds: Vec<Sounded>,
}

#[derive(Debug, Serialize)]
struct Sounded {
    turn: usize,
    heard: String,
    word: String,
    /// In morae.
    distance: f32,
}

#[derive(Debug, Serialize)]
struct Said {
    turn: usize,
    item: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    what: String,
    #[serde(flatten)]
    words: Words,
}

#[derive(Debug, Serialize)]
struct Found {
    item: String,
    tier: &'static str,
    rule: String,
    how: How,
    /// Where it rests on words that sound alike: how far off, in morae.
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<f32>,
    speaker_unknown: bool,
    unsure: bool,
    quotes: Vec<Quoted>,
}

#[derive(Debug, Serialize)]
struct Quoted {
    turn: usize,
    part: Part,
    #[serde(flatten)]
    words: Words,
}

#[derive(Debug, Serialize)]
struct Words {
    text: String,
    /// Bytes of the turn.
    span: Range<usize>,
}

pub(super) fn run(what: &What<'_>, pack: &Arc<Pack>, format: Format) -> anyhow::Result<()> {
    let mut not_shown = 0;
    let talks = match (what.text, what.case) {
        (Some(text), _) => {
            expect_exchange(text)?;
            let turns = example::turns(text);
            let texts: Vec<&str> = turns
                .iter()
                .map(|turn| turn.text.expose().as_str())
                .collect();
            let reader = example::read(pack, text);
            vec![talk(None, &reader, &texts, what.near)]
        }
        (None, Some([file, id @ ..])) => {
            let mut cases = cases_in(Path::new(file), pack)?;
            if let [id, ..] = id {
                cases.retain(|case| case.id == *id);
                cases
                    .first()
                    .with_context(|| format!("{file} has no case {id}"))?;
            } else {
                not_shown = cases.len();
                cases.retain(|case| Fold::shows(&case.id));
                not_shown -= cases.len();
                let all = || format!("all cases of {file} are set aside: give the id of one");
                cases.first().with_context(all)?;
            }
            let explain = |case: &Case| {
                let texts: Vec<&str> = case.turns.iter().map(|turn| turn.text.as_str()).collect();
                let reader = score::reader_of(case, pack, what.as_mixed);
                talk(Some(case), &reader, &texts, what.near)
            };
            cases.iter().map(explain).collect()
        }
        _ => bail!("give a text, or --case FILE [ID]"),
    };
    let explained = Explained {
        pack: pack.id().to_owned(),
        version: pack.version().to_owned(),
        talks,
        not_shown,
    };
    format.print(&explained, text)
}

/// Refuses what would be read as one answer, and is none.
fn expect_exchange(text: &str) -> anyhow::Result<()> {
    let longer = "write a longer talk as a case, and give its file with --case";
    let text = text.trim();
    if text.is_empty() {
        bail!("the text is empty: write what she says, or `question → answer`");
    }
    if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        bail!("a text is one line: {longer}");
    }
    for arrow in ["->", "=>", "⇒"] {
        if text.contains(arrow) {
            let meant = text.replace(arrow, "→");
            bail!("between question and answer stands →: write `{meant}`");
        }
    }
    let parts: Vec<&str> = text.split('→').map(str::trim).collect();
    match parts.len() {
        1 | 2 if parts.contains(&"") => bail!("words stand on both sides of →"),
        1 | 2 => Ok(()),
        _ => bail!("a text holds one question and one answer: {longer}"),
    }
}

fn sounded(pack: &Pack, turn: usize, text: &str) -> Vec<Sounded> {
    let sounded = |like: SoundsLike| Sounded {
        turn,
        heard: text.get(like.span).unwrap_or_default().to_owned(),
        word: like.word.into_exposed(),
        distance: f32::from(like.distance) / 4.0,
    };
    pack.likes(text).into_iter().map(sounded).collect()
}

/// Whether a near miss is one only because nobody asked about its item, by what was read and by the labels.
fn nobody_asked(step: &Step, reader: &Reader, case: Option<&Case>) -> bool {
    let mut rules = reader.pack().written().iter();
    let answers = rules.any(|it| Some(&it.id) == step.rule.as_ref() && it.text.when == When::Asked);
    let expected = case.iter().flat_map(|case| &case.expect);
    let covered = case.iter().flat_map(|case| case.coverage.keys());
    let labelled: BTreeSet<&str> = expected
        .map(|it| it.item.as_str())
        .chain(covered.map(String::as_str))
        .collect();
    let asked = reader.reading().coverage.get(&step.item);
    let unasked = asked.is_none_or(|asked| *asked == Asked::NotAsked);
    answers && unasked && !labelled.contains(step.item.as_str())
}

fn talk(case: Option<&Case>, reader: &Reader, texts: &[&str], near: bool) -> Talk {
    let words = |turn: usize, span: &Range<usize>| Words {
        text: texts
            .get(turn)
            .and_then(|text| text.get(span.clone()))
            .unwrap_or_default()
            .to_owned(),
        span: span.clone(),
    };
    let quoted = |quote: &Quote| {
        let turn = score::turn_of(quote.segment);
        Quoted {
            turn,
            part: quote.part,
            words: words(turn, &quote.span),
        }
    };
    let (mut cleared, steps): (Vec<_>, Vec<_>) = reader
        .explain()
        .into_iter()
        .partition(|step| step.is_near());
    cleared.retain(|step| !nobody_asked(step, reader, case));
    let said = |step: Step| {
        let turn = score::turn_of(step.segment);
        Said {
            turn,
            item: step.item.to_string(),
            words: words(turn, &step.span),
            rule: step.rule,
            what: step.what,
        }
    };
    let sounds = texts.iter().enumerate();
    let sounds = sounds.flat_map(|(turn, text)| sounded(reader.pack(), turn, text));
    let findings = reader.reading().findings.iter().map(|finding| Found {
        item: finding.item.to_string(),
        tier: finding.tier.code(),
        rule: finding.rule.clone(),
        how: finding.how,
        sound: finding.sound.map(|quarters| f32::from(quarters) / 4.0),
        speaker_unknown: finding.speaker_unknown,
        unsure: finding.unsure,
        quotes: finding.quotes.iter().map(quoted).collect(),
    });
    Talk {
        case: case.map(|case| case.id.clone()),
        findings: findings.collect(),
        steps: steps.into_iter().map(said).collect(),
        near: near.then(|| cleared.into_iter().map(said).collect()),
        sounds: sounds.collect(),
    }
}

fn text(out: &mut dyn Write, explained: &Explained) -> io::Result<()> {
    writeln!(out, "{} {}", explained.pack, explained.version)?;
    for talk in &explained.talks {
        if let Some(case) = &talk.case {
            writeln!(out, "\n{case}")?;
        }
        for step in &talk.steps {
            said(out, "", step)?;
        }
        for step in talk.near.iter().flatten() {
            said(out, "near  ", step)?;
        }
        for like in &talk.sounds {
            let (turn, heard, word, distance) = (like.turn, &like.heard, &like.word, like.distance);
            writeln!(
                out,
                "turn {turn:<3} {heard} sounds like {word}, {distance} morae off"
            )?;
        }
        for found in &talk.findings {
            let (item, tier, rule) = (&found.item, found.tier, &found.rule);
            let how = match found.how {
                How::Direct if likeness::is_rule(&found.rule) => {
                    "the words are like labelled talk of it"
                }
                How::Direct => "said directly",
                How::Answer => "an answer takes its meaning from the question",
            };
            let sound = found
                .sound
                .map(|morae| format!(", sounds alike, {morae} morae off"));
            let sound = sound.unwrap_or_default();
            let unknown = if found.speaker_unknown {
                ", speaker unknown"
            } else {
                ""
            };
            writeln!(out, "found {item}: {tier} by {rule}, {how}{sound}{unknown}")?;
            for quote in &found.quotes {
                let part = match quote.part {
                    Part::Question => "question",
                    Part::Answer => "answer",
                    Part::Statement => "statement",
                };
                let (turn, words) = (quote.turn, shown(&quote.words));
                writeln!(out, "      {part:<9} turn {turn}, {words}")?;
            }
        }
        if talk.findings.is_empty() {
            writeln!(out, "nothing found")?;
        }
    }
    if explained.not_shown > 0 {
        let n = explained.not_shown;
        writeln!(
            out,
            "\n{n} cases are set aside and not shown: give the id of one to see it"
        )?;
    }
    Ok(())
}

fn said(out: &mut dyn Write, mark: &str, said: &Said) -> io::Result<()> {
    let (turn, item, what, words) = (said.turn, &said.item, &said.what, shown(&said.words));
    let rule = said
        .rule
        .as_deref()
        .map(|rule| format!("{rule} "))
        .unwrap_or_default();
    writeln!(out, "{mark}turn {turn:<3} {item:<34} {rule}{what}, {words}")
}

fn shown(words: &Words) -> String {
    let (text, span) = (words.text.trim(), &words.span);
    format!("「{text}」 at {}–{}", span.start, span.end)
}
