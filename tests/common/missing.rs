//! Tests that this machine can not run. They fail nowhere; `script/test` prints their names at its end.

use std::io::Write as _;

/// A file that `script/test` makes.
const NOT_RUN: &str = "YORISOI_NOT_RUN";

/// What is not shown on this machine, in a line, and why.
pub(crate) fn not_run(test: &str, why: &str) {
    let line = format!("{test}: {why}");
    eprintln!("NOT RUN: {line}");
    if let Some(file) = std::env::var_os(NOT_RUN) {
        let file = std::fs::OpenOptions::new().append(true).open(file);
        writeln!(file.unwrap(), "{line}").unwrap();
    }
}
