//! `yorisoi rules check`.

use std::sync::Arc;

use anyhow::bail;
use serde::Serialize;
use yorisoi_domain::risk::example;
use yorisoi_domain::risk::pack::Pack;

use crate::cli::Format;
use crate::hearing;

#[derive(Debug, Serialize)]
struct Checked<'a> {
    pack: &'a str,
    version: &'a str,
    examples: usize,
    /// Examples with other people, particles and endings.
    varied: usize,
    failures: Vec<Failure>,
    /// Mistakes of hearing that change the sound, so that nothing is repaired by them.
    otherwise: Vec<Otherwise<'a>>,
}

#[derive(Debug, Serialize)]
struct Otherwise<'a> {
    word: &'a str,
    heard: &'a str,
}

#[derive(Debug, Serialize)]
struct Failure {
    file: String,
    line: usize,
    rule: String,
    should_match: bool,
    text: String,
}

pub(super) fn run(pack: &Arc<Pack>, format: Format) -> anyhow::Result<()> {
    let mut failing = example::failures(pack);
    failing.extend(example::varied_failures(pack));
    let failures = failing.into_iter().map(|example| Failure {
        file: example.file,
        line: example.line,
        rule: example.rule,
        should_match: example.matches,
        text: example.text,
    });
    let checked = Checked {
        pack: pack.id(),
        version: pack.version(),
        examples: pack.examples().len(),
        varied: example::varied(pack).len(),
        failures: failures.collect(),
        otherwise: hearing::sounds_otherwise(pack)
            .into_iter()
            .map(|(word, heard)| Otherwise { word, heard })
            .collect(),
    };
    format.print(&checked, |out, checked| {
        for failure in &checked.failures {
            let should = if failure.should_match {
                "should match"
            } else {
                "should not match"
            };
            let (file, line, rule, text) =
                (&failure.file, failure.line, &failure.rule, &failure.text);
            writeln!(out, "{file}:{line}: {rule} {should}: {text}")?;
        }
        for Otherwise { word, heard } in &checked.otherwise {
            writeln!(
                out,
                "sound.mistake {word}: {heard} sounds otherwise; take it out"
            )?;
        }
        let (pack, version, all) = (checked.pack, checked.version, checked.examples);
        writeln!(
            out,
            "{pack} {version}: {all} examples and {} ways to say them, {} fail",
            checked.varied,
            checked.failures.len()
        )
    })?;
    match (checked.failures.len(), checked.otherwise.len()) {
        (0, 0) => Ok(()),
        (0, n) => bail!("{n} mistakes of hearing change the sound"),
        (n, _) => bail!("{n} examples do not do what their rule says"),
    }
}
