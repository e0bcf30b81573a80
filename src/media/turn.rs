//! Time-limited credentials for a TURN relay, by which browsers behind a closed firewall come
//! through: the scheme that coturn calls `use-auth-secret`. Talks to no relay itself.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Seconds that a credential is good for: longer than any talk.
const LIFE: i64 = 12 * 3_600;

/// The relays and the secret that they share with this service.
#[derive(Clone, PartialEq, Eq)]
pub struct TurnRelays {
    urls: Vec<String>,
    secret: String,
}

/// What a browser needs to use them.
#[derive(Clone, PartialEq, Eq)]
pub struct TurnCredential {
    pub urls: Vec<String>,
    pub username: String,
    pub password: String,
}

impl fmt::Debug for TurnRelays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnRelays")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TurnCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnCredential")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl TurnRelays {
    /// `urls` such as `turns:relay.city.example.jp:443?transport=tcp`.
    #[must_use]
    pub fn new(urls: Vec<String>, secret: String) -> Self {
        Self { urls, secret }
    }

    /// A credential that names nobody, good from `now` (seconds since 1970).
    #[must_use]
    pub fn credential(&self, now: i64) -> TurnCredential {
        let username = (now + LIFE).to_string();
        let password = sign(&self.secret, &username);
        TurnCredential {
            urls: self.urls.clone(),
            username,
            password,
        }
    }
}

fn sign(secret: &str, username: &str) -> String {
    // Invariant: HMAC takes a key of any length.
    let mut mac = <Hmac<Sha1>>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(username.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_what_a_relay_computes_too_and_ends() {
        let known = sign("key", "The quick brown fox jumps over the lazy dog");
        assert_eq!(known, "3nybhbi3iqa8ino29wqQcBydtNk=");
        let relays = TurnRelays::new(vec!["turn:relay.example".to_owned()], "key".to_owned());
        let credential = relays.credential(1_000);
        assert_eq!(credential.username, "44200");
        assert_eq!(credential.password, sign("key", "44200"));
        assert!(!format!("{relays:?} {credential:?}").contains("key"));
    }
}
