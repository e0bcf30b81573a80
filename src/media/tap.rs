//! The hook where a consented voice leaves the call: every packet as it came, before anything is
//! decoded. Where consent closes the tap, neither a sink nor a decoder exists.

use bytes::Bytes;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::time::InterviewMs;

/// One Opus packet of one voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TappedPacket {
    pub ssrc: u32,
    pub sequence: u16,
    /// RTP time, 48 kHz.
    pub timestamp: u32,
    /// When it came, on the interview's clock.
    pub arrived: InterviewMs,
    /// When it was spoken, on the interview's clock.
    pub spoken: InterviewMs,
    pub payload: Bytes,
}

/// Takes one voice. Dropped when the tap closes.
pub trait AudioSink: Send {
    /// Called from the task that forwards: must not wait.
    ///
    /// # Errors
    /// [`Behind`] when the packet could not be taken.
    fn take(&mut self, packet: &TappedPacket) -> Result<(), Behind>;
}

/// The sink cannot keep up; the packet is lost to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sound comes faster than it can be taken")]
pub struct Behind;

/// Opens sinks.
pub trait Taps: Send + Sync {
    /// A sink for one participant's voice. `allowed` is never [`Tap::Closed`].
    fn open(
        &self,
        interview: InterviewId,
        participant: ParticipantId,
        allowed: Tap,
    ) -> Box<dyn AudioSink>;
}
