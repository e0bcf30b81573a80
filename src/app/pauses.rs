//! Pausing transcription: her own by her own hand, every voice by the nurse's. What was paused is
//! never filled in later.

use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::call::pause::{Pause, Pauses};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_store::Tx;

use super::{App, AppError, Loaded, Result};

impl App {
    /// Her own voice. Returns whose it is and what holds now.
    ///
    /// # Errors
    /// No seat, identity not proven; the interview is over.
    pub async fn pause_own_voice(
        &self,
        actor: &Actor,
        on: bool,
    ) -> Result<(InterviewId, ParticipantId, Pauses)> {
        let (tx, by, it, row) = self.open_seat(actor, Action::PauseOwnVoice).await?;
        let (interview, own) = (it.row.interview.id, row.participant.id);
        let of = Some(own);
        let entries = self.press(tx, by, &it, Pause { of, on }).await?;
        Ok((interview, own, Pauses::by(&entries, own)))
    }

    /// Every voice. Returns what holds now for a voice that did not pause itself.
    ///
    /// # Errors
    /// Not allowed; no such interview; it is over.
    pub async fn pause_talk(&self, actor: &Actor, id: InterviewId, on: bool) -> Result<Pauses> {
        let (tx, by, it) = self.open_interview(actor, Action::PauseTalk, id).await?;
        let entries = self.press(tx, by, &it, Pause { of: None, on }).await?;
        Ok(Pauses::of_all(&entries))
    }

    async fn press(
        &self,
        mut tx: Box<dyn Tx>,
        by: AuditActor,
        it: &Loaded,
        pause: Pause,
    ) -> Result<Vec<Pause>> {
        if it.row.interview.state.is_final() {
            return Err(AppError::NotReady);
        }
        let id = it.row.interview.id;
        let mut entries = tx.pauses_of(id).await?;
        let before = entries.iter().rfind(|entry| entry.of == pause.of);
        if before.is_some_and(|entry| entry.on) == pause.on {
            return Ok(entries);
        }
        if let (Some(own), false) = (pause.of, pause.on) {
            self.change(own)?;
        }
        tx.insert_pause(id, pause, self.now()).await?;
        entries.push(pause);
        let action = if pause.on {
            AuditAction::Paused
        } else {
            AuditAction::Resumed
        };
        let about = pause.of.map(AuditSubject::Participant);
        self.note(&mut *tx, by, action, &it.row, about).await?;
        self.commit(tx).await?;
        Ok(entries)
    }
}
