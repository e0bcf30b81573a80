//! Passwords: argon2id on threads of their own, at most two at a time, so that a burst of sign-ins
//! takes neither the async threads nor the memory. An unknown name costs as much as a known one.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use yorisoi_domain::pii::Pii;

/// Each hashing takes 19 MiB (the OWASP minimum for argon2id, argon2's default).
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Hash of nothing that anyone can type, checked where no account or no password exists.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now(b"\0nobody\0").ok());

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the password could not be hashed")]
    Hashing(#[from] argon2::password_hash::Error),
    #[error("the system gave no random bytes")]
    Random(#[from] getrandom::Error),
    #[error("the hashing thread ended")]
    Thread(#[from] tokio::task::JoinError),
}

/// The PHC string to keep.
///
/// # Errors
/// Nothing that the person could mend: no random bytes, or no memory.
pub async fn hash(password: Pii<String>) -> Result<String, PasswordError> {
    let _permit = AT_ONCE.acquire().await;
    spawn_blocking(move || hash_now(password.expose().as_bytes())).await?
}

/// Whether the password is the one that was hashed. `None` as hash takes as long and is no.
///
/// # Errors
/// The hashing thread ended.
pub async fn verify(password: Pii<String>, hash: Option<String>) -> Result<bool, PasswordError> {
    let _permit = AT_ONCE.acquire().await;
    let right = spawn_blocking(move || {
        let known = hash.is_some();
        let Some(phc) = hash.or_else(|| NOBODY.clone()) else {
            return false;
        };
        let typed = password.expose().as_bytes();
        Argon2::default()
            .verify_password(typed, phc.as_str())
            .is_ok()
            && known
    })
    .await?;
    Ok(right)
}

fn hash_now(password: &[u8]) -> Result<String, PasswordError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    Ok(Argon2::default()
        .hash_password_with_salt(password, &salt)?
        .to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_is_right() {
        let kept = hash("ひまわり畑の三輪車".to_owned().into()).await.unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        let right = verify("ひまわり畑の三輪車".to_owned().into(), Some(kept.clone()));
        assert!(right.await.unwrap());
        let wrong = verify("ひまわり畑の三輪".to_owned().into(), Some(kept));
        assert!(!wrong.await.unwrap());
    }

    #[tokio::test]
    async fn no_account_is_never_right() {
        let nobody = verify("\0nobody\0".to_owned().into(), None);
        assert!(!nobody.await.unwrap());
    }
}
