//! 応援: a nurse calls for a colleague in the middle of a talk. Nothing of it goes through the talk:
//! pages of the staff ask for it, pages of guests have no way to. Only rows say whose turn it is, so
//! that a crash delays a call and never loses it.

use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Denial, Staff, Subject, allowed};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::help::{HelpCall, State};
use yorisoi_domain::ids::{HelpCallId, InterviewId};
use yorisoi_domain::interview::{Method, State as InterviewState};
use yorisoi_domain::participant::{Contact, GuestRole, Who};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::Tx;

use super::booking::staff;
use super::{App, AppError, Loaded, Result};

/// No talk is longer: who is on the way to one stands on the pages until it is over.
const TALK: SignedDuration = SignedDuration::from_hours(8);

/// Somebody needs a colleague now.
#[derive(Debug, Serialize, ToSchema)]
pub struct HelpCallLine {
    pub id: Uuid,
    pub interview: Uuid,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    pub method: Method,
    /// The talk goes on.
    pub in_progress: bool,
    pub called_at: Timestamp,
    #[schema(value_type = String)]
    pub called_by: Pii<String>,
    pub by_me: bool,
    /// Where she is, as she said at the door.
    #[schema(value_type = Option<String>)]
    pub place: Option<Pii<String>>,
    #[schema(value_type = Option<String>)]
    pub callback: Option<Pii<String>>,
    /// How she may be reached, and how not.
    #[schema(value_type = Option<String>)]
    pub contact_restriction: Option<Pii<String>>,
    /// Somebody is near her: nobody phones her without thinking of it.
    pub accompanied: bool,
    /// The caller may enter the room of the talk.
    pub may_enter: bool,
    pub taken_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    pub taken_by: Option<Pii<String>>,
    pub taken_by_me: bool,
    /// Everybody was told, and nobody has said that they come.
    pub unheard: bool,
}

impl App {
    /// Calls for a colleague. A second press while nobody has answered is the same call.
    ///
    /// # Errors
    /// Not allowed; no such interview; it does not go on (`NotReady`).
    pub async fn call_help(&self, actor: &Actor, id: InterviewId) -> Result<HelpCallLine> {
        let (mut tx, by, it) = self.open_interview(actor, Action::CallHelp, id).await?;
        if !in_progress(&it) {
            return Err(AppError::NotReady);
        }
        let call = match tx.open_help_call(id).await? {
            Some(open) => open,
            None => {
                let id = HelpCallId::new(self.ids.id());
                let call = HelpCall::new(id, it.row.interview.id, staff(actor)?, self.now());
                tx.insert_help_call(&call).await?;
                call
            }
        };
        let about = Some(AuditSubject::HelpCall(call.id));
        self.note(&mut *tx, by, AuditAction::HelpCalled, &it.row, about)
            .await?;
        let line = self.see_help_call(&mut *tx, actor, &it, &call).await?;
        self.commit(tx).await?;
        Ok(line)
    }

