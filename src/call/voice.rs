//! One voice of a call as its packets come: counted, placed on the interview's clock, and handed to the
//! tap while that is open. It forwards nothing, decodes nothing, and what is allowed is told to it.

use std::time::Duration;

use bytes::Bytes;
use yorisoi_domain::call::clock::MediaClock;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;

use crate::clock::IdGen;
use crate::media::reception::Reception;
use crate::media::tap::{AudioSink, TappedPacket};

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
    lost_to_sink: u64,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            track: None,
            stream: None,
            before: (0, 0),
            clock: MediaClock::default(),
            allowed: Tap::Closed,
            sink: None,
            lost_to_sink: 0,
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
        self.allowed = allowed;
        self.sink = None;
    }

    /// What was said before ends here.
    pub(super) fn hush(&mut self) {
        self.sink = None;
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
        let sink = self.sink.get_or_insert_with(|| open(self.allowed));
        if sink.take(packet).is_err() {
            self.lost_to_sink += 1;
            // Once, twice, four times: a log of every lost packet would make it worse.
            if self.lost_to_sink.is_power_of_two() {
                tracing::warn!(
                    participant = %of,
                    lost = self.lost_to_sink,
                    "the tap is behind: packets dropped"
                );
            }
        }
    }
}
