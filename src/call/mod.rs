//! The talk while it lasts, as it runs: one task owns one call.
//!
//! - [`again`]: what a crash left, heard again.
//! - [`driver`]: the task that owns [`yorisoi_domain::call::Call`].
//! - `gaps`: where a voice had no words, as far as the call itself knows.
//! - `listeners`: who asked for captions, and whose words nobody is shown any more.
//! - `log`: what a call leaves in the records.
//! - `plane`: the participants' connections, and who gets whose packets.
//! - [`registry`]: which calls are running, and the way into them.
//! - [`scribe`]: from a consented voice to text.
//! - [`time`]: the interview's clock.
//! - `view`: from the call's own words to the wire's.
//! - `voice`: one voice as its packets come.

use yorisoi_domain::call::Door;
use yorisoi_domain::call::pause::Pauses;
use yorisoi_domain::consent::Agreed;
use yorisoi_domain::ids::{ParticipantId, UserId};
use yorisoi_domain::participant::{LeftHow, Nearby, Who};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::Revision;

use crate::signalling::hub::SocketId;

pub mod again;
pub mod driver;
mod gaps;
mod listeners;
mod log;
mod plane;
pub mod registry;
pub mod scribe;
pub mod time;
mod view;
mod voice;

/// Somebody who may come in, as the records say.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub seat: ParticipantId,
    pub who: Who,
    pub door: Door,
    /// At the counter: whose browser holds the seat's microphone. Another's does not take it over.
    pub holder: Option<UserId>,
    /// The participant's, which orders what is told of them.
    pub revision: Revision,
    pub consent: Agreed,
    pub pauses: Pauses,
    /// When the interview began; `None` before.
    pub started: Option<Timestamp>,
}

/// What a use case has committed and a running call must know. It may be told late or twice: what
/// orders it goes with it.
#[derive(Debug, Clone, Copy)]
pub enum News {
    /// The interview began a moment ago: its clock runs.
    Started(Timestamp),
    Admitted(ParticipantId, Revision),
    /// Back to the waiting room, or refused at the door.
    SentOut(ParticipantId, Revision),
    Left(ParticipantId, LeftHow),
    /// Whoever held this socket of staff was signed out or may not be here any more: nothing reaches
    /// them and nothing of them is heard, also where the socket has closed. The seat stays theirs for a
    /// new login.
    SignedOut(ParticipantId, SocketId),
    Consented(ParticipantId, Agreed),
    /// Transcription is paused or goes on: of this voice, or of all.
    Paused(Option<ParticipantId>, Pauses),
    /// They took everything back. What they have agreed to now goes with it.
    Withdrawn(ParticipantId, Agreed, Timestamp),
    Nearby(ParticipantId, Nearby),
    /// A hand ended the interview, or it was declined or cancelled.
    Ended,
}
