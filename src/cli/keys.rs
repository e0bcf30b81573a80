//! `yorisoi keys`: the first command of a new deployment; another key file in the place of the one in
//! use; and copies of the wrapped keys.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use serde::Serialize;
use yorisoi_domain::audit::AuditAction;
use yorisoi_store::{Keys as _, ServiceKey};
use yorisoi_store_sqlite::SqliteKeys;

use super::Format;
use super::migrate;
use super::place::{Place, runtime};
use crate::app::hold_alone;
use crate::clock::{Clock as _, SystemClock};
use crate::crypto::kek::{Kek, KekError};
use crate::crypto::rotation;

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make the key file, the data folder and its two databases. Never overwrites anything; finishes what
    /// was cut off.
    Init(Init),
    /// Make a new key file and wrap every key under it. The service has to be stopped. Finishes a
    /// change that was cut off.
    Rotate(Rotate),
    /// Copy the wrapped keys, while the service runs. Copies there that are older than 7 days go.
    Backup(Backup),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    place: Place,
    /// The folder that the copies are put in, instead of the configuration's. Never the one of the
    /// data's backups.
    dir: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Serialize)]
struct Rotated {
    kek: String,
    /// For key backups that were made before.
    old_kek: String,
    /// `null`: an earlier change was only finished.
    rewrapped: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Made {
    kek: String,
    data: String,
}

impl KeysCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Init(init) => init.run(),
            Self::Rotate(rotate) => rotate.run(),
            Self::Backup(backup) => backup.run(),
        }
    }
}

impl Init {
    fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        // Cut off before: everything that lies there is its own, and it goes on.
        let mark = found.folder.beginning();
        let fresh = !mark.exists();
        for path in [found.folder.keys(), found.folder.database()] {
            if fresh && path.exists() {
                bail!(
                    "`{}` exists already: its key is the one it was made under, and a new one \
                     would not open it",
                    path.display()
                );
            }
        }
        if fresh && found.kek.exists() {
            return Err(KekError::Exists { path: found.kek }.into());
        }
        make_private_folder(found.folder.path())?;
        File::create(&mark)?.sync_all()?;
        sync(found.folder.path())?;
        // Two at once would each make a key file's worth of keys.
        let _alone = hold_alone(&found.folder)?;
        runtime()?.block_on(async {
            migrate::apply(&found.folder).await?;
            let keys = SqliteKeys::open(&found.folder.keys()).await?;
            let sealed = keys.service_key(ServiceKey::ALL[0]).await?.is_some();
            let kek = begin_kek(&found.kek, sealed)?;
            if !sealed {
                rotation::make_service_keys(&kek, &keys).await?;
            }
            keys.close().await;
            // Cut off here, it is said twice and not never.
            migrate::record(&found, AuditAction::KeysMade, 1).await
        })?;
        std::fs::remove_file(&mark)?;
        sync(found.folder.path())?;
        let made = Made {
            kek: found.kek.display().to_string(),
            data: found.folder.path().display().to_string(),
        };
        self.format.print(&made, |out, made| {
            writeln!(out, "key file     {}", made.kek)?;
            writeln!(out, "data folder  {}", made.data)?;
            writeln!(
                out,
                "Keep a copy of the key file away from every backup of the data folder. Whoever \
                 loses it loses every name and every word; whoever has both can read them."
            )
        })
    }
}

