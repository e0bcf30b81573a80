//! Staff accounts: who exists and who is switched off. An account is never deleted, because the
//! audit names it. Passwords are no business of this file.

use crate::ids::UserId;
use crate::pii::Pii;
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub created_at: Timestamp,
    pub state: UserState,
}

/// What the store holds sealed under the user's own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserNames {
    /// What is typed at the sign-in; compared folded.
    pub login_name: Pii<String>,
    /// As colleagues read it: 佐野.
    pub name: Pii<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserState {
    Active,
    /// Nobody can sign in; every login has ended. `by` is `None` when the command line did it.
    Disabled {
        at: Timestamp,
        by: Option<UserId>,
    },
}

impl User {
    pub const fn new(id: UserId, created_at: Timestamp) -> Self {
        Self {
            id,
            created_at,
            state: UserState::Active,
        }
    }

    pub const fn is_active(&self) -> bool {
        matches!(self.state, UserState::Active)
    }

    /// # Errors
    /// The account is not disabled.
    pub fn enable(self) -> Result<Self, InvalidTransition> {
        match self.state {
            UserState::Disabled { .. } => Ok(Self {
                state: UserState::Active,
                ..self
            }),
            UserState::Active => Err(invalid("active", "active")),
        }
    }

    /// Nobody disables their own account: the last administrator would lock the house from inside.
    pub fn disable(self, by: Option<UserId>, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            UserState::Active if by != Some(self.id) => Ok(Self {
                state: UserState::Disabled { at, by },
                ..self
            }),
            UserState::Active => Err(invalid("own account", "disabled")),
            UserState::Disabled { .. } => Err(invalid("disabled", "disabled")),
        }
    }
}

const fn invalid(from: &'static str, to: &'static str) -> InvalidTransition {
    InvalidTransition {
        record: "user",
        from,
        to,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_account_is_disabled_once_by_somebody_else_and_keeps_who_and_when() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let [own, other] = [1, 2].map(|n| UserId::new(Uuid::from_u128(n)));
        let user = User::new(own, at(0));
        assert!(user.disable(Some(own), at(1)).is_err());
        let gone = user.disable(Some(other), at(2)).unwrap();
        assert!(!gone.is_active());
        assert_eq!(
            gone.state,
            UserState::Disabled {
                at: at(2),
                by: Some(other)
            }
        );
        assert!(gone.disable(None, at(3)).is_err());
        assert_eq!(gone.enable().unwrap(), user);
        assert!(user.enable().is_err());
    }
}
