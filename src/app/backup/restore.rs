//! Putting a backup back on an empty machine, and repeating what was destroyed after it was made. Nothing
//! is served before that is done; what can't be put back as a whole is refused with what to do.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::ids::{InterviewId, KeyId, ParticipantId};
use yorisoi_domain::withdrawal::CertificateNumber;
use yorisoi_store::{KeyKind, Keys as _};
use yorisoi_store_sqlite::SqliteKeys;

use super::super::audio::tracks_of;
use super::super::{App, AppError};
use super::BackupError;
use super::copy::{copied, names, private_folder, remove_entry, removed, sync};
use super::manifest::Manifest;
use crate::crypto::keyring::KeyError;
use crate::crypto::lines;
use crate::crypto::rotation::{RotationError, unlock};
use crate::crypto::tombstones::Tombstones;
use crate::data_folder::{DESTROYED, DataFolder};

/// Withdrawals since a backup, at most.
const MOST_LOST: u32 = 5_000;

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(
        "`{path}` is not empty: a backup is put back into an empty folder only. Move what is there away, or name another folder"
    )]
    NotEmpty { path: PathBuf },
    #[error(
        "`{path}` is no whole backup of yorisoi (it has no `backup.json`): name the folder that `yorisoi backup` printed"
    )]
    NoBackup { path: PathBuf },
    #[error("the backup is damaged: `{path}` is {what}. Use another backup")]
    Damaged { path: String, what: &'static str },
    #[error("`{path}` is no key backup of yorisoi: name a file that `yorisoi keys backup` made")]
    NoKeys { path: PathBuf },
    #[error(
        "the key file does not open this key backup: put the key file of its time back. After `yorisoi keys rotate` that is one of those beside it whose name ends in `.old-` and a time: the first time after the key backup's"
    )]
    WrongKey(#[source] RotationError),
    #[error(
        "the key backup is older than the data: a key that was made at {needed} is not in it. Use a key backup made after the data backup, or an older data backup"
    )]
    OldKeys { needed: Timestamp },
    #[error(
        "the list of destroyed keys is older than the key backup: {missing} destroyed key(s) are not on it. Pass the newest `{DESTROYED}` with --destroyed FILE: it lies beside the backups"
    )]
    OldList { missing: usize },
    #[error(
        "no list of what was destroyed after the backup was found beside it: pass the newest `{DESTROYED}` with --destroyed FILE. If there is none left, --without-newer-list goes on; what was withdrawn or destroyed after {made_at} can be read again then"
    )]
    NoNewerList { made_at: Timestamp },
    #[error(
        "the list of destroyed keys lacks what was destroyed before the backup already, so it is not the newest: pass the newest `{DESTROYED}` with --destroyed FILE. If there is none left, --without-newer-list goes on with this one and the backup's own; what was withdrawn or destroyed after {made_at} and is on neither can be read again then"
    )]
    ListBehind { made_at: Timestamp },
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("can't use `{path}`")]
    Io { path: PathBuf, source: io::Error },
}

/// What is put back, and from where.
#[derive(Debug)]
pub struct Request<'a> {
    /// The folder of one data backup.
    pub backup: &'a Path,
    /// The file of one key backup.
    pub keys: &'a Path,
    pub kek: &'a Path,
    /// Lists of destroyed keys beside the backup's own; where none is named, the one beside the backup.
    pub destroyed: &'a [PathBuf],
    /// Go on although there is no list but the backup's own.
    pub without_newer_list: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Withdrawals that the backup did not know of yet.
    pub withdrawals: usize,
    /// Interviews that a law has come to keep after it.
    pub holds: usize,
    /// Interviews whose words, answers or sound were destroyed after the backup.
    pub interviews: usize,
}

/// Copies the files into the folder, each held against its hash, and checks that keys, key file and data
/// belong together. The folder can't be served until [`App::finish_restore`] has said so. Returns when
/// the backup was made.
///
/// # Errors
/// See [`RestoreError`]; what was refused before anything was copied has changed nothing.
pub async fn put_back(
    folder: &DataFolder,
    request: &Request<'_>,
) -> Result<Timestamp, RestoreError> {
    let manifest = Manifest::read(request.backup).ok_or_else(|| RestoreError::NoBackup {
        path: request.backup.to_owned(),
    })?;
    let path = folder.path().to_owned();
    let there = names(&path)?;
    if there.iter().any(|name| name != "lost+found") {
        return Err(RestoreError::NotEmpty { path });
    }
    let lists = newer_lists(request, manifest.made_at)?;
    private_folder(&path)?;
    let done = copy_back(folder, request, &manifest, &lists).await;
    if done.is_err() {
        // Empty as it was found, so that the next try is not refused. What can't go is said by that one.
        let there = names(&path).unwrap_or_default();
        for name in there.iter().filter(|name| *name != "lost+found") {
            let _ = remove_entry(&path.join(name));
        }
    }
    done.map(|()| manifest.made_at)
}

