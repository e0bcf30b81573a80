//! Copies of a running deployment. A data backup holds everything but keys, sealed as it lies, and may be
//! kept as long as wanted; a key backup holds the wrapped keys alone and is kept for a week, for what is
//! destroyed has to be gone from backups too. The key file is in neither.

mod copy;
mod manifest;
pub mod restore;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use yorisoi_domain::audit::{AuditAction, AuditActor};
use yorisoi_domain::withdrawal::CertificateNumber;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::SqliteStore;

use self::copy::{copied, held_alone, private_folder, sync};
use self::manifest::{Audit, FORM, FileEntry, Manifest, NewestKey};
use super::{App, AppError};
use crate::crypto::audit_trail::AuditError;
use crate::crypto::keyring::KeyError;
use crate::data_folder::{DESTROYED, DataFolder};
use crate::media::spool::{self, Stay};

/// What a data backup's folder begins with; the rest is its time.
const DATA: &str = "yorisoi-";
/// What a key backup begins with, and how it ends.
const KEYS: (&str, &str) = ("keys-", ".db");
/// How a copy ends that is not whole yet.
const PART: &str = ".part";
/// A key backup of that age is removed by the next one.
pub const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
const TIME: &str = "%Y%m%dT%H%M%SZ";

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    App(#[from] AppError),
    #[error("the data can't be copied")]
    Store(#[from] yorisoi_store::StoreError),
    #[error("the keys can't be copied")]
    Keys(#[from] KeyError),
    #[error(
        "the backup `{folder}` is whole, but what is withdrawn from now on is not noted beside it"
    )]
    ListBehind { folder: PathBuf, source: KeyError },
    #[error("the copy is not whole, so it is no backup: run `yorisoi audit verify` on the data")]
    Audit(#[from] AuditError),
    #[error("can't use `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error("`{path}` lies in the data folder: a backup belongs on another disk")]
    Inside { path: PathBuf },
    #[error(
        "`{path}` holds {other}: keys and data are kept apart, for whoever finds both and the key file reads everything. Name another folder"
    )]
    Together { path: PathBuf, other: &'static str },
    #[error(
        "the list of destroyed keys has a withdrawal with the number {number}, and the last one here is {last}: the line is \
         another deployment's, or damaged. Empty the folder, take such lines out of a copy of the list, and restore with \
         --destroyed FILE"
    )]
    FarNumber {
        number: CertificateNumber,
        last: CertificateNumber,
    },
    #[error("a thread ended before its work")]
    Thread(#[from] tokio::task::JoinError),
}

/// A data backup that is whole.
#[derive(Debug, Serialize)]
pub struct BackedUp {
    pub folder: PathBuf,
    pub made_at: Timestamp,
    pub files: usize,
    pub bytes: u64,
    /// Where its audit ends: to be written down elsewhere.
    pub audit_events: u64,
    pub audit_head: String,
}

/// A key backup.
#[derive(Debug, Serialize)]
pub struct KeysBackedUp {
    pub file: PathBuf,
    pub made_at: Timestamp,
    /// Older ones, and what killed ones had left, that were too old and are gone.
    pub removed: usize,
}

