//! Signing in and out; the second step is [`super::second_factor`]'s. A wrong name, a wrong password, a disabled account and an account without a
//! password are one and the same answer, which takes the same time; each costs the account, from
//! this address, a growing delay, and nobody is ever locked out.

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Role, Seat, Staff, Subject};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::ids::{LoginSessionId, UserId};
use yorisoi_domain::login::{Device, LoginSession, SignedInBy, Talk};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::tries::{Tries, delay_after};
use yorisoi_store::{Lookup, Tx, UserRow};

use super::input::{FieldCode, Form};
use super::second_factor::{OwnSecondFactor, WrongCodes};
use super::users::Proof;
use super::{App, AppError, Result, audit_actor, seconds_until};
use crate::auth::common::is_common;
use crate::auth::pace::counted_as;
use crate::auth::password;
use crate::auth::secret::Secret;

/// A request within this time of the one before is not written down: reading is far more frequent
/// than a minute's exactness of an idle limit is worth.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Bounds of a password, in characters.
const PASSWORD: std::ops::RangeInclusive<usize> = 12..=128;

/// Who a browser's login belongs to.
#[derive(Clone, Debug)]
pub struct Known {
    pub staff: Staff,
    pub login: LoginSessionId,
}

/// How far a sign-in has come.
#[derive(Debug)]
pub enum SignedIn {
    /// A login. `set_password`: a link opened it, and a password is to be set.
    Done { token: Secret, set_password: bool },
    /// The second step is left; the token opens that and nothing else. `enrolled`: there is a second
    /// factor to take it with, else one has to be set.
    Second { token: Secret, enrolled: bool },
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    pub user: Uuid,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    #[schema(value_type = String)]
    pub staff_id: Pii<String>,
    pub has_password: bool,
    pub second_factor: OwnSecondFactor,
    /// What was tried at the second step before this login began.
    pub wrong_codes: Option<WrongCodes>,
    pub grants: Vec<GrantLine>,
    pub municipality: String,
    /// Every page says デモ.
    pub demo: bool,
    pub idle_minutes: u64,
}

/// A role in an office.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantLine {
    pub office: Uuid,
    pub office_name: String,
    pub role: Role,
}

impl App {
    /// The member of staff whose login this is, if it still holds.
    ///
    /// # Errors
    /// The store failed.
    pub async fn known_staff(&self, token: &Secret) -> Result<Option<Known>> {
        let now = self.now();
        let mut reader = self.store.read().await?;
        let Some(login) = reader.login_session(token.hash()).await? else {
            return Ok(None);
        };
        let talk = if reader.is_in_talk(login.user).await? {
            Talk::InTalk
        } else {
            Talk::NotInTalk
        };
        let user = reader.user(login.user).await?;
        let active = user.is_some_and(|row| row.user.is_active());
        if !active || !login.is_live(self.settings.login, talk, now) {
            return Ok(None);
        }
        let grants = reader.grants(login.user).await?;
        let assignments = reader.assignments(login.user, now).await?;
        let asked = talk == Talk::NotInTalk && self.ask_second_factor(&grants);
        let lacks_one = asked && {
            let factor = reader.second_factor(login.user).await?;
            factor.is_none_or(|row| row.confirmed.is_none())
        };
        drop(reader);
        // Since the login began the configuration may ask more of it. A talk goes on to its end.
        if lacks_one {
            let mut tx = self.store.begin().await?;
            tx.end_login_session(login.id, now).await?;
            tx.commit().await?;
            return Ok(None);
        }
        if now.duration_since(login.last_seen_at).unsigned_abs() >= TOUCH_EVERY {
            let mut tx = self.store.begin().await?;
            tx.touch_login_session(login.id, now).await?;
            tx.commit().await?;
        }
        let staff = Staff {
            user: login.user,
            grants,
            assignments,
        };
        Ok(Some(Known {
            staff,
            login: login.id,
        }))
    }

