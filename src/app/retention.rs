//! What may not be kept any longer: the sound of an interview whose note is approved, or whose last
//! call is too long ago; its words when the record is old enough, or when nobody approves it; answers
//! for interviews that never took place; records, and who is named in them; logins that have ended; at
//! last the audit itself.
//! Keys first, so that nothing opens any more; then what they sealed; then the line in the audit. What
//! a law keeps is passed over.

use jiff::civil::Date;
use jiff::{SignedDuration, Span};
use serde::Serialize;
use uuid::Uuid;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::ids::{InterviewId, ResidentId};
use yorisoi_domain::interview::{Interview, State};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{Destruction, InterviewRow, KeyKind, Reader, Tx};

use super::audio::tracks_of;
use super::clock_seen::ClockDoubt;
use super::holds::is_held;
use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;

/// A login that has ended is kept so much longer.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The audit is kept so much longer than the record.
const AUDIT_YEARS_MORE: i64 = 1;
/// From so many days before on, the approver's list says when words go that nobody has approved.
const WARNED_DAYS: i64 = 30;

/// What has a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    Sound,
    /// Of approved interviews.
    Words,
    /// Of interviews whose note nobody has approved.
    UnapprovedWords,
    /// For interviews that never took place.
    Answers,
    Records,
    /// Names, birth dates and cases of residents without any record left.
    Residents,
}

impl Kept {
    /// In the order in which they are destroyed: a record's words before the record.
    pub const ALL: [Self; 6] = [
        Self::Sound,
        Self::Words,
        Self::UnapprovedWords,
        Self::Answers,
        Self::Records,
        Self::Residents,
    ];

    /// As it is printed and stands in the certificates.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Words => "words",
            Self::UnapprovedWords => "unapproved_words",
            Self::Answers => "answers",
            Self::Records => "records",
            Self::Residents => "residents",
        }
    }
}

/// One kind, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PurgeLine {
    pub kind: Kept,
    /// Interviews; of `residents` the residents.
    pub ids: Vec<Uuid>,
    /// Of these, how many could not be destroyed and are tried again.
    pub left: usize,
}

/// What one run did, or would do. No personal word; the line of the certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Purge {
    pub at: Timestamp,
    pub lines: Vec<PurgeLine>,
    /// Logins and sign-in links that were forgotten.
    pub logins: usize,
    /// Events of the audit that were removed.
    pub audit_removed: u64,
    /// Where the audit stood afterwards: the events of this run are before it.
    pub audit_events: u64,
    pub audit_head: String,
}

impl Purge {
    #[must_use]
    pub fn count(&self) -> usize {
        self.lines.iter().map(|it| it.ids.len() - it.left).sum()
    }
}

impl App {
    /// What `purge` would destroy now. Changes nothing.
    ///
    /// # Errors
    /// The store failed.
    pub async fn purge_due(&self) -> Result<Purge> {
        let mut lines = Vec::new();
        for kind in Kept::ALL {
            let ids = self.due(kind).await?;
            lines.push(PurgeLine { kind, ids, left: 0 });
        }
        let mut reader = self.store.read().await?;
        let (_, audit) = self.audit_due(&mut *reader).await?;
        drop(reader);
        self.purge_report(lines, 0, audit).await
    }

    /// Destroys everything whose time is over. To be called before serving, and then from time to time.
    /// Where something went, a line of it is added to the certificates in the data folder.
    ///
    /// # Errors
    /// The store failed; the audit does not hold, so none of it is removed. What could not be destroyed is
    /// counted, logged, and tried again the next time.
    pub async fn purge(&self) -> Result<Purge> {
        let mut lines = Vec::new();
        for kind in Kept::ALL {
            let ids = self.due(kind).await?;
            let left = self.destroy_all(kind, &ids).await.0;
            lines.push(PurgeLine { kind, ids, left });
        }
        let logins = self.forget_logins().await?;
        let audit = self.remove_old_audit().await;
        let removed = audit.as_ref().copied().unwrap_or(0);
        let purge = self.purge_report(lines, logins, removed).await?;
        if purge.count() > 0 || removed > 0 {
            let line = serde_json::to_string(&purge).map_err(std::io::Error::from)?;
            let file = self.folder.purges();
            tokio::task::spawn_blocking(move || crate::crypto::append_line(&file, &line)).await??;
        }
        audit.map(|_| purge)
    }

    /// As [`App::purge`], when nobody asked for it: not while the clock is in doubt, for what goes under
    /// one that was set forward does not come back.
    ///
    /// # Errors
    /// As [`App::purge`]; the disk.
    pub async fn purge_unasked(&self) -> Result<std::result::Result<Purge, ClockDoubt>> {
        match self.watch_clock().await? {
            Some(doubt) if !self.settings.demo => Ok(Err(doubt)),
            _ => Ok(Ok(self.purge().await?)),
        }
    }

