//! The speech models: manifest, cache, fetching, checking, importing.
//!
//! Owns the way from a name (`base`, `base-q8_0`) or a path to a file that is whole and known by its
//! hash. Never loads a model: that is the recognizer's work.

mod fetch;
pub mod fuzz;
pub mod import;
mod inspect;
mod manifest;
#[cfg(test)]
mod tests;
#[cfg(test)]
#[path = "../../tests/common/whisper_folder.rs"]
mod whisper_folder;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use sha2::Digest;
use thiserror::Error;

pub use fetch::{FetchError, fetch};
pub use import::Form;
pub use inspect::Dims;
use inspect::Flaw;
pub use manifest::{Manifest, ManifestError, Model, Role, Sha256};

/// A model file that was checked and may be loaded.
#[derive(Debug, Clone, Serialize)]
pub struct Resolved {
    /// The name in the manifest, or the file's own for a model outside of it.
    pub name: String,
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: Sha256,
    /// How the matrices are stored, by ggml's name.
    pub form: String,
    pub dims: Dims,
}

/// Why a model can't be used. Every message says what to do.
#[derive(Debug, Error)]
pub enum ModelError {
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(
        "the model {name} is not in {}: run `yorisoi models fetch {name}`, or copy {name}.bin there",
        dir.display()
    )]
    Missing { name: String, dir: PathBuf },
    #[error("there is no file {}: check the path given as the model", path.display())]
    NoFile { path: PathBuf },
    #[error("{} ends early ({bytes} bytes): {todo}", path.display())]
    Truncated {
        path: PathBuf,
        bytes: u64,
        todo: String,
    },
    #[error("{} is {what}: {todo}", path.display())]
    Foreign {
        path: PathBuf,
        what: String,
        todo: String,
    },
    #[error("{} is not the file the manifest names (sha256 {found}): {todo}", path.display())]
    Altered {
        path: PathBuf,
        found: Sha256,
        todo: String,
    },
    #[error("can't read {}: check its permissions and the disk", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("no cache folder: set HOME or XDG_CACHE_HOME, or give the folder with --models")]
    NoCacheFolder,
}

/// Where models are kept unless `--models` says otherwise: `$XDG_CACHE_HOME/yorisoi/models`, else
/// `~/.cache/yorisoi/models`.
pub fn default_dir() -> Result<PathBuf, ModelError> {
    let folder = |variable: &str| {
        let path = PathBuf::from(std::env::var_os(variable)?);
        path.is_absolute().then_some(path)
    };
    folder("XDG_CACHE_HOME")
        .or_else(|| Some(folder("HOME")?.join(".cache")))
        .map(|cache| cache.join("yorisoi").join("models"))
        .ok_or(ModelError::NoCacheFolder)
}

/// Where models are described and kept; every command that needs a model takes these.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Folder of the model files [default: $XDG_CACHE_HOME/yorisoi/models, else ~/.cache/…]
    #[arg(long, env = "YORISOI_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    /// A manifest of your own instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

impl StoreArgs {
    /// The manifest and the cache folder.
    pub fn open(&self) -> Result<(Manifest, PathBuf), ModelError> {
        let dir = match &self.models {
            Some(dir) => dir.clone(),
            None => default_dir()?,
        };
        Ok((Manifest::load(self.manifest.as_deref())?, dir))
    }

    /// Finds and checks a model; see [`resolve`].
    pub fn resolve(&self, name: &str) -> Result<Resolved, ModelError> {
        let (manifest, dir) = self.open()?;
        resolve(&manifest, &dir, name)
    }
}

/// Where the model called `name` lies in the cache.
pub fn path_of(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.bin"))
}

