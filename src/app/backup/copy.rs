//! Copying files so that the disk has them, with the hash of what was copied. Knows nothing of what they
//! are.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::BackupError;
use super::manifest::FileEntry;

const PIECE: usize = 1 << 16;

fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}

/// Makes the folder for its owner alone, where there is none.
pub(super) fn private_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(path);
    made.map_err(failed(path))
}

/// The folder for who holds it, and empty: what a copy that was killed has left there is gone.
pub(super) fn held_alone(path: &Path) -> Result<File, BackupError> {
    private_folder(path)?;
    let held = File::open(path).map_err(failed(path))?;
    let alone = held.try_lock().map_err(io::Error::from);
    alone.map_err(failed(path))?;
    for name in names(path)? {
        remove_entry(&path.join(name))?;
    }
    Ok(held)
}

/// Removes a file, or a folder with all that is in it.
pub(super) fn remove_entry(path: &Path) -> Result<(), BackupError> {
    let gone = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    gone.map_err(failed(path))
}

/// Waits until the disk has the file or the folder.
pub(super) fn sync(path: &Path) -> Result<(), BackupError> {
    let synced = File::open(path).and_then(|it| it.sync_all());
    synced.map_err(failed(path))
}

/// For its owner alone, and on the disk.
pub(super) fn made_private(file: &Path) -> Result<(), BackupError> {
    fs::set_permissions(file, Permissions::from_mode(0o600)).map_err(failed(file))?;
    sync(file)
}

pub(super) fn removed(file: &Path) -> Result<(), BackupError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(file)(error)),
        _ => Ok(()),
    }
}

/// Overwrites the file where it lies, then removes it.
pub(super) fn overwritten(file: &Path) -> Result<(), BackupError> {
    let zeros = || {
        let length = fs::metadata(file)?.len();
        let mut out = OpenOptions::new().write(true).open(file)?;
        io::copy(&mut io::repeat(0).take(length), &mut out)?;
        out.sync_all()
    };
    zeros().map_err(failed(file))?;
    removed(file)
}

/// Copies a file to `into/name`. `None`: it is not there, or not any more.
pub(super) async fn copied(
    file: &Path,
    into: &Path,
    name: &str,
) -> Result<Option<FileEntry>, BackupError> {
    let (file, into, name) = (file.to_owned(), into.to_owned(), name.to_owned());
    tokio::task::spawn_blocking(move || {
        let source = match File::open(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            source => source.map_err(failed(&file))?,
        };
        let to = into.join(&name);
        if let Some(folder) = to.parent() {
            private_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        let out = options.write(true).create_new(true).mode(0o600).open(&to);
        let mut out = out.map_err(failed(&to))?;
        let entry = read_through(source, name, |piece| out.write_all(piece));
        let entry = entry.map_err(failed(&file))?;
        out.sync_all().map_err(failed(&to))?;
        Ok(Some(entry))
    })
    .await?
}

/// The hash of a file that lies where it belongs; for its owner alone, and on the disk.
pub(super) async fn described(file: &Path, name: &str) -> Result<FileEntry, BackupError> {
    let (file, name) = (file.to_owned(), name.to_owned());
    tokio::task::spawn_blocking(move || {
        made_private(&file)?;
        let source = File::open(&file).map_err(failed(&file))?;
        read_through(source, name, |_| Ok(())).map_err(failed(&file))
    })
    .await?
}

fn read_through(
    mut source: File,
    path: String,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<FileEntry> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let length = source.read(&mut piece)?;
        if length == 0 {
            break;
        }
        let read = piece.get(..length).unwrap_or_default();
        hash.update(read);
        each(read)?;
        bytes += u64::try_from(length).unwrap_or(u64::MAX);
    }
    let sha256 = hash.finalize();
    Ok(FileEntry {
        path,
        bytes,
        sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

/// What lies in the folder. No folder is nothing.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, BackupError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed(folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed(folder))?.file_name();
        names.extend(name.into_string());
    }
    names.sort();
    Ok(names)
}

/// Every file under the folder, with its name from `name` on. No folder is none.
pub(super) fn under(folder: &Path, name: &str) -> Result<Vec<(PathBuf, String)>, BackupError> {
    let mut found = Vec::new();
    for entry in names(folder)? {
        let (path, name) = (folder.join(&entry), format!("{name}/{entry}"));
        if path.is_dir() {
            found.extend(under(&path, &name)?);
        } else {
            found.push((path, name));
        }
    }
    Ok(found)
}

pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether the folder is, or would be, inside the other, links followed.
pub(super) fn lies_in(folder: &Path, other: &Path) -> bool {
    let Ok(other) = other.canonicalize() else {
        return folder.starts_with(other);
    };
    let there = folder.ancestors().find_map(|it| it.canonicalize().ok());
    there.is_some_and(|it| it.starts_with(&other))
}
