//! Sealed sound: kept where she agreed to it, heard again by those who may, and destroyed in time.
//! What a crash left of it: `broken.rs`.

use std::io::ErrorKind;
use std::sync::Arc;

use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::{Destruction, KeyKind, Reader, Tx};

use super::withdrawals::withdrawn_seats;
use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::seal::DataKey;
use crate::media::remux;
use crate::media::spool::{self, SpoolPlace, Stay};
use crate::media::tap::TappedPacket;

/// The longest stretch that is played at once.
const LONGEST_PLAYED_MS: i64 = 600_000;

impl App {
    /// The key of one passing file, which is nobody's but its own.
    ///
    /// # Errors
    /// The keys can't be used; she took everything back.
    pub async fn passing_key(&self, of: ParticipantId, place: SpoolPlace) -> Result<DataKey> {
        self.expect_not_withdrawn(of).await?;
        self.new_key(KeyKind::Audio, place.epoch).await
    }

    /// Everything in a passing file has its text: the sound goes, the key first.
    ///
    /// # Errors
    /// The keys, or the disk; it is tried again at the next start.
    pub async fn destroy_passing(&self, place: SpoolPlace) -> Result<()> {
        let destroyed = self.remove_passing(place).await?;
        self.expect_destroyed(destroyed)
    }

    async fn remove_passing(&self, place: SpoolPlace) -> Result<Destruction> {
        let destroyed = self
            .keyring
            .destroy(KeyKind::Audio, place.epoch, self.now())
            .await?;
        spool::remove(&self.spool, place)?;
        Ok(destroyed)
    }

    /// Sound that is complete moves from the spool to the archive, sealed as it is. What has gone
    /// meanwhile, taken back, stays gone.
    ///
    /// # Errors
    /// The disk; it stays in the spool and is moved at the next start.
    pub async fn archive_sound(&self, place: SpoolPlace) -> Result<()> {
        let file = place.file(&self.spool);
        match tokio::task::spawn_blocking(move || std::fs::read(file)).await? {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            sealed => self.archive.put(place, sealed?).await?,
        }
        Ok(spool::remove(&self.spool, place)?)
    }

    /// Whoever takes it back destroys what is kept; what came late goes here. What a law keeps goes with
    /// the rest once that is lifted.
    ///
    /// # Errors
    /// The store, or the disk; it is moved or destroyed at the next start.
    pub async fn take_sound_back(&self, of: ParticipantId, place: SpoolPlace) -> Result<()> {
        let row = self.store.read().await?.participant(of).await?;
        let interview = row.ok_or(AppError::NotFound)?.participant.interview;
        match self.expect_not_held(interview).await {
            Err(AppError::Held) => self.archive_sound(place).await,
            free => {
                free?;
                Ok(spool::remove(&self.spool, place)?)
            }
        }
    }

