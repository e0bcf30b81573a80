//! The configuration file: one TOML file, one struct per section, every unknown key an error. It
//! reads nothing but the file it is given, holds no secret itself (`kek_file` names where one
//! lies) and decides nothing.

mod asr;
mod booking_file;
mod data;
mod login;
mod media;
mod municipality;
mod retention;
mod server;

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use asr::Asr;
pub use booking_file::{BookingFile, Column};
pub use data::Data;
pub use login::{Login, SecondFactor};
pub use media::Media;
pub use municipality::Municipality;
pub use retention::Retention;
pub use server::Server;

/// Everything that a deployment says about itself. `config/yorisoi.example.toml` explains each key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub municipality: Municipality,
    pub data: Data,
    #[serde(default)]
    pub server: Server,
    #[serde(default)]
    pub media: Media,
    #[serde(default)]
    pub asr: Asr,
    #[serde(default)]
    pub login: Login,
    #[serde(default)]
    pub retention: Retention,
    #[serde(default)]
    pub booking_file: BookingFile,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the configuration `{path}`")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the configuration `{path}` is not as config/yorisoi.example.toml describes it")]
    Malformed {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("the configuration `{path}`: {problem}")]
    Unusable { path: PathBuf, problem: String },
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// The file can't be read, is not TOML of this form (line and column are named), or two keys
    /// contradict each other.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let config: Self = toml::from_str(&text).map_err(|source| ConfigError::Malformed {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        config.check().map_err(|problem| ConfigError::Unusable {
            path: path.to_owned(),
            problem,
        })?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        self.municipality.check()?;
        self.data.check()?;
        self.server.check()?;
        self.media.check()?;
        self.asr.check()?;
        self.login.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../config/yorisoi.example.toml");

    fn read(text: &str) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("yorisoi.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        })
    }

    #[test]
    fn the_example_is_valid_and_says_the_defaults() {
        let example = read(EXAMPLE).unwrap();
        let sections = ["[municipality]", "[data]"];
        let bare: String = EXAMPLE
            .split("\n[")
            .map(|section| format!("[{}\n", section.trim_start_matches('[')))
            .filter(|section| sections.iter().any(|name| section.starts_with(name)))
            .collect();
        let bare = read(&bare).unwrap();
        assert_eq!(example.server.listen, bare.server.listen);
        assert_eq!(example.media, bare.media);
        assert_eq!(example.asr, bare.asr);
        assert_eq!(example.login, bare.login);
        assert_eq!(example.retention, bare.retention);
        assert_eq!(example.booking_file, bare.booking_file);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = read(&EXAMPLE.replace("idle_minutes", "idle_minuets")).unwrap_err();
        assert!(error.contains("idle_minuets"), "{error}");
        assert!(error.contains("line"), "{error}");
    }

    #[test]
    fn unusable_values_say_which_key_and_what_is_expected() {
        for (from, to, key) in [
            ("code = \"131000\"", "code = \"13\"", "municipality.code"),
            ("\"Asia/Tokyo\"", "\"Asia/Edo\"", "municipality.time_zone"),
            (
                "# contact_url = \"https:",
                "contact_url = \"javascript:",
                "municipality.contact_url",
            ),
            (
                "\"https://mendan.city.example.jp\"",
                "\"http://mendan.city.example.jp\"",
                "server.public_url",
            ),
            (
                "kek_file = \"/etc/yorisoi/kek\"",
                "kek_file = \"/var/lib/yorisoi/kek\"",
                "data.kek_file",
            ),
            ("# tls_key_file", "tls_key_file", "server.tls_cert_file"),
            (
                "idle_minutes = 30",
                "idle_minutes = 0",
                "login.idle_minutes",
            ),
        ] {
            let error = read(&EXAMPLE.replace(from, to)).unwrap_err();
            assert!(error.contains(key), "{key}: {error}");
        }
    }
}
