//! The links to interviews.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, InvitationId, UserId};
use yorisoi_domain::invitation::{Invitation, InvitationState};
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{ReadInvitations, Result, StoreError, WriteInvitations};

use crate::codes::{bytes32, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    interview_id: Uuid,
    secret: Vec<u8>,
    made_ms: i64,
    made_by: Uuid,
    expires_ms: i64,
    first_claimed_ms: Option<i64>,
    revoked_ms: Option<i64>,
    revoked_by: Option<Uuid>,
}

impl Row {
    fn read(self) -> Result<Invitation> {
        let first_claimed_at = self.first_claimed_ms.map(time).transpose()?;
        let state = match (self.revoked_ms, self.revoked_by) {
            (None, None) => InvitationState::Open { first_claimed_at },
            (Some(at), Some(by)) => InvitationState::Revoked {
                at: time(at)?,
                by: by.into(),
                first_claimed_at,
            },
            _ => return Err(StoreError::Corrupt("invitations.revoked_by")),
        };
        Ok(Invitation {
            id: self.id.into(),
            interview: self.interview_id.into(),
            secret: SecretHash::from_bytes(bytes32(&self.secret)?),
            made_by: self.made_by.into(),
            made_at: time(self.made_ms)?,
            expires_at: time(self.expires_ms)?,
            state,
        })
    }
}

#[async_trait]
impl ReadInvitations for SqliteTx {
    async fn invitation(&mut self, id: InvitationId) -> Result<Option<Invitation>> {
        let id = id.uuid();
        let row = sqlx::query_as!(
            Row,
            "SELECT id, interview_id, secret, made_ms, made_by, expires_ms, first_claimed_ms,
                    revoked_ms, revoked_by
             FROM invitations WHERE id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn invitation_by_secret(&mut self, secret: SecretHash) -> Result<Option<Invitation>> {
        let secret = &secret.as_bytes()[..];
        let row = sqlx::query_as!(
            Row,
            "SELECT id, interview_id, secret, made_ms, made_by, expires_ms, first_claimed_ms,
                    revoked_ms, revoked_by
             FROM invitations WHERE secret = ?",
            secret
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn invitations_of(&mut self, interview: InterviewId) -> Result<Vec<Invitation>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, interview_id, secret, made_ms, made_by, expires_ms, first_claimed_ms,
                    revoked_ms, revoked_by
             FROM invitations WHERE interview_id = ? ORDER BY made_ms DESC, id DESC",
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }
}

#[async_trait]
impl WriteInvitations for SqliteTx {
    async fn insert_invitation(&mut self, invitation: &Invitation) -> Result<()> {
        let (id, interview) = (invitation.id.uuid(), invitation.interview.uuid());
        let (secret, made_by) = (&invitation.secret.as_bytes()[..], invitation.made_by.uuid());
        let made_ms = invitation.made_at.as_millisecond();
        let expires_ms = invitation.expires_at.as_millisecond();
        let (claimed_ms, revoked_ms, revoked_by) = columns(invitation.state);
        sqlx::query!(
            "INSERT INTO invitations (id, interview_id, secret, made_ms, made_by, expires_ms,
                 first_claimed_ms, revoked_ms, revoked_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            interview,
            secret,
            made_ms,
            made_by,
            expires_ms,
            claimed_ms,
            revoked_ms,
            revoked_by
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn save_invitation(&mut self, invitation: &Invitation) -> Result<()> {
        let id = invitation.id.uuid();
        let (claimed_ms, revoked_ms, revoked_by) = columns(invitation.state);
        let done = sqlx::query!(
            "UPDATE invitations
             SET first_claimed_ms = coalesce(first_claimed_ms, ?), revoked_ms = ?, revoked_by = ?
             WHERE id = ? AND revoked_ms IS NULL",
            claimed_ms,
            revoked_ms,
            revoked_by,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }
}

/// First claimed, revoked when and by whom.
fn columns(state: InvitationState) -> (Option<i64>, Option<i64>, Option<Uuid>) {
    let ms = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    match state {
        InvitationState::Open { first_claimed_at } => (ms(first_claimed_at), None, None),
        InvitationState::Revoked {
            at,
            by,
            first_claimed_at,
        } => (
            ms(first_claimed_at),
            Some(at.as_millisecond()),
            Some(UserId::uuid(by)),
        ),
    }
}
