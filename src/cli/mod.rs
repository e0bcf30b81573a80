//! The command line: one file per command. Results go to stdout and nothing else does; logs and
//! progress go to stderr. Exit 0: done; 1: a stated failure; 2: wrong usage.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

mod audit;
mod backup;
mod doctor;
mod hold;
mod keys;
mod migrate;
mod models;
mod office;
mod place;
mod purge;
mod quiet;
mod restore;
mod rules;
mod serve;
mod simulate;
mod transcribe;
mod user;

/// Online consultation and transcription for prenatal interviews (妊婦面談).
#[derive(Debug, Parser)]
#[command(name = "yorisoi", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Turn sound files into a conversation in text, as a call would.
    Transcribe(transcribe::Transcribe),
    /// The speech models: list, verify, fetch, import.
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// The rules that find risk items in what is said: check, eval, explain.
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Run the service.
    Serve(serve::Serve),
    /// The key file and the wrapped keys: init, rotate, backup.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Copy everything but the keys, while the service runs.
    Backup(backup::Backup),
    /// Put a backup back into an empty folder, and destroy again what was destroyed since.
    Restore(restore::Restore),
    /// Destroy what may not be kept any longer, as the service does every hour.
    Purge(purge::Purge),
    /// What a law keeps beyond its time: set, lift, list.
    #[command(subcommand)]
    Hold(hold::HoldCommand),
    /// Bring the databases to this program's schema.
    Migrate(migrate::Migrate),
    /// The audit: verify.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The municipality's offices: add, list.
    #[command(subcommand)]
    Office(office::OfficeCommand),
    /// Staff accounts: add, list, disable.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Hold interviews with simulated participants over real WebRTC, and measure.
    Simulate(simulate::Simulate),
    /// Say what stands in the way of running the service here.
    Doctor(doctor::Doctor),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    /// One JSON value on stdout.
    Json,
}

impl Format {
    /// Prints a result: as JSON, or as what `text` writes.
    pub(crate) fn print<T: Serialize>(
        self,
        result: &T,
        text: impl FnOnce(&mut dyn Write, &T) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        match self {
            Self::Text => {
                let mut plain = Vec::new();
                text(&mut plain, result)?;
                out.write_all(printable(&String::from_utf8_lossy(&plain)).as_bytes())?;
            }
            Self::Json => {
                serde_json::to_writer(&mut out, result)?;
                writeln!(out)?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

/// Foreign words as a terminal may show them: signs that steer it, or turn what stands around them, are
/// written out.
fn printable(text: &str) -> String {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match steers(c) || turns(c) {
            true => plain.extend(c.escape_unicode()),
            false => plain.push(c),
        }
    }
    plain
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("YORISOI_LOG")
                .unwrap_or_else(|_| "warn,yorisoi=info,rtc_ice::agent=error,rtc_dtls::config=error,rtc::peer_connection::handler=error".into()),
        )
        .with_writer(io::stderr)
        // A log that a file or the journal keeps has no colours; fmt() leaves them out by itself only for NO_COLOR.
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()))
        .init();
    quiet::faults();
    let result = match cli.command {
        Command::Transcribe(command) => command.run(),
        Command::Models(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Keys(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Purge(command) => command.run(),
        Command::Hold(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Office(command) => command.run(),
        Command::User(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Doctor(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The reader of a pipe may have gone; nothing is left to say then.
            let error = printable(&format!("{error:#}"));
            let _ = writeln!(io::stderr(), "yorisoi: {error}");
            ExitCode::FAILURE
        }
    }
}
