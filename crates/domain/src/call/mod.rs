//! The talk while it lasts: who sits where, who is away, who shares, whose voice may be tapped,
//! and when it is over. Fed with [`Input`]s and a time, drained of [`Output`]s; it has no clock, no
//! socket and no packet. Who is admitted is decided at the door and told to it: it never lets
//! anybody in by itself.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::consent::Tap;
use crate::ids::ParticipantId;
use crate::transcript::account::GapReason;

pub mod clock;
mod input;
mod output;
pub mod pause;
mod places;
pub mod record;
mod seat;
pub mod slots;
mod taps;
mod words;

#[cfg(test)]
mod tests;

pub use input::{Door, Input, Refusal};
pub use output::{Output, Presence, SeatState, Stretch, Why};
use seat::{Link, Place, Seat};
use slots::SLOTS;
use words::Words;

/// The longest stretches that a call bears.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a lost socket is a short break. Beyond it the person is away.
    pub grace: Duration,
    /// How long a call waits for somebody when nobody is there.
    pub empty: Duration,
    /// From the first admission on.
    pub longest: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(5),
            empty: Duration::from_secs(600),
            longest: Duration::from_secs(6 * 3_600),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Call {
    limits: Limits,
    seats: BTreeMap<ParticipantId, Seat>,
    /// What the records said last of everybody, also of who has no seat here yet.
    words: BTreeMap<ParticipantId, Words>,
    /// Whether every voice is paused, and by how many entries that is known.
    paused: (usize, bool),
    sharer: Option<ParticipantId>,
    /// Since when nobody has been there.
    empty_since: Option<Duration>,
    talking_since: Option<Duration>,
    over: Option<Why>,
    outputs: VecDeque<Output>,
}

impl Call {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            seats: BTreeMap::new(),
            words: BTreeMap::new(),
            paused: (0, false),
            sharer: None,
            empty_since: Some(Duration::ZERO),
            talking_since: None,
            over: None,
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input. `now` is the time since the beginning of the call and never runs back.
    ///
    /// # Errors
    /// [`Refusal`]: nothing changed, but the word is remembered.
    pub fn handle_input(&mut self, now: Duration, input: Input) -> Result<(), Refusal> {
        if self.over.is_some() {
            return Err(Refusal::Over);
        }
        match input {
            Input::Entered {
                seat,
                who,
                door,
                revision,
                consent,
                pauses,
            } => {
                self.pause(Some(seat), pauses);
                let words = self.words.entry(seat).or_default();
                let door = words.door(revision, door).ok_or(Refusal::NoSeat)?;
                let consent = words.consent(consent);
                self.enter(now, seat, who, door, consent)?;
            }
            Input::SocketLost(id) => {
                let seat = self.seat(id)?;
                if seat.link == Link::Open {
                    seat.link = Link::Lost { since: now };
                    let state = seat.state(id);
                    self.outputs.push_back(Output::Seat(state));
                    self.stop_sharing(id);
                }
            }
            Input::Admitted(id, revision) => self.open_door(now, id, revision, Door::LetIn)?,
            Input::SentOut(id, revision) => self.open_door(now, id, revision, Door::Waits)?,
            Input::Left(id, how) => {
                self.words.entry(id).or_default().leave();
                self.seat(id)?;
                self.take_out(now, id, Place::Gone(how));
            }
            Input::Consented(id, consent) => {
                let consent = self.words.entry(id).or_default().consent(consent);
                self.seat(id)?.consent = consent;
            }
            Input::Paused(of, pauses) => self.pause(of, pauses),
            Input::Muted(id, muted) => {
                let seat = self.admitted(id)?;
                let gap = seat.mute(muted, now);
                let state = seat.state(id);
                self.gap(id, GapReason::Muted, gap);
                self.outputs.push_back(Output::Seat(state));
            }
            Input::CameraOff(id, off) => {
                let seat = self.admitted(id)?;
                seat.camera_off = off;
                let state = seat.state(id);
                self.outputs.push_back(Output::Seat(state));
            }
            Input::Sharing(id, true) => {
                self.admitted(id)?;
                if self.sharer != Some(id) {
                    self.sharer = Some(id);
                    self.outputs.push_back(Output::Screen(self.sharer));
                }
            }
            Input::Sharing(id, false) => {
                self.admitted(id)?;
                self.stop_sharing(id);
            }
            Input::Ended => self.end(now, Why::Ended),
            Input::Tick => {}
        }
        self.pass_time(now);
        self.settle_taps();
        Ok(())
    }

