//! Staff accounts: add, list, disable, enable. An account is never deleted, because the audit names it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Denial, Grant, Role, Subject};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::ids::{LoginSessionId, UserId};
use yorisoi_domain::login::SignInLink;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_domain::user::{User, UserNames};
use yorisoi_store::{KeyKind, Revision, StoreError, Tx};

use super::input::{FieldCode, Form, NAME};
use super::logins::GrantLine;
use super::{App, AppError, Result};
use crate::auth::secret::Secret;
use crate::crypto::rows;

/// A new account.
#[derive(Debug)]
pub struct NewUser {
    /// 職員ID: 3 to 32 of a-z, 0-9, `.`, `_`, `-`.
    pub staff_id: Pii<String>,
    pub name: Pii<String>,
    /// At least one.
    pub grants: Vec<NewGrant>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    pub office: Uuid,
    pub role: Role,
}

impl From<NewGrant> for Grant {
    fn from(grant: NewGrant) -> Self {
        Self {
            office: grant.office.into(),
            role: grant.role,
        }
    }
}

/// That it is they who sit there: what opens cases takes more than a computer left signed in.
#[derive(Debug)]
pub struct Proof {
    pub password: Option<Pii<String>>,
    pub from: IpAddr,
    /// Where they sit.
    pub login: Option<LoginSessionId>,
}

/// The new account and its first way in.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedUser {
    pub id: Uuid,
    /// Works once, until `link_expires_at`. It is not shown again.
    #[schema(value_type = String)]
    pub sign_in_link: Pii<String>,
    pub link_expires_at: Timestamp,
}

/// An account in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserLine {
    pub id: Uuid,
    #[schema(value_type = String)]
    pub staff_id: Pii<String>,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    pub active: bool,
    /// Has a second factor.
    pub second_factor: bool,
    pub grants: Vec<GrantLine>,
}

impl App {
    /// # Errors
    /// Not allowed; the password is wrong; fields that can't be taken; the staff id is taken.
    pub async fn add_user(
        &self,
        actor: &Actor,
        new: NewUser,
        proof: Option<Proof>,
    ) -> Result<AddedUser> {
        let (mut tx, by) = self.proven_manager(actor, proof).await?;
        let mut form = Form::default();
        let name = form.line("name", &new.name, NAME);
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b);
        let staff_id = new.staff_id.expose();
        if !(3..=32).contains(&staff_id.len()) || !staff_id.bytes().all(allowed) {
            form.refuse("staff_id", FieldCode::OutOfRange);
        }
        check_grants(&mut *tx, &mut form, &new.grants).await?;
        form.done()?;