impl Rotate {
    fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        found.expect_set_up()?;
        let _alone = hold_alone(&found.folder)?;
        let rotated = runtime()?.block_on(async {
            let keys = SqliteKeys::open(&found.folder.keys()).await?;
            let rotation = rotation::rewrap(&found.kek, &keys).await?;
            keys.close().await;
            let rewrapped = rotation.rewrapped;
            // Before the file is in its place: cut off here, it is said twice and not never.
            let count = rewrapped.map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX));
            migrate::record(&found, AuditAction::KeysRotated, count).await?;
            let old = rotation.finish(SystemClock.now())?;
            anyhow::Ok(Rotated {
                kek: found.kek.display().to_string(),
                old_kek: old.display().to_string(),
                rewrapped,
            })
        })?;
        self.format.print(&rotated, |out, rotated| {
            match rotated.rewrapped {
                Some(keys) => writeln!(out, "wrapped anew  {keys} keys")?,
                None => writeln!(out, "finished      a change that had been cut off")?,
            }
            writeln!(out, "key file      {}", rotated.kek)?;
            writeln!(out, "old one       {}", rotated.old_kek)?;
            writeln!(
                out,
                "Run `yorisoi keys backup` now. Key backups of before open with the old file alone: keep \
                 it beside them, and destroy both after 7 days."
            )
        })
    }
}

impl Backup {
    fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        found.expect_set_up()?;
        let config = found.config.as_ref();
        let dir = self
            .dir
            .or_else(|| config.and_then(|it| it.data.key_backup_dir.clone()));
        let dir = dir.context(
            "where to? Name a folder apart from the data's backups, or set data.key_backup_dir in the configuration",
        )?;
        if found
            .kek
            .canonicalize()?
            .starts_with(dir.canonicalize().unwrap_or(dir.clone()))
        {
            bail!(
                "the key file lies in `{}`: whoever finds both has the keys. Name another folder",
                dir.display()
            );
        }
        let made = runtime()?.block_on(async {
            let app = found.open().await?;
            anyhow::Ok(app.back_up_keys(&dir).await?)
        })?;
        self.format.print(&made, |out, made| {
            writeln!(out, "key backup  {}", made.file.display())?;
            if made.removed > 0 {
                writeln!(out, "removed     {} older than 7 days", made.removed)?;
            }
            Ok(())
        })
    }
}

/// The key file of a deployment that is being made, also where an earlier try has made it. `sealed`:
/// there are keys that only it opens, so that no other is made in its place.
fn begin_kek(path: &Path, sealed: bool) -> anyhow::Result<Kek> {
    match Kek::read(path) {
        Err(KekError::Missing { .. }) if !sealed => {}
        // Cut off while it was written: nothing is sealed under it yet.
        Err(KekError::Damaged { .. }) if !sealed => std::fs::remove_file(path)?,
        Err(KekError::Missing { .. }) => bail!(
            "the key file `{}` is gone, and the keys in the data folder open with no other: put it back. \
             Where there is none, and nobody has used this deployment, empty the data folder and run it again",
            path.display()
        ),
        read => return Ok(read?),
    }
    let kek = Kek::init(path)?;
    let beside = path.parent().filter(|it| !it.as_os_str().is_empty());
    sync(beside.unwrap_or(Path::new(".")))?;
    Ok(kek)
}

/// So that a name in it outlives the power.
fn sync(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|it| it.sync_all());
    synced.with_context(|| format!("can't use the folder `{}`", folder.display()))
}

