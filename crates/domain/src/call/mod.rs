//! The talk while it lasts: who sits where, who is away, who shares, whose voice may be tapped,
//! and when it is over. Fed with [`Input`]s and a time, drained of [`Output`]s; it has no clock, no
//! socket and no packet. Who is admitted is decided at the door and told to it: it never lets
//! anybody in by itself.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::consent::{Agreed, InEffect, Tap, tap_under};
use crate::ids::ParticipantId;
use crate::participant::{GuestRole, LeftHow, Who};
use crate::transcript::account::GapReason;

pub mod clock;
pub mod pause;
pub mod record;
mod seat;
pub mod slots;
mod words;

#[cfg(test)]
mod tests;

use pause::Pauses;
use seat::{Link, Place, Seat};
use slots::{SLOTS, Slots};
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
    /// Time has passed; see [`Call::timeout`].
    Tick,
}

/// What the door says of somebody who enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Waits,
    LetIn,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Tell everybody how this seat stands now.
    Seat(SeatState),
    /// Tell this viewer who stands in which receive slot.
    Slots(ParticipantId, [Option<ParticipantId>; SLOTS]),
    /// Tell everybody whose screen is on the screen line.
    Screen(Option<ParticipantId>),
    /// No media of this participant may come or go any more.
    CloseMedia(ParticipantId),
    /// From now on this is what may be done with the participant's voice.
    Tap(ParticipantId, Tap),
    /// A stretch of the participant's track that holds no voice, with its reason.
    Gap(ParticipantId, GapReason, Stretch),
    /// Nothing follows.
    Over(Why),
}

/// Half-open, from the beginning of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from: Duration,
    pub to: Duration,
}

/// How a seat stands, as the others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatState {
    pub seat: ParticipantId,
    pub who: Who,
    pub presence: Presence,
    pub muted: bool,
    pub camera_off: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At the door.
    Waiting,
    Present,
    /// The connection broke moments ago and may come back.
    Interrupted,
    /// Gone longer than a short break; the seat is kept.
    Absent,
    Left,
    /// Pressed すぐ閉じる.
    LeftQuickly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Ended,
    NobodyLeft,
    LongestReached,
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

    fn enter(
        &mut self,
        now: Duration,
        id: ParticipantId,
        who: Who,
        door: Door,
        consent: InEffect,
    ) -> Result<(), Refusal> {
        let seat = self.seats.entry(id).or_insert_with(|| Seat::new(who));
        seat.consent = consent;
        let gap = seat.open_link(now);
        if door == Door::Waits && seat.is_admitted() {
            // The door's word counts: somebody was moved back while their socket was gone.
            self.take_out(now, id, Place::AtDoor);
        }
        self.gap(id, GapReason::Absent, gap);
        self.empty_since = None;
        if door == Door::LetIn && !self.seat(id)?.is_admitted() {
            // The others learn of a seat once, in its final state.
            return self.admit(now, id);
        }
        let state = self.seat(id)?.state(id);
        self.outputs.push_back(Output::Seat(state));
        if self.may_send(id) {
            self.outputs.push_back(Output::Slots(id, self.slots(id)));
        }
        Ok(())
    }

    /// Follows the door's newest word, which may be another than this one.
    fn open_door(
        &mut self,
        now: Duration,
        id: ParticipantId,
        revision: u32,
        door: Door,
    ) -> Result<(), Refusal> {
        let words = self.words.entry(id).or_default();
        let newest = words.door(revision, door).ok_or(Refusal::NoSeat)?;
        self.seat(id)?;
        match newest {
            Door::LetIn => self.admit(now, id),
            Door::Waits => {
                self.take_out(now, id, Place::AtDoor);
                Ok(())
            }
        }
    }

    fn admit(&mut self, now: Duration, id: ParticipantId) -> Result<(), Refusal> {
        let seats = self.seats.iter().filter(|(_, seat)| seat.is_admitted());
        let others: Vec<_> = seats
            .map(|(other, _)| *other)
            .filter(|other| *other != id)
            .collect();
        let seat = self.seat(id)?;
        if !seat.is_admitted() {
            if others.len() > SLOTS {
                let state = seat.state(id);
                self.outputs.push_back(Output::Seat(state));
                return Err(Refusal::Full);
            }
            seat.place = Place::Inside { since: now };
            seat.slots = Slots::default();
            let mut inside = others;
            inside.push(id);
            self.talking_since.get_or_insert(now);
            for viewer in &inside {
                for other in inside.iter().filter(|other| *other != viewer) {
                    if let Some(seat) = self.seats.get_mut(viewer) {
                        seat.slots.place(*other);
                    }
                }
            }
            let state = self.seat(id)?.state(id);
            self.outputs.push_back(Output::Seat(state));
            for viewer in inside {
                self.outputs
                    .push_back(Output::Slots(viewer, self.slots(viewer)));
            }
        }
        Ok(())
    }

    /// Out of the talk, to the door or for good.
    fn take_out(&mut self, now: Duration, id: ParticipantId, place: Place) {
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        let was_inside = seat.is_admitted();
        let (muted, away) = seat.settle(now);
        seat.place = place;
        seat.slots = Slots::default();
        if matches!(place, Place::Gone(_)) {
            seat.link = Link::None;
        }
        let state = seat.state(id);
        self.gap(id, GapReason::Muted, muted);
        self.gap(id, GapReason::Absent, away);
        self.stop_sharing(id);
        if was_inside {
            self.outputs.push_back(Output::CloseMedia(id));
        }
        self.outputs.push_back(Output::Seat(state));
        if was_inside {
            let inside = self.seats.iter_mut().filter(|(_, seat)| seat.is_admitted());
            for (viewer, seat) in inside {
                seat.slots.remove(id);
                self.outputs
                    .push_back(Output::Slots(*viewer, seat.slots.seats()));
            }
        }
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

    /// Nobody's voice is tapped unless the resident is known to have agreed, and a guest's not
    /// without their own yes. What changed is told.
    fn settle_taps(&mut self) {
        let is_resident = |who| matches!(who, Who::Guest(GuestRole::Resident, _));
        // Two residents' seats (she came back with another device): the stricter word counts.
        let residents = self
            .seats
            .values()
            .filter(|s| is_resident(s.who) && s.is_admitted());
        let resident = residents.map(|seat| seat.consent).min_by_key(InEffect::tap);
        for (id, seat) in &mut self.seats {
            let own = match seat.who {
                Who::Nurse(_) => Tap::TextAndAudio,
                Who::Guest(..) => seat.consent.tap(),
            };
            let tap = match &resident {
                Some(resident) if self.over.is_none() && seat.is_admitted() => {
                    tap_under(resident, own)
                }
                _ => Tap::Closed,
            };
            let paused = self.paused.1 || self.words.get(id).is_some_and(Words::is_paused);
            let tap = if paused { tap.min(Tap::Paused) } else { tap };
            if seat.tap != tap {
                seat.tap = tap;
                self.outputs.push_back(Output::Tap(*id, tap));
            }
        }
    }

    fn pause(&mut self, of: Option<ParticipantId>, said: Pauses) {
        if said.entries >= self.paused.0 {
            self.paused = (said.entries, said.all);
        }
        if let Some(id) = of {
            self.words.entry(id).or_default().pause(said);
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