    /// The guest whose seat this is, if it was not destroyed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn known_seat(&self, token: &Secret) -> Result<Option<Seat>> {
        let mut reader = self.store.read().await?;
        let found = reader.participant_by_seat(token.hash()).await?;
        Ok(found.map(|row| Seat {
            participant: row.participant.id,
            interview: row.participant.interview,
            identity: row.participant.identity(),
        }))
    }

    /// Signs in by name and password.
    ///
    /// # Errors
    /// `WrongCredentials` without saying which; `TooSoon` within the delay of the last wrong try.
    pub async fn sign_in(
        &self,
        staff_id: &Pii<String>,
        password: Pii<String>,
        from: IpAddr,
        device: Device,
    ) -> Result<SignedIn> {
        let login = self.lookups.login(staff_id);
        let key = self.tries_key(staff_id, from);
        let mut reader = self.store.read().await?;
        self.check_delay(reader.tries(key).await?.next_at(self.now()))?;
        let found = reader.user_by_login(login).await?.map(|row| row.user);
        let user = found.filter(|user| user.is_active());
        let hash = match user {
            Some(user) => reader.password_hash(user.id).await?,
            None => None,
        };
        drop(reader);
        let right = password::verify(password, hash.map(Pii::into_exposed)).await?;
        let mut tx = self.store.begin().await?;
        // Tries that were made side by side: only the first of them was heard.
        self.check_delay(tx.tries(key).await?.next_at(self.now()))?;
        match user {
            Some(user) if right => {
                tx.clear_tries(key).await?;
                let by = SignedInBy::Password;
                let signed_in = self.after_first_door(&mut *tx, user.id, by, device).await?;
                self.commit(tx).await?;
                Ok(signed_in)
            }
            _ => Err(self.wrong_try(tx, key, found.map(|user| user.id)).await?),
        }
    }

    /// Signs in by a one-time link.
    ///
    /// # Errors
    /// `LinkNotValid` for whatever is not a link that works now.
    pub async fn sign_in_by_link(
        &self,
        secret: Option<Secret>,
        device: Device,
    ) -> Result<SignedIn> {
        let mut tx = self.store.begin().await?;
        let user = match secret {
            Some(secret) => tx.use_sign_in_link(secret.hash(), self.now()).await?,
            None => None,
        };
        let row = match user {
            Some(user) => tx.user(user).await?.filter(|row| row.user.is_active()),
            None => None,
        };
        let Some(row) = row else {
            let subject = user.map(AuditSubject::User);
            let by = AuditActor::Anonymous;
            self.note_city(&mut *tx, by, AuditAction::SignInFailed, None, subject, 1)
                .await?;
            self.commit(tx).await?;
            return Err(AppError::LinkNotValid);
        };
        let by = SignedInBy::Link;
        let signed_in = self
            .after_first_door(&mut *tx, row.user.id, by, device)
            .await?;
        self.commit(tx).await?;
        Ok(signed_in)
    }

    /// Ends a login that another one takes the place of in the same browser.
    ///
    /// # Errors
    /// The store failed.
    pub async fn end_login(&self, was: &Actor, login: Option<LoginSessionId>) -> Result<()> {
        let Some(login) = login else { return Ok(()) };
        let mut tx = self.store.begin().await?;
        tx.end_login_session(login, self.now()).await?;
        let by = audit_actor(was, None);
        self.note_city(&mut *tx, by, AuditAction::SignedOut, None, None, 1)
            .await?;
        self.commit(tx).await
    }

    /// # Errors
    /// Nobody was signed in.
    pub async fn sign_out(&self, actor: &Actor, login: Option<LoginSessionId>) -> Result<()> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self.authorize(tx, actor, Action::SignOut, &subject).await?;
        if let Some(login) = login {
            tx.end_login_session(login, self.now()).await?;
        }
        self.note_city(&mut *tx, by, AuditAction::SignedOut, None, None, 1)
            .await?;
        self.commit(tx).await
    }

    /// Who is signed in and what they may do where. Their own data only, so no reading event.
    ///
    /// # Errors
    /// Nobody is signed in.
    pub async fn me(&self, actor: &Actor, login: Option<LoginSessionId>) -> Result<Me> {
        let (mut tx, user) = self.own_account(actor).await?;
        let row = tx.user(user).await?.ok_or(AppError::NotFound)?;
        let names = self.opened_names(&row).await?;
        let has_password = tx.password_hash(user).await?.is_some();
        let second_factor = self.own_second_factor(&mut *tx, user).await?;
        let grants = self.grant_lines(&mut *tx, user).await?;
        let open = tx.login_sessions_of(user).await?;
        let own = open.into_iter().find(|own| login == Some(own.id));
        let wrong = own.map_or_else(Tries::default, |own| own.wrong_codes);
        let count = wrong.wrong;
        let wrong_codes = wrong
            .last_wrong_at
            .map(|last_at| WrongCodes { count, last_at });
        Ok(Me {
            user: user.uuid(),
            name: names.name,
            staff_id: names.login_name,
            has_password,
            second_factor,
            wrong_codes,
            grants,
            municipality: self.settings.municipality.name.clone(),
            demo: self.settings.demo,
            idle_minutes: self.settings.login.idle.as_secs() / 60,
        })
    }

    /// Sets one's own password, ends every login of the account and begins a new one. Whoever came
    /// by a link a moment ago has forgotten the present password and is not asked for it.
    ///
    /// # Errors
    /// The present password is wrong, or there is none and the link was not of a moment ago; the new
    /// one is too short or too long.
    pub async fn change_password(
        &self,
        actor: &Actor,
        login: Option<LoginSessionId>,
        current: Option<Pii<String>>,
        new: Pii<String>,
        from: IpAddr,
    ) -> Result<Secret> {
        let (mut tx, user) = self.own_account(actor).await?;
        let row = tx.user(user).await?.ok_or(AppError::NotFound)?;
        let open = tx.login_sessions_of(user).await?;
        let own = open.into_iter().find(|own| login == Some(own.id));
        let own = own.ok_or(AppError::Unknown)?;
        drop(tx);

        let names = self.opened_names(&row).await?;
        let city = &self.settings.municipality.name;
        let near = [
            names.login_name.expose().as_str(),
            names.name.expose().as_str(),
            city.as_str(),
        ];
        let mut form = Form::default();
        match new.expose().chars().count() {
            length if length < *PASSWORD.start() => form.refuse("new", FieldCode::TooShort),
            length if length > *PASSWORD.end() => form.refuse("new", FieldCode::TooLong),
            _ if is_common(new.expose(), &near) => form.refuse("new", FieldCode::TooCommon),
            _ => {}
        }
        form.done()?;
        let hash = password::hash(new).await?;

        let mut tx = if own.came_by_link(self.now()) {
            self.store.begin().await?
        } else {
            let proof = Proof {
                password: current,
                from,
                login,
            };
            self.prove_password(&row, proof).await?
        };
        tx.set_password_hash(user, &hash.into()).await?;
        self.end_everywhere(&mut *tx, user).await?;
        let by = AuditActor::Staff(user, None);
        let subject = Some(AuditSubject::User(user));
        self.note_city(&mut *tx, by, AuditAction::PasswordChanged, None, subject, 1)
            .await?;
        let by = SignedInBy::Password;
        let token = self
            .new_login(&mut *tx, user, by, own.device, own.wrong_codes)
            .await?;
        self.commit(tx).await?;
        Ok(token)
    }

    /// Whoever is signed in proves that they know the password. Where the account has none yet, a
    /// one-time link of a moment ago stands in for it; later nobody could tell them from whoever sits
    /// down at their computer. Wrong ones cost what they cost at the door.
    pub(super) async fn prove_password(&self, row: &UserRow, proof: Proof) -> Result<Box<dyn Tx>> {
        let Proof {
            password: typed,
            from,
            login,
        } = proof;
        let user = row.user.id;
        let names = self.opened_names(row).await?;
        let key = self.tries_key(&names.login_name, from);
        let mut reader = self.store.read().await?;
        let Some(present) = reader.password_hash(user).await? else {
            let open = reader.login_sessions_of(user).await?;
            let own = open.iter().find(|own| login == Some(own.id));
            // Nobody comes back to a demo with a password.
            if self.settings.demo || own.is_some_and(|own| own.came_by_link(self.now())) {
                drop(reader);
                return Ok(self.store.begin().await?);
            }
            return Err(AppError::NoPassword);
        };
        self.check_delay(reader.tries(key).await?.next_at(self.now()))?;
        drop(reader);
        let typed = typed.unwrap_or_default();
        let right = password::verify(typed, Some(present.into_exposed())).await?;
        let mut tx = self.store.begin().await?;
        // Tries that were made side by side: only the first of them was heard.
        self.check_delay(tx.tries(key).await?.next_at(self.now()))?;
        if !right {
            return Err(self.wrong_try(tx, key, Some(user)).await?);
        }
        Ok(tx)
    }

    /// As [`App::own_account`], once they have proven that it is they who sit there.
    pub(super) async fn proven_account(
        &self,
        actor: &Actor,
        proof: Proof,
    ) -> Result<(Box<dyn Tx>, UserRow)> {
        let (mut tx, user) = self.own_account(actor).await?;
        let row = tx.user(user).await?.ok_or(AppError::NotFound)?;
        drop(tx);
        let tx = self.prove_password(&row, proof).await?;
        Ok((tx, row))
    }

    pub(super) async fn own_account(&self, actor: &Actor) -> Result<(Box<dyn Tx>, UserId)> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (tx, _) = self
            .authorize(tx, actor, Action::ReadOwnAccount, &subject)
            .await?;
        match actor {
            Actor::Staff(staff) => Ok((tx, staff.user)),
            _ => Err(AppError::Unknown),
        }
    }

    /// A login begins, with everything before it passed.
    pub(super) async fn begin_login(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
        by: SignedInBy,
        device: Device,
        wrong_codes: Tries,
    ) -> Result<SignedIn> {
        let token = self.new_login(tx, user, by, device, wrong_codes).await?;
        // Nobody comes back to a demo with a password.
        let set_password = by == SignedInBy::Link && !self.settings.demo;
        Ok(SignedIn::Done {
            token,
            set_password,
        })
    }

    async fn new_login(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
        by: SignedInBy,
        device: Device,
        wrong_codes: Tries,
    ) -> Result<Secret> {
        let token = Secret::random(&*self.ids);
        let now = self.now();
        let login = LoginSession {
            id: LoginSessionId::new(self.ids.id()),
            user,
            token: token.hash(),
            by,
            device,
            created_at: now,
            last_seen_at: now,
            ended_at: None,
            wrong_codes,
        };
        tx.insert_login_session(&login).await?;
        let by = AuditActor::Staff(user, None);
        self.note_city(tx, by, AuditAction::SignedIn, None, None, 1)
            .await?;
        Ok(token)
    }

    /// What wrong tries for this name from this address are counted under.
    fn tries_key(&self, staff_id: &Pii<String>, from: IpAddr) -> Lookup {
        let from = Pii::new(counted_as(from).to_string());
        self.lookups.login_tries(staff_id, &from)
    }

    /// Writes a wrong try down and says when the next is heard.
    async fn wrong_try(
        &self,
        mut tx: Box<dyn Tx>,
        key: Lookup,
        user: Option<UserId>,
    ) -> Result<AppError> {
        let wrong = tx.tries(key).await?.wrong.saturating_add(1);
        tx.add_wrong_try(key, self.now()).await?;
        let (by, subject) = (AuditActor::Anonymous, user.map(AuditSubject::User));
        self.note_city(&mut *tx, by, AuditAction::SignInFailed, None, subject, 1)
            .await?;
        self.commit(tx).await?;
        let delay = delay_after(wrong).as_secs();
        Ok(AppError::WrongCredentials {
            retry_after_s: u32::try_from(delay).unwrap_or(u32::MAX),
        })
    }

    pub(super) fn check_delay(&self, next: Option<jiff::Timestamp>) -> Result<()> {
        match next {
            Some(next) => Err(AppError::TooSoon {
                retry_after_s: seconds_until(next, self.now()),
            }),
            None => Ok(()),
        }
    }

    pub(super) async fn grant_lines(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
    ) -> Result<Vec<GrantLine>> {
        let mut lines = Vec::new();
        for grant in tx.grants(user).await? {
            let office = tx.office(grant.office).await?.ok_or(AppError::NotFound)?;
            let office_name = office.name;
            lines.push(GrantLine {
                office: grant.office.uuid(),
                office_name,
                role: grant.role,
            });
        }
        Ok(lines)
    }
}
