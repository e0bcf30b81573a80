//! The talk: who may come in, its end by hand, and what stays of a call.

use std::collections::BTreeMap;

use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::call::Door;
use yorisoi_domain::call::pause::Pauses;
use yorisoi_domain::call::record::{CallRecord, ClosedWhy, SeatGap, Track, TrackReception};
use yorisoi_domain::consent::Agreed;
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId, UserId};
use yorisoi_domain::interview::{By, Interview, State as InterviewState};
use yorisoi_domain::participant::{LeftHow, Participant, State, Who};
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_domain::transcript::segment::Gap;
use yorisoi_store::{InterviewRow, ParticipantRow, Reader, Revision, Tx};

use super::booking::staff;
use super::consent::agreed;
use super::{App, AppError, Result, accounts};
use crate::auth::secret::Secret;

/// Somebody who may open a socket, as the records say.
#[derive(Debug, Clone)]
pub struct Attendance {
    pub interview: InterviewId,
    pub participant: ParticipantId,
    pub who: Who,
    pub door: Door,
    /// At the counter: whose browser the microphone is.
    pub holder: Option<UserId>,
    pub revision: Revision,
    pub consent: Agreed,
    pub pauses: Pauses,
    /// When the interview began; `None` before.
    pub started: Option<Timestamp>,
}

/// A voice of a call that ends.
#[derive(Debug, Clone)]
pub struct SettledTrack {
    pub id: TrackId,
    pub reception: TrackReception,
    /// Where the call knows that there were no words.
    pub gaps: Vec<Gap>,
}

impl App {
    /// The nurse goes into the room. The first time gives her a seat.
    ///
    /// # Errors
    /// Not allowed; no such interview; it is over.
    pub async fn enter_room(&self, actor: &Actor, id: InterviewId) -> Result<Attendance> {
        let (mut tx, by, it) = self.open_interview(actor, Action::EnterRoom, id).await?;
        if it.row.interview.state.is_final() {
            return Err(AppError::NotReady);
        }
        let user = staff(actor)?;
        let rows = tx.participants_of(id).await?;
        let mut own = rows.into_iter().filter(|row| {
            row.participant.who == Who::Nurse(user) && !row.participant.state.is_final()
        });
        let (participant, revision) = match own.next_back() {
            Some(row) => (row.participant, row.revision),
            None => {
                let seat = ParticipantId::new(self.ids.id());
                let participant = Participant::nurse(seat, id, user, self.now());
                tx.insert_participant(&ParticipantRow {
                    participant,
                    seat: None,
                    nearby: None,
                    device: None,
                    revision: Revision::FIRST,
                })
                .await?;
                (participant, Revision::FIRST)
            }
        };
        let pauses = Pauses::by(&tx.pauses_of(id).await?, participant.id);
        let about = AuditSubject::Participant(participant.id);
        self.note(&mut *tx, by, AuditAction::RoomEntered, &it.row, Some(about))
            .await?;
        self.commit(tx).await?;
        Ok(Attendance {
            interview: id,
            participant: participant.id,
            who: participant.who,
            door: Door::LetIn,
            holder: None,
            revision,
            consent: Agreed::default(),
            pauses,
            started: began(&it.row.interview.state),
        })
    }

