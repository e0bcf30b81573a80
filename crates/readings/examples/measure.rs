//! Measures what readings cost: unpacking, memory, and listening. Takes texts on standard input, one a line.
//! usage: cut -f3 tests/data/speech/heard.tsv | cargo run --release -p yorisoi-readings --example measure -- WORDS

use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use yorisoi_readings::{Dictionary, Hearing, Vocabulary};

/// Resident memory in MB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1));
    kb.and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1_000
}

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    // A file whose lines hold the words to listen for, as rules and cases do.
    let words = std::env::args()
        .nth(1)
        .map(std::fs::read_to_string)
        .transpose()?;
    let texts: Vec<String> = io::stdin().lock().lines().collect::<io::Result<_>>()?;
    let (before, started) = (memory(), Instant::now());
    let dictionary = Dictionary::shared();
    let unpacked = started.elapsed();
    writeln!(out, "unpacked in {unpacked:.0?}, {} MB", memory() - before)?;

    let started = Instant::now();
    let telling = dictionary.telling(words.iter().flat_map(|text| text.lines()), []);
    let count = telling.len();
    let vocabulary = Vocabulary {
        words: telling.clone(),
        telling,
        ..Vocabulary::default()
    };
    let hearing = Hearing::new(dictionary, vocabulary);
    writeln!(
        out,
        "{count} words to listen for, ready in {:.0?}",
        started.elapsed()
    )?;

    let started = Instant::now();
    for text in &texts {
        dictionary.read(text);
    }
    let read = started.elapsed();
    let started = Instant::now();
    for text in &texts {
        hearing.repairs(text);
    }
    let repaired = started.elapsed();
    let started = Instant::now();
    for text in &texts {
        hearing.maybe(text);
    }
    let each = |all: Duration| all / u32::try_from(texts.len()).unwrap_or(1).max(1);
    let (read, repaired, heard) = (each(read), each(repaired), each(started.elapsed()));
    writeln!(
        out,
        "{} texts, each: read {read:.0?}, repaired {repaired:.0?}, repaired and listened to {heard:.0?}",
        texts.len()
    )
}
