//! Which key file `keys.db` is wrapped under, and putting another in its place. The new file lies beside
//! the old one until `keys.db` is wrapped under it, so that whenever it is cut off, one of the two opens
//! everything. Destroys no data key.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use yorisoi_domain::time::Timestamp;
use yorisoi_store::{Destruction, Keys, ServiceKey};
use zeroize::Zeroizing;

use super::kek::{Kek, KekError};
use super::keyring::{KeyError, bound_to};
use super::wrapping::Wrapping;

/// The key that opens `keys.db`.
#[derive(Debug)]
pub struct Unlocked {
    pub kek: Kek,
    /// A change of the key file was cut off: `keys.db` is wrapped under the new one, which lies here
    /// until `yorisoi keys rotate` puts it in its place.
    pub unfinished: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    #[error(transparent)]
    Kek(#[from] KekError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error("can't use `{path}`")]
    Io { path: PathBuf, source: io::Error },
}

/// Where the next key file lies until it is the one.
#[must_use]
pub fn next_to(kek: &Path) -> PathBuf {
    with_end(kek, "new")
}

/// Where the one that was in use until then lies afterwards, for key backups that were made under it. Each
/// change has its own, for such backups may be older than two of them.
#[must_use]
pub fn before(kek: &Path, until: Timestamp) -> PathBuf {
    with_end(kek, &format!("old-{}", until.strftime("%Y%m%dT%H%M%SZ")))
}

fn with_end(kek: &Path, end: &str) -> PathBuf {
    let mut name = kek.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    name.into()
}

/// Reads the key file under which `keys.db` is wrapped, with the service's own keys. A key that was
/// made for a change that never reached `keys.db` is passed over.
///
/// # Errors
/// No key file opens it.
pub async fn unlock(path: &Path, keys: &dyn Keys) -> Result<Unlocked, RotationError> {
    let next = next_to(path);
    if next.exists()
        && let Ok(kek) = Kek::read(&next)
        && let Ok(Some(kek)) = opens(&kek, keys).await
    {
        return Ok(Unlocked {
            kek,
            unfinished: Some(next),
        });
    }
    let kek = Kek::read(path)?;
    let kek = match opens(&kek, keys).await? {
        Some(kek) => kek,
        // Nothing is wrapped yet that could tell.
        None => kek,
    };
    Ok(Unlocked {
        kek,
        unfinished: None,
    })
}

/// The key with the service's own keys, if it unwraps what there is; `None` where there is nothing.
async fn opens(kek: &Kek, keys: &dyn Keys) -> Result<Option<Kek>, KeyError> {
    let wrapping = Wrapping::under(kek);
    let rows = keys.keys().await?;
    if let Some(row) = rows.first() {
        let first = wrapping.unwrap(&bound_to(row), &row.wrapped);
        let kind = row.kind.code();
        first.map(drop).map_err(|_| KeyError::Wrapped { kind })?;
    }
    let mut own = [None, None];
    for (which, found) in ServiceKey::ALL.into_iter().zip(&mut own) {
        if let Some(wrapped) = keys.service_key(which).await? {
            let key = wrapping.unwrap(&service_bound(which), &wrapped);
            let kind = which.code();
            *found = Some(key.map_err(|_| KeyError::Wrapped { kind })?);
        }
    }
    let [lookup, chain] = own;
    let known = !rows.is_empty() || chain.is_some();
    Ok(known.then(|| kek.clone().with_service_keys(lookup, chain)))
}

/// Gives a new deployment service keys of its own, so that an old key file opens nothing later.
///
/// # Errors
/// No random bytes; the store.
pub async fn make_service_keys(kek: &Kek, keys: &dyn Keys) -> Result<(), KeyError> {
    let wrapping = Wrapping::under(kek);
    let mut made = Vec::new();
    for which in ServiceKey::ALL {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(KeyError::Random)?;
        let wrapped = wrapping.wrap(&service_bound(which), &key);
        made.push((which, wrapped.map_err(KeyError::Random)?));
    }
    let _: Destruction = keys.rewrap(&[], &made).await?;
    Ok(())
}

/// A change of the key file that has reached `keys.db`, and not yet the key file itself.
#[derive(Debug)]
pub struct Rotation {
    path: PathBuf,
    /// Opens everything, now and afterwards.
    pub kek: Kek,
    /// Keys that were wrapped anew; `None` where an earlier change is only finished.
    pub rewrapped: Option<usize>,
}

/// Makes a new key beside the old one and wraps everything under it. What an earlier try left is
/// taken up: where `keys.db` is wrapped already, nothing is done anew. Nobody else may have `keys.db`
/// open, for a key that is made meanwhile would be lost.
///
/// # Errors
/// A key does not unwrap; the disk; the store.
pub async fn rewrap(path: &Path, keys: &dyn Keys) -> Result<Rotation, RotationError> {
    let Unlocked { kek, unfinished } = unlock(path, keys).await?;
    if unfinished.is_some() {
        return Ok(Rotation {
            path: path.to_owned(),
            kek,
            rewrapped: None,
        });
    }
    let next = next_to(path);
    // Nothing is wrapped under it, or it would have been taken up.
    remove(&next)?;
    let new = Kek::init(&next)?;
    sync_folder(&next)?;
    let (old, wrapping) = (Wrapping::under(&kek), Wrapping::under(&new));
    let mut rows = keys.keys().await.map_err(KeyError::from)?;
    for row in &mut rows {
        let kind = row.kind.code();
        let key = old.unwrap(&bound_to(row), &row.wrapped);
        let key = key.map_err(|_| KeyError::Wrapped { kind })?;
        let wrapped = wrapping.wrap(&bound_to(row), &key);
        row.wrapped = wrapped.map_err(KeyError::Random)?;
    }
    let (lookup, chain) = (kek.lookup_key(), kek.chain_bytes());
    let mut service = Vec::new();
    for (which, key) in [(ServiceKey::Lookup, &lookup), (ServiceKey::Chain, &chain)] {
        let wrapped = wrapping.wrap(&service_bound(which), key);
        service.push((which, wrapped.map_err(KeyError::Random)?));
    }
    // Where somebody reads an older state the log still holds it; the next start sweeps again.
    let _: Destruction = keys.rewrap(&rows, &service).await.map_err(KeyError::from)?;
    Ok(Rotation {
        path: path.to_owned(),
        kek: new.with_service_keys(Some(lookup), Some(chain)),
        rewrapped: Some(rows.len()),
    })
}

impl Rotation {
    /// Puts the new file in the place of the old one, which stays beside it for the key backups of
    /// its time. Says where.
    ///
    /// # Errors
    /// The disk; once more goes on where it stopped.
    pub fn finish(self, at: Timestamp) -> Result<PathBuf, RotationError> {
        let next = next_to(&self.path);
        let first = before(&self.path, at);
        let mut old = first.clone();
        let mut n = 1;
        while !kept_as(&self.path, &old)? {
            n += 1;
            old = with_end(&first, &n.to_string());
        }
        fs::rename(&next, &self.path).map_err(failed(&next))?;
        sync_folder(&self.path)?;
        Ok(old)
    }
}

/// Gives the key file a second name, so that no moment is without one. `false`: another has that name.
fn kept_as(kek: &Path, old: &Path) -> Result<bool, RotationError> {
    if fs::hard_link(kek, old).is_ok() {
        return Ok(true);
    }
    // Some disks know no second name.
    let bytes = Zeroizing::new(fs::read(kek).map_err(failed(kek))?);
    let mut options = fs::OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(old);
    match made {
        Ok(mut file) => {
            let written = file.write_all(&bytes).and_then(|()| file.sync_all());
            written.map_err(failed(old)).map(|()| true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let there = Zeroizing::new(fs::read(old).map_err(failed(old))?);
            Ok(*there == *bytes)
        }
        Err(error) => Err(failed(old)(error)),
    }
}

fn remove(file: &Path) -> Result<(), RotationError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(file)(error)),
        _ => Ok(()),
    }
}