    /// Whether whoever entered the room by this login may still be there. A denial is audited as
    /// every other.
    ///
    /// # Errors
    /// The store failed, which says nothing about them.
    pub async fn may_stay_in_room(&self, login: &Secret, id: InterviewId) -> Result<bool> {
        let Some(known) = self.known_staff(login).await? else {
            return Ok(false);
        };
        let actor = Actor::Staff(known.staff);
        match self.open_interview(&actor, Action::EnterRoom, id).await {
            Ok(_) => Ok(true),
            Err(AppError::Denied(_) | AppError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A guest's page opens its socket: at the door once they knock, inside once they are let in.
    ///
    /// # Errors
    /// No seat; identity not proven; not knocked yet; the interview is over.
    pub async fn enter_talk(&self, actor: &Actor) -> Result<Attendance> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::JoinTalk).await?;
        if it.row.interview.state.is_final() {
            return Err(AppError::NotReady);
        }
        let attendance = attendance(&mut *tx, &it.row.interview, &row).await?;
        self.note(&mut *tx, by, AuditAction::TalkEntered, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(attendance)
    }

    /// The nurse ends the interview; every seat goes with it.
    ///
    /// # Errors
    /// Not allowed; it has not begun, or is over.
    pub async fn end_interview(&self, actor: &Actor, id: InterviewId) -> Result<()> {
        let (mut tx, by, it) = self.open_interview(actor, Action::EndInterview, id).await?;
        let ended = it.row.interview.clone();
        let ended = ended.end(By::Staff(staff(actor)?), self.now())?;
        self.end_in(&mut *tx, by, &it.row, &ended).await?;
        accounts::settle(&mut *tx, &ended, None).await?;
        self.commit(tx).await
    }

    /// Everything that goes with the end of an interview, but for the account of its time.
    async fn end_in(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        row: &InterviewRow,
        ended: &Interview,
    ) -> Result<()> {
        tx.save_interview(ended, row.revision).await?;
        for row in tx.participants_of(ended.id).await? {
            if !row.participant.state.is_final() {
                let gone = row.participant.leave(LeftHow::InterviewOver, self.now())?;
                tx.save_participant(&gone, row.revision).await?;
            }
        }
        self.alerts_at_end(tx, ended.id).await?;
        self.begin_note(tx, by, row, ended).await?;
        self.note(tx, by, AuditAction::InterviewEnded, row, None)
            .await
    }

    /// A guest's interview and seat, and what they have agreed to by now.
    ///
    /// # Errors
    /// No seat.
    pub async fn own_consent(&self, actor: &Actor) -> Result<(InterviewId, ParticipantId, Agreed)> {
        let Actor::Seat(seat) = actor else {
            return Err(AppError::Unknown);
        };
        let mut reader = self.store.read().await?;
        let agreed = agreed(&mut *reader, seat.participant).await?;
        Ok((seat.interview, seat.participant, agreed))
    }

    /// When an interview began; `None` before, and for an interview that is not there.
    ///
    /// # Errors
    /// The store failed.
    pub async fn began(&self, id: InterviewId) -> Result<Option<Timestamp>> {
        let row = self.store.read().await?.interview(id).await?;
        Ok(row.and_then(|row| began(&row.interview.state)))
    }

    /// # Errors
    /// The store failed.
    pub async fn open_call(&self, id: CallId, interview: InterviewId) -> Result<()> {
        self.open_call_at(id, interview, self.now()).await
    }

    pub(super) async fn open_call_at(
        &self,
        id: CallId,
        interview: InterviewId,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let row = tx.interview(interview).await?.ok_or(AppError::NotFound)?;
        tx.insert_call(&CallRecord::open(id, interview, at)).await?;
        self.note(
            &mut *tx,
            AuditActor::System,
            AuditAction::CallOpened,
            &row,
            None,
        )
        .await?;
        self.commit(tx).await
    }

    /// # Errors
    /// The store failed.
    pub async fn open_track(&self, id: TrackId, call: CallId, of: ParticipantId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let track = Track {
            id,
            call,
            participant: of,
            reception: None,
        };
        tx.insert_track(&track).await?;
        let seat = tx.participant(of).await?.ok_or(AppError::NotFound)?;
        let row = tx.interview(seat.participant.interview).await?;
        let row = row.ok_or(AppError::NotFound)?;
        let (by, about) = (AuditActor::System, Some(AuditSubject::Participant(of)));
        self.note(&mut *tx, by, AuditAction::TrackOpened, &row, about)
            .await?;
        self.commit(tx).await
    }

    /// Writes down where a seat of a running call has no words, as far as is known now.
    ///
    /// # Errors
    /// The store failed.
    pub async fn note_seat_gap(
        &self,
        call: CallId,
        of: ParticipantId,
        number: u32,
        gap: SeatGap,
    ) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.save_seat_gap(call, of, number, gap).await?;
        Ok(tx.commit().await?)
    }

    /// `at`: by the talk's own clock.
    ///
    /// # Errors
    /// The store failed.
    pub async fn close_call(
        &self,
        id: CallId,
        interview: InterviewId,
        (why, at): (ClosedWhy, InterviewMs),
        tracks: &[SettledTrack],
    ) -> Result<()> {
        let mut tx = self.store.begin().await?;
        for track in tracks {
            tx.settle_track(track.id, track.reception).await?;
            for gap in &track.gaps {
                tx.insert_gap(gap).await?;
            }
        }
        let over = matches!(why, ClosedWhy::Ended | ClosedWhy::LongestReached).then_some(at);
        self.close_in(tx, id, interview, (why, self.now()), over)
            .await
    }

    /// Closes a call that a crash left open, as of `at`. `heard`: the end of what is known of a track's
    /// sound. What was known of its seats holds until the crash; what came after it is unknown.
    ///
    /// # Errors
    /// The store failed.
    pub async fn close_broken_call(
        &self,
        call: &CallRecord,
        at: Timestamp,
        heard: &BTreeMap<TrackId, InterviewMs>,
    ) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let row = tx.interview(call.interview).await?;
        if let Some(began) = row.and_then(|row| began(&row.interview.state)) {
            for gap in accounts::broken(&mut *tx, call, began, at, heard).await? {
                tx.insert_gap(&gap).await?;
            }
        }
        self.close_in(tx, call.id, call.interview, (ClosedWhy::Crash, at), None)
            .await
    }

