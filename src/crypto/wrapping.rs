//! Wrapping: sealing one key under the key file, bound to what it is the key of, so that nobody can put
//! one in another's place. A wrapped key is 24 bytes of nonce, the key, and 16 bytes of tag.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use yorisoi_store::WRAPPED_BYTES;
use zeroize::Zeroizing;

use super::kek::Kek;

pub(super) struct Wrapping(XChaCha20Poly1305);

/// Another key file, another place, or changed bytes: there is no telling which.
#[derive(Debug)]
pub(super) struct Closed;

impl Wrapping {
    pub(super) fn under(kek: &Kek) -> Self {
        Self(XChaCha20Poly1305::new(&(*kek.wrapping_key()).into()))
    }

    /// # Errors
    /// The system gives no random bytes.
    pub(super) fn wrap(
        &self,
        bound: &[u8],
        key: &[u8; 32],
    ) -> Result<[u8; WRAPPED_BYTES], getrandom::Error> {
        let mut wrapped = [0; WRAPPED_BYTES];
        let (nonce, text) = wrapped.split_at_mut(24);
        getrandom::fill(nonce)?;
        let mut bytes = [0; 24];
        bytes.copy_from_slice(nonce);
        let payload = Payload {
            msg: &key[..],
            aad: bound,
        };
        let sealed = self.0.encrypt(&XNonce::from(bytes), payload);
        // Invariant: the cipher refuses nothing shorter than 256 GiB.
        text.copy_from_slice(&sealed.expect("32 bytes can be sealed"));
        Ok(wrapped)
    }

    pub(super) fn unwrap(
        &self,
        bound: &[u8],
        wrapped: &[u8; WRAPPED_BYTES],
    ) -> Result<Zeroizing<[u8; 32]>, Closed> {
        let (nonce, text) = wrapped.split_first_chunk::<24>().ok_or(Closed)?;
        let payload = Payload {
            msg: text,
            aad: bound,
        };
        let plain = self.0.decrypt(&XNonce::from(*nonce), payload);
        let plain = Zeroizing::new(plain.map_err(|_| Closed)?);
        let key: [u8; 32] = plain.as_slice().try_into().map_err(|_| Closed)?;
        Ok(Zeroizing::new(key))
    }
}
