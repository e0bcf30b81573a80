//! `yorisoi rules learn`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use yorisoi_domain::risk::example;
use yorisoi_domain::risk::likeness::{Labelled, learn};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::score::Fold;

use super::eval::cases_in;

pub(super) fn run(talk: &[PathBuf], seen: &[PathBuf], pack: &Arc<Pack>) -> anyhow::Result<()> {
    let items: Vec<&str> = pack.items().iter().map(|item| item.id.as_str()).collect();
    let mut all: Vec<Labelled> = Vec::new();
    for file in talk {
        if file.extension().is_some_and(|it| it == "jsonl") {
            all.extend(cases_in(file)?.iter().flat_map(Labelled::of_case));
        } else {
            all.extend(lines_in(file)?);
        }
    }
    for file in seen {
        let cases = cases_in(file)?.into_iter();
        // A case as it was heard folds with its clean twin.
        let cases = cases.filter(|case| Fold::Seen.holds(case.id.trim_end_matches("-heard")));
        all.extend(cases.flat_map(|case| Labelled::of_case(&case)));
    }
    all.extend(
        pack.examples()
            .iter()
            .filter_map(|it| Labelled::of_example(it, &items)),
    );
    let mut known = BTreeSet::new();
    all.retain(|it| known.insert(it.text.clone()));
    for unknown in all.iter().flat_map(|it| &it.holds) {
        if !items.contains(&unknown.as_str()) {
            return Err(anyhow!("there is no item `{unknown}`"));
        }
    }
    let file = learn(&items, &all);
    Ok(io::stdout().write_all(file.as_bytes())?)
}

fn lines_in(file: &Path) -> anyhow::Result<Vec<Labelled>> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("{shown} could not be read"))?;
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
    let lines = lines.map(|(line, number)| {
        Labelled::of_line(line).map_err(|fault| anyhow!("{shown}:{number}: {fault}"))
    });
    Ok(lines
        .collect::<anyhow::Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect())
}
