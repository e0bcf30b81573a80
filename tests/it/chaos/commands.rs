//! The program's own commands, killed: the making of a deployment, an office more, and a backup. Once
//! more, each of them comes to its end, and nothing that was there is gone.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Chance, Promises, Survived};
use crate::serve::{configuration, free_address};

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
        // Nothing is in it yet; what was begun is not taken for whole.
        if !run(&file, &["keys", "init"])?.0 {
            let served = run(&file, &["serve"])?;
            promises.hold(!served.0, || "half a deployment is served".to_owned());
            for made in ["data", "kek"] {
                let made = dir.path().join(made);
                let _ = std::fs::remove_dir_all(&made).or_else(|_| std::fs::remove_file(&made));
            }
        }
    }
    run(&file, &["keys", "init"])?;
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
        let unknown = again.1.contains("unrecognized subcommand");
        promises.hold(again.0 || unknown, || format!("backup: {}", again.1));
        if unknown {
            what = "backup: not in this program";
        }
    }
    let audit = run(&file, &["audit", "verify"])?;
    promises.hold(audit.0, || format!("audit verify: {}", audit.1));
    let in_time = kills.iter().filter(|killed| **killed).count();
    Ok(Survived {
        killed: what.to_owned(),
        lost_ms: 0,
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

/// Whether it came to a good end, and what it said.
fn run(file: &Path, args: &[&str]) -> anyhow::Result<(bool, String)> {
    let output = command(file, args).output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}
