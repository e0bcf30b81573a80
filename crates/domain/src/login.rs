//! Logins of staff: how long one lives, and one-time sign-in links. Tokens are seen as hashes only.

use std::time::Duration;

use crate::ids::{LoginSessionId, UserId};
use crate::secret::SecretHash;
use crate::time::Timestamp;

/// One browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSession {
    pub id: LoginSessionId,
    pub user: UserId,
    pub token: SecretHash,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// How long a login lives, from the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginLimits {
    /// Without any request.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

/// Whether its user sits in a talk, which a login must outlive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    InTalk,
    NotInTalk,
}

impl LoginSession {
    /// Whether the login still holds. A talk suspends both limits: a nurse is never thrown out in
    /// the middle of a sentence. An explicit end always ends it.
    pub fn is_live(&self, limits: LoginLimits, talk: Talk, now: Timestamp) -> bool {
        let within = |from: Timestamp, limit: Duration| {
            now.duration_since(from).unsigned_abs() < limit || now < from
        };
        self.ended_at.is_none()
            && (talk == Talk::InTalk
                || (within(self.last_seen_at, limits.idle)
                    && within(self.created_at, limits.absolute)))
    }
}

/// A sign-in link that works once: for a new account, and for whoever forgot the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLink {
    pub user: UserId,
    pub token: SecretHash,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
}

/// How long a sign-in link can be used.
pub const SIGN_IN_LINK_LIFE: Duration = Duration::from_secs(15 * 60);

impl SignInLink {
    pub fn new(user: UserId, token: SecretHash, made_at: Timestamp) -> Self {
        Self {
            user,
            token,
            made_at,
            expires_at: made_at + SIGN_IN_LINK_LIFE,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_login_ends_idle_or_old_but_never_in_a_talk() {
        let limits = LoginLimits {
            idle: Duration::from_secs(600),
            absolute: Duration::from_secs(3_600),
        };
        let login = LoginSession {
            id: LoginSessionId::new(Uuid::from_u128(1)),
            user: UserId::new(Uuid::from_u128(2)),
            token: SecretHash::of(b"token"),
            created_at: at(0),
            last_seen_at: at(3_300),
            ended_at: None,
        };
        assert!(login.is_live(limits, Talk::NotInTalk, at(3_599)));
        assert!(!login.is_live(limits, Talk::NotInTalk, at(3_600)));
        let idle = LoginSession {
            last_seen_at: at(100),
            ..login.clone()
        };
        assert!(!idle.is_live(limits, Talk::NotInTalk, at(700)));
        assert!(idle.is_live(limits, Talk::InTalk, at(9_000)));
        let out = LoginSession {
            ended_at: Some(at(10)),
            ..login
        };
        assert!(!out.is_live(limits, Talk::InTalk, at(11)));
    }
}
