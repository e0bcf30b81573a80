//! Labelled cases from a file. Refuses those that nothing could ever fulfil, with their place.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::score::Case;

/// The cases of a file, with the line of one that can't be read.
pub(super) fn cases_in(file: &Path, pack: &Pack) -> anyhow::Result<Vec<Case>> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("{shown} could not be read"))?;
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| {
        let case = serde_json::from_str(line)
            .with_context(|| format!("{shown}:{number}: no labelled case"))?;
        match fault_of(&case, pack) {
            Some(fault) => Err(anyhow!("{shown}:{number}: case {}: {fault}", case.id)),
            None => Ok(case),
        }
    };
    let cases: Vec<Case> = lines.map(read).collect::<anyhow::Result<_>>()?;
    if cases.is_empty() {
        bail!("{shown} holds no case: write one JSON object a line");
    }
    Ok(cases)
}

/// A label that would count as missed whatever the rules say.
fn fault_of(case: &Case, pack: &Pack) -> Option<String> {
    let expected = case.expect.iter().map(|it| &it.item);
    let mut named = expected.chain(&case.tolerate).chain(case.coverage.keys());
    let is_item = |it: &String| pack.items().iter().any(|item| item.id.as_str() == it);
    if let Some(unknown) = named.find(|it| !is_item(it)) {
        return Some(format!(
            "there is no item `{unknown}`: write it as the rules' items do"
        ));
    }
    let turns = case.turns.len();
    let beyond = case.expect.iter().find(|it| it.turn >= turns)?;
    let turn = beyond.turn;
    Some(format!(
        "there is no turn {turn}: the case has {turns}, counted from 0"
    ))
}
