//! Where data and the key-encryption key lie.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub dir: PathBuf,
    /// Never inside `dir`: whoever copies the data folder must not get the key with it.
    pub kek_file: PathBuf,
}

impl Data {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.kek_file.starts_with(&self.dir) {
            return Err(
                "data.kek_file must lie outside data.dir, and outside every backup of it"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
