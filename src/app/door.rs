//! The door as the nurse sees it, and her three answers. Seeing it is a reading and audited: it
//! shows call-back number, place and the silent answer.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::consent::{Choice, ConsentEntry, InEffect, Manner};
use yorisoi_domain::identity::{IdentityTry, own_wrong_tries, wrong_tries};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::interview::State as InterviewState;
use yorisoi_domain::office::EmptyContactList;
use yorisoi_domain::participant::{
    DeviceCheck, GuestRole, LeftHow, Nearby, Participant, State, Who,
};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::second_voice::SecondVoice;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{ParticipantRow, Revision, Tx};

use super::booking::staff;
use super::consent::{answered, hex};
use super::counter::is_at_counter;
use super::notices::Noticed;
use super::{App, AppError, Loaded, Result};

/// Everybody who came by the link, in the order in which they came.
#[derive(Debug, Serialize, ToSchema)]
pub struct Door {
    pub guests: Vec<Guest>,
    /// Over all seats: a new seat is no fresh start.
    pub wrong_tries: u32,
    /// The longest wait of the seats that are open: until then a further try in that one is not heard.
    pub next_try_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Guest {
    pub participant: Uuid,
    pub role: GuestRole,
    pub state: GuestState,
    /// Since when.
    pub since: Timestamp,
    /// The last try at the identity check, field by field.
    pub identity: Option<IdentityLine>,
    pub device: Option<DeviceCheck>,
    pub nearby: Option<NearbyLine>,
    #[schema(value_type = Option<String>)]
    pub callback: Option<Pii<String>>,
    #[schema(value_type = Option<String>)]
    pub place: Option<Pii<String>>,
    #[schema(value_type = super::join::Choices)]
    pub consent: InEffect,
    /// To which texts, and how.
    pub consent_entries: Vec<ConsentLine>,
    /// Who else speaks at this microphone, as staff noted it.
    pub second_voice: SecondVoice,
    /// Sits at the counter: the room's one microphone is this seat's.
    pub at_counter: bool,
    /// Let in by whoever asks: at the counter this opens the microphone again after a reload.
    pub let_in_by_me: bool,
    /// 「同じリンクから、もう1台」: somebody else holds a seat by the same link.
    pub second_device: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuestState {
    Claimed,
    Identified,
    Knocking,
    AskedToWait,
    Admitted,
    Refused,
    Left,
    /// 「本人がすぐ閉じました」
    QuickExit,
}

/// Which of the three agree with the booking, and how often she erred before.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityLine {
    pub kana: bool,
    pub birth_date: bool,
    pub booking_number: bool,
    pub at: Timestamp,
    pub wrong_kana: usize,
    pub wrong_birth_date: usize,
    pub wrong_booking_number: usize,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NearbyLine {
    pub nearby: Nearby,
    pub at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentLine {
    pub choice: Choice,
    pub version: u32,
    pub sha256: String,
    pub language: String,
    pub manner: Manner,
    pub at: Timestamp,
}

impl From<&ConsentEntry> for ConsentLine {
    fn from(entry: &ConsentEntry) -> Self {
        Self {
            choice: entry.answer.choice(),
            version: entry.text.version,
            sha256: hex(&entry.text.sha256),
            language: entry.text.language.clone(),
            manner: entry.manner,
            at: entry.at,
        }
    }
}

impl App {
    /// # Errors
    /// Not allowed; no such interview.
    pub async fn see_door(&self, actor: &Actor, id: InterviewId) -> Result<Door> {
        let (mut tx, by, it) = self.open_interview(actor, Action::SeeDoor, id).await?;
        let me = staff(actor)?;
        let tries = tx.identity_tries(id).await?;
        let rows = tx.participants_of(id).await?;
        let mut guests = Vec::new();
        for row in &rows {
            if let Who::Guest(role, link) = row.participant.who {
                let second_device = rows.iter().any(|other| {
                    let same = matches!(other.participant.who, Who::Guest(_, its) if its == link);
                    same && other.participant.id != row.participant.id
                        && !is_at_counter(other)
                        && !other.participant.state.is_final()
                });
                let guest = self
                    .guest(&mut *tx, id, row, role, second_device, &tries)
                    .await?;
                guests.push(Guest {
                    let_in_by_me: matches!(row.participant.state, State::Admitted { by, .. } if by == me),
                    ..guest
                });
            }
        }
        let now = self.now();
        let open = rows.iter().filter(|row| !row.participant.state.is_final());
        let next_try_at = open
            .filter_map(|row| own_wrong_tries(&tries, row.participant.id).next_at(now))
            .max();
        self.note(&mut *tx, by, AuditAction::DoorSeen, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(Door {
            guests,
            wrong_tries: wrong_tries(&tries).wrong,
            next_try_at,
        })
    }

    async fn guest(
        &self,
        tx: &mut dyn Tx,
        interview: InterviewId,
        row: &ParticipantRow,
        role: GuestRole,
        second_device: bool,
        tries: &[IdentityTry],
    ) -> Result<Guest> {
        let id = row.participant.id;
        let entries = tx.consents(id).await?;
        let contact = match tx.contact(id).await? {
            Some(contact) => Some(self.opened_contact(interview, &contact).await?),
            None => None,
        };
        let (callback, place) = contact.map(|it| (it.callback, it.place)).unzip();
        let (state, since) = place_of(&row.participant);
        Ok(Guest {
            participant: id.uuid(),
            role,
            state,
            since,
            identity: identity_line(id, tries),
            device: row.device.map(|(device, _)| device),
            nearby: row.nearby.map(|(nearby, at)| NearbyLine { nearby, at }),
            callback,
            place,
            consent: answered(&entries),
            consent_entries: entries.iter().map(ConsentLine::from).collect(),
            second_voice: SecondVoice::by(&tx.second_voices(id).await?),
            at_counter: is_at_counter(row),
            let_in_by_me: false,
            second_device,
        })
    }

    /// Lets somebody in; the first begins the interview. Returns the participant's new revision.
    ///
    /// # Errors
    /// Not allowed; nobody knocks there, or has not said yes to the interview; the office has nobody
    /// to alert.
    pub async fn admit(
        &self,
        actor: &Actor,
        id: InterviewId,
        who: ParticipantId,
    ) -> Result<Revision> {
        let (mut tx, by, it, row) = self.before_door(actor, id, who).await?;
        let (user, now) = (staff(actor)?, self.now());
        let admitted = row.participant.admit(user, now)?;
        // Who comes by the link was asked before; at the counter it is the nurse who asks.
        if !answered(&tx.consents(who).await?).may_talk() {
            return Err(AppError::NotReady);
        }
        let revision = tx.save_participant(&admitted, row.revision).await?;
        self.note_guest(&mut *tx, by, AuditAction::Admitted, &it, who)
            .await?;
        let begins = !matches!(it.row.interview.state, InterviewState::InProgress(_));
        if begins {
            let list = tx
                .contact_list(it.row.interview.office)
                .await?
                .ok_or(EmptyContactList)?;
            if self.on_call(&mut *tx, &it).await?.len() == 0 {
                return Err(EmptyContactList.into());
            }
            let started = it.row.interview.clone().start(user, &list, now)?;
            tx.save_interview(&started, it.row.revision).await?;
            self.note(&mut *tx, by, AuditAction::InterviewStarted, &it.row, None)
                .await?;
        }
        let noticed = self.beside(&mut *tx, id, &admitted).await?;
        self.commit(tx).await?;
        self.announce(id, noticed).await;
        if begins && let Err(error) = self.look_at_what_is_written(id).await {
            // She is in, and that counts: the first words of the talk bring it about as well.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "what is written was not looked at when the talk began"
            );
        }
        Ok(revision)
    }

    /// Asks who knocks for patience, or moves a guest back to the waiting room, without a reason.
    /// Returns the participant's new revision.
    ///
    /// # Errors
    /// Not allowed; nobody is there.
    pub async fn ask_to_wait(
        &self,
        actor: &Actor,
        id: InterviewId,
        who: ParticipantId,
    ) -> Result<Revision> {
        let (mut tx, by, it, row) = self.before_door(actor, id, who).await?;
        let (user, now) = (staff(actor)?, self.now());
        let (waiting, action) = match row.participant.state {
            State::Admitted { .. } => (
                row.participant.move_back(user, now)?,
                AuditAction::MovedBack,
            ),
            _ => (
                row.participant.ask_to_wait(user, now)?,
                AuditAction::AskedToWait,
            ),
        };
        let revision = tx.save_participant(&waiting, row.revision).await?;
        self.note_guest(&mut *tx, by, action, &it, who).await?;
        let noticed = self.beside(&mut *tx, id, &waiting).await?;
        self.commit(tx).await?;
        self.announce(id, noticed).await;
        Ok(revision)
    }

    /// Whoever comes along has come or gone: what may only be asked of her alone is not asked, or
    /// asked again.
    async fn beside(
        &self,
        tx: &mut dyn Tx,
        talk: InterviewId,
        who: &Participant,
    ) -> Result<Noticed> {
        match who.along() {
            Some(_) => self.asked_alone(tx, talk).await,
            None => Ok(Noticed::default()),
        }
    }

    /// Does not let somebody in; the seat is gone.
    ///
    /// # Errors
    /// Not allowed; nobody knocks there.
    pub async fn refuse(&self, actor: &Actor, id: InterviewId, who: ParticipantId) -> Result<()> {
        let (mut tx, by, it, row) = self.before_door(actor, id, who).await?;
        let refused = row.participant.refuse(staff(actor)?, self.now())?;
        tx.save_participant(&refused, row.revision).await?;
        self.vacate_if_nobody_knocks(&mut *tx, &it).await?;
        self.note_guest(&mut *tx, by, AuditAction::Refused, &it, who)
            .await?;
        self.commit(tx).await
    }

    async fn before_door(
        &self,
        actor: &Actor,
        id: InterviewId,
        who: ParticipantId,
    ) -> Result<(Box<dyn Tx>, AuditActor, Loaded, ParticipantRow)> {
        let (mut tx, by, it) = self.open_interview(actor, Action::Admit, id).await?;
        let row = tx
            .participant(who)
            .await?
            .filter(|row| row.participant.interview == id);
        Ok((tx, by, it, row.ok_or(AppError::NotFound)?))
    }

    async fn note_guest(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        action: AuditAction,
        it: &Loaded,
        who: ParticipantId,
    ) -> Result<()> {
        self.note(
            tx,
            by,
            action,
            &it.row,
            Some(AuditSubject::Participant(who)),
        )
        .await
    }
}

fn place_of(participant: &Participant) -> (GuestState, Timestamp) {
    match participant.state {
        State::Claimed { at } => (GuestState::Claimed, at),
        State::Identified { at } => (GuestState::Identified, at),
        State::Knocking {
            since,
            asked_to_wait: None,
        } => (GuestState::Knocking, since),
        State::Knocking {
            since,
            asked_to_wait: Some(_),
        } => (GuestState::AskedToWait, since),
        State::Admitted { at, .. } => (GuestState::Admitted, at),
        State::Refused { at, .. } => (GuestState::Refused, at),
        State::Left {
            at,
            how: LeftHow::QuickExit,
        } => (GuestState::QuickExit, at),
        State::Left {
            at,
            how: LeftHow::Closed | LeftHow::InterviewOver,
        } => (GuestState::Left, at),
    }
}

fn identity_line(id: ParticipantId, tries: &[IdentityTry]) -> Option<IdentityLine> {
    let own = || tries.iter().filter(|one| one.participant == id);
    let last = own().next_back()?;
    let wrong = |agrees: fn(&IdentityTry) -> bool| own().filter(|one| !agrees(one)).count();
    Some(IdentityLine {
        kana: last.result.kana,
        birth_date: last.result.birth_date,
        booking_number: last.result.booking_number,
        at: last.at,
        wrong_kana: wrong(|one| one.result.kana),
        wrong_birth_date: wrong(|one| one.result.birth_date),
        wrong_booking_number: wrong(|one| one.result.booking_number),
    })
}
