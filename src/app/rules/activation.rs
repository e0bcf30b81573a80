//! The working copy on its way into use: somebody asks with a date, another person decides.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject, allowed};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{ActivationId, UserId};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::activation::{Activation, Hand, State};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_store::{DraftRow, Tx};

use super::row_of;
use crate::app::booking::staff;
use crate::app::input::Form;
use crate::app::{App, AppError, Result};

/// Nobody asks for a day that is further away.
const LONGEST_WAIT_DAYS: i32 = 365;

/// From when the working copy is to be used.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedFrom {
    /// The first day, `YYYY-MM-DD`; today is at once.
    #[schema(format = Date)]
    pub from: String,
}

/// What is asked for, until it is in use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesActivation)]
pub struct ActivationView {
    pub id: Uuid,
    pub version: String,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    #[schema(value_type = String)]
    pub asked_by: Pii<String>,
    /// By whoever reads this.
    pub asked_by_me: bool,
    pub asked_at: Timestamp,
    /// Who has approved it; it waits for its day.
    #[schema(value_type = Option<String>)]
    pub approved_by: Option<Pii<String>>,
}

impl App {
    /// Asks that the working copy be used from a day on. It does not change until that is decided.
    ///
    /// # Errors
    /// Not allowed; somebody has asked already; nothing was changed, or an example does not do what
    /// its rule says (`NotReady`); no such day.
    pub async fn ask_activation(&self, actor: &Actor, asked: AskedFrom) -> Result<ActivationView> {
        let today = self.today();
        let mut form = Form::default();
        let longest = jiff::Span::new().days(LONGEST_WAIT_DAYS);
        let last = today.checked_add(longest).unwrap_or(today);
        let day = form.day("from", &asked.from, today, last);
        let city = Subject::Municipality;
        let may_ask = allowed(actor, Action::EditRules, &city, self.now()).is_allowed();
        let made = match may_ask {
            true => {
                form.done()?;
                Some(self.make_pack(day).await?)
            }
            false => None,
        };
        let (mut tx, by, user) = self.begin_edit(actor).await?;
        let (pack, changes) = made.ok_or(AppError::NotReady)?;
        if tx.rule_drafts().await? != changes {
            return Err(AppError::Changed);
        }
        let from = day.to_zoned(self.settings.zone.clone());
        let activation = Activation {
            id: ActivationId::new(self.ids.id()),
            pack: pack.sha256(),
            version: pack.version().to_owned(),
            from: from.map_or(Timestamp::MAX, |from| from.timestamp()),
            asked_by: user,
            asked_at: self.now(),
            state: State::Asked,
        };
        tx.insert_rule_pack(&row_of(&pack, self.now())).await?;
        tx.insert_rule_activation(&activation).await?;
        let about = Some(AuditSubject::Activation(activation.id));
        let (action, changes) = (AuditAction::ActivationAsked, changes.len());
        self.note_city(&mut *tx, by, action, None, about, changes)
            .await?;
        let view = self.activation_view(&mut *tx, &activation, user).await?;
        self.commit(tx).await?;
        Ok(view)
    }

    /// The working copy as a pack with a version of its own, and the changes that are in it. What
    /// takes a moment comes before the transaction, in which nobody else could write.
    async fn make_pack(&self, day: Date) -> Result<(Pack, Vec<DraftRow>)> {
        let mut reader = self.store.read().await?;
        let copy = self.working_copy(&mut *reader).await?;
        let draft = copy.pack?;
        if copy.changes.is_empty() || !self.failing(&draft).await?.is_empty() {
            return Err(AppError::NotReady);
        }
        let month = format!("{}.{:02}", day.year(), day.month());
        let (mut version, mut number) = (month.clone(), 1);
        while version == self.packs.shipped.version() || reader.rule_version_taken(&version).await?
        {
            number += 1;
            version = format!("{month}-{number}");
        }
        drop(reader);
        let (shipped, own) = (Arc::clone(&self.packs.shipped), copy.files);
        let pack = spawn_blocking(move || crate::rules::extend(&shipped, &own, &version)).await??;
        Ok((pack, copy.changes))
    }

    /// Another person's yes. From its day on talks that begin are read by it.
    ///
    /// # Errors
    /// Not allowed, or asked for by oneself; no such request; decided already.
    pub async fn approve_activation(&self, actor: &Actor, id: ActivationId) -> Result<()> {
        let approved = AuditAction::ActivationApproved;
        self.decide_activation(actor, id, approved, Activation::approve)
            .await?;
        self.settle_rules().await.map(drop)
    }

    /// Another person's no: the working copy can be changed again.
    ///
    /// # Errors
    /// As [`App::approve_activation`].
    pub async fn refuse_activation(&self, actor: &Actor, id: ActivationId) -> Result<()> {
        let refused = AuditAction::ActivationRefused;
        self.decide_activation(actor, id, refused, Activation::refuse)
            .await
    }

    /// Takes back what is not in use yet.
    ///
    /// # Errors
    /// Not allowed; no such request; in use or decided already.
    pub async fn withdraw_activation(&self, actor: &Actor, id: ActivationId) -> Result<()> {
        let tx = self.store.begin().await?;
        let city = Subject::Municipality;
        let (mut tx, by) = self.authorize(tx, actor, Action::EditRules, &city).await?;
        let found = tx.rule_activation(id).await?.ok_or(AppError::NotFound)?;
        let hand = self.hand(actor)?;
        tx.save_rule_activation(&found.withdraw(hand)?).await?;
        let about = Some(AuditSubject::Activation(id));
        let withdrawn = AuditAction::ActivationWithdrawn;
        self.note_city(&mut *tx, by, withdrawn, None, about, 1)
            .await?;
        self.commit(tx).await
    }

    async fn decide_activation(
        &self,
        actor: &Actor,
        id: ActivationId,
        action: AuditAction,
        step: fn(Activation, Hand) -> std::result::Result<Activation, InvalidTransition>,
    ) -> Result<()> {
        if *actor == Actor::Anonymous {
            return Err(AppError::Unknown);
        }
        let mut tx = self.store.begin().await?;
        let found = tx.rule_activation(id).await?.ok_or(AppError::NotFound)?;
        let asked = Subject::Request(found.asked_by);
        let (mut tx, by) = self
            .authorize(tx, actor, Action::DecideActivation, &asked)
            .await?;
        let decided = step(found, self.hand(actor)?)?;
        tx.save_rule_activation(&decided).await?;
        let about = Some(AuditSubject::Activation(id));
        self.note_city(&mut *tx, by, action, None, about, 1).await?;
        self.commit(tx).await
    }

    fn hand(&self, actor: &Actor) -> Result<Hand> {
        Ok(Hand {
            by: staff(actor)?,
            at: self.now(),
        })
    }

    pub(super) async fn activation_view(
        &self,
        tx: &mut dyn Tx,
        of: &Activation,
        reader: UserId,
    ) -> Result<ActivationView> {
        let day = of.from.to_zoned(self.settings.zone.clone()).date();
        Ok(ActivationView {
            id: of.id.uuid(),
            version: of.version.clone(),
            from: day.to_string(),
            asked_by: self.name_of(tx, of.asked_by).await?,
            asked_by_me: of.asked_by == reader,
            asked_at: of.asked_at,
            approved_by: match of.state {
                State::Approved(hand) => Some(self.name_of(tx, hand.by).await?),
                _ => None,
            },
        })
    }
}
