//! The second reading of a talk: with the words that its text may have been. Only adds to the first:
//! what rests on a likeness is unsure, and reassures about nothing.

use std::collections::BTreeMap;

use super::Heard;
use super::analysis;
use super::step::{Outcome, Step};
use crate::ids::SegmentId;
use crate::pii::Pii;
use crate::risk::finding::{Asked, Finding, Quote, Reading, Turn};
use crate::risk::item::Tier;
use crate::risk::pack::Pack;
use crate::risk::sound::Otherwise;

/// A turn as it may have been.
#[derive(Debug)]
pub(super) struct Alike {
    pub(super) heard: Heard,
    otherwise: Otherwise,
}

/// Where the pack has an ear and the turn sounds like something else.
pub(super) fn of(pack: &Pack, turn: &Turn) -> Option<Alike> {
    let text = turn.text.expose();
    let otherwise = Otherwise::new(pack.likes(text))?;
    let other = otherwise.text(text);
    // Where nothing more is found in it, a second reading could add nothing.
    let (known, found) = (pack.owners_in(text), pack.owners_in(&other));
    if found.is_subset(&known) {
        return None;
    }
    let turn = Turn {
        text: Pii::from(other),
        unsure: Vec::new(),
        ..turn.clone()
    };
    let mut pieces = analysis::analyse(pack, &turn);
    let windows = pieces.iter_mut().flat_map(|piece| &mut piece.holds.windows);
    windows.for_each(|window| window.heard = false);
    Some(Alike {
        heard: Heard { turn, pieces },
        otherwise,
    })
}

/// Adds to a reading what only the other one holds.
pub(super) fn add(reading: &mut Reading, other: Reading, alike: &BTreeMap<SegmentId, Alike>) {
    for (item, asked) in other.coverage {
        let known = reading.coverage.entry(item).or_default();
        *known = match (*known, asked) {
            (known, Asked::NotAsked) => known,
            // A likeness clears nothing.
            (Asked::NotAsked, Asked::Negative) => Asked::Asked,
            (Asked::NotAsked | Asked::Asked, other) if other != Asked::Negative => other,
            (known, _) => known,
        };
    }
    for finding in other.findings {
        let known = reading
            .findings
            .iter()
            .any(|known| known.item == finding.item);
        let denied = reading.coverage.get(&finding.item) == Some(&Asked::Negative);
        if known || denied && finding.tier != Tier::Immediate {
            continue;
        }
        // Only what is itself another word than was heard; the rest was read already.
        let Some(finding) = unsure(finding, alike) else {
            continue;
        };
        reading
            .coverage
            .insert(finding.item.clone(), Asked::Positive);
        reading.findings.push(finding);
    }
}

/// Why a finding that rests on a likeness was made, at one of its quotes.
pub(super) fn step(
    finding: &Finding,
    quote: &Quote,
    alike: &BTreeMap<SegmentId, Alike>,
) -> Option<Step> {
    alike.get(&quote.segment)?;
    let distance = f32::from(finding.sound?) / 4.0;
    Some(Step {
        segment: quote.segment,
        span: quote.span.clone(),
        item: finding.item.clone(),
        what: format!("{} sounds alike, {distance} morae off", finding.rule),
        rule: None,
        outcome: Outcome::Counts,
    })
}

/// The finding with its quotes in the text as it was heard.
fn unsure(mut finding: Finding, alike: &BTreeMap<SegmentId, Alike>) -> Option<Finding> {
    let mut distance = None;
    for quote in &mut finding.quotes {
        if let Some(alike) = alike.get(&quote.segment) {
            let (span, far) = alike.otherwise.back(&quote.span);
            quote.span = span;
            distance = distance.max(far);
        }
    }
    finding.unsure = true;
    finding.sound = Some(distance?);
    Some(finding)
}
