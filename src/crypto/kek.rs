//! The key-encryption key: one line in a file outside the data folder, and the keys derived from
//! it. Never in a backup, never overwritten: whoever loses it loses every sealed word.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use yorisoi_domain::audit::ChainKey;
use zeroize::Zeroizing;

/// What the file's only line begins with; the rest is 64 hexadecimal digits.
const MARK: &str = "yorisoi-kek-1 ";

/// The key of the file, and where `keys.db` has them the service's own keys, which outlive it.
#[derive(Clone)]
pub struct Kek {
    key: Zeroizing<[u8; 32]>,
    lookup: Option<Zeroizing<[u8; 32]>>,
    chain: Option<Zeroizing<[u8; 32]>>,
}

#[derive(Debug, thiserror::Error)]
pub enum KekError {
    #[error(
        "`{path}` exists already: a key file is never overwritten, because everything sealed under it would be lost"
    )]
    Exists { path: PathBuf },
    #[error(
        "there is no key file at `{path}`: make one with `yorisoi keys init`, or put the old one back"
    )]
    Missing { path: PathBuf },
    #[error("`{path}` can be read by others: run `chmod 600` on it")]
    Open { path: PathBuf },
    #[error("`{path}` is not a key file of yorisoi, or it is damaged")]
    Damaged { path: PathBuf },
    #[error("can't use the key file `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error("the system gives no random bytes")]
    Random(#[source] getrandom::Error),
}

impl Kek {
    /// Makes a new key and writes it to `path`, readable by its owner only. Refuses if anything
    /// is there already.
    pub fn init(path: &Path) -> Result<Self, KekError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(KekError::Random)?;
        let failed = |source| KekError::Io {
            path: path.to_owned(),
            source,
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KekError::Exists {
                path: path.to_owned(),
            },
            _ => failed(source),
        })?;
        let line = Zeroizing::new(format!("{MARK}{}\n", &*Zeroizing::new(hex(&*key))));
        file.write_all(line.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        Ok(Self::of(key))
    }

    pub fn read(path: &Path) -> Result<Self, KekError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KekError::Missing {
                path: path.to_owned(),
            },
            _ => KekError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let mut file = File::open(path).map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file.metadata().map_err(failed)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(KekError::Open {
                    path: path.to_owned(),
                });
            }
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(failed)?;
        let digits = text.strip_prefix(MARK).map(str::trim_end);
        let key = digits.and_then(unhex).ok_or(KekError::Damaged {
            path: path.to_owned(),
        })?;
        Ok(Self::of(key))
    }

    const fn of(key: Zeroizing<[u8; 32]>) -> Self {
        Self {
            key,
            lookup: None,
            chain: None,
        }
    }

    /// With the service's own keys, where it has them.
    pub(super) fn with_service_keys(
        self,
        lookup: Option<Zeroizing<[u8; 32]>>,
        chain: Option<Zeroizing<[u8; 32]>>,
    ) -> Self {
        Self {
            lookup,
            chain,
            ..self
        }
    }

    /// The key that wraps data keys.
    pub(super) fn wrapping_key(&self) -> Zeroizing<[u8; 32]> {
        self.derive("yorisoi wrap 1")
    }

    /// The key of the look-up columns.
    pub(super) fn lookup_key(&self) -> Zeroizing<[u8; 32]> {
        let own = self.lookup.clone();
        own.unwrap_or_else(|| self.derive("yorisoi lookup 1"))
    }

    /// The key of the audit's chain.
    pub fn chain_key(&self) -> ChainKey {
        ChainKey::new(&self.chain_bytes())
    }

    pub(super) fn chain_bytes(&self) -> Zeroizing<[u8; 32]> {
        let own = self.chain.clone();
        own.unwrap_or_else(|| self.derive("yorisoi audit chain 1"))
    }

    /// One key per use: HMAC-SHA-256 of the use's name, which is HKDF-Expand for one block.
    fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        // Invariant: HMAC takes keys of every length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.key).expect("HMAC takes every key");
        mac.update(label.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kek")
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// 32 bytes from exactly 64 hexadecimal digits.
pub(super) fn unhex(digits: &str) -> Option<Zeroizing<[u8; 32]>> {
    let digits: &[u8; 64] = digits.as_bytes().try_into().ok()?;
    let value = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|n| u8::try_from(n).ok())
    };
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_private_reads_back_and_is_never_overwritten() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("yorisoi.kek");
        assert!(matches!(Kek::read(&path), Err(KekError::Missing { .. })));
        let made = Kek::init(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(*Kek::read(&path).unwrap().key, *made.key);
        assert!(matches!(Kek::init(&path), Err(KekError::Exists { .. })));
        assert_eq!(*Kek::read(&path).unwrap().key, *made.key);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Kek::read(&path), Err(KekError::Open { .. })));
    }

    #[test]
    fn a_damaged_key_file_is_named_as_such() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("yorisoi.kek");
        for text in [
            "",
            "yorisoi-kek-1 00ff",
            &format!("yorisoi-kek-2 {}", "0".repeat(64)),
        ] {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            assert!(
                matches!(Kek::read(&path), Err(KekError::Damaged { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn every_use_has_its_own_key_and_debug_shows_none() {
        let kek = Kek::of(Zeroizing::new([7; 32]));
        assert_ne!(*kek.wrapping_key(), *kek.lookup_key());
        assert_eq!(format!("{kek:?} {:?}", kek.chain_key()), "Kek ChainKey");
        assert_eq!(*unhex(&hex(&[0xa5; 32])).unwrap(), [0xa5; 32]);
    }
}
