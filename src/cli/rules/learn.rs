//! `yorisoi rules learn`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use yorisoi_domain::risk::example;
use yorisoi_domain::risk::likeness::{Labelled, Lessons, digest, learn};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::score::{Case, Fold};

use super::cases::cases_in;

pub(super) fn run(
    talk: &[PathBuf],
    seen: &[PathBuf],
    check: bool,
    pack: &Arc<Pack>,
) -> anyhow::Result<()> {
    let items: Vec<&str> = pack.items().iter().map(|item| item.id.as_str()).collect();
    let mut all = Lessons::default();
    let mut take = |cases: Vec<Case>| {
        all.talk.extend(cases.iter().flat_map(Labelled::of_case));
        all.questions
            .extend(cases.iter().flat_map(Labelled::of_questions));
        all.replies
            .extend(cases.iter().filter_map(Labelled::of_reply));
    };
    for file in seen {
        // A case as it was heard folds with its clean twin.
        let seen = |case: &Case| Fold::Seen.holds(case.id.trim_end_matches("-heard"));
        take(cases_in(file, pack)?.into_iter().filter(seen).collect());
    }
    let (cases, lines): (Vec<_>, Vec<_>) = talk
        .iter()
        .partition(|file| file.extension().is_some_and(|it| it == "jsonl"));
    for file in cases {
        take(cases_in(file, pack)?);
    }
    for file in lines {
        for (number, line) in lines_of(file)? {
            let fault = |fault| anyhow!("{}:{number}: {fault}", file.display());
            all.talk.extend(Labelled::of_line(&line).map_err(fault)?);
            if let Some((question, answer)) = Labelled::of_exchange(&line) {
                all.questions.push(question);
                all.replies.extend(answer);
            }
        }
    }
    let examples = [pack.examples().to_vec(), example::varied(pack)].concat();
    all.talk.extend(
        examples
            .iter()
            .filter_map(|it| Labelled::of_example(it, &items)),
    );
    // An answer may say one thing of one item and another of the next.
    for all in [&mut all.talk, &mut all.questions] {
        let mut known = BTreeSet::new();
        all.retain(|it| known.insert(it.text.clone()));
    }
    if let Some(unknown) = all
        .talk
        .iter()
        .flat_map(|it| &it.holds)
        .find(|it| !items.contains(&it.as_str()))
    {
        return Err(anyhow!("there is no item `{unknown}`"));
    }
    if check {
        if pack.learned_from() != Some(digest(&items, &all).as_str()) {
            return Err(anyhow!(
                "the weights were learned from other talk: run script/learn"
            ));
        }
        return Ok(());
    }
    let file = learn(&items, &all);
    Ok(io::stdout().write_all(file.as_bytes())?)
}

/// The lines of a file of labelled talk, with their numbers.
fn lines_of(file: &Path) -> anyhow::Result<Vec<(usize, String)>> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("{shown} could not be read"))?;
    let lines = (1..).zip(text.lines().map(str::to_owned));
    Ok(lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .collect())
}