    /// Which event of the audit is the first to stay, and how many stand before it. By whole months, so
    /// that it is not filled with its own end. Events about an interview stay for a year after its
    /// record, and all that came after them.
    async fn audit_due(&self, reader: &mut dyn Reader) -> Result<(u64, u64)> {
        let years = i64::from(self.settings.retention.record_years) + AUDIT_YEARS_MORE;
        let day = |years: i64| {
            let day = self.today().checked_sub(Span::new().years(years));
            let day = day.unwrap_or(Date::MIN).first_of_month();
            self.end_of(day.yesterday().unwrap_or(Date::MIN))
        };
        let stays = reader.audit_stays_from(day(years), day(AUDIT_YEARS_MORE));
        let stays = match stays.await? {
            Some(stays) => stays,
            None => reader.audit_head().await?.seq + 1,
        };
        let first = reader.audit_events(0, 1).await?.pop();
        let first = first.map_or(stays, |it| it.event.seq);
        Ok((stays, stays.saturating_sub(first)))
    }

    /// The oldest events of the audit. Says how many those were.
    async fn remove_old_audit(&self) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let (stays, due) = self.audit_due(&mut *tx).await?;
        if due == 0 {
            return Ok(0);
        }
        let event = AuditEvent {
            count: u32::try_from(due).unwrap_or(u32::MAX),
            ..self.event(AuditActor::System, AuditAction::AuditRemoved)
        };
        self.trail.append(&mut *tx, &event).await?;
        let anchor = self.trail.remove(&mut *tx, stays).await?;
        // The event that it stands for is there until the commit, and noted as every head.
        self.trail.note(anchor)?;
        self.commit(tx).await?;
        Ok(due)
    }

    async fn purge_report(
        &self,
        mut lines: Vec<PurgeLine>,
        logins: usize,
        audit_removed: u64,
    ) -> Result<Purge> {
        lines.retain(|it| !it.ids.is_empty());
        let head = self.store.read().await?.audit_head().await?;
        Ok(Purge {
            at: self.now(),
            lines,
            logins,
            audit_removed,
            audit_events: head.seq,
            audit_head: head.hex(),
        })
    }

    async fn due(&self, kind: Kept) -> Result<Vec<Uuid>> {
        let kept = self.settings.retention;
        // The last day is the one that pages and consent texts name.
        let days_ago = |days: u16| {
            let days = Span::new().days(i64::from(days) + 1);
            self.end_of(self.today().checked_sub(days).unwrap_or(Date::MIN))
        };
        let years = Span::new().years(i64::from(kept.record_years)).days(1);
        let mut reader = self.store.read().await?;
        let interviews = match kind {
            Kept::Sound => {
                let silent = SignedDuration::from_hours(24 * i64::from(kept.audio_days));
                reader.sound_due(self.now() - silent).await?
            }
            Kept::Words => reader.talk_due(days_ago(kept.talk_days)).await?,
            Kept::UnapprovedWords => {
                reader
                    .unapproved_due(days_ago(kept.unapproved_days))
                    .await?
            }
            Kept::Answers => reader.forms_due(days_ago(kept.cancelled_days)).await?,
            Kept::Records => {
                let last = self.today().checked_sub(years).unwrap_or(Date::MIN);
                reader.records_due(self.end_of(last)).await?
            }
            Kept::Residents => {
                let due = reader.residents_due().await?;
                return Ok(due.into_iter().map(ResidentId::uuid).collect());
            }
        };
        Ok(interviews.into_iter().map(InterviewId::uuid).collect())
    }

    /// How many are left, and why the last of them is.
    async fn destroy_all(&self, kind: Kept, ids: &[Uuid]) -> (usize, Option<AppError>) {
        let (mut left, mut why) = (0, None);
        for id in ids {
            let done = match kind {
                Kept::Sound => self.destroy_audio((*id).into()).await,
                Kept::Words | Kept::UnapprovedWords => self.destroy_talk((*id).into()).await,
                Kept::Answers => self.destroy_forms((*id).into()).await,
                Kept::Records => self.destroy_record((*id).into()).await,
                Kept::Residents => self.destroy_resident((*id).into()).await,
            };
            if let Err(error) = done {
                let cause = &error as &dyn std::error::Error;
                tracing::error!(error = cause, ?kind, "something was not destroyed in time");
                left += 1;
                why = Some(error);
            }
        }
        (left, why)
    }

    /// Destroys what is due of one kind. Returns how many that were.
    ///
    /// # Errors
    /// The keys, the disk or the store, of the last that failed; the others are destroyed.
    pub async fn destroy_due(&self, kind: Kept) -> Result<usize> {
        let due = self.due(kind).await?;
        match self.destroy_all(kind, &due).await.1 {
            None => Ok(due.len()),
            Some(error) => Err(error),
        }
    }

    /// On which day the words of a talk go that nobody approves, once that day is near.
    pub(super) async fn words_until(
        &self,
        tx: &mut dyn Tx,
        it: &Interview,
    ) -> Result<Option<Date>> {
        let since = match &it.state {
            State::InProgress(start) => start.at,
            State::Ended { at, .. } => *at,
            _ => return Ok(None),
        };
        // As the store finds them (`unapproved_due`).
        let calls = tx.calls_of(it.id).await?;
        if is_held(tx, it.id).await? || calls.iter().any(|call| call.closed.is_none()) {
            return Ok(None);
        }
        let closed = calls.iter().filter_map(|call| call.closed.as_ref());
        let over = closed.map(|closed| closed.at).fold(since, Timestamp::max);
        let over = over.to_zoned(self.settings.zone.clone()).date();
        let days = Span::new().days(i64::from(self.settings.retention.unapproved_days));
        let warned = Span::new().days(WARNED_DAYS);
        let last = over.checked_add(days).unwrap_or(Date::MAX);
        let first = last.checked_sub(warned).unwrap_or(Date::MIN);
        let near = first <= self.today() && self.today() <= last;
        Ok(near.then_some(last))
    }

    /// Interviews whose words go within a month because nobody has approved their note.
    ///
    /// # Errors
    /// The store failed.
    pub async fn unapproved_soon(&self) -> Result<usize> {
        let days = i64::from(self.settings.retention.unapproved_days) - WARNED_DAYS;
        let day = self.today().checked_sub(Span::new().days(days.max(0)));
        let before = self.end_of(day.unwrap_or(Date::MIN));
        let mut reader = self.store.read().await?;
        Ok(reader.unapproved_due(before).await?.len())
    }

    /// Destroys the sound of every voice of an interview, for good. What is destroyed already is
    /// no error, so that it can be called again after a crash.
    ///
    /// # Errors
    /// The keys, the disk or the store: call again.
    pub async fn destroy_audio(&self, id: InterviewId) -> Result<()> {
        self.expect_not_held(id).await?;
        let mut reader = self.store.read().await?;
        let row = reader.interview(id).await?.ok_or(AppError::NotFound)?;
        let tracks = tracks_of(&mut *reader, id).await?;
        let tracks: Vec<_> = tracks.into_iter().map(|(track, _)| track).collect();
        drop(reader);
        let (keys, destroyed) = self.destroy_voices(KeyKind::Audio, id).await?;
        let destroyed = destroyed.and(self.remove_sound(&tracks).await?);
        // Who still reads older copies lets go of them within the hour.
        self.expect_destroyed(destroyed)?;

        let mut tx = self.store.begin().await?;
        let sound = AuditAction::AudioDestroyed;
        self.note_destroyed(&mut *tx, sound, &row, None, keys)
            .await?;
        self.commit(tx).await
    }

    /// Destroys every voice's key of this kind. Says how many there were, or had been.
    async fn destroy_voices(&self, kind: KeyKind, id: InterviewId) -> Result<(u32, Destruction)> {
        let voices = self.store.read().await?.participants_of(id).await?;
        let (mut keys, mut destroyed) = (0, Destruction::Complete);
        for voice in voices {
            let owner = voice.participant.id.uuid();
            match self.keyring.get(kind, owner).await {
                Err(KeyError::Missing { .. }) => continue,
                Err(KeyError::Destroyed { .. }) | Ok(_) => keys += 1,
                Err(error) => return Err(error.into()),
            }
            let key = self.keyring.destroy(kind, owner, self.now());
            destroyed = destroyed.and(key.await?);
        }
        Ok((keys, destroyed))
    }

    /// Destroys what was said in an interview, for good: every voice's key for it, then the words.
    /// What the record says of them stays. As [`App::destroy_audio`].
    async fn destroy_talk(&self, id: InterviewId) -> Result<()> {
        self.expect_not_held(id).await?;
        let mut reader = self.store.read().await?;
        let row = reader.interview(id).await?.ok_or(AppError::NotFound)?;
        let voices = reader.participants_of(id).await?;
        drop(reader);
        let (keys, destroyed) = self.destroy_voices(KeyKind::Talk, id).await?;
        let destroyed = destroyed.and(self.destroy_form_keys(id).await?);
        let mut tx = self.store.begin().await?;
        self.delete_forms(&mut *tx, &row).await?;
        for voice in voices {
            let of = voice.participant.id;
            let gone = tx.delete_words_of(of).await?.segments;
            if gone > 0 {
                let about = Some(AuditSubject::Participant(of));
                let words = AuditAction::WordsDeleted;
                self.note_destroyed(&mut *tx, words, &row, about, gone)
                    .await?;
            }
        }
        self.commit(tx).await?;
        self.watches.forget(id);
        self.expect_swept(destroyed).await?;
        let mut tx = self.store.begin().await?;
        let talk = AuditAction::TalkDestroyed;
        self.note_destroyed(&mut *tx, talk, &row, None, keys)
            .await?;
        self.commit(tx).await
    }

    /// Nothing that was overwritten or deleted lies in a log any more.
    async fn expect_swept(&self, destroyed: Destruction) -> Result<()> {
        let swept = self.store.sweep().await?;
        self.expect_destroyed(destroyed)?;
        if swept {
            Ok(())
        } else {
            Err(AppError::NotDestroyedYet)
        }
    }

    /// Destroys the keys of what was answered in writing. The rows go in the transaction that says so.
    pub(super) async fn destroy_form_keys(&self, id: InterviewId) -> Result<Destruction> {
        let forms = self.store.read().await?.forms_of(id).await?;
        let mut destroyed = Destruction::Complete;
        for form in forms {
            let key = self
                .keyring
                .destroy(KeyKind::Talk, form.id.uuid(), self.now());
            destroyed = destroyed.and(key.await?);
        }
        Ok(destroyed)
    }

    async fn delete_forms(&self, tx: &mut dyn Tx, row: &InterviewRow) -> Result<()> {
        let gone = tx.delete_forms_of(row.interview.id).await?.forms;
        if gone > 0 {
            let forms = AuditAction::FormsDeleted;
            self.note_destroyed(tx, forms, row, None, gone).await?;
        }
        Ok(())
    }

    async fn destroy_forms(&self, id: InterviewId) -> Result<()> {
        self.expect_not_held(id).await?;
        let destroyed = self.destroy_form_keys(id).await?;
        let mut tx = self.store.begin().await?;
        let row = tx.interview(id).await?.ok_or(AppError::NotFound)?;
        self.delete_forms(&mut *tx, &row).await?;
        self.commit(tx).await?;
        self.watches.forget(id);
        self.expect_swept(destroyed).await
    }

    /// Destroys the key of everything that staff wrote of an interview. The rows stay, sealed for good:
    /// the record's number, its hash and its times are no secret.
    async fn destroy_record(&self, id: InterviewId) -> Result<()> {
        self.expect_not_held(id).await?;
        let row = self.store.read().await?.interview(id).await?;
        let row = row.ok_or(AppError::NotFound)?;
        let destroyed = self
            .keyring
            .destroy(KeyKind::Record, id.uuid(), self.now())
            .await?;
        self.expect_destroyed(destroyed)?;
        let mut tx = self.store.begin().await?;
        let record = AuditAction::RecordDestroyed;
        self.note_destroyed(&mut *tx, record, &row, None, 1).await?;
        self.commit(tx).await
    }

    /// Destroys who she was, and what she could be found by.
    async fn destroy_resident(&self, id: ResidentId) -> Result<()> {
        let destroyed = self
            .keyring
            .destroy(KeyKind::Person, id.uuid(), self.now())
            .await?;
        let mut tx = self.store.begin().await?;
        tx.forget_resident(id).await?;
        let event = AuditEvent {
            subject: Some(AuditSubject::Resident(id)),
            ..self.event(AuditActor::System, AuditAction::RecordDestroyed)
        };
        self.trail.append(&mut *tx, &event).await?;
        self.commit(tx).await?;
        self.expect_swept(destroyed).await
    }

    /// Forgets logins, sign-in links and wrong tries that open nothing and delay nobody any more.
    /// Says how many. That they were stands in the audit; that they are forgotten does not.
    ///
    /// # Errors
    /// The store failed.
    pub async fn forget_logins(&self) -> Result<usize> {
        let before = self.now() - self.settings.login.absolute - DAY;
        let mut tx = self.store.begin().await?;
        let gone = tx.purge_logins(before).await?;
        tx.commit().await?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }

    /// Appends how many of something the program has destroyed by itself.
    pub(super) async fn note_destroyed(
        &self,
        tx: &mut dyn Tx,
        what: AuditAction,
        of: &InterviewRow,
        about: Option<AuditSubject>,
        count: u32,
    ) -> Result<()> {
        let event = AuditEvent {
            office: Some(of.interview.office),
            interview: Some(of.interview.id),
            subject: about,
            count,
            ..self.event(AuditActor::System, what)
        };
        self.trail.append(tx, &event).await?;
        Ok(())
    }
}
