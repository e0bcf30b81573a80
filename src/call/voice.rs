//! One voice of a call as its packets come: counted, placed on the interview's clock, and handed to the
//! tap while that is open. It forwards nothing, decodes nothing, and what is allowed is told to it.

use std::time::Duration;

use bytes::Bytes;
use yorisoi_domain::call::clock::MediaClock;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;

use crate::app::broken::PACKET_MS;
use crate::clock::IdGen;
use crate::media::reception::Reception;
use crate::media::tap::{AudioSink, Refused, TappedPacket};

/// See the module.
pub(super) struct Voice {
    /// Given with the first packet.
    track: Option<TrackId>,
    /// The present stream and its SSRC.
    stream: Option<(u32, Reception)>,
    /// Packets and missing ones of the streams before.
    before: (u64, u64),
    clock: MediaClock,
    allowed: Tap,
    /// Exists only while the tap is open and something has been heard.
    sink: Option<Box<dyn AudioSink>>,
    /// When the sink was opened that is there, or that nobody takes sound from any more.
    opened: Option<InterviewMs>,
    lost_to_sink: u64,
    /// What was refused last, packet after packet.
    refused: Option<Stretch>,
    /// What was, before.
    missing: Vec<Stretch>,
}

/// From the first packet to the end of the last.
pub(super) type Stretch = (InterviewMs, InterviewMs);

/// What takes a voice is opened no sooner again when it broke off.
const AGAIN_MS: i64 = 1_000;

impl Default for Voice {
    fn default() -> Self {
        Self {
            track: None,
            stream: None,
            before: (0, 0),
            clock: MediaClock::default(),
            allowed: Tap::Closed,
            sink: None,
            opened: None,
            lost_to_sink: 0,
            refused: None,
            missing: Vec::new(),
        }
    }
}

/// What of a packet's header is needed here.
pub(super) struct Heard {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    /// RTP time, 48 kHz.
    pub(super) timestamp: u32,
    /// On the interview's clock.
    pub(super) arrived: InterviewMs,
}

impl Voice {
    /// Opens, changes or closes the tap. An open sink goes with a change: what may be kept has
    /// changed.
    pub(super) fn allow(&mut self, allowed: Tap) {
        self.hush();
        self.allowed = allowed;
    }

    /// What was said before ends here.
    pub(super) fn hush(&mut self) {
        self.sink = None;
        self.opened = None;
        self.missing.extend(self.refused.take());
    }

    /// What nobody took of what may become text, since the last time, on its track.
    pub(super) fn missing(&mut self) -> Option<(TrackId, Vec<Stretch>)> {
        let track = self.track.filter(|_| !self.missing.is_empty())?;
        Some((track, std::mem::take(&mut self.missing)))
    }

    /// Its track, and whether this is the first time that it is heard.
    pub(super) fn track(&mut self, ids: &dyn IdGen) -> (TrackId, bool) {
        match self.track {
            Some(track) => (track, false),
            None => (*self.track.insert(TrackId::new(ids.id())), true),
        }
    }

    pub(super) fn count(&mut self, heard: &Heard, bytes: usize) {
        match &mut self.stream {
            Some((ssrc, reception)) if *ssrc == heard.ssrc => {
                reception.count(heard.sequence, bytes);
            }
            stream => {
                if let Some((_, done)) = stream {
                    self.before.0 += done.packets();
                    self.before.1 += done.missing();
                }
                let mut reception = Reception::default();
                reception.count(heard.sequence, bytes);
                *stream = Some((heard.ssrc, reception));
            }
        }
    }

    /// Packets that came, and that did not.
    pub(super) fn account(&self) -> (u64, u64) {
        let (packets, missing) = self.before;
        let stream = self
            .stream
            .map(|(_, reception)| reception)
            .unwrap_or_default();
        (packets + stream.packets(), missing + stream.missing())
    }

