//! `kill -9` at moments that a seed chooses, and what is left afterwards: `script/chaos` runs two
//! hundred of them, the tests ten. The process that is killed is this binary started again, with the
//! service as it is and a recognizer that says what it is told.

mod back;
mod backup;
mod child;
mod commands;
mod left;
mod records;
mod talk;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::common::scenario::Scenario;

/// Seeds at once: most of a seed is waiting for a voice to be played.
const AT_ONCE: usize = 3;
/// What a crash may cost of a voice.
const MOST_LOST_MS: i64 = 1_000;
/// A seed takes a tenth of it on a busy machine; none may keep the others from being told.
const LONGEST: Duration = Duration::from_secs(300);
/// `200` seeds, seeds for `300s`, or seed `#17` alone.
const HOW_LONG: &str = "YORISOI_CHAOS";

/// A small generator of chance, so that a seed says everything.
#[derive(Clone)]
struct Chance(u64);

impl Chance {
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// Below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// What one seed came to.
struct Survived {
    /// When it was killed, in a word.
    killed: String,
    /// What it was killed at, for the table.
    kind: &'static str,
    /// Sound that is nowhere, of the voice that lost most; `None` where nobody spoke.
    lost_ms: Option<i64>,
    /// What was done and found, for people.
    found: String,
    /// Promises that were broken.
    broken: Vec<String>,
}

/// Holds that something is so, or writes down that it is not.
struct Promises(Vec<String>);

impl Promises {
    fn hold(&mut self, is_so: bool, else_said: impl FnOnce() -> String) {
        if !is_so {
            self.0.push(else_said());
        }
    }

    /// Of what was said, of whose it was and how it sounded nothing lies in the whole folder of a seed:
    /// data, logs of the databases, spool, copies, temporary files, what the processes logged, a core.
    fn nothing_lies(&mut self, scenario: &Scenario) {
        let found = scenario.lies();
        self.hold(found.is_empty(), || format!("it lies open: {found:#?}"));
    }
}

async fn survive(seed: u64) -> Survived {
    let chance = Chance::of(seed);
    let one = async {
        match seed % 5 {
            1 if seed / 5 % 2 == 1 => Box::pin(back::killed(chance, seed)).await,
            0 | 1 => Box::pin(talk::killed(chance, seed)).await,
            2 if seed / 5 % 2 == 1 => Box::pin(talk::killed_deaf(chance, seed)).await,
            2 => records::killed_while_writing(chance).await,
            3 => records::killed_while_approving(chance).await,
            _ => match seed / 5 % 3 {
                0 => records::killed_while_migrating(chance).await,
                1 => backup::killed(chance).await,
                _ => commands::killed(chance).await,
            },
        }
    };
    let survived = match tokio::time::timeout(LONGEST, one).await {
        Ok(survived) => survived,
        Err(_) => Err(anyhow::anyhow!("it has not ended after {LONGEST:?}")),
    };
    survived.unwrap_or_else(|error| Survived {
        killed: "?".to_owned(),
        kind: "?",
        lost_ms: None,
        found: String::new(),
        broken: vec![format!("it could not go on: {error:#}")],
    })
}

/// Runs seeds until there are enough or the time is over; says whether every promise held.
async fn run(seeds: std::ops::Range<u64>, time: Duration) -> bool {
    let (began, room) = (Instant::now(), Arc::new(Semaphore::new(AT_ONCE)));
    let (mut running, mut done) = (JoinSet::new(), Vec::new());
    for seed in seeds {
        let place = Arc::clone(&room).acquire_owned().await.unwrap();
        if began.elapsed() > time {
            break;
        }
        running.spawn(async move {
            let survived = survive(seed).await;
            drop(place);
            (seed, survived)
        });
        while let Some(one) = running.try_join_next() {
            done.push(told(one.unwrap()));
        }
    }
    while let Some(one) = running.join_next().await {
        done.push(told(one.unwrap()));
    }
    let broken = done.iter().filter(|it| !it.broken.is_empty()).count();
    say(&table(&done));
    say(&format!(
        "{} seeds in {:.0} s: {broken} with a broken promise",
        done.len(),
        began.elapsed().as_secs_f64(),
    ));
    !done.is_empty() && broken == 0
}

/// What was lost, by what it was killed at, as docs/reliability.md has it.
fn table(done: &[Survived]) -> String {
    let mut kinds: BTreeMap<&str, Vec<&Survived>> = BTreeMap::new();
    for one in done {
        kinds.entry(one.kind).or_default().push(one);
    }
    let mut lines = vec![
        "| killed | seeds | promises broken | sound lost, ms: median | p95 | at most |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for (kind, seeds) in kinds {
        let broken = seeds.iter().filter(|it| !it.broken.is_empty()).count();
        let mut lost: Vec<_> = seeds.iter().filter_map(|it| it.lost_ms).collect();
        lost.sort_unstable();
        let of = |percent: usize| {
            let at = (lost.len() * percent).div_ceil(100).max(1) - 1;
            lost.get(at).map_or_else(String::new, i64::to_string)
        };
        let (count, (p50, p95, most)) = (seeds.len(), (of(50), of(95), of(100)));
        lines.push(format!(
            "| {kind} | {count} | {broken} | {p50} | {p95} | {most} |"
        ));
    }
    lines.join("\n")
}

fn told((seed, survived): (u64, Survived)) -> Survived {
    let Survived {
        killed,
        lost_ms,
        found,
        broken,
        ..
    } = &survived;
    let lost = lost_ms.map_or_else(String::new, |ms| format!("{ms} ms lost"));
    say(&format!("seed {seed:3}  {killed:28} {lost:12} {found}"));
    for promise in broken {
        say(&format!("seed {seed:3}  BROKEN: {promise}"));
    }
    survived
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_kills_cost_no_more_than_was_promised() {
    assert!(run(0..10, Duration::MAX).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "script/chaos"]
async fn as_many_kills_as_are_asked_for() {
    let asked = std::env::var(HOW_LONG).unwrap_or_else(|_| "200".to_owned());
    let held = if let Some(seed) = asked.strip_prefix('#') {
        let seed = seed.parse().unwrap();
        run(seed..seed + 1, Duration::MAX).await
    } else if let Some(seconds) = asked.strip_suffix('s') {
        run(0..u64::MAX, Duration::from_secs(seconds.parse().unwrap())).await
    } else {
        run(0..asked.parse().unwrap(), Duration::MAX).await
    };
    assert!(held, "a promise was broken");
}
