//! Tries every rule on the examples that it was written with.

use std::sync::Arc;

use uuid::Uuid;

use super::finding::{Speaker, Turn};
use super::likeness;
use super::pack::{Example, Pack, city};
use super::reader::Reader;
use super::variation;
use crate::ids::SegmentId;
use crate::time::InterviewMs;

/// The examples that do not do what their rule says.
pub fn failures(pack: &Arc<Pack>) -> Vec<Example> {
    failing(pack, pack.examples().to_vec())
}

fn failing(pack: &Arc<Pack>, mut examples: Vec<Example>) -> Vec<Example> {
    examples.retain(|example| !holds(pack, example));
    examples
}

/// The examples said a little differently, with other people, particles and endings.
pub fn varied(pack: &Pack) -> Vec<Example> {
    pack.examples().iter().flat_map(vary).collect()
}

fn vary(example: &Example) -> impl Iterator<Item = Example> + use<> {
    let example = example.clone();
    let said = variation::of(&example.text);
    said.into_iter().map(move |text| Example {
        text,
        of: Some(example.text.clone()),
        ..example.clone()
    })
}

/// Those of them that are read otherwise than the example.
pub fn varied_failures(pack: &Arc<Pack>) -> Vec<Example> {
    failing(pack, varied(pack))
}

/// What a municipality's pack is tried on: all examples, and those that it wrote itself also said a little
/// differently. The shipped ones were tried so before they were shipped.
pub fn tried(pack: &Pack) -> Vec<Example> {
    let own = pack.examples().iter();
    let own = own.filter(|example| city::rule_of(&example.file).is_some());
    let varied: Vec<Example> = own.flat_map(vary).collect();
    [pack.examples(), &varied].concat()
}

/// Those of them that do not do what their rule says.
pub fn tried_failures(pack: &Arc<Pack>) -> Vec<Example> {
    failing(pack, tried(pack))
}

/// The turns of a talk in one line of text: `question → answer`, or what the resident says.
pub fn turns(text: &str) -> Vec<Turn> {
    let turn = |speaker, number: u32, text: String| Turn {
        segment: SegmentId::new(Uuid::from_u128(u128::from(number))),
        speaker,
        start: InterviewMs(i64::from(number) * 1_000),
        end: InterviewMs(i64::from(number) * 1_000 + 900),
        text: text.into(),
        unsure: Vec::new(),
    };
    match text.split_once('→') {
        Some((question, answer)) => vec![
            turn(Speaker::Nurse, 0, format!("{}？", question.trim())),
            turn(Speaker::Resident, 1, answer.trim().to_owned()),
        ],
        None => vec![turn(Speaker::Resident, 0, text.to_owned())],
    }
}

/// Reads such a talk.
pub fn read(pack: &Arc<Pack>, text: &str) -> Reader {
    let mut reader = Reader::new(Arc::clone(pack));
    reader.hear_all(turns(text));
    reader
}

fn holds(pack: &Arc<Pack>, example: &Example) -> bool {
    let reader = read(pack, &example.text);
    let matched = reader
        .explain()
        .iter()
        .any(|step| step.holds_by(&example.rule));
    let found = reader
        .reading()
        .findings
        .iter()
        .any(|finding| finding.item == example.item && !likeness::is_rule(&finding.rule));
    match (example.matches, example.says_risk) {
        (true, true) => matched && found,
        (true, false) => matched,
        (false, true) => !matched && !found,
        (false, false) => !matched,
    }
}
