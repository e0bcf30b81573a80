//! What happens to a call, and why it may change nothing.

use crate::consent::Agreed;
use crate::ids::ParticipantId;
use crate::participant::{LeftHow, Who};

use super::pause::Pauses;

/// What happens to a call. Times are counted from its beginning. What the records say may arrive
/// out of order, for it is read before it is told: it carries what orders it, the revision of the
/// participant or the number of consent entries, and an older word than the last changes nothing.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// A socket of this participant opened: at the door, or back again in the same seat.
    Entered {
        seat: ParticipantId,
        who: Who,
        door: Door,
        revision: u32,
        consent: Agreed,
        pauses: Pauses,
    },
    /// The participant's socket is gone: a closed tab, a reload, a lost network.
    SocketLost(ParticipantId),
    /// The nurse let them in.
    Admitted(ParticipantId, u32),
    /// Back to the waiting room, or never let in.
    SentOut(ParticipantId, u32),
    /// Out for good; the seat is free and nobody takes it again.
    Left(ParticipantId, LeftHow),
    Consented(ParticipantId, Agreed),
    /// What holds for all voices, and for this one.
    Paused(Option<ParticipantId>, Pauses),
    Muted(ParticipantId, bool),
    CameraOff(ParticipantId, bool),
    Sharing(ParticipantId, bool),
    /// A hand ended the interview.
    Ended,
    /// Time has passed; see [`super::Call::timeout`].
    Tick,
}

/// What the door says of somebody who enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Waits,
    LetIn,
}

/// Why an input changed nothing that can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the call is over")]
    Over,
    #[error("this participant has no seat in the call, or gave it up")]
    NoSeat,
    #[error("this participant has not been let in")]
    NotAdmitted,
    #[error("all four seats are taken")]
    Full,
}
