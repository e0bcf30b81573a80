//! Where data and the key-encryption key lie.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub dir: PathBuf,
    /// Never inside `dir`: whoever copies the data folder must not get the key with it.
    pub kek_file: PathBuf,
    /// Where `yorisoi backup` puts its copies. The list of what is destroyed is kept there too, from
    /// line to line.
    pub backup_dir: Option<PathBuf>,
    /// Where `yorisoi keys backup` puts its copies: away from the data's.
    pub key_backup_dir: Option<PathBuf>,
}

impl Data {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.kek_file.starts_with(&self.dir) {
            return Err(
                "data.kek_file must lie outside data.dir, and outside every backup of it"
                    .to_owned(),
            );
        }
        for (key, folder) in [
            ("data.backup_dir", &self.backup_dir),
            ("data.key_backup_dir", &self.key_backup_dir),
        ] {
            let Some(folder) = folder else { continue };
            if folder.starts_with(&self.dir) || self.dir.starts_with(folder) {
                return Err(format!("{key} must lie outside data.dir, on another disk"));
            }
            if self.kek_file.starts_with(folder) {
                return Err(format!("data.kek_file must lie outside {key}"));
            }
        }
        if self.backup_dir.is_some() && self.backup_dir == self.key_backup_dir {
            return Err(
                "data.key_backup_dir must not be data.backup_dir: keys and data are kept apart"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