    async fn close_in(
        &self,
        mut tx: Box<dyn Tx>,
        id: CallId,
        interview: InterviewId,
        (why, at): (ClosedWhy, Timestamp),
        over: Option<InterviewMs>,
    ) -> Result<()> {
        let row = tx.interview(interview).await?.ok_or(AppError::NotFound)?;
        let mut interview = row.interview.clone();
        if why == ClosedWhy::LongestReached
            && let Ok(ended) = interview.clone().end(By::System, self.now())
        {
            self.end_in(&mut *tx, AuditActor::System, &row, &ended)
                .await?;
            interview = ended;
        }
        let calls = tx.calls_of(interview.id).await?;
        let call = calls.into_iter().find(|call| call.id == id);
        let closed = call.ok_or(AppError::NotFound)?.close(why, at)?;
        tx.close_call(id, closed).await?;
        accounts::settle(&mut *tx, &interview, over).await?;
        self.note(
            &mut *tx,
            AuditActor::System,
            AuditAction::CallClosed,
            &row,
            None,
        )
        .await?;
        self.commit(tx).await?;
        self.watches.forget(row.interview.id);
        Ok(())
    }
}

/// A guest's, as the records have it; `NotReady` for who is not at the door yet, or gone.
pub(super) async fn attendance(
    reader: &mut dyn Reader,
    interview: &Interview,
    row: &ParticipantRow,
) -> Result<Attendance> {
    let participant = row.participant;
    let door = match participant.state {
        State::Knocking { .. } => Door::Waits,
        State::Admitted { .. } => Door::LetIn,
        State::Claimed { .. }
        | State::Identified { .. }
        | State::Refused { .. }
        | State::Left { .. } => return Err(AppError::NotReady),
    };
    let pauses = reader.pauses_of(interview.id).await?;
    Ok(Attendance {
        interview: interview.id,
        participant: participant.id,
        who: participant.who,
        door,
        holder: None,
        revision: row.revision,
        consent: agreed(reader, participant.id).await?,
        pauses: Pauses::by(&pauses, participant.id),
        started: began(&interview.state),
    })
}

fn began(state: &InterviewState) -> Option<Timestamp> {
    match state {
        InterviewState::InProgress(start) | InterviewState::Ended { start, .. } => Some(start.at),
        _ => None,
    }
}
