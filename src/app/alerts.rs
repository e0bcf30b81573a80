//! Who is told of immediate flags. Only rows say whose turn it is, so that a crash delays an alert
//! and never loses it.

use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Denial, Role, Staff, Subject};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::ids::{AlertId, FlagId, InterviewId, OfficeId};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::alert::{Alert, Why};
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{Reader, Tx};

use super::booking::staff;
use super::flags::view::Sight;
use super::notices::Noticed;
use super::{App, AppError, Loaded, Result};
use crate::crypto::rows;

/// What was opened stays on the list so long.
const OPENED_STAYS: SignedDuration = SignedDuration::from_hours(24);

/// Somebody should look at this today.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertLine {
    pub id: Uuid,
    pub interview: Uuid,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    pub tier: Tier,
    /// `null` with `item` and `label`: her words were withdrawn. Speak to the nurse.
    pub flag: Option<Uuid>,
    pub item: Option<String>,
    pub label: Option<String>,
    /// The day on which the flag was held is over, and nobody has decided.
    pub hold_over: bool,
    /// It is about no flag: this member of staff, whom the case bars, has tried to open it.
    #[schema(value_type = Option<String>)]
    pub tried_by: Option<Pii<String>>,
    pub due_at: Timestamp,
    pub told_at: Option<Timestamp>,
    pub opened_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub opened_by: Option<Pii<String>>,
}

impl App {
    /// The alerts of the caller's offices that have come to them: to approvers all, to the people
    /// on a contact list when it is their turn. Cases that bar the caller are left out.
    ///
    /// # Errors
    /// Not allowed.
    pub async fn list_alerts(&self, actor: &Actor) -> Result<Vec<AlertLine>> {
        let tx = self.store.begin().await?;
        let city = Subject::Municipality;
        let (mut tx, by) = self.authorize(tx, actor, Action::ListAlerts, &city).await?;
        let lines = self.alerts_of(&mut *tx, actor, None).await?;
        self.note_city(
            &mut *tx,
            by,
            AuditAction::AlertsListed,
            None,
            None,
            lines.len(),
        )
        .await?;
        self.commit(tx).await?;
        Ok(lines)
    }

    /// What has come to the caller in their offices, or in this one.
    pub(super) async fn alerts_of(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        only: Option<OfficeId>,
    ) -> Result<Vec<AlertLine>> {
        let Actor::Staff(caller) = actor else {
            return Err(AppError::Unknown);
        };
        let since = self.now() - OPENED_STAYS;
        let mut lines = Vec::new();
        let offices = offices(caller).into_iter();
        for office in offices.filter(|office| only.is_none_or(|only| only == *office)) {
            for alert in tx.alerts_of_office(office, since).await? {
                let line = self.alert_for(tx, caller, &alert).await;
                lines.extend(AppError::or_next(line)?);
            }
        }
        lines.sort_by_key(|line| line.due_at);
        Ok(lines)
    }

