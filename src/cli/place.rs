//! `--config`, `--data`, `--kek`: where a deployment lies. Every command that touches it takes
//! these three and finds the same folder by them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use jiff::tz::TimeZone;
use yorisoi_domain::login::LoginLimits;
use yorisoi_store_sqlite::SqliteKeys;

use crate::app::{App, Settings};
use crate::clock::{SystemClock, SystemIds};
use crate::config::{Config, Login, Municipality, Retention, Server};
use crate::crypto::audit_trail::AuditTrail;
use crate::crypto::rotation;
use crate::data_folder::DataFolder;
use crate::rules;

#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// The configuration file; config/yorisoi.example.toml explains every key.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The data folder, instead of the configuration's.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The file with the key-encryption key, instead of the configuration's.
    #[arg(long, value_name = "FILE")]
    pub(crate) kek: Option<PathBuf>,
}

/// The folder and the key, named one way or the other.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) config: Option<Config>,
    pub(crate) folder: DataFolder,
    pub(crate) kek: PathBuf,
    /// The options that found it, for commands that the person is told to type next.
    pub(crate) options: String,
}

impl Place {
    pub(crate) fn find(&self) -> anyhow::Result<Found> {
        let config = self.config.as_deref().map(Config::read).transpose()?;
        let configured = config.as_ref().map(|config| &config.data);
        let data = self
            .data
            .clone()
            .or_else(|| configured.map(|data| data.dir.clone()));
        let kek = self
            .kek
            .clone()
            .or_else(|| configured.map(|data| data.kek_file.clone()));
        let data = data.context("which data folder? Pass --config FILE or --data DIR")?;
        let kek =
            kek.context("where is the key-encryption key? Pass --config FILE or --kek FILE")?;
        if kek.starts_with(&data) {
            bail!(
                "the key `{}` must lie outside the data folder",
                kek.display()
            );
        }
        let backups = config.as_ref().and_then(|it| it.data.backup_dir.clone());
        Ok(Found {
            folder: DataFolder::at(data).backed_up_in(backups),
            config,
            kek,
            options: self.options(),
        })
    }

    /// As they were typed; `find` has refused what names no folder and no key.
    fn options(&self) -> String {
        [
            ("--config", &self.config),
            ("--data", &self.data),
            ("--kek", &self.kek),
        ]
        .into_iter()
        .filter_map(|(option, path)| Some(format!("{option} {}", path.as_ref()?.display())))
        .collect::<Vec<_>>()
        .join(" ")
    }

    /// As [`Place::with_app`], for a command that changes nothing.
    pub(crate) fn with_app_as_it_is(
        &self,
        command: impl AsyncFnOnce(&App) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let found = self.find()?;
        found.expect_set_up()?;
        runtime()?.block_on(async {
            let settings = settings(found.config.as_ref());
            let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
            let (folder, rules) = (&found.folder, rules::shipped()?);
            let app = App::open_as_it_is(folder, &found.kek, settings, rules, clock, ids).await?;
            command(&app).await
        })
    }

    /// Opens the deployment, runs the command in it and ends.
    pub(crate) fn with_app(
        &self,
        command: impl AsyncFnOnce(&App) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let found = self.find()?;
        found.expect_set_up()?;
        runtime()?.block_on(async {
            let app = found.open().await?;
            command(&app).await
        })
    }
}

impl Found {
    /// The zone that times are shown in.
    pub(crate) fn zone(&self) -> TimeZone {
        let config = self.config.as_ref();
        config.map_or(TimeZone::UTC, |config| config.municipality.zone())
    }

    /// Says the three commands that a new deployment begins with, where nothing is there yet.
    pub(crate) fn expect_set_up(&self) -> anyhow::Result<()> {
        let (data, options) = (self.folder.path().display(), &self.options);
        if self.folder.restoring().exists() {
            bail!(
                "a restore into `{data}` was not finished, so what was withdrawn may be readable in it: \
                 empty the folder and run `yorisoi restore` again"
            );
        }
        if self.folder.beginning().exists() {
            bail!(
                "`keys init` for `{data}` was cut off, and nothing is in it yet. Run it again, it finishes:\n  \
                 yorisoi keys init {options}"
            );
        }
        if self.folder.is_set_up() {
            return Ok(());
        }
        bail!(
            "`{data}` holds no Yorisoi data yet. Set it up with these three, then start again:\n  \
             yorisoi keys init {options}\n  \
             yorisoi office add {options} --name NAME --code CODE\n  \
             yorisoi user add STAFF_ID {options} --name NAME --role administrator"
        );
    }

    /// The chain of the audit, without opening the rest.
    pub(crate) async fn trail(&self) -> anyhow::Result<AuditTrail> {
        let keys = SqliteKeys::open(&self.folder.keys()).await?;
        let unlocked = rotation::unlock(&self.kek, &keys).await;
        keys.close().await;
        Ok(AuditTrail::new(&unlocked?.kek, self.folder.audit_heads()))
    }

    pub(crate) async fn open(&self) -> anyhow::Result<App> {
        let settings = settings(self.config.as_ref());
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        Ok(App::open(
            &self.folder,
            &self.kek,
            settings,
            rules::shipped()?,
            clock,
            ids,
        )
        .await?)
    }
}

/// What the configuration says to the use cases. Commands without one make no record that would
/// hold the municipality's name.
pub(crate) fn settings(config: Option<&Config>) -> Settings {
    let municipality = config.map_or_else(unnamed, |config| config.municipality.clone());
    let login = config.map_or_else(Login::default, |config| config.login.clone());
    let server = config.map_or_else(Server::default, |config| config.server.clone());
    Settings {
        zone: config.map_or(TimeZone::UTC, |config| config.municipality.zone()),
        municipality,
        login: limits(&login),
        second_factor: login.second_factor,
        retention: config.map_or_else(Retention::default, |config| config.retention),
        booking_columns: config
            .map_or_else(BTreeMap::new, |config| config.booking_file.columns.clone()),
        origin: server.origin(),
        demo: false,
    }
}

pub(crate) fn limits(login: &Login) -> LoginLimits {
    LoginLimits {
        idle: Duration::from_secs(u64::from(login.idle_minutes) * 60),
        absolute: Duration::from_secs(u64::from(login.absolute_hours) * 60 * 60),
    }
}

fn unnamed() -> Municipality {
    Municipality {
        name: String::new(),
        code: String::new(),
        time_zone: "UTC".to_owned(),
        contact_url: None,
    }
}

pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime did not start")
}
