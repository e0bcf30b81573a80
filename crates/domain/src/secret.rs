//! [`SecretHash`]: how the store remembers a secret that it must never be able to tell: link
//! secrets, seat tokens, login tokens, recovery codes. For long random secrets only, never for
//! passwords.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 of a secret. Printing it shows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    pub const fn from_bytes(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{secret}")
    }
}