fn sync_folder(file: &Path) -> Result<(), RotationError> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(failed(folder))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> RotationError {
    let path = path.to_owned();
    move |source| RotationError::Io { path, source }
}

fn service_bound(which: ServiceKey) -> Vec<u8> {
    [b"yorisoi service key 1".as_slice(), which.code().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use yorisoi_domain::ids::KeyId;
    use yorisoi_store::KeyKind;
    use yorisoi_store_sqlite::SqliteKeys;

    use super::super::keyring::Keyring;
    use super::super::lookups::Lookups;
    use super::super::testing::{at, id};
    use super::super::tombstones::Tombstones;
    use super::*;
    use std::sync::Arc;

    struct Place {
        dir: tempfile::TempDir,
        keys: SqliteKeys,
        kek: PathBuf,
    }

    impl Place {
        async fn fresh() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("keys.db");
            SqliteKeys::migrate(&file).await.unwrap();
            let kek = dir.path().join("kek");
            Kek::init(&kek).unwrap();
            Self {
                keys: SqliteKeys::open(&file).await.unwrap(),
                dir,
                kek,
            }
        }

        fn ring(&self, kek: &Kek) -> Keyring {
            let list = Tombstones::at(self.dir.path().join("list"));
            Keyring::new(kek, Arc::new(self.keys.clone()), list)
        }

        async fn unlocked(&self) -> Unlocked {
            let unlocked = unlock(&self.kek, &self.keys).await.unwrap();
            assert_eq!(self.ring(&unlocked.kek).check().await.unwrap(), 3);
            unlocked
        }
    }

    /// Cut off at every step; each time everything opens, under the key that is said.
    #[tokio::test]
    async fn whenever_a_change_of_the_key_is_cut_off_one_of_the_two_opens_everything() {
        let place = Place::fresh().await;
        let first = Kek::read(&place.kek).unwrap();
        for n in 1..=3 {
            let (key, kind, owner) = (KeyId::new(id(n)), KeyKind::Person, id(n));
            let ring = place.ring(&first);
            ring.create(key, kind, owner, at(1)).await.unwrap();
        }
        let seen = place.unlocked().await;
        assert_eq!(seen.unfinished, None);
        let name = yorisoi_domain::pii::Pii::new("sano".to_owned());
        let found_by = Lookups::new(&seen.kek).login(&name);

        // The new key is half written; then whole, and nothing is wrapped under it.
        let next = next_to(&place.kek);
        std::fs::write(&next, "yorisoi-kek-1 5a").unwrap();
        assert_eq!(place.unlocked().await.unfinished, None);
        std::fs::remove_file(&next).unwrap();
        Kek::init(&next).unwrap();
        assert_eq!(place.unlocked().await.unfinished, None);

        // Everything is wrapped, and the file is not in its place yet.
        let rotation = rewrap(&place.kek, &place.keys).await.unwrap();
        assert_eq!(rotation.rewrapped, Some(3));
        drop(rotation);
        assert_eq!(place.unlocked().await.unfinished, Some(next.clone()));
        assert!(place.ring(&first).check().await.is_err());
        // The old one has its second name already.
        std::fs::hard_link(&place.kek, before(&place.kek, at(1))).unwrap();
        let again = rewrap(&place.kek, &place.keys).await.unwrap();
        assert_eq!(again.rewrapped, None);
        let old = again.finish(at(1)).unwrap();
        assert_eq!(old, before(&place.kek, at(1)));
        let seen = place.unlocked().await;
        assert_eq!((seen.unfinished, next.exists()), (None, false));

        // What is found by a name, and the audit's chain, are as they were; the old file is kept.
        assert_eq!(Lookups::new(&seen.kek).login(&name), found_by);
        assert_eq!(*seen.kek.chain_bytes(), *first.chain_bytes());
        let kept = Kek::read(&old).unwrap();
        assert!(opens(&kept, &place.keys).await.is_err());
        // A second change in the same second takes nothing away.
        let second = std::fs::read(&place.kek).unwrap();
        let again = rewrap(&place.kek, &place.keys).await.unwrap();
        let older = again.finish(at(1)).unwrap();
        assert_eq!(std::fs::read(&older).unwrap(), second);
        assert_eq!(*Kek::read(&old).unwrap().chain_bytes(), *kept.chain_bytes());
        let bytes = std::fs::read(place.dir.path().join("keys.db-wal")).unwrap();
        assert_eq!(bytes.len(), 0, "older copies are left in the log");
    }

    #[tokio::test]
    async fn a_new_deployments_own_keys_come_from_no_key_file() {
        let place = Place::fresh().await;
        let kek = Kek::read(&place.kek).unwrap();
        make_service_keys(&kek, &place.keys).await.unwrap();
        let own = unlock(&place.kek, &place.keys).await.unwrap().kek;
        assert_ne!(*own.chain_bytes(), *kek.chain_bytes());
        assert_ne!(*own.lookup_key(), *kek.lookup_key());
        Kek::init(&place.dir.path().join("other")).unwrap();
        let wrong = unlock(&place.dir.path().join("other"), &place.keys).await;
        assert!(matches!(
            wrong,
            Err(RotationError::Keys(KeyError::Wrapped { .. }))
        ));
    }
}
