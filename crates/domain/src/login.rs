//! Logins of staff: how long one lives, the step before it, and one-time sign-in links. Tokens are
//! seen as hashes only.

use std::time::Duration;

use serde::Serialize;

use crate::ids::{LoginSessionId, UserId};
use crate::secret::SecretHash;
use crate::time::Timestamp;
use crate::tries::Tries;

/// On what kind of device somebody signs in: enough to know one's own browsers apart. Neither the
/// address nor what the browser says of itself is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    pub system: System,
    pub browser: Browser,
}

impl Device {
    pub const UNKNOWN: Self = Self {
        system: System::Other,
        browser: Browser::Other,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum System {
    Windows,
    Mac,
    Linux,
    ChromeOs,
    /// iPhone and iPad.
    Ios,
    Android,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Browser {
    Edge,
    Chrome,
    Safari,
    Firefox,
    Other,
}

/// What opened the first door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedInBy {
    Password,
    /// A one-time link: whoever forgot the password may set another one.
    Link,
}

/// One browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSession {
    pub id: LoginSessionId,
    pub user: UserId,
    pub token: SecretHash,
    pub by: SignedInBy,
    pub device: Device,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Wrong codes at the second step since the login before it: somebody else may know the password.
    pub wrong_codes: Tries,
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
    /// Whether its owner came by a one-time link a moment ago, which stands in for the password: it
    /// was forgotten, or there is none yet. A clock that was set back makes no moment of a day.
    pub fn came_by_link(&self, now: Timestamp) -> bool {
        let ends = self.created_at + SIGN_IN_LINK_LIFE;
        self.by == SignedInBy::Link && self.created_at <= now && now < ends
    }

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

/// A browser that has passed the first door, by password or link, and not yet the second factor. It
/// is no login: it opens the second step and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInStep {
    pub token: SecretHash,
    pub user: UserId,
    pub by: SignedInBy,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    pub wrong_codes: u32,
}

/// How long the second step can be taken: time to install an authenticator app.
pub const SIGN_IN_STEP_LIFE: Duration = Duration::from_secs(15 * 60);

impl SignInStep {
    pub fn new(user: UserId, token: SecretHash, by: SignedInBy, made_at: Timestamp) -> Self {
        Self {
            token,
            user,
            by,
            made_at,
            expires_at: made_at + SIGN_IN_STEP_LIFE,
            wrong_codes: 0,
        }
    }

    /// Also one of a time that is still to come, of a clock that was set back, opens nothing.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.made_at <= now && now < self.expires_at
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
            by: SignedInBy::Password,
            device: Device::UNKNOWN,
            created_at: at(0),
            last_seen_at: at(3_300),
            ended_at: None,
            wrong_codes: Tries::default(),
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

    #[test]
    fn a_link_stands_in_for_the_password_for_a_quarter_of_an_hour() {
        let login = |by| LoginSession {
            id: LoginSessionId::new(Uuid::from_u128(1)),
            user: UserId::new(Uuid::from_u128(2)),
            token: SecretHash::of(b"token"),
            by,
            device: Device::UNKNOWN,
            created_at: at(100),
            last_seen_at: at(100),
            ended_at: None,
            wrong_codes: Tries::default(),
        };
        let link = login(SignedInBy::Link);
        assert!(link.came_by_link(at(100)) && link.came_by_link(at(999)));
        assert!(!link.came_by_link(at(1_000)) && !link.came_by_link(at(99)));
        assert!(!login(SignedInBy::Password).came_by_link(at(100)));
    }

    #[test]
    fn a_step_is_open_for_a_quarter_of_an_hour() {
        let user = UserId::new(Uuid::from_u128(2));
        let step = SignInStep::new(user, SecretHash::of(b"s"), SignedInBy::Link, at(100));
        assert!(step.is_open(at(100)) && step.is_open(at(999)));
        assert!(!step.is_open(at(1_000)) && !step.is_open(at(99)));
    }
}
