//! `yorisoi audit`: whether the audit is as it was written.

use clap::Subcommand;
use serde::Serialize;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::SqliteStore;

use super::Format;
use super::place::{Place, runtime};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Follow the whole chain and hold it against the noted heads. Exit 1 where it was changed.
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Serialize)]
struct Verified {
    /// Events 1 to this number are whole.
    events: u64,
    /// The last link, to be kept elsewhere and compared.
    head: String,
    /// Heads in the second file that agree.
    noted: usize,
}

impl AuditCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Verify(verify) => verify.run(),
        }
    }
}

impl Verify {
    fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        found.expect_set_up()?;
        let report = runtime()?.block_on(async {
            let trail = found.trail().await?;
            let store = SqliteStore::open(&found.folder.database()).await?;
            let mut reader = store.read().await?;
            let report = trail.verify(reader.as_mut()).await?;
            drop(reader);
            store.close().await;
            anyhow::Ok(report)
        })?;
        let verified = Verified {
            events: report.head.seq,
            head: report.head.hex(),
            noted: report.noted,
        };
        self.format.print(&verified, |out, verified| {
            writeln!(
                out,
                "events  1-{} without a gap, as written",
                verified.events
            )?;
            writeln!(out, "head    {}", verified.head)?;
            writeln!(out, "noted   {} heads agree", verified.noted)
        })
    }
}
