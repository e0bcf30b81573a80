//! What may not be kept any longer: the sound of an interview whose note is approved, or whose last
//! call is too long ago; its words when the record is old enough; logins that have ended. Keys
//! first, so that nothing opens any more; then what they sealed; then the line in the audit.

use jiff::civil::Date;
use jiff::{SignedDuration, Span};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::ids::InterviewId;
use yorisoi_store::{Destruction, InterviewRow, KeyKind, Tx};

use super::audio::tracks_of;
use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;

/// A login that has ended is kept so much longer.
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl App {
    /// Destroys the sound of every voice of an interview, for good. What is destroyed already is
    /// no error, so that it can be called again after a crash.
    ///
    /// # Errors
    /// The keys, the disk or the store: call again.
    pub async fn destroy_audio(&self, id: InterviewId) -> Result<()> {
        let mut reader = self.store.read().await?;
        let row = reader.interview(id).await?.ok_or(AppError::NotFound)?;
        let voices = reader.participants_of(id).await?;
        let tracks = tracks_of(&mut *reader, id).await?;
        let tracks: Vec<_> = tracks.into_iter().map(|(track, _)| track).collect();
        drop(reader);

        let (mut keys, mut destroyed) = (0, Destruction::Complete);
        for voice in voices {
            let owner = voice.participant.id.uuid();
            match self.keyring.get(KeyKind::Audio, owner).await {
                Err(KeyError::Missing { .. }) => continue,
                Err(KeyError::Destroyed { .. }) | Ok(_) => keys += 1,
                Err(error) => return Err(error.into()),
            }
            let key = self.keyring.destroy(KeyKind::Audio, owner, self.now());
            destroyed = destroyed.and(key.await?);
        }
        destroyed = destroyed.and(self.remove_sound(&tracks).await?);
        // Who still reads older copies lets go of them within the hour.
        self.expect_destroyed(destroyed)?;

        let mut tx = self.store.begin().await?;
        let sound = AuditAction::AudioDestroyed;
        self.note_destroyed(&mut *tx, sound, &row, None, keys)
            .await?;
        self.commit(tx).await
    }

    /// Destroys the sound that may not be kept any longer: of talks whose last call is too long
    /// ago, whether or not somebody has ended them, and of approved ones where a crash came in
    /// between. To be called before serving, and then from time to time. Returns how many
    /// interviews that were.
    ///
    /// # Errors
    /// As [`App::destroy_audio`], of the last that failed; the others are destroyed.
    pub async fn destroy_due_audio(&self) -> Result<usize> {
        let days = i64::from(self.settings.retention.audio_days);
        let silent_since = self.now() - SignedDuration::from_hours(24 * days);
        let due = self.store.read().await?.sound_due(silent_since).await?;
        let mut destroyed = Ok(());
        for interview in &due {
            if let Err(error) = self.destroy_audio(*interview).await {
                destroyed = Err(error);
            }
        }
        destroyed.map(|()| due.len())
    }

    /// Destroys what was said in an interview, for good: every voice's key for it, then the words.
    /// What the record says of them stays. As [`App::destroy_audio`].
    async fn destroy_talk(&self, id: InterviewId) -> Result<()> {
        let mut reader = self.store.read().await?;
        let row = reader.interview(id).await?.ok_or(AppError::NotFound)?;
        let voices = reader.participants_of(id).await?;
        drop(reader);
        let (mut keys, mut destroyed) = (0, Destruction::Complete);
        for voice in &voices {
            let owner = voice.participant.id.uuid();
            match self.keyring.get(KeyKind::Talk, owner).await {
                Err(KeyError::Missing { .. }) => continue,
                Err(KeyError::Destroyed { .. }) | Ok(_) => keys += 1,
                Err(error) => return Err(error.into()),
            }
            let key = self.keyring.destroy(KeyKind::Talk, owner, self.now());
            destroyed = destroyed.and(key.await?);
        }
        destroyed = destroyed.and(self.destroy_form_keys(id).await?);
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
        let swept = self.store.sweep().await?;
        self.expect_destroyed(destroyed)?;
        if !swept {
            return Err(AppError::NotDestroyedYet);
        }
        let mut tx = self.store.begin().await?;
        let talk = AuditAction::TalkDestroyed;
        self.note_destroyed(&mut *tx, talk, &row, None, keys)
            .await?;
        self.commit(tx).await
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

    /// Destroys what was answered for interviews that never took place, once it is too old. Returns
    /// how many that were.
    ///
    /// # Errors
    /// As [`App::destroy_due_audio`].
    pub async fn destroy_due_forms(&self) -> Result<usize> {
        let days = Span::new().days(i64::from(self.settings.retention.talk_days) + 1);
        let last = self.today().checked_sub(days).unwrap_or(Date::MIN);
        let due = self
            .store
            .read()
            .await?
            .forms_due(self.end_of(last))
            .await?;
        let mut done = Ok(());
        for interview in &due {
            if let Err(error) = self.destroy_forms(*interview).await {
                done = Err(error);
            }
        }
        done.map(|()| due.len())
    }

    async fn destroy_forms(&self, id: InterviewId) -> Result<()> {
        let destroyed = self.destroy_form_keys(id).await?;
        let mut tx = self.store.begin().await?;
        let row = tx.interview(id).await?.ok_or(AppError::NotFound)?;
        self.delete_forms(&mut *tx, &row).await?;
        self.commit(tx).await?;
        self.watches.forget(id);
        let swept = self.store.sweep().await?;
        self.expect_destroyed(destroyed)?;
        if swept {
            Ok(())
        } else {
            Err(AppError::NotDestroyedYet)
        }
    }

    /// Destroys what was said in the interviews whose record is so old that the consent text does
    /// not allow it any longer. Returns how many that were.
    ///
    /// # Errors
    /// As [`App::destroy_due_audio`].
    pub async fn destroy_due_talks(&self) -> Result<usize> {
        // The last day is the one that the record's page names.
        let days = Span::new().days(i64::from(self.settings.retention.talk_days) + 1);
        let last = self.today().checked_sub(days).unwrap_or(Date::MIN);
        let approved_before = self.end_of(last);
        let due = self.store.read().await?.talk_due(approved_before).await?;
        let mut destroyed = Ok(());
        for interview in &due {
            if let Err(error) = self.destroy_talk(*interview).await {
                destroyed = Err(error);
            }
        }
        destroyed.map(|()| due.len())
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
