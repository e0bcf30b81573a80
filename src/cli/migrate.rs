//! `yorisoi migrate`: brings the two databases to this program's schema. Nothing else does.

use anyhow::bail;
use serde::Serialize;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent};
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::Format;
use super::place::{Found, Place, runtime};
use crate::clock::{Clock as _, SystemClock};
use crate::crypto::kek::Kek;
use crate::data_folder::DataFolder;

#[derive(Debug, clap::Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How many migrations were applied.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Applied {
    database: usize,
    keys: usize,
}

impl Applied {
    pub(super) fn count(self) -> u32 {
        u32::try_from(self.database + self.keys).unwrap_or(u32::MAX)
    }
}

impl Migrate {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        if found.folder.restoring().exists() || found.folder.beginning().exists() {
            // Says how it is finished.
            found.expect_set_up()?;
        }
        // Before anything is touched: without its key the folder can't be written in anyway.
        Kek::read(&found.kek)?;
        let (database, keys) = (found.folder.database(), found.folder.keys());
        if database.exists() != keys.exists() {
            let missing = if database.exists() { keys } else { database };
            bail!(
                "`{}` is missing: restore it from a backup, for without it the rest can't be read",
                missing.display()
            );
        }
        let applied = runtime()?.block_on(async {
            let applied = apply(&found.folder).await?;
            let count = applied.count();
            if count > 0 {
                record(&found, AuditAction::Migrated, count).await?;
            }
            anyhow::Ok(applied)
        })?;
        self.format.print(&applied, |out, applied| {
            writeln!(out, "yorisoi.db  {} applied", applied.database)?;
            writeln!(out, "keys.db     {} applied", applied.keys)
        })
    }
}

/// Makes what is missing and applies what is lacking, in both files.
pub(super) async fn apply(folder: &DataFolder) -> anyhow::Result<Applied> {
    Ok(Applied {
        database: SqliteStore::migrate(&folder.database()).await?,
        keys: SqliteKeys::migrate(&folder.keys()).await?,
    })
}

/// Leaves an event of the command line in the audit.
pub(super) async fn record(found: &Found, action: AuditAction, count: u32) -> anyhow::Result<()> {
    let store = SqliteStore::open(&found.folder.database()).await?;
    let trail = found.trail().await?;
    let event = AuditEvent {
        at: SystemClock.now(),
        actor: AuditActor::Operator,
        action,
        office: None,
        interview: None,
        subject: None,
        count,
    };
    let mut tx = store.begin().await?;
    let head = trail.append(tx.as_mut(), &event).await?;
    tx.commit().await?;
    trail.note(head)?;
    store.close().await;
    Ok(())
}