    /// The calls that have come to whoever asks, and their own: while nobody has answered, and
    /// until the end of the talk once somebody comes. Pages ask every few seconds; where nothing
    /// stands nothing is read, and nothing is written.
    ///
    /// # Errors
    /// Not allowed.
    pub async fn list_help_calls(&self, actor: &Actor) -> Result<Vec<HelpCallLine>> {
        let city = Subject::Municipality;
        let since = self.now() - TALK;
        let may = allowed(actor, Action::ListHelpCalls, &city, self.now()).is_allowed();
        if may {
            let mut reader = self.store.read().await?;
            if reader.standing_help_calls(since).await?.is_empty() {
                return Ok(Vec::new());
            }
        }
        let tx = self.store.begin().await?;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ListHelpCalls, &city)
            .await?;
        let Actor::Staff(caller) = actor else {
            return Err(AppError::Unknown);
        };
        let mut lines = Vec::new();
        for (_, call) in tx.standing_help_calls(since).await? {
            let line = self.help_call_for(&mut *tx, actor, caller, &call).await;
            lines.extend(AppError::or_next(line)?);
        }
        let (action, count) = (AuditAction::HelpCallsListed, lines.len());
        self.note_city(&mut *tx, by, action, None, None, count)
            .await?;
        self.commit(tx).await?;
        Ok(lines)
    }

    /// `None`: it is over, or has not come to the caller.
    async fn help_call_for(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        caller: &Staff,
        call: &HelpCall,
    ) -> Result<Option<HelpCallLine>> {
        let it = self.load(tx, call.interview).await?;
        let it = it.ok_or(AppError::NotFound)?;
        let over = !call.is_open() && !in_progress(&it);
        if over || !self.may_see(tx, caller, &it, call).await? {
            return Ok(None);
        }
        let line = self.see_help_call(tx, actor, &it, call).await?;
        Ok(Some(line))
    }

    /// The caller is on their way. The first counts.
    ///
    /// # Errors
    /// Not allowed, or it has not come to them; no such call; somebody was first.
    pub async fn take_help_call(&self, actor: &Actor, id: HelpCallId) -> Result<()> {
        let (mut tx, by, it, call) = self.open_help(actor, Action::TakeHelpCall, id).await?;
        let Actor::Staff(caller) = actor else {
            return Err(AppError::Unknown);
        };
        let on_call = self.on_call(&mut *tx, &it).await?.without(call.by);
        match on_call.place(caller, &it) {
            Some(place) if caller.user != call.by && call.reached(place) => {}
            _ => return self.refuse_help(tx, by, &it).await,
        }
        let taken = call.take(caller.user, self.now())?;
        self.save_help(tx, by, &it, taken, AuditAction::HelpTaken)
            .await
    }

    /// Nobody needs to come any more.
    ///
    /// # Errors
    /// Not allowed; no such call; somebody is on their way already.
    pub async fn take_back_help_call(&self, actor: &Actor, id: HelpCallId) -> Result<()> {
        let (tx, by, it, call) = self.open_help(actor, Action::CallHelp, id).await?;
        let back = call.take_back(self.now())?;
        self.save_help(tx, by, &it, back, AuditAction::HelpTakenBack)
            .await
    }

    /// Tells the next where nobody has answered; to be called every few seconds. Returns how many.
    ///
    /// # Errors
    /// The store failed; the next call does it.
    pub async fn tell_help_calls(&self) -> Result<usize> {
        let mut reader = self.store.read().await?;
        let standing = reader.standing_help_calls(Timestamp::MAX).await?;
        drop(reader);
        if standing.is_empty() {
            return Ok(0);
        }
        let mut tx = self.store.begin().await?;
        let mut told = 0;
        for (_, call) in tx.standing_help_calls(Timestamp::MAX).await? {
            let it = AppError::or_next(self.load(&mut *tx, call.interview).await)?;
            let Some(it) = it else { continue };
            let people = self.on_call(&mut *tx, &it).await?.without(call.by).len();
            let Some(next) = call.tell(self.now(), people) else {
                continue;
            };
            tx.save_help_call(&next).await?;
            let event = AuditEvent {
                office: Some(it.row.interview.office),
                interview: Some(call.interview),
                subject: Some(AuditSubject::HelpCall(call.id)),
                ..self.event(AuditActor::System, AuditAction::HelpTold)
            };
            self.trail.append(&mut *tx, &event).await?;
            told += 1;
        }
        self.commit(tx).await?;
        Ok(told)
    }

    async fn open_help(
        &self,
        actor: &Actor,
        action: Action,
        id: HelpCallId,
    ) -> Result<(Box<dyn Tx>, AuditActor, Loaded, HelpCall)> {
        if *actor == Actor::Anonymous {
            return Err(AppError::Unknown);
        }
        let mut tx = self.store.begin().await?;
        let call = tx.help_call(id).await?.ok_or(AppError::NotFound)?;
        let it = self.load(&mut *tx, call.interview).await?;
        let it = it.ok_or(AppError::NotFound)?;
        let (tx, by) = self.authorize(tx, actor, action, &it.subject()).await?;
        Ok((tx, by, it, call))
    }

    async fn save_help(
        &self,
        mut tx: Box<dyn Tx>,
        by: AuditActor,
        it: &Loaded,
        call: HelpCall,
        action: AuditAction,
    ) -> Result<()> {
        tx.save_help_call(&call).await?;
        let about = Some(AuditSubject::HelpCall(call.id));
        self.note(&mut *tx, by, action, &it.row, about).await?;
        self.commit(tx).await
    }

    async fn refuse_help(&self, mut tx: Box<dyn Tx>, by: AuditActor, it: &Loaded) -> Result<()> {
        let denied = AuditAction::Denied(Action::TakeHelpCall, Denial::NoRole);
        self.note(&mut *tx, by, denied, &it.row, None).await?;
        self.commit(tx).await?;
        Err(AppError::Denied(Denial::NoRole))
    }

    /// It is their own call, they have said that they come, or it is their turn.
    async fn may_see(
        &self,
        tx: &mut dyn Tx,
        caller: &Staff,
        it: &Loaded,
        call: &HelpCall,
    ) -> Result<bool> {
        if it.case.private.barred.contains(&caller.user) {
            return Ok(false);
        }
        let taken = matches!(call.state, State::Taken { by, .. } if by == caller.user);
        if taken || caller.user == call.by {
            return Ok(true);
        }
        let on_call = self.on_call(&mut *tx, it).await?.without(call.by);
        let place = on_call.place(caller, it);
        Ok(place.is_some_and(|place| call.reached(place)))
    }

    async fn see_help_call(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        it: &Loaded,
        call: &HelpCall,
    ) -> Result<HelpCallLine> {
        let resident = tx.resident(it.case.resident).await?;
        let resident = resident.ok_or(AppError::NotFound)?;
        let (place, callback) = match self.contact_of(tx, it).await? {
            Some(contact) => (Some(contact.place), Some(contact.callback)),
            None => (None, None),
        };
        let me = staff(actor)?;
        let taken = match call.state {
            State::Taken { at, by } => Some((at, by)),
            State::Open | State::TakenBack { .. } => None,
        };
        let people = self.on_call(&mut *tx, it).await?.without(call.by).len();
        let restriction = it.case.private.contact_restriction.as_ref();
        let enter = allowed(actor, Action::EnterRoom, &it.subject(), self.now());
        Ok(HelpCallLine {
            id: call.id.uuid(),
            interview: call.interview.uuid(),
            name: self.opened_resident(&resident).await?.name,
            method: it.row.interview.method,
            in_progress: in_progress(it),
            called_at: call.at,
            called_by: self.name_of(tx, call.by).await?,
            by_me: call.by == me,
            place,
            callback,
            contact_restriction: restriction.map(|it| it.text.clone()),
            accompanied: super::flags::accompanied(tx, call.interview).await?,
            may_enter: enter.is_allowed() && in_progress(it),
            taken_at: taken.map(|(at, _)| at),
            taken_by: match taken {
                Some((_, by)) => Some(self.name_of(tx, by).await?),
                None => None,
            },
            taken_by_me: taken.is_some_and(|(_, by)| by == me),
            unheard: call.unheard(self.now(), people),
        })
    }

    /// What she said last at the door.
    async fn contact_of(&self, tx: &mut dyn Tx, it: &Loaded) -> Result<Option<Contact>> {
        let id = it.row.interview.id;
        let mut last = None;
        for row in tx.participants_of(id).await? {
            let hers = matches!(row.participant.who, Who::Guest(GuestRole::Resident, _));
            if hers && let Some(contact) = tx.contact(row.participant.id).await? {
                last = Some(self.opened_contact(id, &contact).await?);
            }
        }
        Ok(last)
    }
}

const fn in_progress(it: &Loaded) -> bool {
    matches!(it.row.interview.state, InterviewState::InProgress(_))
}