/// What was destroyed since: the lists that are named, or else the one that lies beside the backup. They
/// must have what the backup's own has, or they are not the newer ones.
fn newer_lists(request: &Request<'_>, made_at: Timestamp) -> Result<Vec<PathBuf>, RestoreError> {
    let lists = if request.destroyed.is_empty() {
        let beside = request.backup.canonicalize().ok();
        let beside = beside.and_then(|it| Some(it.parent()?.join(DESTROYED)));
        match beside.filter(|it| it.exists()) {
            Some(beside) => vec![beside],
            None if request.without_newer_list => return Ok(Vec::new()),
            None => return Err(RestoreError::NoNewerList { made_at }),
        }
    } else {
        request.destroyed.to_vec()
    };
    let own = request.backup.join(DESTROYED);
    if !request.without_newer_list && own.exists() {
        let mut there = Vec::new();
        for list in &lists {
            there.extend(lines::lacking(&there, &list_at(list)?));
        }
        if !lines::lacking(&there, &list_at(&own)?).is_empty() {
            return Err(RestoreError::ListBehind { made_at });
        }
    }
    Ok(lists)
}

async fn copy_back(
    folder: &DataFolder,
    request: &Request<'_>,
    manifest: &Manifest,
    lists: &[PathBuf],
) -> Result<(), RestoreError> {
    let mark = folder.restoring();
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RestoreError::Io { path, source }
    };
    File::create_new(&mark).map_err(failed(&mark))?;
    sync(folder.path())?;
    let damaged = |path: &str, what| RestoreError::Damaged {
        path: path.to_owned(),
        what,
    };
    for file in &manifest.files {
        let from = request.backup.join(&file.path);
        let found = copied(&from, folder.path(), &file.path).await?;
        let found = found.ok_or_else(|| damaged(&file.path, "missing"))?;
        if (found.bytes, &found.sha256) != (file.bytes, &file.sha256) {
            return Err(damaged(&file.path, "not as it was written"));
        }
    }
    merge(&folder.tombstones(), lists)?;
    let no_keys = || RestoreError::NoKeys {
        path: request.keys.to_owned(),
    };
    let taken = copied(request.keys, folder.path(), "keys.db").await?;
    taken.ok_or_else(no_keys)?;
    // Also of an older program: what it lacks is applied.
    let keys = SqliteKeys::migrate(&folder.keys()).await;
    keys.map_err(|_| no_keys())?;
    let keys = SqliteKeys::open(&folder.keys())
        .await
        .map_err(|_| no_keys())?;
    let checked = check_keys(folder, request, manifest, &keys).await;
    keys.close().await;
    checked
}

async fn check_keys(
    folder: &DataFolder,
    request: &Request<'_>,
    manifest: &Manifest,
    keys: &SqliteKeys,
) -> Result<(), RestoreError> {
    unlock(request.kek, keys)
        .await
        .map_err(RestoreError::WrongKey)?;
    let marks = keys.marks().await.map_err(BackupError::from)?;
    if let Some(newest) = &manifest.newest_key
        && !marks.iter().any(|mark| mark.id == newest.id)
    {
        return Err(RestoreError::OldKeys {
            needed: newest.made_at,
        });
    }
    let list = Tombstones::at(folder.tombstones()).read();
    let list = list.map_err(|error| BackupError::from(KeyError::from(error)))?;
    let listed: HashSet<KeyId> = list.keys.iter().map(|stone| stone.id).collect();
    let gone = marks.iter().filter(|mark| mark.destroyed);
    match gone.filter(|mark| !listed.contains(&mark.id)).count() {
        0 => Ok(()),
        // What they sealed is closed for good all the same.
        _ if request.without_newer_list => Ok(()),
        missing => Err(RestoreError::OldList { missing }),
    }
}

/// The longest list as it is, for the others grew from its beginning; behind it what it lacks of them.
fn merge(into: &Path, lists: &[PathBuf]) -> Result<(), RestoreError> {
    let mut texts = lists
        .iter()
        .map(|list| list_at(list))
        .collect::<Result<Vec<_>, _>>()?;
    if into.exists() {
        texts.push(list_at(into)?);
    }
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let mut merged = Vec::new();
    for text in &texts {
        if merged.is_empty() {
            merged.clone_from(text);
        } else {
            merged.extend(lines::lacking(&merged, text));
        }
    }
    fs::write(into, &merged).map_err(|source| RestoreError::Io {
        path: into.to_owned(),
        source,
    })?;
    Ok(sync(into)?)
}

fn list_at(path: &Path) -> Result<Vec<u8>, RestoreError> {
    fs::read(path).map_err(|source| RestoreError::Io {
        path: path.to_owned(),
        source,
    })
}

/// What one interview has to lose again.
#[derive(Default)]
struct Lost {
    words: Vec<ParticipantId>,
    sound: Vec<ParticipantId>,
    forms: bool,
}