/// Finds and checks a model: `base`, a name of the manifest, or the path of a ggml file.
///
/// The whole file is read for its hash, which takes a fraction of a second for `base`.
pub fn resolve(manifest: &Manifest, dir: &Path, name: &str) -> Result<Resolved, ModelError> {
    let is_path = name.contains(std::path::MAIN_SEPARATOR) || name.ends_with(".bin");
    if is_path {
        return resolve_path(Path::new(name));
    }
    let (name, model) = manifest.model(name)?;
    let path = path_of(dir, name);
    if !path.exists() {
        return Err(ModelError::Missing {
            name: name.to_owned(),
            dir: dir.to_owned(),
        });
    }
    let todo = format!("run `yorisoi models fetch {name}` to replace it");
    let resolved = examine(&path, name, &todo)?;
    if !manifest
        .files_of(model)
        .any(|(_, right)| *right == resolved.sha256)
    {
        return Err(ModelError::Altered {
            path,
            found: resolved.sha256,
            todo,
        });
    }
    Ok(resolved)
}

/// A model of one's own is known by its hash alone.
fn resolve_path(path: &Path) -> Result<Resolved, ModelError> {
    if !path.exists() {
        return Err(ModelError::NoFile {
            path: path.to_owned(),
        });
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let todo = "copy it again, or make it with `yorisoi models import`";
    examine(path, &name, todo)
}

/// Walks and hashes one file; `todo` completes the sentence when it is damaged.
fn examine(path: &Path, name: &str, todo: &str) -> Result<Resolved, ModelError> {
    let read = |source| ModelError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(read)?.len();
    let header = inspect::inspect(path).map_err(|flaw| match flaw {
        Flaw::Io(source) => read(source),
        Flaw::Truncated => ModelError::Truncated {
            path: path.to_owned(),
            bytes,
            todo: todo.to_owned(),
        },
        Flaw::Foreign(what) => ModelError::Foreign {
            path: path.to_owned(),
            what,
            todo: todo.to_owned(),
        },
    })?;
    Ok(Resolved {
        name: name.to_owned(),
        path: path.to_owned(),
        bytes,
        sha256: sha256_of(path).map_err(read)?,
        form: header.form,
        dims: header.dims,
    })
}

/// One row of [`verify`].
#[derive(Debug, Serialize)]
pub struct Finding {
    pub name: String,
    pub path: PathBuf,
    pub state: State,
    /// What to do, where the file is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a model file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Right,
    Missing,
    /// Ends early.
    Truncated,
    /// Not a ggml Whisper model.
    Foreign,
    /// A ggml model with another hash than the manifest's.
    Altered,
    /// Can't be read.
    Unreadable,
    /// A ggml model that the manifest doesn't name: a city's own.
    Own,
}

/// Checks every model of the manifest, and every other `.bin` file in the cache.
pub fn verify(manifest: &Manifest, dir: &Path) -> Vec<Finding> {
    let mut findings: Vec<Finding> = manifest
        .models
        .keys()
        .map(|name| {
            finding(
                name,
                path_of(dir, name),
                State::Right,
                resolve(manifest, dir, name),
            )
        })
        .collect();
    let mut others: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .filter(|path| findings.iter().all(|known| known.path != *path))
        .collect();
    others.sort();
    for path in others {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let resolved = resolve_path(&path);
        findings.push(finding(&name, path, State::Own, resolved));
    }
    findings
}

fn finding(
    name: &str,
    path: PathBuf,
    good: State,
    resolved: Result<Resolved, ModelError>,
) -> Finding {
    let (state, message) = match resolved {
        Ok(_) => (good, None),
        Err(error) => {
            let state = match error {
                ModelError::Missing { .. } | ModelError::NoFile { .. } => State::Missing,
                ModelError::Truncated { .. } => State::Truncated,
                ModelError::Foreign { .. } => State::Foreign,
                ModelError::Altered { .. } => State::Altered,
                _ => State::Unreadable,
            };
            (state, Some(error.to_string()))
        }
    };
    Finding {
        name: name.to_owned(),
        path,
        state,
        message,
    }
}

/// Hashes a file in slices.
fn sha256_of(path: &Path) -> io::Result<Sha256> {
    let mut file = File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut slice = vec![0; 1 << 20];
    loop {
        match file.read(&mut slice)? {
            0 => return Ok(hasher.into()),
            read => hasher.update(&slice[..read]),
        }
    }
}
