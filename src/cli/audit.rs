//! `yorisoi audit`: whether the audit is as it was written.

use clap::Subcommand;
use serde::Serialize;
use yorisoi_domain::audit::Head;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::SqliteStore;

use super::Format;
use super::place::{Place, runtime};
use crate::crypto::audit_trail::{noted_form, parse_head};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Follow the whole chain and hold it against the noted heads. Exit 1 where it was changed.
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
    /// A head that was kept elsewhere, as `verify` prints it: who cut off events and their noted
    /// heads alike is found by that alone.
    #[arg(long, value_name = "NUMBER LINK", value_parser = head)]
    head: Option<Head>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn head(text: &str) -> Result<Head, String> {
    parse_head(text).ok_or_else(|| "the number of an event and its link are expected".to_owned())
}

#[derive(Debug, Serialize)]
struct Verified {
    /// Events 1 to this number were removed in their time.
    removed: u64,
    /// Those from there to this number are whole.
    events: u64,
    /// The last number and its link, to be kept elsewhere and handed to `--head` another day.
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
            let report = trail.verify_against(reader.as_mut(), self.head).await?;
            drop(reader);
            store.close().await;
            anyhow::Ok(report)
        })?;
        let verified = Verified {
            removed: report.removed,
            events: report.head.seq,
            head: noted_form(report.head),
            noted: report.noted,
        };
        self.format.print(&verified, |out, verified| {
            if verified.removed > 0 {
                writeln!(out, "removed 1-{} in their time", verified.removed)?;
            }
            writeln!(
                out,
                "events  {}-{} without a gap, as written",
                verified.removed + 1,
                verified.events
            )?;
            writeln!(out, "head    {}", verified.head)?;
            writeln!(out, "noted   {} heads agree", verified.noted)
        })
    }
}