impl App {
    /// Repeats what was destroyed after the backup was made: its keys are destroyed by now, since the
    /// folder is open; here goes what they sealed. Ends every login, sign-in link and guest's seat. Then
    /// says in the audit that this is a restored copy, follows the audit, and lets the folder be served.
    ///
    /// # Errors
    /// The disk or the store; the audit does not hold. The folder stays closed then; empty it and
    /// restore once more.
    pub async fn finish_restore(&self) -> Result<Replayed, BackupError> {
        let list = self.keyring.to_replay()?;
        let mut replayed = Replayed {
            // First, for what a law keeps is not taken back.
            holds: self.hold_again(&list.holds).await?,
            ..Replayed::default()
        };
        let mut withdrawals = Vec::new();
        let mut reader = self.store.read().await?;
        for stone in list.withdrawals {
            let unknown = reader.participant(stone.participant).await?.is_none();
            withdrawals.push((unknown, stone));
        }
        drop(reader);
        // Who is known first, so that a line of another deployment takes nobody's number. Two at once may
        // stand in the list the other way around. Old lines have no number, and come before the others.
        withdrawals.sort_by_key(|(unknown, stone)| (*unknown, stone.number));
        for (_, stone) in &withdrawals {
            if let Some(number) = stone.number {
                self.expect_near(number).await?;
            }
            replayed.withdrawals += usize::from(self.withdraw_again(stone).await?);
        }
        self.finish_withdrawals().await?;
        self.remove_unknown_sound().await?;
        let mut lost: BTreeMap<InterviewId, Lost> = BTreeMap::new();
        for stone in &list.keys {
            let mut reader = self.store.read().await?;
            let of = ParticipantId::new(stone.owner);
            if let Some(row) = reader.participant(of).await? {
                let lost = lost.entry(row.participant.interview).or_default();
                match stone.kind {
                    KeyKind::Talk => lost.words.push(of),
                    KeyKind::Audio => lost.sound.push(of),
                    KeyKind::Record | KeyKind::Person => {}
                }
            } else if let Some(interview) = reader.interview_of_form(stone.owner.into()).await? {
                lost.entry(interview).or_default().forms = true;
            }
        }
        for (interview, lost) in lost {
            replayed.interviews += usize::from(self.lose_again(interview, lost).await?);
        }
        let mut tx = self.store.begin().await?;
        // Who signed out or left since would be in again, so everybody comes in anew.
        tx.purge_logins(Timestamp::MAX).await?;
        tx.end_seats().await?;
        let count = u32::try_from(replayed.withdrawals + replayed.interviews);
        let event = AuditEvent {
            count: count.unwrap_or(u32::MAX),
            ..self.event(AuditActor::Operator, AuditAction::Restored)
        };
        self.trail
            .append(&mut *tx, &event)
            .await
            .map_err(AppError::from)?;
        self.commit(tx).await?;
        if !self.store.sweep().await? {
            return Err(AppError::NotDestroyedYet.into());
        }
        let mut reader = self.store.read().await?;
        self.trail.verify(&mut *reader).await?;
        drop(reader);
        removed(&self.folder.restoring())?;
        sync(self.folder.path())?;
        Ok(replayed)
    }

    /// Numbers between are given away one by one, and nobody has lost so many.
    async fn expect_near(&self, number: CertificateNumber) -> Result<(), BackupError> {
        let last = self.store.read().await?.last_certificate().await?;
        if number.0.saturating_sub(last.0) > MOST_LOST {
            return Err(BackupError::FarNumber { number, last });
        }
        Ok(())
    }

    /// Whether there was anything left of it.
    async fn lose_again(&self, id: InterviewId, lost: Lost) -> Result<bool, AppError> {
        let mut reader = self.store.read().await?;
        let row = reader.interview(id).await?.ok_or(AppError::NotFound)?;
        let tracks = tracks_of(&mut *reader, id).await?;
        drop(reader);
        let hers = tracks.iter().filter(|(_, of)| lost.sound.contains(of));
        let hers: Vec<_> = hers.map(|(track, _)| *track).collect();
        let sound = self.remove_sound(&hers).await?;
        self.expect_destroyed(sound)?;

        let mut tx = self.store.begin().await?;
        let mut gone = 0;
        for of in lost.words {
            let words = tx.delete_words_of(of).await?;
            if words.segments > 0 {
                let (what, about) = (AuditAction::WordsDeleted, AuditSubject::Participant(of));
                self.note_destroyed(&mut *tx, what, &row, Some(about), words.segments)
                    .await?;
            }
            gone += words.segments;
        }
        if lost.forms {
            let forms = tx.delete_forms_of(id).await?;
            if forms.forms > 0 {
                let what = AuditAction::FormsDeleted;
                self.note_destroyed(&mut *tx, what, &row, None, forms.forms)
                    .await?;
            }
            gone += forms.forms;
        }
        self.commit(tx).await?;
        self.watches.forget(id);
        Ok(gone > 0)
    }
}
