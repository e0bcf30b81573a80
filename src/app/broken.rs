//! What a run that broke off left: calls that nobody closed, and sealed sound whose words were not
//! written yet. It is found before anything is served, heard again, and then settled.

use std::collections::BTreeMap;

use yorisoi_domain::call::record::CallRecord;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_store::KeyKind;

use super::{App, Result};
use crate::crypto::keyring::KeyError;
use crate::media::spool::{self, SpoolPlace, Stay};
use crate::media::tap::TappedPacket;

/// Of one packet.
const PACKET_MS: i64 = 20;

/// A call that was broken off, or of which sound is left.
#[derive(Debug)]
pub struct BrokenCall {
    pub call: CallRecord,
    pub voices: Vec<LeftVoice>,
    /// When it was found.
    pub at: Timestamp,
}

/// One voice whose sound lies in the spool.
#[derive(Debug)]
pub struct LeftVoice {
    pub participant: ParticipantId,
    pub track: TrackId,
    /// In the order of time.
    pub places: Vec<SpoolPlace>,
}

/// What can still be heard of a voice.
#[derive(Debug, Default)]
pub struct LeftSound {
    /// What has no text yet, in the order in which it came, each with whether sealed sound before it
    /// does not open any more.
    pub packets: Vec<(TappedPacket, bool)>,
    /// The end of everything that was heard.
    pub until: Option<InterviewMs>,
}

impl App {
    /// What a crash left; to be called before anything is served. Sound of which no call knows is
    /// archived or destroyed at once.
    ///
    /// # Errors
    /// The store, the keys or the disk failed.
    pub async fn find_broken(&self) -> Result<Vec<BrokenCall>> {
        let at = self.now();
        let mut reader = self.store.read().await?;
        let broken = |call: CallRecord| BrokenCall {
            call,
            voices: Vec::new(),
            at,
        };
        let open = reader.open_calls().await?.into_iter();
        let mut calls: Vec<_> = open.map(broken).collect();
        let mut unknown = Vec::new();
        for place in spool::places(&self.spool)? {
            let Some(call) = reader.call_of(place.track).await? else {
                unknown.push(place);
                continue;
            };
            let tracks = reader.tracks_of(call.id).await?.into_iter();
            let of = tracks
                .filter(|track| track.id == place.track)
                .map(|track| track.participant);
            let known = calls.iter().position(|it| it.call.id == call.id);
            let known = known.unwrap_or_else(|| {
                calls.push(broken(call));
                calls.len() - 1
            });
            let voices = &mut calls[known].voices;
            for participant in of {
                match voices.iter_mut().find(|voice| voice.track == place.track) {
                    Some(voice) => voice.places.push(place),
                    None => voices.push(LeftVoice {
                        participant,
                        track: place.track,
                        places: vec![place],
                    }),
                }
            }
        }
        drop(reader);
        for place in unknown {
            self.settle_left(place).await?;
        }
        Ok(calls)
    }

    /// What is left of a voice. What does not open, or was taken back, is not among it.
    ///
    /// # Errors
    /// The store, the keys or the disk failed.
    pub async fn left_sound(
        &self,
        interview: InterviewId,
        of: ParticipantId,
        track: TrackId,
        places: &[SpoolPlace],
    ) -> Result<LeftSound> {
        let mut reader = self.store.read().await?;
        if reader.certificate_of(of).await?.is_some() {
            return Ok(LeftSound::default());
        }
        let segments = reader.segments_of(interview).await?.into_iter();
        let said = segments
            .filter(|(_, it)| it.track == track)
            .map(|(_, it)| it.end);
        let gaps = reader.gaps_of(interview).await?.into_iter();
        let refused = gaps
            .filter(|(_, it)| it.track == track && it.reason == GapReason::Unintelligible)
            .map(|(_, it)| it.end);
        // Texts are written in the order in which they were spoken.
        let written = said.chain(refused).max();
        drop(reader);
        let mut left = LeftSound::default();
        for place in places {
            let owner = match place.stay {
                Stay::Kept => of.uuid(),
                Stay::Passing => place.epoch,
            };
            let key = match self.keyring.get(KeyKind::Audio, owner).await {
                Err(KeyError::Missing { .. } | KeyError::Destroyed { .. }) => continue,
                found => found?,
            };
            let replay = spool::read(&self.spool, *place, &key)?;
            if replay.closed > 0 || replay.torn {
                let closed = replay.closed;
                tracing::error!(%track, closed, torn = replay.torn, "sealed sound is damaged");
            }
            let mut before: Option<u16> = None;
            for packet in replay.packets {
                let follows = before.is_none_or(|it| it.wrapping_add(1) == packet.sequence);
                before = Some(packet.sequence);
                let end = InterviewMs(packet.spoken.0 + PACKET_MS);
                left.until = left.until.max(Some(end));
                if written.is_none_or(|written| packet.spoken >= written) {
                    left.packets.push((packet, !follows && replay.closed > 0));
                }
            }
        }
        Ok(left)
    }

    /// What had to be heard of it was heard: kept sound moves to the archive, passing sound goes with
    /// its key.
    ///
    /// # Errors
    /// The keys, or the disk; it is tried again at the next start.
    pub async fn settle_left(&self, place: SpoolPlace) -> Result<()> {
        match place.stay {
            Stay::Kept => self.archive_sound(place).await,
            Stay::Passing => self.destroy_passing(place).await,
        }
    }

    /// Closes the call, if the crash left it open.
    ///
    /// # Errors
    /// The store failed.
    pub async fn settle_broken(
        &self,
        broken: &BrokenCall,
        heard: &BTreeMap<TrackId, InterviewMs>,
    ) -> Result<()> {
        if broken.call.closed.is_some() {
            return Ok(());
        }
        self.close_broken_call(&broken.call, broken.at, heard).await
    }
}