impl App {
    /// Copies everything but the keys into a new folder of `into`, while the service runs: one state of
    /// the database, the sound that is kept, the heads of the audit, and the list of what is destroyed.
    ///
    /// # Errors
    /// The disks; keys lie there; what was copied is not whole: no half backup is left then. Or the list
    /// beside the backups is behind: then this one is whole, and later withdrawals are not noted there.
    pub async fn back_up(&self, into: &Path) -> Result<BackedUp, BackupError> {
        expect_apart(&self.folder, into, is_keys, "key backups")?;
        private_folder(into)?;
        let made_at = self.now();
        let name = free_name(into, made_at);
        let (whole, part) = (into.join(&name), into.join(format!("{name}{PART}")));
        let _alone = held_alone(&part)?;
        cleared(into, made_at)?;
        self.note_backup(AuditAction::BackedUp).await?;
        let manifest = match self.copy_data(&part, made_at).await {
            Ok(manifest) => manifest,
            Err(error) => {
                // What is left is named as a part, and nobody restores it.
                let _ = fs::remove_dir_all(&part);
                return Err(error);
            }
        };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| BackupError::Io { path, source }
        };
        fs::rename(&part, &whole).map_err(failed(&whole))?;
        sync(into)?;
        let listed = self.keyring.bring_up_list();
        listed.map_err(|source| BackupError::ListBehind {
            folder: whole.clone(),
            source,
        })?;
        Ok(BackedUp {
            folder: whole,
            made_at,
            files: manifest.files.len(),
            bytes: manifest.files.iter().map(|it| it.bytes).sum(),
            audit_events: manifest.audit.events,
            audit_head: manifest.audit.head,
        })
    }

    /// In this order: heads are noted after their events, so those that are copied first are in the
    /// database; keys are made before what they seal, so the newest of afterwards is enough; and what is
    /// destroyed meanwhile is on the list that is copied last.
    async fn copy_data(&self, part: &Path, made_at: Timestamp) -> Result<Manifest, BackupError> {
        let mut files = Vec::new();
        let heads = self.folder.audit_heads();
        copied_if_there(&heads, part, "audit-head.log", &mut files).await?;
        let database = part.join("yorisoi.db");
        self.store.copy_to(&database).await?;
        let copy = SqliteStore::open(&database).await?;
        let done = self.copy_sound(part, &copy, &mut files).await;
        copy.close().await;
        let audit = done?;
        files.push(copy::described(&database, "yorisoi.db").await?);
        copied_if_there(&self.folder.purges(), part, "purges.log", &mut files).await?;
        let newest = self.keyring.newest().await?;
        self.keyring.keep_list()?;
        copied_if_there(&self.folder.tombstones(), part, DESTROYED, &mut files).await?;
        let manifest = Manifest {
            yorisoi_backup: FORM,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            audit,
            newest_key: newest.map(|key| NewestKey {
                id: key.id,
                made_at: key.created_at,
            }),
            files,
        };
        manifest.write(part)?;
        Ok(manifest)
    }

    /// Follows the audit of the copied database, which also shows that the file can be read, and copies
    /// the sound of every track that it knows: nothing would ever remove another one's after a restore.
    async fn copy_sound(
        &self,
        part: &Path,
        copy: &SqliteStore,
        files: &mut Vec<FileEntry>,
    ) -> Result<Audit, BackupError> {
        let mut reader = copy.read().await?;
        let heads = self.trail.beside(part.join("audit-head.log"));
        let report = heads.verify(&mut *reader).await?;
        for place in spool::places(&self.spool).map_err(AppError::from)? {
            if place.stay == Stay::Kept && reader.call_of(place.track).await?.is_some() {
                let file = place.file(&self.spool);
                let name = format!("spool/{}", copy::file_name(&file));
                copied_if_there(&file, part, &name, files).await?;
            }
        }
        for (file, name) in copy::under(&self.folder.blobs(), "blobs")? {
            let track = name.strip_prefix("blobs/audio/");
            let track = track.and_then(|it| it.split('/').next()?.parse().ok());
            let known = match track {
                Some(track) => reader.call_of(track).await?.is_some(),
                None => true,
            };
            if known {
                copied_if_there(&file, part, &name, files).await?;
            }
        }
        Ok(Audit {
            events: report.head.seq,
            head: report.head.hex(),
        })
    }

    /// Copies the wrapped keys into `into`, and removes copies there that are older than a week.
    ///
    /// # Errors
    /// The disks; data backups lie there.
    pub async fn back_up_keys(&self, into: &Path) -> Result<KeysBackedUp, BackupError> {
        expect_apart(&self.folder, into, is_data, "data backups")?;
        private_folder(into)?;
        let made_at = self.now();
        let name = format!("{}{}{}", KEYS.0, made_at.strftime(TIME), KEYS.1);
        let (whole, part) = (into.join(&name), into.join(format!("{name}{PART}")));
        self.note_backup(AuditAction::KeysBackedUp).await?;
        if let Err(error) = self.copy_keys(&part, &whole).await {
            // Half a copy holds keys too. What can't go now goes with those that are too old.
            let _ = copy::overwritten(&part);
            return Err(error);
        }
        sync(into)?;
        let mut removed = 0;
        for (file, at) in key_backups(into)?.into_iter().chain(key_parts(into)?) {
            if made_at.duration_since(at) > KEYS_KEPT {
                copy::overwritten(&file)?;
                removed += 1;
            }
        }
        Ok(KeysBackedUp {
            file: whole,
            made_at,
            removed,
        })
    }

    async fn copy_keys(&self, part: &Path, whole: &Path) -> Result<(), BackupError> {
        copy::removed(part)?;
        self.keyring.copy_to(part).await?;
        copy::made_private(part)?;
        fs::rename(part, whole).map_err(|source| BackupError::Io {
            path: whole.to_owned(),
            source,
        })
    }

    async fn note_backup(&self, action: AuditAction) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        self.note_city(&mut *tx, AuditActor::Operator, action, None, None, 1)
            .await?;
        self.commit(tx).await
    }
}

