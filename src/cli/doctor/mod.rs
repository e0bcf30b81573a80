//! `yorisoi doctor`: what is wrong with this deployment, in Japanese, and the command that mends it. It
//! opens the deployment as the service does: destroyed keys that a restored copy has brought back are
//! destroyed again. Beyond that it changes nothing.

mod copies;
mod deployment;
mod doors;
mod machine;

use std::fmt;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::Format;
use super::place::{Found, Place, runtime};
use crate::models::StoreArgs;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    models: StoreArgs,
    /// The certificate that the service is started with, where the configuration does not say it.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
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

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    /// A word for scripts, never renamed.
    code: &'static str,
    /// What it is, for people.
    what: &'static str,
    state: State,
    say: String,
    /// What mends it, to be typed as it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

/// As people of the office read a time.
fn local(found: &Found, at: Timestamp) -> impl fmt::Display {
    at.to_zoned(found.zone())
        .strftime("%Y年%-m月%-d日%-H時%M分")
}

impl Finding {
    fn new(code: &'static str, what: &'static str, state: State, say: impl fmt::Display) -> Self {
        Self {
            code,
            what,
            state,
            say: say.to_string(),
            command: None,
        }
    }

    fn mended_by(self, command: impl Into<String>) -> Self {
        Self {
            command: Some(command.into()),
            ..self
        }
    }
}

impl Doctor {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let findings = match self.place.find() {
            Ok(found) => {
                let mut findings = deployment::look(&found)?;
                findings.extend(runtime()?.block_on(deployment::open(&found)));
                findings.extend(copies::look(&found));
                findings.extend(machine::look(
                    &found,
                    &self.models,
                    self.tls_cert.as_deref(),
                ));
                findings
            }
            Err(error) => vec![
                Finding::new(
                    "configuration",
                    "設定",
                    State::Bad,
                    format!("設定を読めないか、使えない値があります: {error:#}"),
                )
                .mended_by("yorisoi doctor --config FILE"),
            ],
        };
        self.format.print(&findings, |out, findings| {
            for it in findings {
                let mark = match it.state {
                    State::Good => "良好  ",
                    State::Warning => "注意  ",
                    State::Bad => "要対応",
                };
                writeln!(out, "{mark} {}: {}", it.what, it.say)?;
                if let Some(command) = &it.command {
                    writeln!(out, "       → {command}")?;
                }
            }
            Ok(())
        })?;
        let bad = findings.iter().filter(|it| it.state == State::Bad);
        match bad.count() {
            0 => Ok(()),
            bad => bail!("{bad} of {} checks failed", findings.len()),
        }
    }
}
