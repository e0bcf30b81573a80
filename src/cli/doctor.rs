//! `yorisoi doctor`: what stands in the way of running the service on this machine. It opens the
//! deployment as the service does: destroyed keys that a restored copy has brought back are
//! destroyed again. Beyond that it changes nothing.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::Format;
use super::place::{Found, Place, runtime};
use crate::clock::{Clock, SystemClock};
use crate::config::{Asr, Media, Server};
use crate::models::StoreArgs;

/// Below this much room nobody should begin a day of interviews.
const ROOM: u64 = 2 * 1024 * 1024 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    models: StoreArgs,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    /// The service runs, but somebody should know.
    Warning,
    Bad,
}

#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    state: State,
    say: String,
}

impl Finding {
    fn new(what: &'static str, state: State, say: impl fmt::Display) -> Self {
        Self {
            what,
            state,
            say: say.to_string(),
        }
    }
}

impl Doctor {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        let server = found
            .config
            .as_ref()
            .map(|config| config.server.clone())
            .unwrap_or_default();
        let media = found
            .config
            .as_ref()
            .map(|config| config.media.clone())
            .unwrap_or_default();
        let name = match &found.config {
            Some(config) => config.asr.model.clone(),
            None => Asr::default().model,
        };
        let [keys, rules] = deployment(&found)?;
        let findings = [
            keys,
            rules,
            key_place(&found),
            model(&self.models, &name),
            port(&server),
            media_ports(&media),
            room(&found),
            clock(),
        ];
        self.format.print(&findings, |out, findings| {
            for Finding { what, state, say } in findings {
                let mark = match state {
                    State::Good => "ok  ",
                    State::Warning => "note",
                    State::Bad => "BAD ",
                };
                writeln!(out, "{mark} {what}: {say}")?;
            }
            Ok(())
        })?;
        match findings
            .iter()
            .filter(|finding| finding.state == State::Bad)
            .count()
        {
            0 => Ok(()),
            bad => bail!("{bad} of {} checks failed", findings.len()),
        }
    }
}

/// Its keys and data, and its rules.
fn deployment(found: &Found) -> anyhow::Result<[Finding; 2]> {
    let keys = |state, say: &dyn fmt::Display| Finding::new("keys and data", state, say);
    let rules = |state, say: &dyn fmt::Display| Finding::new("rules", state, say);
    let unknown = "not known before keys and data are in order";
    if let Err(error) = found.expect_set_up() {
        return Ok([keys(State::Bad, &error), rules(State::Bad, &unknown)]);
    }
    Ok(match runtime()?.block_on(found.open()) {
        Ok(app) => {
            let good = "every data key opens, the schema is this program's";
            let version = app.rules_version();
            let rules = match app.rules_trouble() {
                None => rules(State::Good, &format!("version {version} is in use")),
                Some(trouble) => rules(
                    State::Warning,
                    &format!(
                        "version {version} stays in use as it was: it does not go with the rules of this program ({trouble})"
                    ),
                ),
            };
            [keys(State::Good, &good), rules]
        }
        Err(error) => [
            keys(State::Bad, &format!("{error:#}")),
            rules(State::Bad, &unknown),
        ],
    })
}

fn key_place(found: &Found) -> Finding {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &std::path::Path| path.metadata().map(|it| it.dev()).ok();
    match (device(&found.kek), device(found.folder.path())) {
        (Some(kek), Some(data)) if kek == data => Finding::new(
            "place of the key",
            State::Warning,
            "on the same disk as the data: whoever takes the disk has both",
        ),
        (Some(_), Some(_)) => Finding::new(
            "place of the key",
            State::Good,
            "on another disk than the data",
        ),
        _ => Finding::new(
            "place of the key",
            State::Bad,
            format!("no key at `{}`", found.kek.display()),
        ),
    }
}

fn model(models: &StoreArgs, name: &str) -> Finding {
    match models.resolve(name) {
        Ok(model) => Finding::new(
            "model",
            State::Good,
            format!("{} is whole ({} form)", model.name, model.form),
        ),
        Err(error) => Finding::new("model", State::Bad, error),
    }
}

fn port(server: &Server) -> Finding {
    let address = server.listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::new("port", State::Good, format!("{address} is free")),
        Err(error) => Finding::new(
            "port",
            State::Warning,
            format!("{address}: {error} (is the service running?)"),
        ),
    }
}

fn media_ports(media: &Media) -> Finding {
    let [first, last] = media.udp_ports;
    let taken =
        |port: &u16| UdpSocket::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, *port))).is_err();
    let taken: Vec<_> = (first..=last).filter(taken).collect();
    let all = usize::from(last - first) + 1;
    let say = format!(
        "{} of {all} UDP ports from {first} to {last} are free",
        all - taken.len()
    );
    let state = if taken.len() == all {
        State::Bad
    } else {
        State::Good
    };
    Finding::new("ports for sound and picture", state, say)
}

fn room(found: &Found) -> Finding {
    let path = found.folder.path();
    match rustix::fs::statvfs(path) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let state = if free < ROOM { State::Bad } else { State::Good };
            let gib = free / (1024 * 1024 * 1024);
            Finding::new(
                "room on the disk",
                state,
                format!("{gib} GiB are free, {} GiB are needed", ROOM >> 30),
            )
        }
        Err(error) => Finding::new(
            "room on the disk",
            State::Bad,
            format!("`{}`: {error}", path.display()),
        ),
    }
}

/// A clock that runs behind the program itself is wrong, and with it every time in every record.
fn clock() -> Finding {
    let built = std::env::current_exe().and_then(|exe| exe.metadata()?.modified());
    let now = SystemClock.now();
    let built = built.ok().and_then(|built| Timestamp::try_from(built).ok());
    match built.map(|built| built.duration_since(now).as_mins()) {
        Some(behind) if behind > 0 => Finding::new(
            "clock",
            State::Bad,
            format!("it is {behind} minutes behind the program's own file"),
        ),
        _ => Finding::new("clock", State::Good, now),
    }
}