    /// The next thing to do; `None` until something happens.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Tick`] is due if nothing else comes.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        if self.over.is_some() {
            return None;
        }
        let grace = self.seats.values().filter_map(Seat::lost_since);
        let grace = grace.map(|since| since + self.limits.grace);
        let empty = self.empty_since.map(|since| since + self.limits.empty);
        let longest = self.talking_since.map(|since| since + self.limits.longest);
        grace.chain(empty).chain(longest).min()
    }

    /// Whether media of this participant may come and go.
    #[must_use]
    pub fn may_send(&self, seat: ParticipantId) -> bool {
        self.over.is_none() && self.seats.get(&seat).is_some_and(Seat::is_admitted)
    }

    /// In which slot of `viewer` another participant's sound and picture go.
    #[must_use]
    pub fn slot(&self, viewer: ParticipantId, of: ParticipantId) -> Option<usize> {
        self.seats.get(&viewer)?.slots.slot_of(of)
    }

    /// Who stands in each receive slot of `viewer`.
    #[must_use]
    pub fn slots(&self, viewer: ParticipantId) -> [Option<ParticipantId>; SLOTS] {
        self.seats
            .get(&viewer)
            .map(|seat| seat.slots.seats())
            .unwrap_or_default()
    }

    #[must_use]
    pub fn sharer(&self) -> Option<ParticipantId> {
        self.sharer
    }

    /// Whether the participant has switched the microphone off.
    #[must_use]
    pub fn is_muted(&self, seat: ParticipantId) -> bool {
        self.seats
            .get(&seat)
            .is_some_and(|held| held.state(seat).muted)
    }

    /// What may be done with every participant's voice now.
    pub fn taps(&self) -> impl Iterator<Item = (ParticipantId, Tap)> {
        self.seats.iter().map(|(id, seat)| (*id, seat.tap))
    }

    /// Everybody who is or was here, as the others see them.
    pub fn states(&self) -> impl Iterator<Item = SeatState> {
        self.seats.iter().map(|(id, seat)| seat.state(*id))
    }

    #[must_use]
    pub fn over(&self) -> Option<Why> {
        self.over
    }

    fn stop_sharing(&mut self, id: ParticipantId) {
        if self.sharer == Some(id) {
            self.sharer = None;
            self.outputs.push_back(Output::Screen(None));
        }
    }

    fn end(&mut self, now: Duration, why: Why) {
        let ids: Vec<_> = self.seats.keys().copied().collect();
        for id in ids {
            let Some(seat) = self.seats.get_mut(&id) else {
                continue;
            };
            let (muted, away) = seat.settle(now);
            let inside = seat.is_admitted();
            self.gap(id, GapReason::Muted, muted);
            self.gap(id, GapReason::Absent, away);
            if inside {
                self.outputs.push_back(Output::CloseMedia(id));
            }
        }
        self.over = Some(why);
        self.settle_taps();
        self.outputs.push_back(Output::Over(why));
    }

    /// What the time alone brings about.
    fn pass_time(&mut self, now: Duration) {
        if self.over.is_some() {
            return;
        }
        let grace = self.limits.grace;
        let mut gone = Vec::new();
        for (id, seat) in &mut self.seats {
            if let Some(since) = seat.lost_since()
                && now.saturating_sub(since) >= grace
            {
                seat.link = Link::Away { since };
                gone.push((*id, seat.state(*id), seat.is_admitted()));
            }
        }
        for (id, state, inside) in gone {
            if inside {
                self.outputs.push_back(Output::CloseMedia(id));
            }
            self.outputs.push_back(Output::Seat(state));
        }
        let somebody = self.seats.values().any(Seat::is_near);
        self.empty_since = (!somebody).then(|| self.empty_since.unwrap_or(now));
        let longer = |since: Option<Duration>, limit| {
            since.is_some_and(|since| now.saturating_sub(since) >= limit)
        };
        if longer(self.talking_since, self.limits.longest) {
            self.end(now, Why::LongestReached);
        } else if longer(self.empty_since, self.limits.empty) {
            self.end(now, Why::NobodyLeft);
        }
    }

    fn gap(&mut self, id: ParticipantId, reason: GapReason, stretch: Option<Stretch>) {
        if let Some(stretch) = stretch {
            self.outputs.push_back(Output::Gap(id, reason, stretch));
        }
    }

    fn seat(&mut self, id: ParticipantId) -> Result<&mut Seat, Refusal> {
        let seat = self.seats.get_mut(&id);
        seat.filter(|seat| !matches!(seat.place, Place::Gone(_)))
            .ok_or(Refusal::NoSeat)
    }

    fn admitted(&mut self, id: ParticipantId) -> Result<&mut Seat, Refusal> {
        let seat = self.seat(id)?;
        if seat.is_admitted() {
            Ok(seat)
        } else {
            Err(Refusal::NotAdmitted)
        }
    }
}
