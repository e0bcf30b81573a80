//! One voice's packets on their way to sound: put in order, decoded, and placed on the interview's
//! clock. What is heard goes to the listener; nothing is kept here.

use std::collections::BTreeMap;
use std::time::Instant;

use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::placement::Placement;
use yorisoi_domain::transcript::span::SAMPLES_PER_MS;

use super::Taken;
use crate::asr::listener::Listener;
use crate::media::jitter::{Ordered, Received, ReorderWindow};
use crate::media::opus::{DecodeError, VoiceDecoder};

/// Losses up to here are concealed; longer ones are no sound (120 ms).
const CONCEALED: usize = 1_920;
/// Sound that is further ahead of the clock than this is not heard: time is all that a voice may
/// take of the recognizer, whatever its packets say of themselves.
const AHEAD_MS: u64 = 3_000;

/// What one tap hears, and where it lies on the interview's clock.
pub(super) struct Ears {
    /// Of the present SSRC.
    stream: Option<Stream>,
    pub(super) listener: Listener,
    pub(super) placement: Placement,
    /// When the first packet and the newest were spoken.
    spoken: Option<(InterviewMs, InterviewMs)>,
}

/// The stream of one SSRC on its way to sound.
struct Stream {
    ssrc: u32,
    window: ReorderWindow,
    decoder: VoiceDecoder,
    /// Where each packet in the window was spoken, and whether packets were dropped before it.
    notes: BTreeMap<u32, (InterviewMs, bool)>,
}

impl Stream {
    fn new(ssrc: u32) -> Result<Self, DecodeError> {
        let decoder = VoiceDecoder::new()?;
        tracing::debug!(ssrc, "a decoder is made");
        Ok(Self {
            ssrc,
            window: ReorderWindow::default(),
            decoder,
            notes: BTreeMap::new(),
        })
    }
}

impl Ears {
    /// # Errors
    /// The decoder can't be made.
    pub(super) fn new(listener: Listener) -> Result<Self, DecodeError> {
        Ok(Self {
            // Made here, where it can still be refused.
            stream: Some(Stream::new(0)?),
            listener,
            placement: Placement::default(),
            spoken: None,
        })
    }

    /// When [`Ears::hear`] has something to do although no packet came.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.stream
            .as_ref()
            .and_then(|stream| stream.window.deadline())
    }

    pub(super) fn take(&mut self, (packet, dropped): Taken) {
        let other = self
            .stream
            .as_ref()
            .is_none_or(|stream| stream.ssrc != packet.ssrc);
        if other {
            self.flush();
            match Stream::new(packet.ssrc) {
                Ok(stream) => self.stream = Some(stream),
                Err(error) => {
                    tracing::error!(%error, "a voice can't be decoded");
                    return;
                }
            }
        }
        if let Some(stream) = &mut self.stream {
            stream
                .notes
                .insert(packet.timestamp, (packet.spoken, dropped > 0));
            stream.window.push(Received {
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                payload: packet.payload,
                arrived: Instant::now(),
            });
        }
    }

    /// Hears what is in order.
    pub(super) fn hear(&mut self) {
        let now = Instant::now();
        while let Some(ordered) = self.stream.as_mut().and_then(|it| it.window.pop(now)) {
            self.decode(&ordered);
        }
    }

    /// Hears what is left of the present stream.
    pub(super) fn flush(&mut self) {
        while let Some(ordered) = self.stream.as_mut().and_then(|it| it.window.release()) {
            self.decode(&ordered);
        }
    }

    fn decode(&mut self, ordered: &Ordered) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        let pcm = stream.decoder.decode(ordered);
        let timestamp = ordered.packet.timestamp;
        let note = stream.notes.remove(&timestamp);
        if stream.notes.len() > ReorderWindow::DEPTH * 4 {
            // Of a packet that came too late or twice: what waits in the window is newer.
            stream.notes.pop_first();
        }
        if let Some((spoken, _)) = note {
            let (first, newest) = self.spoken.unwrap_or((spoken, spoken));
            self.spoken = Some((first, newest.max(spoken)));
        }
        let passed = self.spoken.map_or(0, |(first, newest)| newest.0 - first.0);
        let end = self.listener.position() + pcm.samples.len() as u64;
        // The placement follows whatever comes, so it is held against the count itself.
        if end / SAMPLES_PER_MS > u64::try_from(passed).unwrap_or_default() + AHEAD_MS {
            return;
        }
        let mut samples = &pcm.samples[..];
        let overload = note.is_some_and(|(_, dropped)| dropped);
        let reason = if overload {
            GapReason::Overload
        } else {
            GapReason::Network
        };
        if ordered.lost_before > 0 && pcm.made_up > CONCEALED {
            self.listener.miss(pcm.made_up as u64, reason);
            samples = &samples[pcm.made_up..];
        } else {
            self.listener.hear(&samples[..pcm.made_up]);
            samples = &samples[pcm.made_up..];
        }
        if let Some((spoken, _)) = note {
            let (position, speaking) = (self.listener.position(), self.listener.is_speaking());
            let missing = self.placement.place(position, spoken, speaking);
            if missing > 0 {
                self.listener.miss(missing, reason);
            }
        }
        self.listener.hear(samples);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use yorisoi_domain::transcript::guard::Guard;
    use yorisoi_domain::transcript::segmenter::Policy;

    use super::*;
    use crate::asr::PHANTOMS;
    use crate::media::tap::TappedPacket;

    /// Heard by the recognizer of `packets`, each so many ticks and milliseconds after the last.
    fn heard(packets: u16, ticks: u32, ms: i64) -> u64 {
        let mut ears = Ears::new(Listener::new(Policy::live(), Guard::new(PHANTOMS))).unwrap();
        for n in 0..packets {
            let spoken = InterviewMs(i64::from(n) * ms);
            let packet = TappedPacket {
                ssrc: 1,
                sequence: n,
                timestamp: u32::from(n) * ticks,
                arrived: spoken,
                spoken,
                // 20 ms of silence, as Opus has it.
                payload: Bytes::from_static(&[0x48, 0]),
            };
            ears.take((packet, 0));
            ears.hear();
        }
        ears.listener.position() / SAMPLES_PER_MS
    }

    #[test]
    fn a_voice_that_plays_faster_than_time_passes_is_not_followed() {
        assert_eq!(heard(500, 960, 20), 10_000);
        // A thousand packets in a second; and in each a pause of two seconds, or of half a minute,
        // that never was.
        let fast = heard(1_000, 960, 1);
        assert!((3_500..4_100).contains(&fast), "{fast}");
        let jumping = heard(1_000, 2 * 48_000, 20);
        assert!((20_000..23_100).contains(&jumping), "{jumping}");
        let far = heard(1_000, 29 * 48_000, 20);
        assert!(far < 23_100, "{far}");
    }
}
