//! Writing the note: begun with the end of the talk, saved, submitted; and taken back by itself
//! when a flag comes or opens again.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::ids::{InterviewId, NoteId};
use yorisoi_domain::interview::{Interview, State as InterviewState};
use yorisoi_domain::note::content::{Content, Fields, Verdict};
use yorisoi_domain::note::gate::submittable;
use yorisoi_domain::note::number::fiscal_year;
use yorisoi_domain::note::workflow::{Note, State};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_store::{InterviewRow, NoteEvent, NoteEventRow, NoteRow, Revision, Tx};

use super::booking::staff;
use super::input::Form;
use super::note_view::{NoteView, held, standing};
use super::{App, AppError, Loaded, Result};
use crate::crypto::rows;

/// Longest text of one field, in characters.
pub const FIELD: usize = 2_000;

/// What the nurse saves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteDraft {
    /// Of the note that she read.
    pub revision: u32,
    pub fields: Fields,
    pub verdict: Option<Verdict>,
}

/// A step that is taken from what was read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    pub revision: u32,
}

impl App {
    /// # Errors
    /// Not allowed; no such interview; it has not begun.
    pub async fn read_note(&self, actor: &Actor, id: InterviewId) -> Result<NoteView> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ReadNote, id).await?;
        let (row, content) = self.note_or_new(&mut *tx, by, &it).await?;
        let view = self
            .note_view(&mut *tx, &it, &row, content, staff(actor)?)
            .await?;
        self.note_audit(&mut *tx, by, AuditAction::NoteRead, &it, &row.note)
            .await?;
        self.commit(tx).await?;
        Ok(view)
    }

    /// # Errors
    /// Not allowed; somebody saved meanwhile (`Changed`); it is submitted; text that can't be
    /// taken.
    pub async fn save_note(
        &self,
        actor: &Actor,
        id: InterviewId,
        draft: NoteDraft,
    ) -> Result<NoteView> {
        let (mut tx, by, it) = self.open_interview(actor, Action::SubmitNote, id).await?;
        let (row, _) = self.note_or_new(&mut *tx, by, &it).await?;
        unchanged(row.revision, draft.revision)?;
        let content = Content {
            fields: checked(&draft.fields)?,
            verdict: draft.verdict,
        };
        let user = staff(actor)?;
        let note = row.note.write(user, self.now())?;
        let row = self.saved(&mut *tx, note, &content, row.revision).await?;
        let view = self.note_view(&mut *tx, &it, &row, content, user).await?;
        self.note_audit(&mut *tx, by, AuditAction::NoteSaved, &it, &note)
            .await?;
        self.commit(tx).await?;
        Ok(view)
    }

    /// # Errors
    /// Not allowed; changed meanwhile; something is left to decide (`GateClosed`); the interview
    /// is not over; it is submitted.
    pub async fn submit_note(
        &self,
        actor: &Actor,
        id: InterviewId,
        seen: Seen,
    ) -> Result<NoteView> {
        let (mut tx, by, it) = self.open_interview(actor, Action::SubmitNote, id).await?;
        if !matches!(it.row.interview.state, InterviewState::Ended { .. }) {
            return Err(AppError::NotReady);
        }
        let (row, content) = self.note_or_new(&mut *tx, by, &it).await?;
        unchanged(row.revision, seen.revision)?;
        let (user, now) = (staff(actor)?, self.now());
        let flags = tx.flags_of(id).await?;
        let flags: Vec<_> = flags.iter().map(standing).collect();
        let ready = submittable(&content, &flags, now)
            .map_err(|left| AppError::GateClosed(self.left_lines(&left, &flags)))?;
        let note = row.note.submit(&ready, user, now)?;
        let submission = note.submission().ok_or(AppError::NotReady)?;
        let key = self.record_key(id).await?;
        let version = rows::seal_note_version(&key, note.id, submission, &content)?;
        tx.insert_note_version(note.id, &version).await?;
        let row = self.saved(&mut *tx, note, &content, row.revision).await?;
        self.note_event(&mut *tx, self.ids.id(), &note, NoteEvent::Submitted(user))
            .await?;
        let view = self.note_view(&mut *tx, &it, &row, content, user).await?;
        self.note_audit(&mut *tx, by, AuditAction::NoteSubmitted, &it, &note)
            .await?;
        self.commit(tx).await?;
        Ok(view)
    }

    /// An interview is over: its note lies ready, with its number.
    pub(super) async fn begin_note(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        about: &InterviewRow,
        interview: &Interview,
    ) -> Result<()> {
        if tx.note_of(interview.id).await?.is_none() {
            self.new_note(tx, by, about, interview).await?;
        }
        Ok(())
    }

    /// The note of an interview that was begun, made if it is missing.
    pub(super) async fn note_or_new(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        it: &Loaded,
    ) -> Result<(NoteRow, Content)> {
        let row = match tx.note_of(it.row.interview.id).await? {
            Some(row) => row,
            None => self.new_note(tx, by, &it.row, &it.row.interview).await?,
        };
        let key = self.record_key(it.row.interview.id).await?;
        let content = rows::open_note(&key, &row)?;
        Ok((row, content))
    }

    async fn new_note(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        about: &InterviewRow,
        interview: &Interview,
    ) -> Result<NoteRow> {
        let (began, ..) = held(interview).ok_or(AppError::NotReady)?;
        let day = began.to_zoned(self.settings.zone.clone()).date();
        let note = Note::begin(NoteId::new(self.ids.id()), interview.id);
        let key = self.record_key(interview.id).await?;
        let row = rows::seal_note(&key, note, &Content::default(), Revision::FIRST)?;
        tx.insert_note(&row).await?;
        tx.give_record_number(interview.id, interview.office, fiscal_year(day))
            .await?;
        let subject = Some(AuditSubject::Note(note.id));
        self.note(tx, by, AuditAction::NoteBegun, about, subject)
            .await?;
        Ok(row)
    }

    /// To be called when a flag of the interview changes. `news`: it came or opened again, so that
    /// what was submitted is not all there is; then a submitted note lies with the nurse again.
    ///
    /// # Errors
    /// The note is approved: nothing is added any more but addenda.
    pub(super) async fn note_follows_flag(
        &self,
        tx: &mut dyn Tx,
        about: &InterviewRow,
        news: bool,
    ) -> Result<()> {
        let Some(row) = tx.note_of(about.interview.id).await? else {
            return Ok(());
        };
        match row.note.state {
            State::Approved { .. } => Err(approved().into()),
            State::Submitted(_) if news => {
                let note = row.note.recall(self.now())?;
                let key = self.record_key(note.interview).await?;
                let content = rows::open_note(&key, &row)?;
                self.saved(tx, note, &content, row.revision).await?;
                self.note_event(tx, self.ids.id(), &note, NoteEvent::Recalled)
                    .await?;
                let (by, subject) = (AuditActor::System, Some(AuditSubject::Note(note.id)));
                self.note(tx, by, AuditAction::NoteRecalled, about, subject)
                    .await
            }
            State::Draft | State::Submitted(_) | State::Returned { .. } => Ok(()),
        }
    }

    /// Writes the note under its next revision.
    pub(super) async fn saved(
        &self,
        tx: &mut dyn Tx,
        note: Note,
        content: &Content,
        before: Revision,
    ) -> Result<NoteRow> {
        let key = self.record_key(note.interview).await?;
        let row = rows::seal_note(&key, note, content, before.next())?;
        tx.update_note(&row).await?;
        Ok(row)
    }

    pub(super) async fn note_event(
        &self,
        tx: &mut dyn Tx,
        id: Uuid,
        note: &Note,
        what: NoteEvent,
    ) -> Result<()> {
        let row = NoteEventRow {
            id,
            note: note.id,
            at: self.now(),
            version: note.version(),
            what,
        };
        Ok(tx.insert_note_event(&row).await?)
    }

    pub(super) async fn note_audit(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        action: AuditAction,
        it: &Loaded,
        note: &Note,
    ) -> Result<()> {
        let subject = Some(AuditSubject::Note(note.id));
        self.note(tx, by, action, &it.row, subject).await
    }
}

/// What the page read is what is stored; else it is shown the difference.
pub(super) fn unchanged(stored: Revision, read: u32) -> Result<()> {
    if stored.number() == read {
        Ok(())
    } else {
        Err(AppError::Changed)
    }
}

fn approved() -> InvalidTransition {
    InvalidTransition {
        record: "note",
        from: "approved",
        to: "returned",
    }
}

fn checked(fields: &Fields) -> Result<Fields> {
    let mut form = Form::default();
    // A field may be empty; what is left to do is the gate's matter.
    let mut text = |field, typed: &Pii<String>| match typed.expose().trim() {
        "" => Pii::default(),
        _ => form.text(field, typed, FIELD),
    };
    let fields = Fields {
        body_mind: text("body_mind", &fields.body_mind),
        life_family: text("life_family", &fields.life_family),
        support: text("support", &fields.support),
        wishes: text("wishes", &fields.wishes),
        explained: text("explained", &fields.explained),
        contact: text("contact", &fields.contact),
        next: text("next", &fields.next),
        handover: text("handover", &fields.handover),
    };
    form.done()?;
    Ok(fields)
}
