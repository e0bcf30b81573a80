//! `yorisoi rules explain`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::reader::Reader;
use yorisoi_domain::risk::sound::SoundsLike;
use yorisoi_domain::risk::{example, score};

use super::eval::cases_in;
use crate::cli::Format;

#[derive(Debug, Serialize)]
struct Explained {
    steps: Vec<Said>,
    findings: Vec<Found>,
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
    what: String,
}

#[derive(Debug, Serialize)]
struct Found {
    item: String,
    tier: &'static str,
    rule: String,
    turns: Vec<usize>,
}

pub(super) fn run(
    text: Option<&str>,
    case: Option<&[String]>,
    pack: &Arc<Pack>,
    format: Format,
) -> anyhow::Result<()> {
    let (reader, said) = match (text, case) {
        (Some(text), _) => {
            let said = text.split('→').map(|part| part.trim().to_owned());
            (example::read(pack, text), said.collect::<Vec<_>>())
        }
        (None, Some([file, id])) => {
            let cases = cases_in(Path::new(file))?;
            let case = cases.iter().find(|case| case.id == *id);
            let case = case.with_context(|| format!("{file} has no case {id}"))?;
            let said = case.turns.iter().map(|turn| turn.text.clone()).collect();
            (score::reader_of(case, pack, false), said)
        }
        _ => bail!("give a text, or --case FILE ID"),
    };
    let sounds = said
        .iter()
        .enumerate()
        .flat_map(|(turn, text)| sounded(pack, turn, text));
    format.print(&explained(&reader, sounds.collect()), |out, explained| {
        for said in &explained.steps {
            writeln!(out, "turn {:<3} {:<34} {}", said.turn, said.item, said.what)?;
        }
        for like in &explained.sounds {
            let (turn, heard, word, distance) = (like.turn, &like.heard, &like.word, like.distance);
            writeln!(
                out,
                "turn {turn:<3} {heard} sounds like {word}, {distance} morae off"
            )?;
        }
        for found in &explained.findings {
            let (item, tier, rule, turns) = (&found.item, found.tier, &found.rule, &found.turns);
            writeln!(out, "found    {item:<34} {tier} by {rule}, turns {turns:?}")?;
        }
        if explained.findings.is_empty() {
            writeln!(out, "nothing found")?;
        }
        Ok(())
    })
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

fn explained(reader: &Reader, sounds: Vec<Sounded>) -> Explained {
    let steps = reader.explain().into_iter().map(|step| Said {
        turn: score::turn_of(step.segment),
        item: step.item.to_string(),
        what: step.what,
    });
    let findings = reader.reading().findings.iter().map(|finding| Found {
        item: finding.item.to_string(),
        tier: finding.tier.code(),
        rule: finding.rule.clone(),
        turns: finding
            .quotes
            .iter()
            .map(|quote| score::turn_of(quote.segment))
            .collect(),
    });
    Explained {
        steps: steps.collect(),
        findings: findings.collect(),
        sounds,
    }
}
