//! Staff accounts, their roles, and rights in single cases of other offices.

use async_trait::async_trait;
use yorisoi_domain::access::{Assignment, Grant};
use yorisoi_domain::ids::{CaseId, UserId};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::user::User;

use crate::{Lookup, Result, Revision, Sealed};

/// An account as it lies in the store. `name` and `login_name` are sealed under the user's own
/// `person` key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub user: User,
    /// Finds the account by the folded login name. One account each.
    pub login: Lookup,
    pub login_name: Sealed,
    pub name: Sealed,
    pub revision: Revision,
}

#[async_trait]
pub trait ReadUsers {
    async fn user(&mut self, id: UserId) -> Result<Option<UserRow>>;

    async fn user_by_login(&mut self, login: Lookup) -> Result<Option<UserRow>>;

    /// All of them, disabled ones too, in the order in which they were made.
    async fn users(&mut self) -> Result<Vec<UserRow>>;

    /// The password's argon2id string; `None` while only sign-in links open the account.
    async fn password_hash(&mut self, id: UserId) -> Result<Option<Pii<String>>>;

    async fn grants(&mut self, user: UserId) -> Result<Vec<Grant>>;

    /// The user's assignments that have not ended at `now`.
    async fn assignments(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Assignment>>;

    /// Everybody ever assigned to the case.
    async fn assignments_to(&mut self, case: CaseId) -> Result<Vec<Assignment>>;
}

#[async_trait]
pub trait WriteUsers {
    /// `Conflict` if the id or the login name exists.
    async fn insert_user(&mut self, row: &UserRow) -> Result<()>;

    /// Saves the state (active or disabled) and nothing else.
    async fn save_user_state(&mut self, user: &User) -> Result<()>;

    async fn set_password_hash(&mut self, id: UserId, hash: &Pii<String>) -> Result<()>;

    /// Gives the role; giving it twice is giving it once.
    async fn insert_grant(&mut self, user: UserId, grant: Grant) -> Result<()>;

    /// `false`: there was none.
    async fn delete_grant(&mut self, user: UserId, grant: Grant) -> Result<bool>;

    async fn insert_assignment(
        &mut self,
        assignment: &Assignment,
        made_by: UserId,
        made_at: Timestamp,
    ) -> Result<()>;
}
