//! The second step of signing in: a code of an authenticator app, or a recovery code. Whoever has
//! passed the first door holds a token that opens this step and nothing else; a login, under a
//! token of its own, begins when the step is taken. Other second factors (passkeys) and other first
//! doors (OpenID Connect) would end in the same two places: [`App::after_first_door`] and
//! [`App::take_step`].

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::access::{Actor, Grant};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::ids::UserId;
use yorisoi_domain::login::{Device, SignInStep, SignedInBy};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::totp;
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_domain::tries::{CODES_IN_A_ROW, CODES_PER_STEP, Tries, delay_after};
use yorisoi_domain::user::UserNames;
use yorisoi_store::{KeyKind, Revision, SecondFactorRow, Tx, UserRow};

use super::logins::SignedIn;
use super::users::Proof;
use super::{App, AppError, Result};
use crate::auth::secret::Secret;
use crate::config::SecondFactor;
use crate::crypto::rows;
use crate::crypto::rows::FactorColumn;
use crate::crypto::seal::DataKey;

/// What an authenticator app needs. It is shown once: asking again makes another secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrolment {
    /// For typing: base32 in groups of four.
    #[schema(value_type = String)]
    pub secret: Pii<String>,
    /// `otpauth://…`, for a QR code.
    #[schema(value_type = String)]
    pub uri: Pii<String>,
}

/// The second factor of somebody's own account.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct OwnSecondFactor {
    /// Their roles ask for one.
    pub required: bool,
    pub on: bool,
    pub recovery_codes_left: u32,
}

/// Wrong codes that somebody typed at the second step before a login: they knew the password, or had a
/// link.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct WrongCodes {
    pub count: u32,
    pub last_at: Timestamp,
}

/// Ten codes that work once each. They are not shown again.
pub type RecoveryCodes = Vec<Pii<String>>;

impl App {
    /// A password or a link was right: a login where no second factor is needed, else the step
    /// before it.
    pub(super) async fn after_first_door(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
        by: SignedInBy,
        device: Device,
    ) -> Result<SignedIn> {
        let factor = tx.second_factor(user).await?;
        let enrolled = factor.is_some_and(|row| row.confirmed.is_some());
        if !enrolled && !self.needs_second_factor(tx, user).await? {
            return self
                .begin_login(tx, user, by, device, Tries::default())
                .await;
        }
        let token = Secret::random(&*self.ids);
        let step = SignInStep::new(user, token.hash(), by, self.now());
        tx.insert_sign_in_step(&step).await?;
        self.note_own(tx, user, AuditAction::SignInBegun, 1).await?;
        Ok(SignedIn::Second { token, enrolled })
    }

    /// A demo is tried by one person without a phone, over invented people in a folder of its own
    /// that no other deployment takes; everywhere else the roles decide, or the configuration for all.
    pub(super) async fn needs_second_factor(&self, tx: &mut dyn Tx, user: UserId) -> Result<bool> {
        Ok(self.ask_second_factor(&tx.grants(user).await?))
    }

    /// As [`App::needs_second_factor`], of roles that were read.
    pub(super) fn ask_second_factor(&self, grants: &[Grant]) -> bool {
        let everybody = self.settings.second_factor == SecondFactor::Everybody;
        !self.settings.demo && (everybody || totp::is_required(grants))
    }