/// The folder, for its owner alone.
fn make_private_folder(path: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .with_context(|| format!("cannot make the data folder `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::fs::PermissionsExt as _;

    use clap::Parser;

    use super::super::audit::AuditCommand;
    use super::super::migrate::Migrate;
    use super::*;

    #[derive(Parser)]
    enum Line {
        #[command(subcommand)]
        Keys(KeysCommand),
        Migrate(Migrate),
        #[command(subcommand)]
        Audit(AuditCommand),
    }

    /// Runs a command line and returns what it failed with.
    fn yorisoi(home: &Path, command: &str) -> Result<(), String> {
        let place = [("--data", "data"), ("--kek", "kek")];
        let place = place.map(|(flag, name)| [OsString::from(flag), home.join(name).into()]);
        let words = std::iter::once("yorisoi")
            .chain(command.split(' '))
            .map(OsString::from);
        let place = place.into_iter().flatten();
        let done = match Line::try_parse_from(words.chain(place)).unwrap() {
            Line::Keys(command) => command.run(),
            Line::Migrate(command) => command.run(),
            Line::Audit(command) => command.run(),
        };
        done.map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_deployment_is_set_up_once_migrated_and_verified() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let refused = yorisoi(home, "migrate").unwrap_err();
        assert!(refused.contains("keys init"), "{refused}");
        yorisoi(home, "keys init").unwrap();
        let mode = |name| {
            std::fs::metadata(home.join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!((mode("data"), mode("kek")), (0o700, 0o600));
        yorisoi(home, "migrate").unwrap();
        yorisoi(home, "audit verify").unwrap();

        // As a kill leaves it, wherever it falls: it is not served, and once more it comes to its end.
        for (n, gone) in [
            &[][..],
            &["data/yorisoi.db"],
            &["data/yorisoi.db", "data/keys.db"],
        ]
        .iter()
        .enumerate()
        {
            let cut = home.join(format!("cut-{n}"));
            std::fs::create_dir(&cut).unwrap();
            yorisoi(&cut, "keys init").unwrap();
            for name in *gone {
                std::fs::remove_file(cut.join(name)).unwrap();
                let _ = std::fs::remove_file(cut.join("data/audit-head.log"));
            }
            if gone.len() == 2 {
                std::fs::write(cut.join("kek"), "yorisoi-k").unwrap();
            }
            std::fs::write(cut.join("data/init-unfinished"), "").unwrap();
            let refused = yorisoi(&cut, "migrate").unwrap_err();
            assert!(refused.contains("yorisoi keys init"), "{refused}");
            yorisoi(&cut, "keys init").unwrap();
            yorisoi(&cut, "migrate").unwrap();
            yorisoi(&cut, "audit verify").unwrap();
        }

        // The key file is lost where something is sealed under it already: no other takes its place.
        let cut = home.join("cut-0");
        std::fs::write(cut.join("data/init-unfinished"), "").unwrap();
        std::fs::rename(cut.join("kek"), cut.join("lost")).unwrap();
        let refused = yorisoi(&cut, "keys init").unwrap_err();
        assert!(refused.contains("put it back"), "{refused}");
        assert!(!cut.join("kek").exists(), "another key was made");
        std::fs::rename(cut.join("lost"), cut.join("kek")).unwrap();
        // Somebody else is at it.
        let other = hold_alone(&crate::data_folder::DataFolder::at(cut.join("data"))).unwrap();
        let refused = yorisoi(&cut, "keys init").unwrap_err();
        assert!(refused.contains("has the data folder open"), "{refused}");
        drop(other);
        yorisoi(&cut, "keys init").unwrap();
        yorisoi(&cut, "migrate").unwrap();

        let kek = std::fs::read(home.join("kek")).unwrap();
        let refused = yorisoi(home, "keys init").unwrap_err();
        assert!(refused.contains("exists already"), "{refused}");
        assert_eq!(std::fs::read(home.join("kek")).unwrap(), kek);

        // What is not restored to its end is no deployment yet.
        std::fs::write(home.join("data/restore-unfinished"), "").unwrap();
        let refused = yorisoi(home, "migrate").unwrap_err();
        assert!(refused.contains("was not finished"), "{refused}");
        std::fs::remove_file(home.join("data/restore-unfinished")).unwrap();

        // A head that the database does not know: events were cut off.
        let heads = home.join("data/audit-head.log");
        let noted = std::fs::read_to_string(&heads).unwrap();
        assert!(noted.starts_with("1 "), "{noted}");
        std::fs::write(&heads, format!("{noted}2 {}\n", "0".repeat(64))).unwrap();
        let cut = yorisoi(home, "audit verify").unwrap_err();
        assert!(cut.contains("cut off"), "{cut}");

        std::fs::rename(home.join("data/keys.db"), home.join("keys.db")).unwrap();
        let refused = yorisoi(home, "migrate").unwrap_err();
        assert!(refused.contains("restore it from a backup"), "{refused}");
        assert!(
            !home.join("data/keys.db").exists(),
            "a lost key file was made anew"
        );
    }
}
