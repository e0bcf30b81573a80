//! The program's own commands, killed: the making of a deployment and an office more. Once more, each of
//! them comes to its end, and nothing that was there is gone.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{Chance, Promises, Survived};
use crate::common::scenario::{ADMINISTRATOR, Scenario};
use crate::serve::{beside, configuration, free_address};

/// A command that takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn killed(chance: Chance) -> anyhow::Result<Survived> {
    tokio::task::spawn_blocking(move || one(chance)).await?
}

fn one(mut chance: Chance) -> anyhow::Result<Survived> {
    let dir = Scenario::new();
    let file = configuration(dir.path(), free_address());
    let mut promises = Promises(Vec::new());
    let mut kills = Vec::new();
    kills.push(kill(&file, &["keys", "init"], chance.below(120_000))?);
    // Once more it comes to its end, or it had come to it.
    let init = run(&file, &["keys", "init"])?;
    promises.hold(init.0 || init.1.contains("exists already"), || {
        format!("keys init: {}", init.1)
    });
    let office = |name, code| ["office", "add", "--name", name, "--code", code];
    let first = run(&file, &office("中央保健センター", "中央"))?;
    promises.hold(first.0, || format!("office add: {}", first.1));
    let second = office("北保健センター", "北");
    kills.push(kill(&file, &second, chance.below(100_000))?);
    kills.push(kill(&file, &["migrate"], chance.below(100_000))?);
    let added = run(&file, &second)?;
    let offices = run(&file, &["office", "list"])?;
    for name in ["中央保健センター", "北保健センター"] {
        let count = offices.1.matches(name).count();
        promises.hold(count == 1, || {
            format!("{count} × {name}: {} {}", added.1, offices.1)
        });
    }
    let add = ["user", "add", "kanri", "--role", "administrator"];
    let add = [&add[..], &["--office", "中央", "--name", ADMINISTRATOR]].concat();
    kills.push(kill(&file, &add, chance.below(120_000))?);
    let person = run(&file, &add)?;
    let people = run(&file, &["user", "list"])?;
    let count = people.1.matches(ADMINISTRATOR).count();
    promises.hold(count == 1, || {
        format!("{count} administrators: {} {}", person.1, people.1)
    });
    let audit = run(&file, &["audit", "verify"])?;
    promises.hold(audit.0, || format!("audit verify: {}", audit.1));
    promises.nothing_lies(&dir);
    let in_time = kills.iter().filter(|killed| **killed).count();
    Ok(Survived {
        killed: "keys init, office and user add, migrate".to_owned(),
        kind: "keys init, office add, user add, migrate",
        lost_ms: None,
        found: format!(
            "{in_time} of {} commands killed before their end",
            kills.len()
        ),
        broken: promises.0,
    })
}

fn started(file: &Path, args: &[&str]) -> anyhow::Result<Child> {
    let (mut command, log) = beside(file, args);
    Ok(command.stdout(Stdio::null()).stderr(log).spawn()?)
}

fn killed_now(mut child: Child) -> anyhow::Result<bool> {
    let in_time = child.try_wait()?.is_none();
    child.kill()?;
    child.wait()?;
    Ok(in_time)
}

/// Kills it after so many microseconds. `false`: it had come to its end.
fn kill(file: &Path, args: &[&str], after: u64) -> anyhow::Result<bool> {
    let child = started(file, args)?;
    std::thread::sleep(Duration::from_micros(after));
    killed_now(child)
}

/// The same, so many microseconds after it has begun to write something into this folder.
pub(super) fn kill_at_work(
    file: &Path,
    args: &[&str],
    folder: &Path,
    after: u64,
) -> anyhow::Result<bool> {
    let there = || std::fs::read_dir(folder).map_or(0, Iterator::count);
    let (before, due) = (there(), Instant::now() + PATIENCE);
    let mut child = started(file, args)?;
    while there() == before && child.try_wait()?.is_none() && Instant::now() < due {
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(Duration::from_micros(after));
    killed_now(child)
}

/// Whether it came to a good end, and what it said. None of them has much to say, or takes long.
pub(super) fn run(file: &Path, args: &[&str]) -> anyhow::Result<(bool, String)> {
    let (mut command, mut log) = beside(file, args);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let due = Instant::now() + PATIENCE;
    while child.try_wait()?.is_none() && Instant::now() < due {
        std::thread::sleep(Duration::from_millis(5));
    }
    let ended = child.try_wait()?.is_some();
    child.kill()?;
    let output = child.wait_with_output()?;
    anyhow::ensure!(ended, "`{}` does not end", args.join(" "));
    log.write_all(&output.stderr)?;
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}