    /// A stretch of one voice as Ogg Opus; time 0 of the file is `from`.
    ///
    /// # Errors
    /// Not allowed; no such interview or track; the sound was not kept, or is destroyed
    /// or taken back (`NotFound`); a stretch that is empty or longer than ten minutes (`NotReady`).
    pub async fn play_audio(
        &self,
        actor: &Actor,
        interview: InterviewId,
        track: TrackId,
        from: InterviewMs,
        to: InterviewMs,
    ) -> Result<Vec<u8>> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::PlayAudio, interview)
            .await?;
        if from >= to || to.0 - from.0 > LONGEST_PLAYED_MS {
            return Err(AppError::NotReady);
        }
        let tracks = tracks_of(&mut *tx, interview).await?;
        let of = tracks.iter().find(|(known, _)| *known == track);
        let (_, of) = of.ok_or(AppError::NotFound)?;
        if withdrawn_seats(&mut *tx, interview).await?.contains(of) {
            return Err(AppError::NotFound);
        }
        let key = match self.keyring.get(KeyKind::Audio, of.uuid()).await {
            Err(KeyError::Missing { .. } | KeyError::Destroyed { .. }) => {
                return Err(AppError::NotFound);
            }
            found => found?,
        };
        let packets = self.sound_of(track, &key.into(), from, to).await?;
        if packets.is_empty() {
            return Err(AppError::NotFound);
        }
        let file = remux::ogg(&packets, from.0)?;
        let about = Some(AuditSubject::Participant(*of));
        self.note(&mut *tx, by, AuditAction::AudioPlayed, &it.row, about)
            .await?;
        self.commit(tx).await?;
        Ok(file)
    }

    /// Whether any voice of the talk is kept under a key that still opens it, and was not taken back.
    pub(super) async fn sound_kept(&self, tx: &mut dyn Tx, interview: InterviewId) -> Result<bool> {
        let withdrawn = withdrawn_seats(tx, interview).await?;
        for voice in tx.participants_of(interview).await? {
            let of = voice.participant.id;
            if withdrawn.contains(&of) {
                continue;
            }
            match self.keyring.get(KeyKind::Audio, of.uuid()).await {
                Ok(_) => return Ok(true),
                Err(KeyError::Missing { .. } | KeyError::Destroyed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    /// Every packet of a stretch once, in the order in which they were spoken.
    async fn sound_of(
        &self,
        track: TrackId,
        key: &Arc<DataKey>,
        from: InterviewMs,
        to: InterviewMs,
    ) -> Result<Vec<TappedPacket>> {
        let mut packets = Vec::new();
        let mut take = |replay: spool::Replay| {
            let inside = |it: &TappedPacket| from <= it.spoken && it.spoken < to;
            packets.extend(replay.packets.into_iter().filter(inside));
        };
        for place in self.archive.places(track).await? {
            take(spool::open_apart(self.archive.get(place).await?, place, key).await?);
        }
        for place in spool::places(&self.spool)? {
            if place.track == track && place.stay == Stay::Kept {
                take(spool::read_apart(&self.spool, place, key).await?);
            }
        }
        packets.sort_by_key(|it| (it.spoken, it.ssrc, it.sequence));
        packets.dedup_by_key(|it| (it.ssrc, it.sequence));
        Ok(packets)
    }

    /// Destroys a participant's key for their sound, then what it sealed, although an older copy of
    /// the key may have to wait.
    pub(super) async fn destroy_sound(
        &self,
        of: ParticipantId,
        tracks: &[TrackId],
    ) -> Result<Destruction> {
        let kind = KeyKind::Audio;
        let destroyed = self.keyring.destroy(kind, of.uuid(), self.now()).await?;
        Ok(destroyed.and(self.remove_sound(tracks).await?))
    }

    /// Removes everything of these tracks, wherever it lies. Its keys are destroyed before.
    pub(super) async fn remove_sound(&self, tracks: &[TrackId]) -> Result<Destruction> {
        let mut destroyed = Destruction::Complete;
        for place in spool::places(&self.spool)? {
            if tracks.contains(&place.track) {
                match place.stay {
                    Stay::Kept => spool::remove(&self.spool, place)?,
                    Stay::Passing => destroyed = destroyed.and(self.remove_passing(place).await?),
                }
            }
        }
        for track in tracks {
            for place in self.archive.places(*track).await? {
                self.archive.remove(place).await?;
            }
        }
        Ok(destroyed)
    }

    /// A key whose last copy is not gone yet has not been destroyed.
    pub(super) fn expect_destroyed(&self, done: Destruction) -> Result<()> {
        match done {
            Destruction::Complete => Ok(()),
            Destruction::Pending => Err(AppError::NotDestroyedYet),
        }
    }
}

/// Every track of an interview, and whose voice it is.
pub(super) async fn tracks_of(
    reader: &mut dyn Reader,
    interview: InterviewId,
) -> Result<Vec<(TrackId, ParticipantId)>> {
    let mut tracks = Vec::new();
    for call in reader.calls_of(interview).await? {
        let of_call = reader.tracks_of(call.id).await?;
        tracks.extend(of_call.iter().map(|track| (track.id, track.participant)));
    }
    Ok(tracks)
}
