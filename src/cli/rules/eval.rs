//! `yorisoi rules eval`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::score::{Counts, Fold, MissKind, Score};

use super::cases::cases_in;
use crate::cli::Format;

#[derive(Debug, Serialize)]
struct Evaluated {
    #[serde(flatten)]
    score: Score,
    /// Misses of what is set aside.
    not_shown: usize,
}

/// How the cases are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    Voices,
    Mixed,
    Keywords,
}

pub(super) fn run(
    files: &[PathBuf],
    pack: &Arc<Pack>,
    fold: Option<Fold>,
    how: Read,
    format: Format,
) -> anyhow::Result<()> {
    let mut score = Score::default();
    for file in files {
        for case in cases_in(file, pack)? {
            if fold.is_none_or(|fold| fold.holds(&case.id)) {
                match how {
                    Read::Voices => score.add(&case, pack, false),
                    Read::Mixed => score.add(&case, pack, true),
                    Read::Keywords => score.add_by_keywords(&case, pack),
                }
            }
        }
    }
    score.finish();
    let not_shown = score.hide_aside();
    format.print(&Evaluated { score, not_shown }, text)
}

fn text(out: &mut dyn Write, evaluated: &Evaluated) -> io::Result<()> {
    let score = &evaluated.score;
    writeln!(out, "{} cases", score.cases)?;
    let tiers = score.tiers.iter().map(|(tier, counts)| (*tier, counts));
    for (name, counts) in tiers.chain([("total", &score.total)]) {
        row(out, name, counts)?;
    }
    for (item, counts) in &score.items {
        row(out, item, counts)?;
    }
    for (name, share) in [("coverage", &score.coverage), ("pairing", &score.pairing)] {
        writeln!(
            out,
            "{name:<34} {} of {} {}",
            share.right,
            share.asked,
            percent(share.accuracy)
        )?;
    }
    let quiet = &score.quiet;
    writeln!(
        out,
        "{:<34} {} of {} flag {}",
        "quiet",
        quiet.flagged,
        quiet.cases,
        percent(quiet.share)
    )?;
    for miss in &score.misses {
        let kind = match miss.kind {
            MissKind::FalsePositive => "found, not expected",
            MissKind::FalseNegative => "expected, not found",
        };
        writeln!(
            out,
            "{}: {} {kind} (turn {})",
            miss.case, miss.item, miss.turn
        )?;
    }
    for miss in &score.coverage_misses {
        writeln!(
            out,
            "{}: {} read as {:?}, labelled {:?}",
            miss.case, miss.item, miss.read, miss.expected
        )?;
    }
    if evaluated.not_shown > 0 {
        let n = evaluated.not_shown;
        writeln!(out, "{n} misses of cases that are set aside are not shown")?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, name: &str, counts: &Counts) -> io::Result<()> {
    let (tp, fp, missed) = (counts.tp, counts.fp, counts.missed);
    let (precision, recall) = (percent(counts.precision), percent(counts.recall));
    writeln!(
        out,
        "{name:<34} tp {tp:>4} fp {fp:>4} fn {missed:>4}  precision {precision:>7}  recall {recall:>7}"
    )
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}