    /// Takes the second step by a code or a recovery code. Wrong codes are counted per account,
    /// whatever address they come from, for whoever is here knows the password or had a link; they
    /// delay, and after so many in a row no code is heard behind a password. A recovery code is
    /// nothing to guess, and a link comes from an administrator: neither lets somebody else's wrong
    /// codes keep the owner out.
    ///
    /// # Errors
    /// `Unknown`: nobody waits here; `NotReady`: there is no second factor yet; `WrongCode`;
    /// `StepOver`: the last wrong one of this step; `CodesUsedUp`; `TooSoon` within the delay of the
    /// last wrong code.
    pub async fn enter_code(
        &self,
        step: Option<Secret>,
        typed: &Pii<String>,
        device: Device,
    ) -> Result<SignedIn> {
        let mut tx = self.store.begin().await?;
        let (step, user) = self.open_step(&mut *tx, step).await?;
        let factor = tx.second_factor(step.user).await?;
        let mut factor = factor.ok_or(AppError::NotReady)?;
        let key = self.person_key(step.user).await?;
        let (sealed, _) = factor.confirmed.as_ref().ok_or(AppError::NotReady)?;
        let secret = rows::open_factor(&key, &factor, FactorColumn::Secret, sealed)?;
        if let Some(hash) = totp::recovery_hash(typed.expose()) {
            if !tx.use_recovery_code(user.user.id, hash).await? {
                return Err(self.wrong_code(tx, &step, Duration::ZERO).await?);
            }
            self.note_own(&mut *tx, step.user, AuditAction::RecoveryCodeUsed, 1)
                .await?;
        } else {
            let now = self.now();
            let so_far = factor.wrong_codes;
            if step.by == SignedInBy::Password && so_far.wrong >= CODES_IN_A_ROW {
                return Err(AppError::CodesUsedUp);
            }
            self.check_delay(so_far.next_at(now))?;
            let accepted = totp::accepted(&secret, typed.expose(), now, factor.last_step);
            let Some(used) = accepted else {
                factor.wrong_codes = so_far.and_one_more(now);
                tx.save_second_factor(&factor).await?;
                let delay = delay_after(factor.wrong_codes.wrong);
                return Err(self.wrong_code(tx, &step, delay).await?);
            };
            factor.last_step = Some(used);
        }
        let wrong = std::mem::take(&mut factor.wrong_codes);
        tx.save_second_factor(&factor).await?;
        let signed_in = self.take_step(&mut *tx, &step, device, wrong).await?;
        self.commit(tx).await?;
        Ok(signed_in)
    }

    /// Makes a secret for whoever waits at the second step and has none yet.
    ///
    /// # Errors
    /// `Unknown`: nobody waits here; `NotReady`: there is a second factor already.
    pub async fn begin_enrolment(&self, step: Option<Secret>) -> Result<Enrolment> {
        let mut tx = self.store.begin().await?;
        let (step, user) = self.open_step(&mut *tx, step).await?;
        let factor = tx.second_factor(step.user).await?;
        if factor.is_some_and(|row| row.confirmed.is_some()) {
            return Err(AppError::NotReady);
        }
        let enrolment = self.offer_secret(&mut *tx, &user).await?;
        self.commit(tx).await?;
        Ok(enrolment)
    }

    /// The first code of the app proves that it holds the secret: the login begins.
    ///
    /// # Errors
    /// `Unknown`: nobody waits here; `NotReady`: nothing was begun; `WrongCode`; `TooSoon`.
    pub async fn confirm_enrolment(
        &self,
        step: Option<Secret>,
        typed: &Pii<String>,
        device: Device,
    ) -> Result<(SignedIn, RecoveryCodes)> {
        let mut tx = self.store.begin().await?;
        let (step, _) = self.open_step(&mut *tx, step).await?;
        let factor = tx.second_factor(step.user).await?;
        // Who has one takes the step with it; another one is set from within.
        if factor.is_some_and(|row| row.confirmed.is_some()) {
            return Err(AppError::NotReady);
        }
        let (mut tx, codes) = self.confirm_secret(tx, step.user, typed).await?;
        let none = Tries::default();
        let signed_in = self.take_step(&mut *tx, &step, device, none).await?;
        self.commit(tx).await?;
        Ok((signed_in, codes))
    }

    /// Makes a secret for one's own account, in the place of the present one once it is confirmed.
    ///
    /// # Errors
    /// The password is wrong; `TooSoon`.
    pub async fn begin_own_enrolment(&self, actor: &Actor, proof: Proof) -> Result<Enrolment> {
        let (mut tx, row) = self.proven_account(actor, proof).await?;
        let enrolment = self.offer_secret(&mut *tx, &row).await?;
        self.commit(tx).await?;
        Ok(enrolment)
    }

