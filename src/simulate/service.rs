//! The service under measurement: a child process in a temporary data folder, with its processor
//! time and memory as the system tells them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::client::Client;

/// How long the service may take until it answers.
const START: Duration = Duration::from_secs(60);
/// The unit of `/proc/PID/stat` on every Linux that people run.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running service. Stopped, and its folder removed, when it is dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    _folder: TempDir,
    /// `http://host:port`
    pub origin: String,
    /// For the nurse; works once.
    pub sign_in_link: String,
}

impl Service {
    /// Starts this program's own service as a demo, on a free port, with this speech model and
    /// these further options.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(program: &Path, model: &str, options: &[String]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let mut child = Command::new(program)
            .args([
                "serve",
                "--demo",
                "--no-past",
                "--port",
                "0",
                "--model",
                model,
                "--data",
            ])
            .arg(folder.path().join("data"))
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the service can't be started")?;
        let said = child.stdout.take().context("the service has no output")?;
        let (found, link) = oneshot::channel();
        // Reads on to the end: a service whose output nobody takes can't write and stops.
        tokio::task::spawn_blocking(move || {
            let mut found = Some(found);
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                let link = line
                    .split_whitespace()
                    .find(|word| word.contains("/signin#"));
                if let Some(link) = link
                    && let Some(found) = found.take()
                {
                    let _ = found.send(link.to_owned());
                }
            }
        });
        let link = tokio::time::timeout(START, link).await;
        let mut service = Self {
            child,
            _folder: folder,
            origin: String::new(),
            sign_in_link: String::new(),
        };
        let Ok(Ok(link)) = link else {
            bail!("the service did not start; its messages say why");
        };
        service.origin = link.split("/signin#").next().unwrap_or_default().to_owned();
        service.sign_in_link = link;
        let mut client = Client::new(&service.origin);
        let due = tokio::time::Instant::now() + START;
        // Any answer will do: `unauthorized` is one.
        while let Err(super::client::ClientError::Unreached { .. }) = client.get("/api/me").await {
            if service.child.try_wait()?.is_some() || tokio::time::Instant::now() > due {
                bail!("the service does not answer on {}", service.origin);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(service)
    }

    /// Seconds of processor time so far.
    #[must_use]
    pub fn cpu_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The name in parentheses may hold spaces; the fields after it are numbers.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }

    /// Bytes of memory now.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        self.status("VmRSS:")
    }

    /// The most bytes of memory since its start.
    #[must_use]
    pub fn peak_memory(&self) -> Option<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kilobytes * 1_024)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
