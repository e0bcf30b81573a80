//! Second factors, recovery codes, and browsers that wait at the second step.

use async_trait::async_trait;
use yorisoi_domain::ids::UserId;
use yorisoi_domain::login::SignInStep;
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::tries::Tries;

use crate::{Result, Revision, Sealed};

/// Secrets are sealed under the user's own `person` key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorRow {
    pub user: UserId,
    /// With the time at which its first code was typed; `None` while there is only a pending one.
    pub confirmed: Option<(Sealed, Timestamp)>,
    /// Shown, and not confirmed by a code yet.
    pub pending: Option<Sealed>,
    /// The newest step whose code was accepted.
    pub last_step: Option<u64>,
    /// Wrong codes since the last right one.
    pub wrong_codes: Tries,
    pub revision: Revision,
}

#[async_trait]
pub trait ReadSecondFactors {
    async fn second_factor(&mut self, user: UserId) -> Result<Option<SecondFactorRow>>;

    /// How many recovery codes are left.
    async fn recovery_codes(&mut self, user: UserId) -> Result<u32>;

    /// Also one that is over.
    async fn sign_in_step(&mut self, token: SecretHash) -> Result<Option<SignInStep>>;
}

#[async_trait]
pub trait WriteSecondFactors {
    /// Makes or replaces the whole row. `Refused` if a step goes back under the same secret.
    async fn save_second_factor(&mut self, row: &SecondFactorRow) -> Result<()>;

    /// Removes it with its recovery codes. `false`: there was none.
    async fn delete_second_factor(&mut self, user: UserId) -> Result<bool>;

    /// All codes there were before are gone.
    async fn replace_recovery_codes(&mut self, user: UserId, codes: &[SecretHash]) -> Result<()>;

    /// Uses one up. `false`: it is none, or was used.
    async fn use_recovery_code(&mut self, user: UserId, code: SecretHash) -> Result<bool>;

    async fn insert_sign_in_step(&mut self, step: &SignInStep) -> Result<()>;

    /// Counts one more wrong code at the step.
    async fn add_wrong_code(&mut self, token: SecretHash) -> Result<()>;

    async fn delete_sign_in_step(&mut self, token: SecretHash) -> Result<()>;

    /// Every browser of the user that waits at the second step has to begin anew.
    async fn delete_sign_in_steps(&mut self, user: UserId) -> Result<()>;
}
