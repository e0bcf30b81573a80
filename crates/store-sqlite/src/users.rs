//! Staff accounts, their roles, and rights in single cases of other offices.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::access::{Assignment, Grant};
use yorisoi_domain::ids::{AssignmentId, CaseId, OfficeId, UserId};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::user::{User, UserState};
use yorisoi_store::{Lookup, ReadUsers, Result, Sealed, UserRow, WriteUsers};

use crate::codes::{bytes32, code, parse, revision, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    login: Vec<u8>,
    login_name: Vec<u8>,
    name: Vec<u8>,
    created_ms: i64,
    disabled_ms: Option<i64>,
    disabled_by: Option<Uuid>,
    revision: i64,
}

impl Row {
    fn read(self) -> Result<UserRow> {
        let state = match self.disabled_ms {
            None => UserState::Active,
            Some(at) => UserState::Disabled {
                at: time(at)?,
                by: self.disabled_by.map(UserId::new),
            },
        };
        Ok(UserRow {
            user: User {
                id: self.id.into(),
                created_at: time(self.created_ms)?,
                state,
            },
            login: Lookup::from_bytes(bytes32(&self.login)?),
            login_name: Sealed::from_bytes(self.login_name),
            name: Sealed::from_bytes(self.name),
            revision: revision(self.revision)?,
        })
    }
}

struct AssignmentRow {
    id: Uuid,
    user_id: Uuid,
    case_id: Uuid,
    role: String,
    from_ms: i64,
    ends_ms: i64,
}

impl AssignmentRow {
    fn read(self) -> Result<Assignment> {
        Ok(Assignment {
            id: AssignmentId::new(self.id),
            user: self.user_id.into(),
            case: self.case_id.into(),
            role: parse(&self.role, "assignments.role")?,
            from: time(self.from_ms)?,
            ends_at: time(self.ends_ms)?,
        })
    }
}

#[async_trait]
impl ReadUsers for SqliteTx {
    async fn user(&mut self, id: UserId) -> Result<Option<UserRow>> {
        let id = id.uuid();
        let row = sqlx::query_as!(
            Row,
            "SELECT id, login, login_name, name, created_ms, disabled_ms, disabled_by, revision
             FROM users WHERE id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn user_by_login(&mut self, login: Lookup) -> Result<Option<UserRow>> {
        let login = &login.as_bytes()[..];
        let row = sqlx::query_as!(
            Row,
            "SELECT id, login, login_name, name, created_ms, disabled_ms, disabled_by, revision
             FROM users WHERE login = ?",
            login
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn users(&mut self) -> Result<Vec<UserRow>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, login, login_name, name, created_ms, disabled_ms, disabled_by, revision
             FROM users ORDER BY created_ms, id"
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn password_hash(&mut self, id: UserId) -> Result<Option<Pii<String>>> {
        let id = id.uuid();
        let hash = sqlx::query_scalar!("SELECT password_hash FROM users WHERE id = ?", id)
            .fetch_optional(self.conn())
            .await
            .map_err(sql)?;
        Ok(hash.flatten().map(Pii::new))
    }

    async fn grants(&mut self, user: UserId) -> Result<Vec<Grant>> {
        let user = user.uuid();
        let rows = sqlx::query!(
            "SELECT office_id, role FROM grants WHERE user_id = ? ORDER BY office_id, role",
            user
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let role = parse(&row.role, "grants.role")?;
            Ok(Grant {
                office: OfficeId::new(row.office_id),
                role,
            })
        });
        read.collect()
    }

    async fn assignments(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Assignment>> {
        let (user, now) = (user.uuid(), now.as_millisecond());
        let rows = sqlx::query_as!(
            AssignmentRow,
            "SELECT id, user_id, case_id, role, from_ms, ends_ms
             FROM assignments WHERE user_id = ? AND ends_ms > ? ORDER BY id",
            user,
            now
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(AssignmentRow::read).collect()
    }

    async fn assignments_to(&mut self, case: CaseId) -> Result<Vec<Assignment>> {
        let case = case.uuid();
        let rows = sqlx::query_as!(
            AssignmentRow,
            "SELECT id, user_id, case_id, role, from_ms, ends_ms
             FROM assignments WHERE case_id = ? ORDER BY id",
            case
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(AssignmentRow::read).collect()
    }
}

#[async_trait]
impl WriteUsers for SqliteTx {
    async fn insert_user(&mut self, row: &UserRow) -> Result<()> {
        let id = row.user.id.uuid();
        let login = &row.login.as_bytes()[..];
        let (login_name, name) = (row.login_name.as_bytes(), row.name.as_bytes());
        let created_ms = row.user.created_at.as_millisecond();
        let (disabled_ms, disabled_by) = disabled(row.user.state);
        let revision = row.revision.number();
        sqlx::query!(
            "INSERT INTO users (id, login, login_name, name, created_ms, disabled_ms, disabled_by, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            login,
            login_name,
            name,
            created_ms,
            disabled_ms,
            disabled_by,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn save_user_state(&mut self, user: &User) -> Result<()> {
        let id = user.id.uuid();
        let (disabled_ms, disabled_by) = disabled(user.state);
        let done = sqlx::query!(
            "UPDATE users SET disabled_ms = ?, disabled_by = ? WHERE id = ?",
            disabled_ms,
            disabled_by,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn set_password_hash(&mut self, id: UserId, hash: &Pii<String>) -> Result<()> {
        let (id, hash) = (id.uuid(), hash.expose());
        let done = sqlx::query!("UPDATE users SET password_hash = ? WHERE id = ?", hash, id)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn insert_grant(&mut self, user: UserId, grant: Grant) -> Result<()> {
        let (user, office, role) = (user.uuid(), grant.office.uuid(), code(grant.role));
        sqlx::query!(
            "INSERT INTO grants (user_id, office_id, role) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            user,
            office,
            role
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_grant(&mut self, user: UserId, grant: Grant) -> Result<bool> {
        let (user, office, role) = (user.uuid(), grant.office.uuid(), code(grant.role));
        let done = sqlx::query!(
            "DELETE FROM grants WHERE user_id = ? AND office_id = ? AND role = ?",
            user,
            office,
            role
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(done.rows_affected() > 0)
    }

    async fn insert_assignment(
        &mut self,
        assignment: &Assignment,
        made_by: UserId,
        made_at: Timestamp,
    ) -> Result<()> {
        let (id, user) = (assignment.id.uuid(), assignment.user.uuid());
        let (case, role) = (assignment.case.uuid(), code(assignment.role));
        let from_ms = assignment.from.as_millisecond();
        let ends_ms = assignment.ends_at.as_millisecond();
        let (made_ms, made_by) = (made_at.as_millisecond(), made_by.uuid());
        sqlx::query!(
            "INSERT INTO assignments (id, user_id, case_id, role, from_ms, ends_ms, made_ms, made_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            user,
            case,
            role,
            from_ms,
            ends_ms,
            made_ms,
            made_by
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}

fn disabled(state: UserState) -> (Option<i64>, Option<Uuid>) {
    match state {
        UserState::Active => (None, None),
        UserState::Disabled { at, by } => (Some(at.as_millisecond()), by.map(UserId::uuid)),
    }
}
