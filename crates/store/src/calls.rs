//! Calls and their tracks.

use async_trait::async_trait;
use yorisoi_domain::call::record::{CallRecord, Closed, SeatGap, Track, TrackReception};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};

use crate::Result;

#[async_trait]
pub trait ReadCalls {
    /// In the order in which they were opened.
    async fn calls_of(&mut self, interview: InterviewId) -> Result<Vec<CallRecord>>;

    /// Calls that nobody closed: they run, or the service broke off.
    async fn open_calls(&mut self) -> Result<Vec<CallRecord>>;

    /// In the order in which their voices were first heard.
    async fn tracks_of(&mut self, call: CallId) -> Result<Vec<Track>>;

    /// The call of a track.
    async fn call_of(&mut self, track: TrackId) -> Result<Option<CallRecord>>;

    /// Of an open call, in the order of seats and of their begin.
    async fn seat_gaps_of(&mut self, call: CallId) -> Result<Vec<(ParticipantId, SeatGap)>>;
}

#[async_trait]
pub trait WriteCalls {
    async fn insert_call(&mut self, call: &CallRecord) -> Result<()>;

    /// With what was known of its seats. `Conflict` unless the call is open.
    async fn close_call(&mut self, id: CallId, closed: Closed) -> Result<()>;

    /// A participant has at most one track in a call: `Conflict` for a second.
    async fn insert_track(&mut self, track: &Track) -> Result<()>;

    /// `Conflict` unless nothing has been settled yet.
    async fn settle_track(&mut self, id: TrackId, reception: TrackReception) -> Result<()>;

    /// The same number again is the same gap, as it is now.
    async fn save_seat_gap(
        &mut self,
        call: CallId,
        of: ParticipantId,
        number: u32,
        gap: SeatGap,
    ) -> Result<()>;
}