    /// `None`: it is not the caller's turn.
    async fn alert_for(
        &self,
        tx: &mut dyn Tx,
        caller: &Staff,
        alert: &Alert,
    ) -> Result<Option<AlertLine>> {
        let it = self.load(tx, alert.interview).await?;
        let it = it.ok_or(AppError::NotFound)?;
        match self.on_call(tx, &it).await?.place(caller, &it) {
            Some(place) if alert.reached(place) => self.see_alert(tx, &it, alert).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Somebody has taken notice. The first counts.
    ///
    /// # Errors
    /// Not allowed, or not theirs; no such alert, or nobody was told of it yet.
    pub async fn open_alert(&self, actor: &Actor, id: AlertId) -> Result<()> {
        if *actor == Actor::Anonymous {
            return Err(AppError::Unknown);
        }
        let mut tx = self.store.begin().await?;
        let alert = tx.alert(id).await?.ok_or(AppError::NotFound)?;
        let it = self.load(&mut *tx, alert.interview).await?;
        let it = it.ok_or(AppError::NotFound)?;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::OpenAlert, &it.subject())
            .await?;
        let Actor::Staff(caller) = actor else {
            return Err(AppError::Unknown);
        };
        let Some(place) = self.on_call(&mut *tx, &it).await?.place(caller, &it) else {
            return self.refuse_alert(tx, by, &it).await;
        };
        if !alert.reached(place) {
            return Err(AppError::NotFound);
        }
        if alert.opened.is_none() {
            tx.save_alert(&alert.open(staff(actor)?, self.now()))
                .await?;
        }
        let about = Some(AuditSubject::Alert(id));
        self.note(&mut *tx, by, AuditAction::AlertOpened, &it.row, about)
            .await?;
        let noticed = match alert.flag {
            Some(flag) => self.noticed(&mut *tx, alert.interview, flag).await?,
            None => Noticed::default(),
        };
        self.commit(tx).await?;
        self.announce(alert.interview, noticed).await;
        Ok(())
    }

    /// Tells whoever's turn it is by now; to be called every few seconds. Returns how many.
    ///
    /// # Errors
    /// The store failed; the next call does it.
    pub async fn tell_alerts(&self) -> Result<usize> {
        let now = self.now();
        // Most times nothing is due, and nobody is kept from writing.
        let mut reader = self.store.read().await?;
        if self.turns(&mut *reader, now).await?.is_empty() {
            return Ok(0);
        }
        drop(reader);
        let mut tx = self.store.begin().await?;
        let turns = self.turns(&mut *tx, now).await?;
        let mut news = Vec::new();
        for (office, alert) in &turns {
            tx.save_alert(alert).await?;
            let event = AuditEvent {
                office: Some(*office),
                interview: Some(alert.interview),
                subject: Some(AuditSubject::Alert(alert.id)),
                ..self.event(AuditActor::System, AuditAction::AlertTold)
            };
            self.trail.append(&mut *tx, &event).await?;
            if let Some(flag) = alert.flag {
                let noticed = self.noticed(&mut *tx, alert.interview, flag).await;
                let noticed = AppError::or_next(noticed.map(Some))?;
                news.extend(noticed.map(|noticed| (alert.interview, noticed)));
            }
        }
        self.commit(tx).await?;
        for (talk, noticed) in news {
            self.announce(talk, noticed).await;
        }
        Ok(turns.len())
    }

    /// The talk is over: what was found in it is due now.
    pub(super) async fn alerts_at_end(&self, tx: &mut dyn Tx, talk: InterviewId) -> Result<()> {
        for alert in tx.alerts_of(talk).await? {
            let due = alert.at_end(self.now());
            if due != alert && alert.opened.is_none() {
                tx.save_alert(&due).await?;
            }
        }
        Ok(())
    }

    /// Whose turn it is now, as their alerts will be.
    async fn turns(
        &self,
        reader: &mut dyn Reader,
        now: Timestamp,
    ) -> Result<Vec<(OfficeId, Alert)>> {
        let mut turns = Vec::new();
        for (office, alert) in reader.unopened_alerts(now).await? {
            let it = AppError::or_next(self.load(reader, alert.interview).await)?;
            let Some(it) = it else { continue };
            let people = self.on_call(reader, &it).await?.len();
            turns.extend(alert.tell(now, people).map(|told| (office, told)));
        }
        Ok(turns)
    }

    async fn refuse_alert(&self, mut tx: Box<dyn Tx>, by: AuditActor, it: &Loaded) -> Result<()> {
        let denied = AuditAction::Denied(Action::OpenAlert, Denial::NoRole);
        self.note(&mut *tx, by, denied, &it.row, None).await?;
        self.commit(tx).await?;
        Err(AppError::Denied(Denial::NoRole))
    }

    async fn see_alert(&self, tx: &mut dyn Tx, it: &Loaded, alert: &Alert) -> Result<AlertLine> {
        let resident = tx.resident(it.case.resident).await?;
        let resident = resident.ok_or(AppError::NotFound)?;
        let flag = match alert.flag {
            Some(flag) => tx.flag(flag).await?,
            None => None,
        };
        let item = flag.as_ref().map(|row| &row.flag.item);
        let pack = self.packs.in_use();
        let label = item.and_then(|item| pack.item(item));
        Ok(AlertLine {
            id: alert.id.uuid(),
            interview: alert.interview.uuid(),
            name: self.opened_resident(&resident).await?.name,
            tier: flag.as_ref().map_or(Tier::Immediate, |row| row.flag.tier),
            flag: alert.flag.map(FlagId::uuid),
            item: item.map(ToString::to_string),
            label: label.map(|item| item.label.clone()),
            hold_over: alert.why == Why::HoldOver,
            tried_by: match alert.tried_by {
                Some(user) => Some(self.name_of(tx, user).await?),
                None => None,
            },
            due_at: alert.due_at,
            told_at: alert.told_at,
            opened_at: alert.opened.map(|opened| opened.at),
            opened_by: match alert.opened {
                Some(opened) => Some(self.name_of(tx, opened.by).await?),
                None => None,
            },
        })
    }

    async fn noticed(&self, tx: &mut dyn Tx, talk: InterviewId, flag: FlagId) -> Result<Noticed> {
        let Some(row) = tx.flag(flag).await? else {
            return Ok(Noticed::default());
        };
        let flag = rows::open_flag(&self.record_key(talk).await?, &row)?;
        let sight = Sight::of(tx, talk).await?;
        let view = self.see_flag(tx, &sight, &flag, row.revision).await?;
        Ok(Noticed {
            flags: vec![view],
            ..Noticed::default()
        })
    }
}

/// Where the caller may be told of something.
fn offices(caller: &Staff) -> Vec<OfficeId> {
    let may = |role| matches!(role, Role::Nurse | Role::Approver);
    let mut offices: Vec<_> = caller
        .grants
        .iter()
        .filter(|grant| may(grant.role))
        .map(|grant| grant.office)
        .collect();
    offices.sort_unstable();
    offices.dedup();
    offices
}
