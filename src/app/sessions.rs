//! Where somebody is signed in, and ending it: one's own logins one by one or all others at once,
//! and an account everywhere by an administrator.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{LoginSessionId, UserId};
use yorisoi_domain::login::{Browser, System, Talk};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::Tx;

use super::users::Proof;
use super::{App, AppError, Result};
use crate::auth::secret::Secret;

/// A browser in which one is signed in. No address is kept of it.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SessionLine {
    pub id: Uuid,
    pub system: System,
    pub browser: Browser,
    pub signed_in_at: Timestamp,
    /// To the minute.
    pub last_used_at: Timestamp,
    /// This one.
    pub current: bool,
}

impl App {
    /// One's own logins that hold, the newest first. Own data, so no reading event.
    ///
    /// # Errors
    /// Nobody is signed in.
    pub async fn own_sessions(
        &self,
        actor: &Actor,
        own: Option<LoginSessionId>,
    ) -> Result<Vec<SessionLine>> {
        let (mut tx, user) = self.own_account(actor).await?;
        let talk = if tx.is_in_talk(user).await? {
            Talk::InTalk
        } else {
            Talk::NotInTalk
        };
        let open = tx.login_sessions_of(user).await?;
        let live = open
            .into_iter()
            .filter(|login| login.is_live(self.settings.login, talk, self.now()));
        let lines = live.map(|login| SessionLine {
            id: login.id.uuid(),
            system: login.device.system,
            browser: login.device.browser,
            signed_in_at: login.created_at,
            last_used_at: login.last_seen_at,
            current: own == Some(login.id),
        });
        Ok(lines.collect())
    }

    /// Ends one of one's own logins.
    ///
    /// # Errors
    /// Nobody is signed in; the password is wrong; no open login of theirs has this id.
    pub async fn end_own_session(
        &self,
        actor: &Actor,
        id: LoginSessionId,
        proof: Proof,
    ) -> Result<()> {
        let (mut tx, row) = self.proven_account(actor, proof).await?;
        let open = tx.login_sessions_of(row.user.id).await?;
        if !open.iter().any(|login| login.id == id) {
            return Err(AppError::NotFound);
        }
        tx.end_login_session(id, self.now()).await?;
        let by = super::audit_actor(actor, None);
        self.note_city(&mut *tx, by, AuditAction::SignedOut, None, None, 1)
            .await?;
        self.commit(tx).await
    }

    /// Ends every other login of one's own, also those that wait at the second step, and links that
    /// nobody used yet.
    ///
    /// # Errors
    /// Nobody is signed in; the password is wrong.
    pub async fn end_other_sessions(&self, actor: &Actor, proof: Proof) -> Result<()> {
        let own = proof.login;
        let (mut tx, row) = self.proven_account(actor, proof).await?;
        let user = row.user.id;
        let ended = tx.end_login_sessions(user, own, self.now()).await?;
        tx.delete_sign_in_steps(user).await?;
        tx.delete_sign_in_links(user).await?;
        let (by, ended) = (super::audit_actor(actor, None), ended.try_into());
        self.note_city(
            &mut *tx,
            by,
            AuditAction::SignedOutEverywhere,
            None,
            Some(AuditSubject::User(user)),
            ended.unwrap_or(usize::MAX),
        )
        .await?;
        self.commit(tx).await
    }

    /// Signs somebody out of every browser; they may sign in again.
    ///
    /// # Errors
    /// Not allowed; no such account.
    pub async fn sign_out_user(&self, actor: &Actor, id: UserId) -> Result<()> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ManageUsers, &subject)
            .await?;
        tx.user(id).await?.ok_or(AppError::NotFound)?;
        let ended = self.end_everywhere(&mut *tx, id).await?;
        let about = Some(AuditSubject::User(id));
        self.note_city(
            &mut *tx,
            by,
            AuditAction::SignedOutEverywhere,
            None,
            about,
            ended,
        )
        .await?;
        self.commit(tx).await
    }

    /// Whether a login has ended by somebody's hand or its account is disabled: what an open socket
    /// asks twice a second. It is no request and keeps no login alive.
    ///
    /// # Errors
    /// The store failed, which says nothing about them.
    pub async fn was_signed_out(&self, login: &Secret) -> Result<bool> {
        let mut reader = self.store.read().await?;
        let Some(login) = reader.login_session(login.hash()).await? else {
            return Ok(true);
        };
        let user = reader.user(login.user).await?;
        Ok(login.ended_at.is_some() || !user.is_some_and(|row| row.user.is_active()))
    }

    /// Ends every login of an account and every way to one that is under way; says how many logins.
    pub(super) async fn end_everywhere(&self, tx: &mut dyn Tx, user: UserId) -> Result<usize> {
        // A link that fell into wrong hands may be why.
        tx.delete_sign_in_links(user).await?;
        self.end_logins(tx, user).await
    }

    /// As [`App::end_everywhere`], but a link that was made still leads to the second step.
    pub(super) async fn end_logins(&self, tx: &mut dyn Tx, user: UserId) -> Result<usize> {
        tx.delete_sign_in_steps(user).await?;
        let ended = tx.end_login_sessions(user, None, self.now()).await?;
        Ok(usize::try_from(ended).unwrap_or(usize::MAX))
    }
}
