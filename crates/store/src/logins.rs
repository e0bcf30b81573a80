//! Logins, sign-in links and wrong tries. Tokens lie here as hashes.

use async_trait::async_trait;
use yorisoi_domain::ids::{LoginSessionId, UserId};
use yorisoi_domain::login::{LoginSession, SignInLink};
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::tries::Tries;

use crate::{Lookup, Result};

#[async_trait]
pub trait ReadLogins {
    /// Also one that has ended.
    async fn login_session(&mut self, token: SecretHash) -> Result<Option<LoginSession>>;

    /// The user's that have not ended, the newest first. Whether each is still live is the
    /// domain's to say.
    async fn login_sessions_of(&mut self, user: UserId) -> Result<Vec<LoginSession>>;

    /// The wrong tries under a key: one account from one address. None is no tries.
    async fn tries(&mut self, key: Lookup) -> Result<Tries>;
}

#[async_trait]
pub trait WriteLogins {
    async fn insert_login_session(&mut self, login: &LoginSession) -> Result<()>;

    /// Notes a request. Never moves the time back, and never revives an ended login.
    async fn touch_login_session(&mut self, id: LoginSessionId, at: Timestamp) -> Result<()>;

    /// Ending twice keeps the first end.
    async fn end_login_session(&mut self, id: LoginSessionId, at: Timestamp) -> Result<()>;

    /// Ends every login of the user but this one, and says how many there were.
    async fn end_login_sessions(
        &mut self,
        user: UserId,
        but: Option<LoginSessionId>,
        at: Timestamp,
    ) -> Result<u32>;

    async fn insert_sign_in_link(&mut self, link: &SignInLink) -> Result<()>;

    /// The user's links that were not used open nothing any more.
    async fn delete_sign_in_links(&mut self, user: UserId) -> Result<()>;

    /// Uses the link up. `None` if it is unknown, used or expired: all the same to who asks.
    async fn use_sign_in_link(
        &mut self,
        token: SecretHash,
        at: Timestamp,
    ) -> Result<Option<UserId>>;

    /// Counts one more wrong try.
    async fn add_wrong_try(&mut self, key: Lookup, at: Timestamp) -> Result<()>;

    async fn clear_tries(&mut self, key: Lookup) -> Result<()>;

    /// Removes what no longer matters: logins that ended or were last seen before `before`,
    /// links and second steps that expired and tries that were last wrong before it. Says how many
    /// rows went.
    async fn purge_logins(&mut self, before: Timestamp) -> Result<u32>;
}
