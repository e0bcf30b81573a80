//! `yorisoi keys`: the first command of a new deployment.

use std::path::Path;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde::Serialize;
use yorisoi_domain::audit::AuditAction;

use super::Format;
use super::migrate;
use super::place::{Place, runtime};
use crate::crypto::kek::Kek;

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make the key file, the data folder and its two databases. Never overwrites anything.
    Init(Init),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    #[command(flatten)]
    place: Place,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
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
        }
    }
}

impl Init {
    fn run(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        for path in [found.folder.keys(), found.folder.database()] {
            if path.exists() {
                bail!(
                    "`{}` exists already: its key is the one it was made under, and a new one \
                     would not open it",
                    path.display()
                );
            }
        }
        make_private_folder(found.folder.path())?;
        let kek = Kek::init(&found.kek)?;
        runtime()?.block_on(async {
            migrate::apply(&found.folder).await?;
            migrate::record(&found.folder, &kek, AuditAction::KeysMade, 1).await
        })?;
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

        let kek = std::fs::read(home.join("kek")).unwrap();
        let refused = yorisoi(home, "keys init").unwrap_err();
        assert!(refused.contains("exists already"), "{refused}");
        assert_eq!(std::fs::read(home.join("kek")).unwrap(), kek);

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
