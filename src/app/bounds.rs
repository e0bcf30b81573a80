//! How much whoever stands before a door, or holds a link or a seat, may try and change: what is refused for
//! a while, and which seats go when too many are taken. Nobody is locked out by it, and nobody can lock
//! her out.

use std::net::IpAddr;

use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::identity::{IdentityTry, own_wrong_tries};
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::participant::{LeftHow, Participant, State, Who};
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::tries::{Tries, delay_after};
use yorisoi_store::{InterviewRow, ParticipantRow, Tx};

use super::{App, AppError, Loaded, Result, seconds_until};
use crate::auth::pace::counted_as;

/// Seats of one interview whose holders have not proven who they are: twice what one address may
/// take at once, so that it can displace nobody who is typing.
const UNPROVEN_SEATS: usize = 24;

impl App {
    /// Takes one try at a link or a password from this address.
    ///
    /// # Errors
    /// `TooSoon`: nothing was looked at.
    pub fn take_try(&self, from: IpAddr) -> Result<()> {
        self.in_time(self.paces.tries.take(counted_as(from), self.now()))
    }

    /// What a bucket says, as a refusal.
    pub(super) fn in_time(&self, taken: std::result::Result<(), Timestamp>) -> Result<()> {
        taken.map_err(|next| AppError::TooSoon {
            retry_after_s: seconds_until(next, self.now()),
        })
    }

    /// Whether an answer of this seat is looked at now: not before the delay of its own last wrong one,
    /// and not beyond what one address and one link may guess. What others get wrong delays nobody.
    pub(super) async fn hear_answer(
        &self,
        tx: &mut dyn Tx,
        seat: &Participant,
        from: IpAddr,
    ) -> Result<Tries> {
        let so_far = own_wrong_tries(&tx.identity_tries(seat.interview).await?, seat.id);
        let now = self.now();
        self.check_delay(so_far.next_at(now))?;
        // Whoever has proven who they are, or holds no link, is refused by what comes next.
        if let (State::Claimed { .. }, Who::Guest(_, link)) = (seat.state, seat.who) {
            self.in_time(self.paces.answers.take((link, counted_as(from)), now))?;
            self.in_time(self.paces.guesses.take(link, now))?;
        }
        Ok(so_far)
    }

    /// Keeps a wrong try and says how long the next one has to wait.
    pub(super) async fn wrong_identity(
        &self,
        mut tx: Box<dyn Tx>,
        by: AuditActor,
        it: &Loaded,
        tried: &IdentityTry,
        so_far: Tries,
    ) -> Result<()> {
        tx.insert_identity_try(tried).await?;
        self.note(&mut *tx, by, AuditAction::IdentityFailed, &it.row, None)
            .await?;
        self.commit(tx).await?;
        let delay = delay_after(so_far.wrong.saturating_add(1)).as_secs();
        Err(AppError::IdentityMismatch {
            retry_after_s: u32::try_from(delay).unwrap_or(u32::MAX),
        })
    }

    /// Takes one of the changes that a seat may make at once. What leads to less is never asked for one.
    ///
    /// # Errors
    /// `TooSoon`: nothing has changed.
    pub(super) fn change(&self, seat: ParticipantId) -> Result<()> {
        self.in_time(self.paces.changes.take(seat, self.now()))
    }

    /// Whoever has the link could take seats without end: of those that proved nothing the oldest
    /// goes when another is taken.
    pub(super) async fn make_room_for_a_seat(
        &self,
        tx: &mut dyn Tx,
        it: &InterviewRow,
    ) -> Result<()> {
        let rows = tx.participants_of(it.interview.id).await?;
        let unproven: Vec<_> = rows.into_iter().filter(unproven).collect();
        let too_many = (unproven.len() + 1).saturating_sub(UNPROVEN_SEATS);
        self.end_seats(tx, unproven.into_iter().take(too_many), it)
            .await
    }

    /// Ends what only the link gave.
    pub(super) async fn end_seats(
        &self,
        tx: &mut dyn Tx,
        seats: impl Iterator<Item = ParticipantRow> + Send,
        it: &InterviewRow,
    ) -> Result<()> {
        for row in seats {
            let left = row.participant.leave(LeftHow::Closed, self.now())?;
            tx.save_participant(&left, row.revision).await?;
            let about = Some(AuditSubject::Participant(left.id));
            self.note(tx, AuditActor::System, AuditAction::Left, it, about)
                .await?;
        }
        Ok(())
    }
}

/// The link alone gave it.
pub(super) fn unproven(row: &ParticipantRow) -> bool {
    matches!(row.participant.state, State::Claimed { .. })
}
