//! `yorisoi backup`: a copy of everything but the keys, while the service runs.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Format;
use super::place::{Place, runtime};

#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    place: Place,
    /// The folder that the copies are put in, instead of the configuration's.
    dir: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Backup {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        found.expect_set_up()?;
        let configured = found.folder.backups().map(ToOwned::to_owned);
        let dir = self.dir.or(configured);
        let dir = dir.context(
            "where to? Name a folder on another disk, or set data.backup_dir in the configuration",
        )?;
        let made = runtime()?.block_on(async {
            let app = found.open().await?;
            anyhow::Ok(app.back_up(&dir).await?)
        })?;
        self.format.print(&made, |out, made| {
            writeln!(out, "backup  {}", made.folder.display())?;
            writeln!(out, "size    {} bytes in {} files", made.bytes, made.files)?;
            writeln!(
                out,
                "audit   {} events, head {}",
                made.audit_events, made.audit_head
            )?;
            writeln!(
                out,
                "The keys are not in it: run `yorisoi keys backup` now, for older keys don't open it."
            )
        })
    }
}
