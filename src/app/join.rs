//! The other side of the link: from its secret to the waiting room. Whatever is wrong with a link,
//! the answer is the same; a wrong answer at the identity check costs a growing delay and never
//! locks anybody out; no answer repeats what was typed before.

use std::net::IpAddr;

use jiff::civil::date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor, Seat};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::call::pause::Pauses;
use yorisoi_domain::consent::{Answer, Choice, ConsentEntry, InEffect, Transcription};
use yorisoi_domain::identity::{IdentityFacts, IdentityTry, check, own_wrong_tries};
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::participant::{
    Contact as DoorContact, DeviceCheck, GuestRole, LeftHow, Nearby, Participant, State,
};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{ParticipantRow, Revision, Tx};

use super::consent::answered;
use super::input::{Form, NAME};
use super::notices::Noticed;
use super::{App, AppError, Loaded, Result};
use crate::auth::pace::counted_as;
use crate::auth::secret::Secret;
use crate::crypto::rows;

/// The three answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityRequest)]
pub struct Identity {
    /// Kana of either kind; the server folds them.
    #[schema(value_type = String, example = "シライシ ヒナタ")]
    pub name_kana: Pii<String>,
    #[schema(value_type = String, format = Date, example = "1998-05-12")]
    pub birth_date: Pii<String>,
    /// As printed, hyphen optional.
    #[schema(value_type = String, example = "K7R-4M2")]
    pub booking_number: Pii<String>,
}

/// Where to call when the line is lost, and where she is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    #[schema(value_type = String, example = "090-0000-1234")]
    pub callback: Pii<String>,
    /// Home, or the name of a municipality, as the page words it.
    #[schema(value_type = String)]
    pub place: Pii<String>,
}

/// What the phone shows next, and what it needs for that.
#[derive(Debug, Serialize, ToSchema)]
pub struct JoinState {
    pub step: Step,
    /// As what they come along with the resident; absent for herself.
    pub along: Option<GuestRole>,
    /// For 「予約は 10:00 です」; only once the identity is proven.
    pub scheduled_at: Option<Timestamp>,
    /// Seconds until the next identity check is heard.
    pub retry_after_s: Option<u32>,
    /// The choice that is asked next.
    pub ask: Option<Choice>,
    /// Whether the transcription of her voice is paused, by her own hand or the nurse's.
    pub paused: bool,
    /// Whether she may be offered short questions: nobody has answered them for this interview.
    pub form_open: bool,
    /// Whether something of her voice or words may be kept, so that there is something to take back.
    pub erasable: bool,
    /// The answers so far, for the list before she knocks.
    #[schema(value_type = Choices)]
    pub consent: InEffect,
}

/// The answers that hold.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "names the fields of InEffect for the description")]
pub struct Choices {
    interview: Option<yorisoi_domain::consent::YesNo>,
    transcription: Option<yorisoi_domain::consent::Transcription>,
    keep_audio: Option<yorisoi_domain::consent::YesNo>,
    sharing: Option<yorisoi_domain::consent::YesNo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Identity,
    Contact,
    Device,
    Consent,
    /// Everything is answered; she looks it over and knocks.
    Ready,
    Waiting,
    /// As `waiting`, and the nurse has asked for a little more patience.
    WaitingLonger,
    /// Let in.
    Talk,
    /// She did not want the interview today.
    Declined,
    /// Ended or cancelled.
    Over,
}

impl App {
    /// A reload: the fragment has gone from the address, the seat has not.
    ///
    /// # Errors
    /// `LinkNotValid` without a seat, and once the interview is over.
    pub async fn regain_seat(&self, held: Option<&Secret>) -> Result<()> {
        let held = held.ok_or(AppError::LinkNotValid)?;
        let mut reader = self.store.read().await?;
        let row = reader
            .participant_by_seat(held.hash())
            .await?
            .ok_or(AppError::LinkNotValid)?;
        let interview = reader.interview(row.participant.interview).await?;
        let open = interview.is_some_and(|row| !row.interview.state.is_final());
        if open {
            Ok(())
        } else {
            Err(AppError::LinkNotValid)
        }
    }