/// A later second's where one has ended in this second.
fn free_name(into: &Path, mut at: Timestamp) -> String {
    loop {
        let name = format!("{DATA}{}", at.strftime(TIME));
        if !into.join(&name).exists() {
            return name;
        }
        at += SignedDuration::from_secs(1);
    }
}

/// Every data backup in the folder that is whole, oldest first. No folder is none.
///
/// # Errors
/// The folder can't be read.
pub fn data_backups(folder: &Path) -> Result<Vec<(PathBuf, Timestamp)>, BackupError> {
    found(folder, |name| time(name.strip_prefix(DATA)?))
}

/// Every key backup in the folder, oldest first. No folder is none.
///
/// # Errors
/// The folder can't be read.
pub fn key_backups(folder: &Path) -> Result<Vec<(PathBuf, Timestamp)>, BackupError> {
    found(folder, |name| {
        time(name.strip_prefix(KEYS.0)?.strip_suffix(KEYS.1)?)
    })
}

/// What key backups that were killed have left.
///
/// # Errors
/// The folder can't be read.
pub fn key_parts(folder: &Path) -> Result<Vec<(PathBuf, Timestamp)>, BackupError> {
    found(folder, |name| {
        let name = name.strip_suffix(PART)?;
        time(name.strip_prefix(KEYS.0)?.strip_suffix(KEYS.1)?)
    })
}

/// Every key file that `keys rotate` left beside this one, with the time until which it was in use.
///
/// # Errors
/// Their folder can't be read.
pub fn old_key_files(kek: &Path) -> Result<Vec<(PathBuf, Timestamp)>, BackupError> {
    let folder = kek.parent().filter(|it| !it.as_os_str().is_empty());
    let own = kek.file_name().unwrap_or_default().to_string_lossy();
    let begins = format!("{own}.old-");
    found(folder.unwrap_or(Path::new(".")), |name| {
        time(name.strip_prefix(&begins)?)
    })
}

fn found(
    folder: &Path,
    time_of: impl Fn(&str) -> Option<Timestamp>,
) -> Result<Vec<(PathBuf, Timestamp)>, BackupError> {
    let names = copy::names(folder)?.into_iter();
    let backups = names.filter_map(|name| Some((folder.join(&name), time_of(&name)?)));
    let mut backups: Vec<_> = backups.collect();
    backups.sort_by_key(|(_, at)| *at);
    Ok(backups)
}

fn time(text: &str) -> Option<Timestamp> {
    let civil = jiff::civil::DateTime::strptime(TIME, text).ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Removes what a copy that was killed has left, once nobody can be at it any more.
fn cleared(into: &Path, now: Timestamp) -> Result<(), BackupError> {
    let parts = found(into, |name| {
        time(name.strip_prefix(DATA)?.strip_suffix(PART)?)
    })?;
    for (path, at) in parts {
        if now.duration_since(at) > SignedDuration::from_hours(24) {
            fs::remove_dir_all(&path).map_err(|source| BackupError::Io { path, source })?;
        }
    }
    Ok(())
}

fn is_keys(name: &str) -> bool {
    let name = name.strip_suffix(PART).unwrap_or(name);
    name.starts_with(KEYS.0) && name.ends_with(KEYS.1)
}

fn is_data(name: &str) -> bool {
    name.starts_with(DATA) || name == DESTROYED
}

fn expect_apart(
    data: &DataFolder,
    into: &Path,
    foreign: impl Fn(&str) -> bool,
    other: &'static str,
) -> Result<(), BackupError> {
    let path = into.to_owned();
    if copy::lies_in(into, data.path()) {
        return Err(BackupError::Inside { path });
    }
    if copy::names(into)?.iter().any(|name| foreign(name)) {
        return Err(BackupError::Together { path, other });
    }
    Ok(())
}

/// A file that is gone meanwhile was moved or destroyed, and is not missed.
async fn copied_if_there(
    file: &Path,
    into: &Path,
    name: &str,
    files: &mut Vec<FileEntry>,
) -> Result<(), BackupError> {
    files.extend(copied(file, into, name).await?);
    Ok(())
}
