//! How long reading takes: a pack, an interview, a new segment, and talks of 10 to 10,000 turns, which
//! shows whether the cost stays linear. Prints JSON for `script/bench speed`; asserts nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints what it measured, and stops where its files are not there"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;
use yorisoi_domain::ids::SegmentId;
use yorisoi_domain::risk::finding::{Speaker, Turn};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::reader::Reader;
use yorisoi_domain::risk::score::Case;
use yorisoi_domain::time::InterviewMs;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const RUNS: usize = 20;

fn main() {
    let files = pack_files();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    let (pack, compile) = timed(|| Arc::new(Pack::parse(&files).unwrap()));
    let cases = interviews();

    let mut whole: Vec<Duration> = Vec::new();
    let mut segment: Vec<Duration> = Vec::new();
    for run in 0..=RUNS {
        for case in &cases {
            let said = talk(case, u32::try_from(case.turns.len()).unwrap());
            let (_, time) = timed(|| Reader::new(Arc::clone(&pack)).hear_all(said.clone()));
            let mut reader = Reader::new(Arc::clone(&pack));
            let one_by_one = said.into_iter().map(|turn| timed(|| reader.hear(turn)).1);
            let one_by_one: Vec<Duration> = one_by_one.collect();
            // The first run fills the searchers' caches, as the first talk of a service does.
            if run > 0 {
                whole.push(time * 100 / u32::try_from(case.turns.len()).unwrap());
                segment.extend(one_by_one);
            }
        }
    }

    let mut growth = Vec::new();
    for turns in [10, 100, 1_000, 10_000] {
        let said = talk(&cases[0], turns);
        let (_, at_once) = timed(|| Reader::new(Arc::clone(&pack)).hear_all(said.clone()));
        let mut reader = Reader::new(Arc::clone(&pack));
        let (_, live) = timed(|| said.into_iter().for_each(|turn| reader.hear(turn)));
        growth.push(format!(
            "{{\"turns\": {turns}, \"at_once_us_per_turn\": {:.1}, \"live_us_per_turn\": {:.1}}}",
            micros(at_once) / f64::from(turns),
            micros(live) / f64::from(turns)
        ));
    }
    let mut long = Vec::new();
    for kilobytes in [1, 10, 100] {
        let text = "もし夫が家で吸うたばこが怖くて死にたいと思ったらどうしよう"
            .repeat(kilobytes * 1_000 / 87 + 1);
        let (_, time) =
            timed(|| Reader::new(Arc::clone(&pack)).hear(turn(0, Speaker::Resident, &text)));
        long.push(format!(
            "{{\"kilobytes\": {kilobytes}, \"ms\": {:.1}}}",
            micros(time) / 1_000.0
        ));
    }
    println!(
        "{{\"pack_ms\": {:.0}, \"interview_ms\": {{{}}}, \"segment_us\": {{{}}}, \"growth\": [{}], \"one_segment\": [{}]}}",
        micros(compile) / 1_000.0,
        percentiles(&mut whole, 1_000.0),
        percentiles(&mut segment, 1.0),
        growth.join(", "),
        long.join(", ")
    );
}

fn pack_files() -> Vec<(String, String)> {
    let folder = Path::new(ROOT).join("rules/ja");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                read(&path),
            )
        })
        .collect();
    files.sort();
    files
}

fn interviews() -> Vec<Case> {
    let text = read(&Path::new(ROOT).join("tests/data/rules/interviews.jsonl"));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads its files")]
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// A talk of so many turns, made of a case's turns over and over.
fn talk(case: &Case, turns: u32) -> Vec<Turn> {
    let said = case.turns.iter().cycle().zip(0..turns);
    said.map(|(said, number)| turn(number, said.speaker, &said.text))
        .collect()
}

fn turn(number: u32, speaker: Speaker, text: &str) -> Turn {
    Turn {
        segment: SegmentId::new(Uuid::from_u128(u128::from(number))),
        speaker,
        start: InterviewMs(i64::from(number) * 1_000),
        end: InterviewMs(i64::from(number) * 1_000 + 900),
        text: text.to_owned().into(),
        unsure: Vec::new(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let made = work();
    (made, began.elapsed())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn percentiles(times: &mut [Duration], unit: f64) -> String {
    times.sort();
    let at = |share: usize| micros(times[(times.len() - 1) * share / 100]) / unit;
    format!(
        "\"p50\": {:.2}, \"p95\": {:.2}, \"p99\": {:.2}",
        at(50),
        at(95),
        at(99)
    )
}