        let now = self.now();
        let id = UserId::new(self.ids.id());
        let key = self.new_key(KeyKind::Person, id.uuid()).await?;
        let names = UserNames {
            login_name: new.staff_id,
            name,
        };
        let user = User::new(id, now);
        let row = rows::seal_user(&key, &self.lookups, user, &names, Revision::FIRST)?;
        match tx.insert_user(&row).await {
            Err(StoreError::Conflict) => return Err(AppError::Taken),
            done => done?,
        }
        let about = Some(AuditSubject::User(id));
        self.note_city(&mut *tx, by, AuditAction::UserAdded, None, about, 1)
            .await?;
        let grants: BTreeSet<Grant> = new.grants.into_iter().map(Into::into).collect();
        self.give(&mut *tx, by, id, &grants).await?;
        let (sign_in_link, link_expires_at) = self.make_sign_in_link(&mut *tx, by, id).await?;
        self.commit(tx).await?;
        Ok(AddedUser {
            id: id.uuid(),
            sign_in_link: Pii::new(sign_in_link),
            link_expires_at,
        })
    }

    /// Gives and takes roles, until `wanted` are all that somebody has; `seen` are those they had when
    /// it was decided. Whose roles now ask for a second factor signs in again and sets one, which
    /// waits for the end of a talk; open rooms ask again who may stay.
    ///
    /// # Errors
    /// Not allowed, and so is giving oneself a role; the password is wrong; no such account; no role,
    /// or of no office that exists; the roles are not those that were seen; they are in a talk that
    /// the second factor would end; nobody would administer any more.
    pub async fn set_grants(
        &self,
        actor: &Actor,
        id: UserId,
        seen: &[NewGrant],
        wanted: &[NewGrant],
        proof: Option<Proof>,
    ) -> Result<()> {
        let (mut tx, by) = self.proven_manager(actor, proof).await?;
        tx.user(id).await?.ok_or(AppError::NotFound)?;
        let mut form = Form::default();
        check_grants(&mut *tx, &mut form, wanted).await?;
        form.done()?;
        let set = |grants: &[NewGrant]| grants.iter().map(|it| (*it).into()).collect();
        let (seen, after): (BTreeSet<Grant>, BTreeSet<Grant>) = (set(seen), set(wanted));
        let before: BTreeSet<Grant> = tx.grants(id).await?.into_iter().collect();
        if before != seen {
            return Err(AppError::Changed);
        }
        let given: BTreeSet<Grant> = &after - &before;
        let taken: BTreeSet<Grant> = &before - &after;
        if given.is_empty() && taken.is_empty() {
            return Ok(());
        }
        // Whoever could give a role to themselves would open every case by it.
        if matches!(actor, Actor::Staff(staff) if staff.user == id) && !given.is_empty() {
            return self.refuse_own_grants(tx, by, id).await;
        }
        self.give(&mut *tx, by, id, &given).await?;
        for grant in taken {
            tx.delete_grant(id, grant).await?;
            let (action, office) = (AuditAction::taken(grant.role), Some(grant.office));
            let about = Some(AuditSubject::User(id));
            self.note_city(&mut *tx, by, action, office, about, 1)
                .await?;
        }
        if !self.somebody_administers(&mut *tx).await? {
            return Err(InvalidTransition {
                record: "administrators",
                from: "the last one",
                to: "none",
            }
            .into());
        }
        let factor = tx.second_factor(id).await?;
        let has_one = factor.is_some_and(|row| row.confirmed.is_some());
        if !has_one && self.needs_second_factor(&mut *tx, id).await? {
            // The resident would sit there alone.
            if tx.is_in_talk(id).await? {
                return Err(AppError::NotReady);
            }
            self.end_logins(&mut *tx, id).await?;
        }
        self.commit(tx).await?;
        self.rights_changed();
        Ok(())
    }

    async fn give(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        to: UserId,
        grants: &BTreeSet<Grant>,
    ) -> Result<()> {
        for grant in grants {
            tx.insert_grant(to, *grant).await?;
            let (action, office) = (AuditAction::given(grant.role), Some(grant.office));
            let about = Some(AuditSubject::User(to));
            self.note_city(tx, by, action, office, about, 1).await?;
        }
        Ok(())
    }

    /// A refusal like those of the table of rights, with its line in the audit.
    async fn refuse_own_grants(
        &self,
        mut tx: Box<dyn Tx>,
        by: AuditActor,
        own: UserId,
    ) -> Result<()> {
        let denial = Denial::OwnRequest;
        let event = AuditEvent {
            subject: Some(AuditSubject::User(own)),
            ..self.event(by, AuditAction::Denied(Action::ManageUsers, denial))
        };
        self.trail.append(&mut *tx, &event).await?;
        self.commit(tx).await?;
        Err(AppError::Denied(denial))
    }

    /// Who may look after accounts, once they have proven that it is they who sit there; the
    /// command line has no password.
    pub(super) async fn proven_manager(
        &self,
        actor: &Actor,
        proof: Option<Proof>,
    ) -> Result<(Box<dyn Tx>, AuditActor)> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ManageUsers, &subject)
            .await?;
        let Actor::Staff(staff) = actor else {
            return Ok((tx, by));
        };
        let row = tx.user(staff.user).await?.ok_or(AppError::NotFound)?;
        drop(tx);
        let proof = proof.ok_or(AppError::Unknown)?;
        Ok((self.prove_password(&row, proof).await?, by))
    }

    /// Without an administrator who gets in nobody could make one, but from the command line.
    async fn somebody_administers(&self, tx: &mut dyn Tx) -> Result<bool> {
        for row in tx.users().await? {
            let user = row.user.id;
            let mut grants = tx.grants(user).await?.into_iter();
            let administers = grants.any(|it| it.role == Role::Administrator);
            if administers && row.user.is_active() && self.has_got_in(tx, user).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an administrator has ever come as far as their work, which takes a second factor.
    async fn has_got_in(&self, tx: &mut dyn Tx, user: UserId) -> Result<bool> {
        let factor = tx.second_factor(user).await?;
        Ok(self.settings.demo || factor.is_some_and(|row| row.confirmed.is_some()))
    }

    /// Another one-time link for an account: somebody forgot the password. One that was made before
    /// opens nothing any more.
    ///
    /// # Errors
    /// Not allowed; no active account has this staff id.
    pub async fn renew_sign_in_link(
        &self,
        actor: &Actor,
        staff_id: &Pii<String>,
    ) -> Result<String> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ManageUsers, &subject)
            .await?;
        let row = tx.user_by_login(self.lookups.login(staff_id)).await?;
        let row = row
            .filter(|row| row.user.is_active())
            .ok_or(AppError::NotFound)?;
        let (link, _) = self.make_sign_in_link(&mut *tx, by, row.user.id).await?;
        self.commit(tx).await?;
        Ok(link)
    }

    async fn make_sign_in_link(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        user: UserId,
    ) -> Result<(String, Timestamp)> {
        let secret = Secret::random(&*self.ids);
        let link = SignInLink::new(user, secret.hash(), self.now());
        tx.delete_sign_in_links(user).await?;
        tx.insert_sign_in_link(&link).await?;
        let about = Some(AuditSubject::User(user));
        self.note_city(tx, by, AuditAction::SignInLinkMade, None, about, 1)
            .await?;
        let url = format!("{}/signin#{}", self.settings.origin, secret.to_text());
        Ok((url, link.expires_at))
    }

    /// # Errors
    /// Not allowed.
    pub async fn list_users(&self, actor: &Actor) -> Result<Vec<UserLine>> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ReadUsers, &subject)
            .await?;
        let mut lines = Vec::new();
        for row in tx.users().await? {
            let UserNames {
                login_name: staff_id,
                name,
            } = self.opened_names(&row).await?;
            let grants = self.grant_lines(&mut *tx, row.user.id).await?;
            let (id, active) = (row.user.id.uuid(), row.user.is_active());
            let factor = tx.second_factor(row.user.id).await?;
            lines.push(UserLine {
                id,
                staff_id,
                name,
                active,
                second_factor: factor.is_some_and(|row| row.confirmed.is_some()),
                grants,
            });
        }
        self.note_city(
            &mut *tx,
            by,
            AuditAction::UsersRead,
            None,
            None,
            lines.len(),
        )
        .await?;
        self.commit(tx).await?;
        Ok(lines)
    }

    /// Disables an account and ends every login of it and every link to one; open sockets end within
    /// a second.
    ///
    /// # Errors
    /// Not allowed; no such account; disabled already; one's own.
    pub async fn disable_user(&self, actor: &Actor, id: UserId) -> Result<()> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ManageUsers, &subject)
            .await?;
        let user = tx.user(id).await?.ok_or(AppError::NotFound)?.user;
        let who = match actor {
            Actor::Staff(staff) => Some(staff.user),
            _ => None,
        };
        let user = user.disable(who, self.now())?;
        tx.save_user_state(&user).await?;
        self.end_everywhere(&mut *tx, id).await?;
        let about = Some(AuditSubject::User(id));
        self.note_city(&mut *tx, by, AuditAction::UserDisabled, None, about, 1)
            .await?;
        self.commit(tx).await
    }

    /// Lets somebody in again who was disabled; they sign in as before.
    ///
    /// # Errors
    /// Not allowed; no such account; not disabled.
    pub async fn enable_user(&self, actor: &Actor, id: UserId) -> Result<()> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ManageUsers, &subject)
            .await?;
        let user = tx
            .user(id)
            .await?
            .ok_or(AppError::NotFound)?
            .user
            .enable()?;
        tx.save_user_state(&user).await?;
        let about = Some(AuditSubject::User(id));
        self.note_city(&mut *tx, by, AuditAction::UserEnabled, None, about, 1)
            .await?;
        self.commit(tx).await
    }

    /// The account of a staff id, for the command line.
    ///
    /// # Errors
    /// The store failed.
    pub async fn user_of_staff_id(&self, staff_id: &Pii<String>) -> Result<Option<UserId>> {
        let mut reader = self.store.read().await?;
        let row = reader.user_by_login(self.lookups.login(staff_id)).await?;
        Ok(row.map(|row| row.user.id))
    }
}

/// At least one role, and of offices that exist.
async fn check_grants(tx: &mut dyn Tx, form: &mut Form, grants: &[NewGrant]) -> Result<()> {
    if grants.is_empty() {
        form.refuse("grants", FieldCode::Required);
    }
    for grant in grants {
        if tx.office(grant.office.into()).await?.is_none() {
            form.refuse("grants", FieldCode::NotKnown);
        }
    }
    Ok(())
}
