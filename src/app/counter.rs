//! A talk at the counter: she has no browser, the nurse's is the only one, and its microphone hears
//! the whole room. What it hears is kept as hers, under her consent and her keys, so that everything
//! that holds for her voice holds here; whose words they are nobody claims to know.

use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::interview::Method;
use yorisoi_domain::participant::{GuestRole, Participant, State, Who};
use yorisoi_store::{ParticipantRow, Revision};

use super::booking::staff;
use super::calls::{Attendance, attendance};
use super::{App, AppError, Result};

impl App {
    /// She stands at the counter. The door shows her as who waits; she is asked for her consent
    /// aloud or on paper, and let in as everybody is.
    ///
    /// # Errors
    /// Not allowed; no such interview. `NotReady`: it is over or not held at the counter, or she is
    /// there already.
    pub async fn seat_at_counter(&self, actor: &Actor, id: InterviewId) -> Result<()> {
        let (mut tx, by, it) = self.open_interview(actor, Action::Admit, id).await?;
        let rows = tx.participants_of(id).await?;
        let link = tx.invitations_of(id).await?.into_iter().next_back();
        let there = rows.iter().any(is_at_counter);
        let (Method::InPerson, false, Some(link)) = (it.row.interview.method, there, link) else {
            return Err(AppError::NotReady);
        };
        let now = self.now();
        let waiting = it.row.interview.clone().wait(now)?;
        if waiting != it.row.interview {
            tx.save_interview(&waiting, it.row.revision).await?;
        }
        let seat = ParticipantId::new(self.ids.id());
        tx.insert_participant(&ParticipantRow {
            participant: Participant::at_counter(seat, id, link.id, now),
            seat: None,
            nearby: None,
            device: None,
            revision: Revision::FIRST,
        })
        .await?;
        let about = Some(AuditSubject::Participant(seat));
        self.note(&mut *tx, by, AuditAction::CameToCounter, &it.row, about)
            .await?;
        self.commit(tx).await
    }

    /// The nurse's browser opens the microphone of the counter.
    ///
    /// # Errors
    /// Not allowed; no such interview; `NotReady` where nobody is at the counter, or it is over.
    pub async fn enter_at_counter(&self, actor: &Actor, id: InterviewId) -> Result<Attendance> {
        let (mut tx, by, it) = self.open_interview(actor, Action::EnterRoom, id).await?;
        let rows = tx.participants_of(id).await?;
        let row = rows.into_iter().find(is_at_counter);
        let row = row.filter(|_| !it.row.interview.state.is_final());
        let row = row.ok_or(AppError::NotReady)?;
        let about = Some(AuditSubject::Participant(row.participant.id));
        let attendance = Attendance {
            holder: Some(staff(actor)?),
            ..attendance(&mut *tx, &it.row.interview, &row).await?
        };
        self.note(&mut *tx, by, AuditAction::TalkEntered, &it.row, about)
            .await?;
        self.commit(tx).await?;
        Ok(attendance)
    }
}

/// Whether she sits at the counter: she waits or is inside, and no browser holds the seat.
pub(super) fn is_at_counter(row: &ParticipantRow) -> bool {
    let hers = matches!(row.participant.who, Who::Guest(GuestRole::Resident, _));
    let near = matches!(
        row.participant.state,
        State::Knocking { .. } | State::Admitted { .. }
    );
    hers && near && row.seat.is_none()
}
