//! `yorisoi restore`: a backup put back on an empty machine. What was withdrawn or destroyed after it was
//! made is destroyed again before anything is served.

use std::path::PathBuf;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use yorisoi_domain::audit::AuditAction;

use super::place::{Place, runtime};
use super::{Format, migrate};
use crate::app::backup::restore::{Replayed, Request, put_back};

#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    place: Place,
    /// The folder of one backup, as `yorisoi backup` printed it.
    backup: PathBuf,
    /// A key backup that was made after it.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The newest list of destroyed keys, instead of the one that lies beside the backup. May be given
    /// more than once.
    #[arg(long, value_name = "FILE")]
    destroyed: Vec<PathBuf>,
    /// Go on where no such list is left: what was withdrawn after the backup can be read again then.
    #[arg(long, conflicts_with = "destroyed")]
    without_newer_list: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Serialize)]
struct Restored {
    data: String,
    backup_made_at: Timestamp,
    #[serde(flatten)]
    replayed: Replayed,
}

impl Restore {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        let request = Request {
            backup: &self.backup,
            keys: &self.keys,
            kek: &found.kek,
            destroyed: &self.destroyed,
            without_newer_list: self.without_newer_list,
        };
        let restored = runtime()?.block_on(async {
            let backup_made_at = put_back(&found.folder, &request).await?;
            let applied = migrate::apply(&found.folder).await?;
            if applied.count() > 0 {
                migrate::record(&found, AuditAction::Migrated, applied.count()).await?;
            }
            let app = found.open().await?;
            let replayed = app.finish_restore().await.context(
                "the restore is not finished, and nothing serves this folder: empty it and try again",
            )?;
            anyhow::Ok(Restored {
                data: found.folder.path().display().to_string(),
                backup_made_at,
                replayed,
            })
        })?;
        self.format.print(&restored, |out, it| {
            writeln!(out, "data folder  {}", it.data)?;
            writeln!(out, "as of        {}", it.backup_made_at)?;
            writeln!(
                out,
                "repeated     {} withdrawal(s), {} legal hold(s), and what was destroyed of {} other interview(s)",
                it.replayed.withdrawals, it.replayed.holds, it.replayed.interviews
            )?;
            writeln!(
                out,
                "Everybody has to sign in again, and guests to open their link again. Set again what was set after the \
                 backup: locked accounts, barred staff, revoked links, limits on contact, roles."
            )?;
            writeln!(out, "Next: yorisoi doctor {}", found.options)
        })
    }
}
