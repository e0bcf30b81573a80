//! The hook where a consented voice leaves the call: every packet as it came, before anything is
//! decoded. Where consent closes the tap, neither a sink nor a decoder exists.

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::segment::Said;

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
    /// [`Refused`]: the packet could not be taken.
    fn take(&mut self, packet: TappedPacket) -> Result<(), Refused>;
}

/// The packet is lost to the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// With the next packet that it takes it says so itself.
    #[error("the sound comes faster than it can be taken")]
    Behind,
    /// It takes none any more.
    #[error("nobody takes the sound")]
    Gone,
}

/// What somebody said, and what was allowed of their voice when they said it.
pub type Uttered = (ParticipantId, Tap, Said);

/// Where it is told what somebody said. When it is full, confirmed text waits and partial text is
/// dropped.
pub type Outlet = mpsc::Sender<Uttered>;

/// Whose voice it is, what may be done with it, and where its text goes.
#[derive(Debug, Clone)]
pub struct TappedVoice {
    pub interview: InterviewId,
    pub participant: ParticipantId,
    pub track: TrackId,
    /// At least [`Tap::MemoryOnly`].
    pub allowed: Tap,
    pub outlet: Outlet,
}

impl TappedVoice {
    /// As the outlet takes it.
    #[must_use]
    pub const fn uttered(&self, said: Said) -> Uttered {
        (self.participant, self.allowed, said)
    }
}

/// Opens sinks.
pub trait Taps: Send + Sync {
    /// A sink for one participant's voice.
    fn open(&self, voice: TappedVoice) -> Box<dyn AudioSink>;

    /// Whether there is anything to recognise with; it may come while calls run.
    fn hears(&self) -> watch::Receiver<bool> {
        watch::Sender::new(true).subscribe()
    }

    /// This participant took everything back: what is under way of their voice stops at once and
    /// leaves nothing.
    fn forget(&self, participant: ParticipantId);
}
