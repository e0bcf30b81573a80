//! What may not be kept any longer: the sound of an interview whose note is approved, or whose last
//! call is too long ago. Keys first, so that nothing opens any more; then the files; then the line in the audit.

use jiff::SignedDuration;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent};
use yorisoi_domain::ids::InterviewId;
use yorisoi_store::{Destruction, KeyKind};

use super::audio::tracks_of;
use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;

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
        let event = AuditEvent {
            office: Some(row.interview.office),
            interview: Some(id),
            count: keys,
            ..self.event(AuditActor::System, AuditAction::AudioDestroyed)
        };
        self.trail.append(&mut *tx, &event).await?;
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
}