    /// Hands the packet to the tap, where one is allowed; `open`s it with the first.
    pub(super) fn take(
        &mut self,
        of: ParticipantId,
        open: impl FnOnce(Tap) -> Box<dyn AudioSink>,
        heard: &Heard,
        payload: Bytes,
    ) {
        if self.allowed < Tap::MemoryOnly {
            return;
        }
        let arrived = u64::try_from(heard.arrived.0).unwrap_or_default();
        let arrived = Duration::from_millis(arrived);
        let spoken = self
            .clock
            .place(heard.ssrc, heard.timestamp, arrived)
            .as_millis();
        let packet = TappedPacket {
            ssrc: heard.ssrc,
            sequence: heard.sequence,
            timestamp: heard.timestamp,
            arrived: heard.arrived,
            spoken: InterviewMs(i64::try_from(spoken).unwrap_or(i64::MAX)),
            payload,
        };
        let (spoken, waits) = (packet.spoken, self.waits(heard.arrived));
        let taken = match &mut self.sink {
            Some(sink) => sink.take(packet),
            None if waits => Err(Refused::Gone),
            None => {
                // What is there now knows of nothing that was refused before.
                self.missing.extend(self.refused.take());
                self.opened = Some(heard.arrived);
                let sink = self.sink.insert(open(self.allowed));
                sink.take(packet)
            }
        };
        match taken {
            // It says itself what it missed.
            Ok(()) => self.refused = None,
            Err(refused) => {
                if refused == Refused::Gone {
                    self.sink = None;
                }
                self.lose(of, spoken, refused);
            }
        }
    }

    /// Whether what broke off was opened a moment ago.
    fn waits(&self, now: InterviewMs) -> bool {
        let opened = self.opened;
        opened.is_some_and(|opened| now.0 < opened.0 + AGAIN_MS)
    }

    fn lose(&mut self, of: ParticipantId, spoken: InterviewMs, refused: Refused) {
        self.lost_to_sink += 1;
        // Once, twice, four times: a log of every lost packet would make it worse.
        if self.lost_to_sink.is_power_of_two() {
            let lost = self.lost_to_sink;
            tracing::warn!(participant = %of, lost, %refused, "packets of a voice are lost");
        }
        // Of captions alone nothing is missed afterwards.
        if self.allowed >= Tap::Text {
            let end = InterviewMs(spoken.0 + PACKET_MS);
            let (first, last) = self.refused.unwrap_or((spoken, end));
            self.refused = Some((first.min(spoken), last.max(end)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use uuid::Uuid;

    use super::*;
    use crate::clock::SystemIds;

    /// Takes so many packets, and then answers this.
    struct Takes(usize, Refused, Arc<Mutex<Vec<i64>>>);

    impl AudioSink for Takes {
        fn take(&mut self, packet: TappedPacket) -> Result<(), Refused> {
            self.0 = self.0.checked_sub(1).ok_or(self.1)?;
            self.2.lock().unwrap().push(packet.spoken.0);
            Ok(())
        }
    }

    /// Three seconds of a voice; each sink that is opened takes so many packets. What was taken, and what
    /// was missed.
    fn spoken(allowed: Tap, sinks: &[(usize, Refused)]) -> (Vec<i64>, Vec<(i64, i64)>) {
        let (mut voice, taken) = (Voice::default(), Arc::default());
        voice.track(&SystemIds);
        voice.allow(allowed);
        let mut sinks = sinks.iter();
        for n in 0..150_u16 {
            let heard = Heard {
                ssrc: 1,
                sequence: n,
                timestamp: u32::from(n) * 960,
                arrived: InterviewMs(i64::from(n) * 20),
            };
            let open = |_| {
                let (takes, refused) = *sinks.next().unwrap();
                Box::new(Takes(takes, refused, Arc::clone(&taken))) as Box<dyn AudioSink>
            };
            let of = ParticipantId::new(Uuid::nil());
            voice.take(of, open, &heard, Bytes::new());
        }
        voice.hush();
        let missing = voice.missing().map(|(_, missing)| missing);
        let missing = missing.unwrap_or_default().into_iter();
        let missing = missing.map(|(from, to)| (from.0, to.0)).collect();
        let taken = taken.lock().unwrap().clone();
        (taken, missing)
    }

    #[test]
    fn what_takes_a_voice_is_opened_anew_when_it_broke_off_and_what_it_refused_is_missing() {
        let all = usize::MAX;
        // At once it broke off: a second later; after a while: with the next packet.
        let (taken, missing) = spoken(Tap::Text, &[(0, Refused::Gone), (all, Refused::Gone)]);
        assert_eq!((taken[0], missing), (1_000, vec![(0, 1_000)]));
        let (taken, missing) = spoken(Tap::Text, &[(75, Refused::Gone), (all, Refused::Gone)]);
        assert_eq!((taken.len(), missing), (149, vec![(1_500, 1_520)]));
        // Who is behind to the end can't say it any more.
        let (taken, missing) = spoken(Tap::Text, &[(100, Refused::Behind)]);
        assert_eq!((taken.len(), missing), (100, vec![(2_000, 3_000)]));
        // Of captions nothing is kept, so nothing is missing.
        let sinks = [(75, Refused::Gone), (all, Refused::Gone)];
        assert_eq!(spoken(Tap::MemoryOnly, &sinks).1, []);
    }
}
