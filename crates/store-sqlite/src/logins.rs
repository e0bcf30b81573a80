//! Logins, sign-in links and wrong tries.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{LoginSessionId, UserId};
use yorisoi_domain::login::{Device, LoginSession, SignInLink};
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::tries::Tries;
use yorisoi_store::{Lookup, ReadLogins, Result, WriteLogins};

use crate::codes::{bytes32, code, counted, parse, time, tries};
use crate::error::sql;
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    user_id: Uuid,
    token: Vec<u8>,
    signed_by: String,
    system: String,
    browser: String,
    created_ms: i64,
    last_seen_ms: i64,
    ended_ms: Option<i64>,
    wrong_codes: i64,
    last_wrong_ms: Option<i64>,
}

impl Row {
    fn read(self) -> Result<LoginSession> {
        Ok(LoginSession {
            id: LoginSessionId::new(self.id),
            user: UserId::new(self.user_id),
            token: SecretHash::from_bytes(bytes32(&self.token)?),
            by: parse(&self.signed_by, "login_sessions.signed_by")?,
            device: Device {
                system: parse(&self.system, "login_sessions.system")?,
                browser: parse(&self.browser, "login_sessions.browser")?,
            },
            created_at: time(self.created_ms)?,
            last_seen_at: time(self.last_seen_ms)?,
            ended_at: self.ended_ms.map(time).transpose()?,
            wrong_codes: tries(self.wrong_codes, self.last_wrong_ms)?,
        })
    }
}

#[async_trait]
impl ReadLogins for SqliteTx {
    async fn login_session(&mut self, token: SecretHash) -> Result<Option<LoginSession>> {
        let token = &token.as_bytes()[..];
        let row = sqlx::query_as!(
            Row,
            "SELECT id, user_id, token, signed_by, system, browser, created_ms, last_seen_ms,
                 ended_ms, wrong_codes, last_wrong_ms
             FROM login_sessions WHERE token = ?",
            token
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn login_sessions_of(&mut self, user: UserId) -> Result<Vec<LoginSession>> {
        let user = user.uuid();
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, user_id, token, signed_by, system, browser, created_ms, last_seen_ms,
                 ended_ms, wrong_codes, last_wrong_ms
             FROM login_sessions WHERE user_id = ? AND ended_ms IS NULL
             ORDER BY created_ms DESC, id DESC",
            user
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn tries(&mut self, key: Lookup) -> Result<Tries> {
        let key = &key.as_bytes()[..];
        let row = sqlx::query!(
            "SELECT wrong, last_wrong_ms FROM login_tries WHERE try_key = ?",
            key
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        let Some(row) = row else {
            return Ok(Tries::default());
        };
        tries(row.wrong, Some(row.last_wrong_ms))
    }
}

#[async_trait]
impl WriteLogins for SqliteTx {
    async fn insert_login_session(&mut self, login: &LoginSession) -> Result<()> {
        let (id, user, token) = (
            login.id.uuid(),
            login.user.uuid(),
            &login.token.as_bytes()[..],
        );
        let (by, system) = (code(login.by), code(login.device.system));
        let browser = code(login.device.browser);
        let created_ms = login.created_at.as_millisecond();
        let last_seen_ms = login.last_seen_at.as_millisecond();
        let ended_ms = login.ended_at.map(Timestamp::as_millisecond);
        let (wrong_codes, last_wrong_ms) = counted(login.wrong_codes);
        sqlx::query!(
            "INSERT INTO login_sessions (id, user_id, token, signed_by, system, browser,
                 created_ms, last_seen_ms, ended_ms, wrong_codes, last_wrong_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            user,
            token,
            by,
            system,
            browser,
            created_ms,
            last_seen_ms,
            ended_ms,
            wrong_codes,
            last_wrong_ms
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn touch_login_session(&mut self, id: LoginSessionId, at: Timestamp) -> Result<()> {
        let (id, at) = (id.uuid(), at.as_millisecond());
        sqlx::query!(
            "UPDATE login_sessions SET last_seen_ms = max(last_seen_ms, ?)
             WHERE id = ? AND ended_ms IS NULL",
            at,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn end_login_session(&mut self, id: LoginSessionId, at: Timestamp) -> Result<()> {
        let (id, at) = (id.uuid(), at.as_millisecond());
        sqlx::query!(
            "UPDATE login_sessions SET ended_ms = ? WHERE id = ? AND ended_ms IS NULL",
            at,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn end_login_sessions(
        &mut self,
        user: UserId,
        but: Option<LoginSessionId>,
        at: Timestamp,
    ) -> Result<u32> {
        let (user, at) = (user.uuid(), at.as_millisecond());
        let but = but.map(LoginSessionId::uuid);
        let done = sqlx::query!(
            "UPDATE login_sessions SET ended_ms = ?1
             WHERE user_id = ?2 AND ended_ms IS NULL AND (?3 IS NULL OR id <> ?3)",
            at,
            user,
            but
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn insert_sign_in_link(&mut self, link: &SignInLink) -> Result<()> {
        let (token, user) = (&link.token.as_bytes()[..], link.user.uuid());
        let (made_ms, expires_ms) = (
            link.made_at.as_millisecond(),
            link.expires_at.as_millisecond(),
        );
        sqlx::query!(
            "INSERT INTO sign_in_links (token, user_id, made_ms, expires_ms) VALUES (?, ?, ?, ?)",
            token,
            user,
            made_ms,
            expires_ms
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_sign_in_links(&mut self, user: UserId) -> Result<()> {
        let user = user.uuid();
        sqlx::query!(
            "DELETE FROM sign_in_links WHERE user_id = ? AND used_ms IS NULL",
            user
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn use_sign_in_link(
        &mut self,
        token: SecretHash,
        at: Timestamp,
    ) -> Result<Option<UserId>> {
        let (token, at) = (&token.as_bytes()[..], at.as_millisecond());
        let user = sqlx::query_scalar!(
            "UPDATE sign_in_links SET used_ms = ?
             WHERE token = ? AND used_ms IS NULL AND expires_ms > ? RETURNING user_id",
            at,
            token,
            at
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        Ok(user.map(UserId::new))
    }

    async fn add_wrong_try(&mut self, key: Lookup, at: Timestamp) -> Result<()> {
        let (key, at) = (&key.as_bytes()[..], at.as_millisecond());
        sqlx::query!(
            "INSERT INTO login_tries (try_key, wrong, last_wrong_ms) VALUES (?, 1, ?)
             ON CONFLICT (try_key) DO UPDATE SET wrong = wrong + 1, last_wrong_ms = excluded.last_wrong_ms",
            key,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn clear_tries(&mut self, key: Lookup) -> Result<()> {
        let key = &key.as_bytes()[..];
        sqlx::query!("DELETE FROM login_tries WHERE try_key = ?", key)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn purge_logins(&mut self, before: Timestamp) -> Result<u32> {
        let before = before.as_millisecond();
        let sessions = sqlx::query!(
            "DELETE FROM login_sessions WHERE coalesce(ended_ms, last_seen_ms) < ?",
            before
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        let links = sqlx::query!("DELETE FROM sign_in_links WHERE expires_ms < ?", before)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        let steps = sqlx::query!("DELETE FROM sign_in_steps WHERE expires_ms < ?", before)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        let tries = sqlx::query!("DELETE FROM login_tries WHERE last_wrong_ms < ?", before)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        let gone = sessions.rows_affected()
            + links.rows_affected()
            + steps.rows_affected()
            + tries.rows_affected();
        Ok(u32::try_from(gone).unwrap_or(u32::MAX))
    }
}
