//! The process that is killed: this binary again, told by its environment where to work.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc::{Receiver, channel};

use crate::common::log;
use crate::common::rules::HIT;
use crate::common::scripted::Scripted;
use crate::demonstration::{Served, serve_deaf, serve_demo};

const FOLDER: &str = "YORISOI_CHAOS_FOLDER";
const PORT: &str = "YORISOI_CHAOS_PORT";
/// Before a line that is meant for whoever started it.
const MARK: &str = "»";
/// What every process of a seed logged, one after the other.
pub(super) const LOG: &str = "child.log";
/// Whoever says nothing for so long has not started.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a child is to work; `None` where somebody runs ignored tests by hand.
pub(super) fn ours() -> Option<(PathBuf, u16)> {
    let folder = PathBuf::from(std::env::var_os(FOLDER)?);
    let port = std::env::var(PORT).ok()?.parse().ok()?;
    log::to_stderr();
    Some((folder, port))
}

/// To whoever started it.
pub(super) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "\n{MARK}{line}");
    let _ = out.flush();
}

/// A child that runs.
pub(super) struct Killable {
    child: Child,
    lines: Receiver<String>,
}

impl Killable {
    /// Starts the ignored test of this name, below this module's. What it logs stands in [`LOG`] beside its
    /// folder, and so would a core.
    pub(super) fn start(name: &str, folder: &Path, port: u16) -> anyhow::Result<Self> {
        let place = folder.parent().context("a folder of its own")?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(place.join(LOG))?;
        let mut child = Command::new(std::env::current_exe()?)
            .args([name, "--exact", "--ignored", "--nocapture"])
            .current_dir(place)
            .env("TMPDIR", place)
            .env(FOLDER, folder)
            .env(PORT, port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let out = child.stdout.take().context("no output")?;
        let (said, lines) = channel(1_024);
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Some(line) = line.strip_prefix(MARK) {
                    let _ = said.blocking_send(line.to_owned());
                }
            }
        });
        Ok(Self { child, lines })
    }

    /// What it says next.
    pub(super) async fn line(&mut self) -> anyhow::Result<String> {
        let line = tokio::time::timeout(PATIENCE, self.lines.recv()).await;
        let line = line.context("the process says nothing")?;
        line.context("the process ended by itself")
    }

    /// As `kill -9` does, and as whoever drops it. Returns what it had said by then.
    pub(super) async fn kill(mut self) -> Vec<String> {
        self.end();
        let mut said = Vec::new();
        while let Some(line) = self.lines.recv().await {
            said.push(line);
        }
        said
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        self.end();
    }
}

pub(super) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// The service; every utterance is one that somebody must be told of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the seeds, and killed"]
async fn the_service() {
    let Some((folder, port)) = ours() else { return };
    let hears = Scripted::that_says(HIT);
    goes_on(serve_demo(&folder, port, Some(&hears), None).await).await;
}

/// The same, whose recognizer answers nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the seeds, and killed"]
async fn a_service_that_is_stuck() {
    let Some((folder, port)) = ours() else { return };
    let stuck = Scripted::that_says(HIT).that_takes(Duration::from_secs(3_600));
    goes_on(serve_demo(&folder, port, Some(&stuck), None).await).await;
}

/// The same without a speech model.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the seeds, and killed"]
async fn a_service_that_is_deaf() {
    let Some((folder, port)) = ours() else { return };
    goes_on(serve_deaf(&folder, port).await.0).await;
}

async fn goes_on(served: Served) {
    let links = served.sign_in_links.iter();
    let links: Vec<_> = links.map(|(_, link)| link.as_str()).collect();
    say(&links.join(" "));
    loop {
        // As the service does: what fails now is tried again.
        let _ = served.app.tell_alerts().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
