//! What may not be kept any longer: the sound of an interview whose note is approved, or whose end
//! is too long ago. Keys first, so that nothing opens any more; then the files; then the line in the audit.

use std::time::Duration;

use jiff::SignedDuration;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent};
use yorisoi_domain::ids::InterviewId;
use yorisoi_store::{Destruction, KeyKind};

use super::audio::tracks_of;
use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;

/// A key's older copies are swept from the log as soon as nobody reads them.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

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

        let mut keys = 0;
        for voice in voices {
            let owner = voice.participant.id.uuid();
            match self.keyring.get(KeyKind::Audio, owner).await {
                Err(KeyError::Missing { .. }) => continue,
                Err(KeyError::Destroyed { .. }) | Ok(_) => keys += 1,
                Err(error) => return Err(error.into()),
            }
            let mut tries = 0;
            while self
                .keyring
                .destroy(KeyKind::Audio, owner, self.now())
                .await?
                == Destruction::Pending
            {
                tries += 1;
                if tries == TRIES {
                    // The next start sweeps the log before it serves.
                    tracing::warn!("an older copy of a destroyed key is still in the log");
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        let removed = self.remove_sound(&tracks).await?;
        self.expect_destroyed(removed)?;

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

    /// Destroys the sound that may not be kept any longer: of talks that ended too long ago, and
    /// of approved ones where a crash came in between. To be called before serving, and then from
    /// time to time. Returns how many interviews that were.
    ///
    /// # Errors
    /// As [`App::destroy_audio`].
    pub async fn destroy_due_audio(&self) -> Result<usize> {
        let days = i64::from(self.settings.retention.audio_days);
        let ended_before = self.now() - SignedDuration::from_hours(24 * days);
        let due = self.store.read().await?.sound_due(ended_before).await?;
        for interview in &due {
            self.destroy_audio(*interview).await?;
        }
        Ok(due.len())
    }
}
