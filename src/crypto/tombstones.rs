//! The list of destroyed keys. It is kept with the backups and replayed before serving, so that an
//! old copy of `keys.db` can't bring a destroyed key back. One line each: id, kind, owner, time.

use std::io;
use std::path::PathBuf;

use uuid::Uuid;
use yorisoi_domain::ids::KeyId;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::KeyKind;

use super::lines;

#[derive(Clone, Debug)]
pub struct Tombstones {
    path: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum TombstoneError {
    #[error("can't use the list of destroyed keys `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "line {line} of the list of destroyed keys `{path}` is damaged: restore the file from a backup"
    )]
    Damaged { path: PathBuf, line: usize },
}

impl Tombstones {
    pub const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Adds a line and waits until the disk has it.
    pub fn add(
        &self,
        id: KeyId,
        kind: KeyKind,
        owner: Uuid,
        at: Timestamp,
    ) -> Result<(), TombstoneError> {
        let line = format!("{id} {} {owner} {at}", kind.code());
        lines::append(&self.path, &line).map_err(|source| self.failed(source))
    }

    /// Every key that was destroyed, and when. No file is no key. A line that a crash cut
    /// short is passed over: its key was not touched yet.
    pub fn read(&self) -> Result<Vec<(KeyId, Timestamp)>, TombstoneError> {
        let whole = lines::read(&self.path).map_err(|source| self.failed(source))?;
        let parsed = whole.into_iter().map(|(number, line)| {
            let mut words = line.split_whitespace();
            let id = words.next().and_then(|word| word.parse().ok());
            let at = words.nth(2).and_then(|word| word.parse().ok());
            id.zip(at).ok_or_else(|| TombstoneError::Damaged {
                path: self.path.clone(),
                line: number,
            })
        });
        parsed.collect()
    }

    fn failed(&self, source: io::Error) -> TombstoneError {
        TombstoneError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_back_a_cut_one_is_passed_over_and_a_damaged_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tombstones.log");
        let list = Tombstones::at(path.clone());
        assert_eq!(list.read().unwrap(), []);
        let at = Timestamp::from_millisecond(1_764_032_401_234).unwrap();
        let ids = [1, 2].map(|n| KeyId::new(Uuid::from_u128(n)));
        for id in ids {
            list.add(id, KeyKind::Talk, Uuid::from_u128(9), at).unwrap();
        }
        assert_eq!(list.read().unwrap(), ids.map(|id| (id, at)));
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        assert_eq!(list.read().unwrap(), [(ids[0], at)]);
        // The next key is destroyed after the crash: the list stays readable and has it.
        list.add(ids[1], KeyKind::Talk, Uuid::from_u128(9), at)
            .unwrap();
        assert_eq!(list.read().unwrap(), ids.map(|id| (id, at)));
        std::fs::write(&path, whole.replacen("talk", "", 1)).unwrap();
        assert!(matches!(
            list.read(),
            Err(TombstoneError::Damaged { line: 1, .. })
        ));
    }
}
