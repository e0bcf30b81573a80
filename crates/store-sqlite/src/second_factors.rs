//! Second factors, recovery codes, and browsers that wait at the second step.

use async_trait::async_trait;
use yorisoi_domain::ids::UserId;
use yorisoi_domain::login::SignInStep;
use yorisoi_domain::secret::SecretHash;
use yorisoi_store::{
    ReadSecondFactors, Result, Sealed, SecondFactorRow, StoreError, WriteSecondFactors,
};

use crate::codes::{bytes32, code, counted, parse, revision, time, tries};
use crate::error::sql;
use crate::store::SqliteTx;

#[async_trait]
impl ReadSecondFactors for SqliteTx {
    async fn second_factor(&mut self, user: UserId) -> Result<Option<SecondFactorRow>> {
        let id = user.uuid();
        let row = sqlx::query!(
            "SELECT secret, pending, confirmed_ms, last_step, revision, wrong_codes, last_wrong_ms
             FROM second_factors WHERE user_id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        let Some(row) = row else { return Ok(None) };
        let confirmed = match row.secret.zip(row.confirmed_ms) {
            Some((secret, at)) => Some((Sealed::from_bytes(secret), time(at)?)),
            None => None,
        };
        let step = |step| u64::try_from(step).map_err(|_| StoreError::Corrupt("last_step"));
        Ok(Some(SecondFactorRow {
            user,
            confirmed,
            pending: row.pending.map(Sealed::from_bytes),
            last_step: row.last_step.map(step).transpose()?,
            revision: revision(row.revision)?,
            wrong_codes: tries(row.wrong_codes, row.last_wrong_ms)?,
        }))
    }

    async fn recovery_codes(&mut self, user: UserId) -> Result<u32> {
        let user = user.uuid();
        let left = sqlx::query_scalar!(
            "SELECT count(*) FROM recovery_codes WHERE user_id = ?",
            user
        )
        .fetch_one(self.conn())
        .await
        .map_err(sql)?;
        Ok(u32::try_from(left).unwrap_or(u32::MAX))
    }

    async fn sign_in_step(&mut self, token: SecretHash) -> Result<Option<SignInStep>> {
        let bytes = &token.as_bytes()[..];
        let row = sqlx::query!(
            "SELECT token, user_id, signed_by, made_ms, expires_ms, wrong_codes
             FROM sign_in_steps WHERE token = ?",
            bytes
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        let read = row.map(|row| {
            Ok(SignInStep {
                token: SecretHash::from_bytes(bytes32(&row.token)?),
                user: UserId::new(row.user_id),
                by: parse(&row.signed_by, "sign_in_steps.signed_by")?,
                made_at: time(row.made_ms)?,
                expires_at: time(row.expires_ms)?,
                wrong_codes: u32::try_from(row.wrong_codes).unwrap_or(u32::MAX),
            })
        });
        read.transpose()
    }
}

#[async_trait]
impl WriteSecondFactors for SqliteTx {
    async fn save_second_factor(&mut self, row: &SecondFactorRow) -> Result<()> {
        let user = row.user.uuid();
        let (secret, confirmed_ms) = match &row.confirmed {
            Some((secret, at)) => (Some(secret.as_bytes()), Some(at.as_millisecond())),
            None => (None, None),
        };
        let pending = row.pending.as_ref().map(Sealed::as_bytes);
        let last_step = row
            .last_step
            .map(|step| i64::try_from(step).unwrap_or(i64::MAX));
        let revision = row.revision.number();
        let (wrong, last_wrong_ms) = counted(row.wrong_codes);
        sqlx::query!(
            "INSERT INTO second_factors (user_id, secret, pending, confirmed_ms, last_step, revision,
                 wrong_codes, last_wrong_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret,
                 pending = excluded.pending, confirmed_ms = excluded.confirmed_ms,
                 last_step = excluded.last_step, revision = excluded.revision,
                 wrong_codes = excluded.wrong_codes, last_wrong_ms = excluded.last_wrong_ms",
            user,
            secret,
            pending,
            confirmed_ms,
            last_step,
            revision,
            wrong,
            last_wrong_ms
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_second_factor(&mut self, user: UserId) -> Result<bool> {
        let user = user.uuid();
        let done = sqlx::query!("DELETE FROM second_factors WHERE user_id = ?", user)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(done.rows_affected() > 0)
    }

    async fn replace_recovery_codes(&mut self, user: UserId, codes: &[SecretHash]) -> Result<()> {
        let user = user.uuid();
        sqlx::query!("DELETE FROM recovery_codes WHERE user_id = ?", user)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        for code in codes {
            let code = &code.as_bytes()[..];
            sqlx::query!(
                "INSERT INTO recovery_codes (user_id, code) VALUES (?, ?)",
                user,
                code
            )
            .execute(self.conn())
            .await
            .map_err(sql)?;
        }
        Ok(())
    }

    async fn use_recovery_code(&mut self, user: UserId, code: SecretHash) -> Result<bool> {
        let (user, code) = (user.uuid(), &code.as_bytes()[..]);
        let done = sqlx::query!(
            "DELETE FROM recovery_codes WHERE user_id = ? AND code = ?",
            user,
            code
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(done.rows_affected() > 0)
    }

    async fn insert_sign_in_step(&mut self, step: &SignInStep) -> Result<()> {
        let (token, user) = (&step.token.as_bytes()[..], step.user.uuid());
        let by = code(step.by);
        let (made_ms, expires_ms) = (
            step.made_at.as_millisecond(),
            step.expires_at.as_millisecond(),
        );
        sqlx::query!(
            "INSERT INTO sign_in_steps (token, user_id, signed_by, made_ms, expires_ms)
             VALUES (?, ?, ?, ?, ?)",
            token,
            user,
            by,
            made_ms,
            expires_ms
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn add_wrong_code(&mut self, token: SecretHash) -> Result<()> {
        let token = &token.as_bytes()[..];
        sqlx::query!(
            "UPDATE sign_in_steps SET wrong_codes = wrong_codes + 1 WHERE token = ?",
            token
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_sign_in_step(&mut self, token: SecretHash) -> Result<()> {
        let token = &token.as_bytes()[..];
        sqlx::query!("DELETE FROM sign_in_steps WHERE token = ?", token)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn delete_sign_in_steps(&mut self, user: UserId) -> Result<()> {
        let user = user.uuid();
        sqlx::query!("DELETE FROM sign_in_steps WHERE user_id = ?", user)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(())
    }
}