    /// # Errors
    /// `NotReady`: nothing was begun; `WrongCode`; `TooSoon`.
    pub async fn confirm_own_enrolment(
        &self,
        actor: &Actor,
        typed: &Pii<String>,
    ) -> Result<RecoveryCodes> {
        let (tx, user) = self.own_account(actor).await?;
        let (tx, codes) = self.confirm_secret(tx, user, typed).await?;
        self.commit(tx).await?;
        Ok(codes)
    }

    /// Takes somebody's second factor away, because the phone and the recovery codes are gone; they
    /// are signed out everywhere and set another one at the next sign-in.
    ///
    /// # Errors
    /// Not allowed; the password is wrong; no such account; one's own; there is none.
    pub async fn reset_second_factor(
        &self,
        actor: &Actor,
        id: UserId,
        proof: Option<Proof>,
    ) -> Result<()> {
        let (mut tx, by) = self.proven_manager(actor, proof).await?;
        tx.user(id).await?.ok_or(AppError::NotFound)?;
        if matches!(actor, Actor::Staff(staff) if staff.user == id) {
            return Err(AppError::State(InvalidTransition {
                record: "second factor",
                from: "own",
                to: "reset",
            }));
        }
        if !tx.delete_second_factor(id).await? {
            return Err(AppError::NotReady);
        }
        self.end_everywhere(&mut *tx, id).await?;
        let about = Some(AuditSubject::User(id));
        self.note_city(&mut *tx, by, AuditAction::SecondFactorReset, None, about, 1)
            .await?;
        self.commit(tx).await
    }

    pub(super) async fn own_second_factor(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
    ) -> Result<OwnSecondFactor> {
        let factor = tx.second_factor(user).await?;
        Ok(OwnSecondFactor {
            required: self.needs_second_factor(tx, user).await?,
            on: factor.is_some_and(|row| row.confirmed.is_some()),
            recovery_codes_left: tx.recovery_codes(user).await?,
        })
    }

    /// Who waits at the second step. A step that is over, and one of an account that was disabled
    /// meanwhile, is nobody's.
    async fn open_step(
        &self,
        tx: &mut dyn Tx,
        token: Option<Secret>,
    ) -> Result<(SignInStep, UserRow)> {
        let token = token.ok_or(AppError::Unknown)?;
        let step = tx.sign_in_step(token.hash()).await?;
        let step = step.filter(|step| step.is_open(self.now()));
        let step = step.ok_or(AppError::Unknown)?;
        let user = tx.user(step.user).await?;
        let user = user.filter(|row| row.user.is_active());
        Ok((step, user.ok_or(AppError::Unknown)?))
    }

    /// The step is used up, and a login begins under a token that nobody has seen before.
    async fn take_step(
        &self,
        tx: &mut dyn Tx,
        step: &SignInStep,
        device: Device,
        wrong_codes: Tries,
    ) -> Result<SignedIn> {
        tx.delete_sign_in_step(step.token).await?;
        self.begin_login(tx, step.user, step.by, device, wrong_codes)
            .await
    }

    async fn offer_secret(&self, tx: &mut dyn Tx, user: &UserRow) -> Result<Enrolment> {
        let id = user.user.id;
        let key = self.person_key(id).await?;
        let UserNames { login_name, .. } = rows::open_user(&key, user)?;
        let mut secret = zeroize::Zeroizing::new([0; totp::SECRET_BYTES]);
        self.ids.fill(&mut *secret);
        let before = tx.second_factor(id).await?;
        let revision = before
            .as_ref()
            .map_or(Revision::FIRST, |row| row.revision.next());
        // A sealed value is bound to its row's revision, so the present secret is sealed again.
        let confirmed = match &before {
            Some(row) => match &row.confirmed {
                Some((sealed, at)) => {
                    let present = rows::open_factor(&key, row, FactorColumn::Secret, sealed)?;
                    let column = FactorColumn::Secret;
                    Some((
                        rows::seal_factor(&key, id, revision, column, &present)?,
                        *at,
                    ))
                }
                None => None,
            },
            None => None,
        };
        let pending = rows::seal_factor(&key, id, revision, FactorColumn::Pending, &*secret)?;
        tx.save_second_factor(&SecondFactorRow {
            user: id,
            confirmed,
            pending: Some(pending),
            last_step: before.as_ref().and_then(|row| row.last_step),
            revision,
            wrong_codes: before.map_or_else(Tries::default, |row| row.wrong_codes),
        })
        .await?;
        self.note_own(tx, id, AuditAction::SecondFactorBegun, 1)
            .await?;
        let issuer = format!("寄り添い {}", self.settings.municipality.name);
        Ok(Enrolment {
            secret: totp::secret_text(&*secret),
            uri: totp::uri(&*secret, &issuer, &login_name),
        })
    }

