//! `yorisoi rules explain`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::reader::Reader;
use yorisoi_domain::risk::{example, score};

use super::eval::cases_in;
use crate::cli::Format;

#[derive(Debug, Serialize)]
struct Explained {
    steps: Vec<Said>,
    findings: Vec<Found>,
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
    let reader = match (text, case) {
        (Some(text), _) => example::read(pack, text),
        (None, Some([file, id])) => {
            let cases = cases_in(Path::new(file))?;
            let case = cases.iter().find(|case| case.id == *id);
            let case = case.with_context(|| format!("{file} has no case {id}"))?;
            score::reader_of(case, pack, false)
        }
        _ => bail!("give a text, or --case FILE ID"),
    };
    format.print(&explained(&reader), |out, explained| {
        for said in &explained.steps {
            writeln!(out, "turn {:<3} {:<34} {}", said.turn, said.item, said.what)?;
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

fn explained(reader: &Reader) -> Explained {
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
    }
}
