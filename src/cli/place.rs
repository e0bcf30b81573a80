//! `--config`, `--data`, `--kek`: where a deployment lies. Every command that touches it takes
//! these three and finds the same folder by them.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use crate::config::Config;

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
    pub(crate) data: PathBuf,
    pub(crate) kek: PathBuf,
}

impl Place {
    pub(crate) fn find(&self) -> anyhow::Result<Found> {
        let config = self.config.as_deref().map(Config::read).transpose()?;
        let configured = config.as_ref().map(|config| &config.data);
        let data = self.data.clone().or_else(|| configured.map(|data| data.dir.clone()));
        let kek = self.kek.clone().or_else(|| configured.map(|data| data.kek_file.clone()));
        let data = data.context("which data folder? Pass --config FILE or --data DIR")?;
        let kek = kek.context("where is the key-encryption key? Pass --config FILE or --kek FILE")?;
        if kek.starts_with(&data) {
            bail!("the key `{}` must lie outside the data folder", kek.display());
        }
        Ok(Found { config, data, kek })
    }
}