    async fn confirm_secret(
        &self,
        mut tx: Box<dyn Tx>,
        user: UserId,
        typed: &Pii<String>,
    ) -> Result<(Box<dyn Tx>, RecoveryCodes)> {
        let key = self.lookups.enrolment_tries(user);
        let so_far = tx.tries(key).await?;
        self.check_delay(so_far.next_at(self.now()))?;
        let row = tx.second_factor(user).await?.ok_or(AppError::NotReady)?;
        let pending = row.pending.as_ref().ok_or(AppError::NotReady)?;
        let own = self.person_key(user).await?;
        let secret = rows::open_factor(&own, &row, FactorColumn::Pending, pending)?;
        let now = self.now();
        let Some(used) = totp::accepted(&secret, typed.expose(), now, None) else {
            tx.add_wrong_try(key, now).await?;
            self.note_wrong_code(&mut *tx, user).await?;
            self.commit(tx).await?;
            return Err(wrong_code(delay_after(so_far.and_one_more(now).wrong)));
        };
        let revision = row.revision.next();
        let sealed = rows::seal_factor(&own, user, revision, FactorColumn::Secret, &secret)?;
        tx.save_second_factor(&SecondFactorRow {
            user,
            confirmed: Some((sealed, now)),
            pending: None,
            last_step: Some(used),
            revision,
            // What was guessed of the secret before is worth nothing.
            wrong_codes: Tries::default(),
        })
        .await?;
        tx.clear_tries(key).await?;
        let codes: RecoveryCodes = (0..totp::RECOVERY_CODES)
            .map(|_| {
                let mut random = [0; totp::RECOVERY_LETTERS];
                self.ids.fill(&mut random);
                totp::recovery_code(random)
            })
            .collect();
        let hashes: Vec<_> = codes
            .iter()
            .filter_map(|code| totp::recovery_hash(code.expose()))
            .collect();
        tx.replace_recovery_codes(user, &hashes).await?;
        let made = codes.len();
        self.note_own(&mut *tx, user, AuditAction::SecondFactorSet, made)
            .await?;
        Ok((tx, codes))
    }

    /// Writes a wrong code down. The last one that a step takes ends it.
    async fn wrong_code(
        &self,
        mut tx: Box<dyn Tx>,
        step: &SignInStep,
        delay: Duration,
    ) -> Result<AppError> {
        let over = step.wrong_codes + 1 >= CODES_PER_STEP;
        if over {
            tx.delete_sign_in_step(step.token).await?;
        } else {
            tx.add_wrong_code(step.token).await?;
        }
        self.note_wrong_code(&mut *tx, step.user).await?;
        self.commit(tx).await?;
        Ok(if over {
            AppError::StepOver
        } else {
            wrong_code(delay)
        })
    }

    async fn note_wrong_code(&self, tx: &mut dyn Tx, user: UserId) -> Result<()> {
        let (by, about) = (AuditActor::Anonymous, Some(AuditSubject::User(user)));
        self.note_city(tx, by, AuditAction::SecondStepFailed, None, about, 1)
            .await
    }

    async fn person_key(&self, user: UserId) -> Result<DataKey> {
        Ok(self.keyring.get(KeyKind::Person, user.uuid()).await?)
    }

    /// What somebody did about their own account.
    async fn note_own(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
        action: AuditAction,
        count: usize,
    ) -> Result<()> {
        let (by, about) = (AuditActor::Staff(user, None), AuditSubject::User(user));
        self.note_city(tx, by, action, None, Some(about), count)
            .await
    }
}

fn wrong_code(delay: Duration) -> AppError {
    AppError::WrongCode {
        retry_after_s: u32::try_from(delay.as_secs()).unwrap_or(u32::MAX),
    }
}