    /// Exchanges a link's secret for a seat. `None`: the browser keeps the seat it holds.
    ///
    /// # Errors
    /// `LinkNotValid`, whatever is wrong with the link; also for a text that is no secret. `TooSoon`:
    /// this address has taken too many seats by it.
    pub async fn claim_invitation(
        &self,
        secret: Option<&Secret>,
        held: Option<&Secret>,
        from: IpAddr,
    ) -> Result<Option<Secret>> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let invitation = match secret {
            Some(secret) => tx.invitation_by_secret(secret.hash()).await?,
            None => None,
        };
        let found = match &invitation {
            Some(invitation) => tx.interview(invitation.interview).await?,
            None => None,
        };
        let opening = invitation.clone().zip(found.clone());
        let opening = opening.filter(|(invitation, row)| invitation.opens(&row.interview, now));
        let Some((invitation, row)) = opening else {
            let mut event = self.event(AuditActor::Anonymous, AuditAction::ClaimFailed);
            event.office = found.as_ref().map(|row| row.interview.office);
            event.interview = found.map(|row| row.interview.id);
            event.subject = invitation.map(|invitation| AuditSubject::Invitation(invitation.id));
            self.trail.append(&mut *tx, &event).await?;
            self.commit(tx).await?;
            return Err(AppError::LinkNotValid);
        };
        let held = match held {
            Some(token) => tx.participant_by_seat(token.hash()).await?,
            None => None,
        };
        if held.is_some_and(|held| held.participant.interview == row.interview.id) {
            return Ok(None);
        }
        let taken = (self.paces.seats).take((invitation.id, counted_as(from)), now);
        self.in_time(taken)?;
        let token = Secret::random(&*self.ids);
        let id = ParticipantId::new(self.ids.id());
        let interview = row.interview.id;
        let claimed = invitation.claim(&row.interview, now)?;
        tx.save_invitation(&claimed).await?;
        self.make_room_for_a_seat(&mut *tx, &row).await?;
        tx.insert_participant(&ParticipantRow {
            participant: Participant::claim(id, interview, GuestRole::Resident, claimed.id, now),
            seat: Some(token.hash()),
            nearby: None,
            device: None,
            revision: Revision::FIRST,
        })
        .await?;
        let (by, about) = (
            AuditActor::Participant(id),
            AuditSubject::Invitation(claimed.id),
        );
        self.note(
            &mut *tx,
            by,
            AuditAction::InvitationClaimed,
            &row,
            Some(about),
        )
        .await?;
        self.commit(tx).await?;
        Ok(Some(token))
    }

    /// # Errors
    /// No seat.
    pub async fn join_state(&self, actor: &Actor) -> Result<JoinState> {
        let (mut tx, _, _, row) = self.open_seat(actor, Action::ReadJoinState).await?;
        self.state_of(&mut *tx, row.participant.id).await
    }

    /// Compares the three answers with the booking.
    ///
    /// # Errors
    /// `IdentityMismatch` without saying which; `TooSoon`, when nothing was looked at.
    pub async fn check_identity(&self, actor: &Actor, typed: Identity, from: IpAddr) -> Result<()> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::CheckIdentity).await?;
        let mut form = Form::default();
        let facts = IdentityFacts {
            kana: form.kana("name_kana", &typed.name_kana),
            birth_date: form
                .day(
                    "birth_date",
                    typed.birth_date.expose(),
                    date(1900, 1, 1),
                    self.today(),
                )
                .into(),
            booking_number: form.line("booking_number", &typed.booking_number, 20),
        };
        form.done()?;
        let interview = it.row.interview.id;
        let now = self.now();
        let so_far = self.hear_answer(&mut *tx, &row.participant, from).await?;

        let resident = tx
            .resident(it.case.resident)
            .await?
            .ok_or(AppError::NotFound)?;
        let resident = self.opened_resident(&resident).await?;
        let on_file = IdentityFacts {
            kana: resident.kana,
            birth_date: resident.birth_date,
            booking_number: self.opened_booking_number(&it.row).await?,
        };
        let result = check(&facts, &on_file);
        let participant = row.participant.id;
        let identified = row.participant.identify(now)?;
        let tried = IdentityTry {
            interview,
            participant,
            at: now,
            result,
        };
        if !result.passed() {
            return self.wrong_identity(tx, by, &it, &tried, so_far).await;
        }
        tx.insert_identity_try(&tried).await?;
        tx.save_participant(&identified, row.revision).await?;
        self.note(&mut *tx, by, AuditAction::IdentityPassed, &it.row, None)
            .await?;
        self.commit(tx).await
    }

    /// # Errors
    /// No seat, identity not proven, or fields that can't be taken.
    pub async fn give_contact(&self, actor: &Actor, typed: Contact) -> Result<()> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::GiveContact).await?;
        let mut form = Form::default();
        let contact = DoorContact {
            callback: form.phone("callback", &typed.callback),
            place: form.line("place", &typed.place, NAME),
        };
        form.done()?;
        let participant = row.participant.id;
        let key = self.record_key(it.row.interview.id).await?;
        let before = tx.contact(participant).await?;
        if let Some(before) = &before
            && rows::open_contact(&key, before)? == contact
        {
            return Ok(());
        }
        self.change(participant)?;
        let revision = before.map_or(Revision::FIRST, |row| row.revision.next());
        let sealed = rows::seal_contact(&key, participant, &contact, self.now(), revision)?;
        tx.put_contact(&sealed).await?;
        self.note(&mut *tx, by, AuditAction::ContactGiven, &it.row, None)
            .await?;
        self.commit(tx).await
    }

    /// # Errors
    /// No seat, or identity not proven.
    pub async fn report_device(&self, actor: &Actor, found: DeviceCheck) -> Result<()> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::ReportDevice).await?;
        if row.device.is_some_and(|(before, _)| before == found) {
            return Ok(());
        }
        self.change(row.participant.id)?;
        tx.set_device(row.participant.id, found, self.now()).await?;
        self.note(&mut *tx, by, AuditAction::DeviceChecked, &it.row, None)
            .await?;
        self.commit(tx).await
    }

    /// Whether it is news. That somebody is there is heard however often it is said.
    ///
    /// # Errors
    /// No seat, or identity not proven; who comes along can't say it for her (`NotReady`).
    pub async fn say_nearby(&self, actor: &Actor, nearby: Nearby) -> Result<bool> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::SayNearby).await?;
        if row.participant.along().is_some() {
            return Err(AppError::NotReady);
        }
        if row.nearby.is_some_and(|(before, _)| before == nearby) {
            return Ok(false);
        }
        if nearby == Nearby::Alone {
            self.change(row.participant.id)?;
        }
        tx.set_nearby(row.participant.id, nearby, self.now())
            .await?;
        self.note(&mut *tx, by, AuditAction::NearbySaid, &it.row, None)
            .await?;
        let talk = it.row.interview.id;
        let noticed = self.asked_alone(&mut *tx, talk).await?;
        self.commit(tx).await?;
        self.announce(talk, noticed).await;
        Ok(true)
    }

    /// # Errors
    /// No seat, identity not proven; `NotReady` while something that is asked has no answer.
    pub async fn knock(&self, actor: &Actor) -> Result<()> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::Knock).await?;
        let entries = tx.consents(row.participant.id).await?;
        if !answered(&entries).is_complete() {
            return Err(AppError::NotReady);
        }
        let now = self.now();
        let knocking = row.participant.knock(now)?;
        let waiting = it.row.interview.clone().wait(now)?;
        if waiting != it.row.interview {
            tx.save_interview(&waiting, it.row.revision).await?;
        }
        tx.save_participant(&knocking, row.revision).await?;
        self.note(&mut *tx, by, AuditAction::Knocked, &it.row, None)
            .await?;
        self.commit(tx).await
    }

    /// Gives the seat up: nothing regains it.
    ///
    /// # Errors
    /// No seat.
    pub async fn leave(&self, actor: &Actor, how: LeftHow) -> Result<()> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::LeaveInterview).await?;
        let beside = row.participant.along().is_some();
        let gone = row.participant.leave(how, self.now())?;
        tx.save_participant(&gone, row.revision).await?;
        self.vacate_if_nobody_knocks(&mut *tx, &it).await?;
        let action = match how {
            LeftHow::QuickExit => AuditAction::QuickExit,
            LeftHow::Closed | LeftHow::InterviewOver => AuditAction::Left,
        };
        self.note(&mut *tx, by, action, &it.row, None).await?;
        let talk = it.row.interview.id;
        let noticed = if beside {
            self.asked_alone(&mut *tx, talk).await?
        } else {
            Noticed::default()
        };
        self.commit(tx).await?;
        self.announce(talk, noticed).await;
        Ok(())
    }

    /// Back to `scheduled` when the last who knocked has gone before the interview began.
    pub(super) async fn vacate_if_nobody_knocks(&self, tx: &mut dyn Tx, it: &Loaded) -> Result<()> {
        let rows = tx.participants_of(it.row.interview.id).await?;
        let knocks = rows
            .iter()
            .any(|row| matches!(row.participant.state, State::Knocking { .. }));
        // In every other state there is nothing to take back.
        if !knocks && let Ok(vacant) = it.row.interview.clone().vacate() {
            tx.save_interview(&vacant, it.row.revision).await?;
        }
        Ok(())
    }

    /// Begins, loads the caller's own interview and seat, and asks the table.
    pub(super) async fn open_seat(
        &self,
        actor: &Actor,
        action: Action,
    ) -> Result<(Box<dyn Tx>, AuditActor, Loaded, ParticipantRow)> {
        let (interview, participant) = match actor {
            Actor::Seat(Seat {
                interview,
                participant,
                ..
            }) => (*interview, *participant),
            Actor::Anonymous => return Err(AppError::Unknown),
            // Staff hold no seat: the table says so, and the audit.
            Actor::Staff(_) | Actor::Operator => {
                let tx = self.store.begin().await?;
                let subject = yorisoi_domain::access::Subject::Municipality;
                self.authorize(tx, actor, action, &subject).await?;
                return Err(AppError::Unknown);
            }
        };
        let (mut tx, by, loaded) = self.open_interview(actor, action, interview).await?;
        let row = tx
            .participant(participant)
            .await?
            .ok_or(AppError::Unknown)?;
        Ok((tx, by, loaded, row))
    }

    pub(super) async fn state_of(&self, tx: &mut dyn Tx, id: ParticipantId) -> Result<JoinState> {
        let row = tx.participant(id).await?.ok_or(AppError::Unknown)?;
        let interview = tx
            .interview(row.participant.interview)
            .await?
            .ok_or(AppError::NotFound)?;
        let interview = interview.interview;
        let entries = tx.consents(id).await?;
        let consent = answered(&entries);
        let has_contact = tx.contact(id).await?.is_some();
        let tries = own_wrong_tries(&tx.identity_tries(interview.id).await?, id);
        let agreed =
            |it: &ConsentEntry| it.answer == Answer::Transcription(Transcription::Transcript);
        let form_open = row.participant.along().is_none()
            && super::forms::may_be_offered(tx, interview.id).await?;
        let answered =
            row.participant.along().is_none() && super::forms::kept(tx, interview.id).await?;
        let kept = answered || entries.iter().any(agreed);
        let erasable = kept && tx.certificate_of(id).await?.is_none();
        let pauses = Pauses::by(&tx.pauses_of(interview.id).await?, id);
        let now = self.now();
        let along = row.participant.along();

        let (mut retry_after_s, mut ask) = (None, None);
        let step = match row.participant.state {
            _ if matches!(
                interview.state,
                yorisoi_domain::interview::State::Declined { .. }
            ) =>
            {
                Step::Declined
            }
            _ if interview.state.is_final() => Step::Over,
            State::Claimed { .. } => {
                retry_after_s = tries
                    .next_at(now)
                    .map(|next| super::seconds_until(next, now));
                Step::Identity
            }
            State::Identified { .. } if !has_contact && along.is_none() => Step::Contact,
            State::Identified { .. } if row.device.is_none() => Step::Device,
            State::Identified { .. } if !consent.is_complete() => {
                ask = consent.next_question();
                Step::Consent
            }
            State::Identified { .. } => Step::Ready,
            State::Knocking {
                asked_to_wait: None,
                ..
            } => Step::Waiting,
            State::Knocking {
                asked_to_wait: Some(_),
                ..
            } => Step::WaitingLonger,
            State::Admitted { .. } => Step::Talk,
            State::Refused { .. } | State::Left { .. } => Step::Over,
        };
        let proven = !matches!(row.participant.state, State::Claimed { .. });
        let scheduled_at = proven.then_some(interview.scheduled_at);
        Ok(JoinState {
            step,
            along,
            scheduled_at,
            retry_after_s,
            ask,
            paused: pauses.all || pauses.own,
            form_open,
            erasable,
            consent,
        })
    }
}
