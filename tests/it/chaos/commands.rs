//! The program's own commands, killed: the making of a deployment, an office more, and a backup. Once
//! more, each of them comes to its end, and nothing that was there is gone.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Chance, Promises, Survived};
use crate::serve::{configuration, free_address};

/// A command that takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn killed(chance: Chance, seed: u64) -> anyhow::Result<Survived> {
    tokio::task::spawn_blocking(move || one(chance, seed)).await?
}

fn one(mut chance: Chance, seed: u64) -> anyhow::Result<Survived> {
    let dir = tempfile::tempdir()?;
    let file = configuration(dir.path(), free_address());
    let mut promises = Promises(Vec::new());
    let mut kills = Vec::new();
    let backs_up = seed / 5 % 3 == 1;
    if !backs_up {
        kills.push(kill(&file, &["keys", "init"], chance.below(120_000))?);
    }
    // Once more it comes to its end, or it had come to it.
    let init = run(&file, &["keys", "init"])?;
    promises.hold(init.0 || init.1.contains("exists already"), || {
        format!("keys init: {}", init.1)
    });
    let office = |name, code| ["office", "add", "--name", name, "--code", code];
    let first = run(&file, &office("中央保健センター", "中央"))?;
    promises.hold(first.0, || format!("office add: {}", first.1));
    let second = office("北保健センター", "北");
    if !backs_up {
        kills.push(kill(&file, &second, chance.below(100_000))?);
        kills.push(kill(&file, &["migrate"], chance.below(100_000))?);
    }
    let added = run(&file, &second)?;
    let offices = run(&file, &["office", "list"])?;
    for name in ["中央保健センター", "北保健センター"] {
        let count = offices.1.matches(name).count();
        promises.hold(count == 1, || {
            format!("{count} × {name}: {} {}", added.1, offices.1)
        });
    }
    let mut what = "keys init, office add, migrate";
    if backs_up {
        let copies = dir.path().join("copies");
        std::fs::create_dir(&copies)?;
        let backup = ["backup", copies.to_str().unwrap_or_default()];
        what = "backup";
        kills.push(kill(&file, &backup, chance.below(120_000))?);
        let again = run(&file, &backup)?;
        promises.hold(again.0, || format!("backup: {}", again.1));
    }
    let audit = run(&file, &["audit", "verify"])?;
    promises.hold(audit.0, || format!("audit verify: {}", audit.1));
    let in_time = kills.iter().filter(|killed| **killed).count();
    Ok(Survived {
        killed: what.to_owned(),
        kind: what,
        lost_ms: None,
        found: format!(
            "{in_time} of {} commands killed before their end",
            kills.len()
        ),
        broken: promises.0,
    })
}

fn command(file: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    command
        .args(args)
        .arg("--config")
        .arg(file)
        .stdin(Stdio::null());
    command
}

/// Kills it after so many microseconds. `false`: it had come to its end.
fn kill(file: &Path, args: &[&str], after: u64) -> anyhow::Result<bool> {
    let mut command = command(file, args);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    std::thread::sleep(Duration::from_micros(after));
    let in_time = child.try_wait()?.is_none();
    child.kill()?;
    child.wait()?;
    Ok(in_time)
}

/// Whether it came to a good end, and what it said. None of them has much to say, or takes long.
fn run(file: &Path, args: &[&str]) -> anyhow::Result<(bool, String)> {
    let mut command = command(file, args);
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
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}
