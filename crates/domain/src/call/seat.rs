//! One seat of a call: at the door, inside or gone; its socket open, lost or long away. Only holds
//! what one participant brings; what concerns several is the call's.

use std::time::Duration;

use super::slots::Slots;
use super::{Presence, SeatState, Stretch};
use crate::consent::{Agreed, Tap};
use crate::ids::ParticipantId;
use crate::participant::{LeftHow, Who};

#[derive(Debug)]
pub(super) struct Seat {
    pub(super) who: Who,
    pub(super) place: Place,
    pub(super) link: Link,
    pub(super) consent: Agreed,
    pub(super) tap: Tap,
    pub(super) slots: Slots<ParticipantId>,
    pub(super) camera_off: bool,
    muted_since: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    AtDoor,
    Inside { since: Duration },
    Gone(LeftHow),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Never opened, or closed with the seat.
    None,
    Open,
    /// Within the grace.
    Lost {
        since: Duration,
    },
    /// Beyond it.
    Away {
        since: Duration,
    },
}

impl Seat {
    pub(super) fn new(who: Who) -> Self {
        Self {
            who,
            place: Place::AtDoor,
            link: Link::None,
            consent: Agreed::default(),
            tap: Tap::Closed,
            slots: Slots::default(),
            camera_off: false,
            muted_since: None,
        }
    }

    pub(super) fn is_admitted(&self) -> bool {
        matches!(self.place, Place::Inside { .. })
    }

    /// Its socket is open, or broke moments ago.
    pub(super) fn is_near(&self) -> bool {
        matches!(self.link, Link::Open | Link::Lost { .. })
    }

    pub(super) fn lost_since(&self) -> Option<Duration> {
        match self.link {
            Link::Lost { since } => Some(since),
            _ => None,
        }
    }

    /// The socket is open. Returns how long the participant was away from the talk.
    pub(super) fn open_link(&mut self, now: Duration) -> Option<Stretch> {
        let away = self.away(now);
        self.link = Link::Open;
        away
    }

    /// Returns the stretch that ends with an unmute.
    pub(super) fn mute(&mut self, muted: bool, now: Duration) -> Option<Stretch> {
        if muted {
            self.muted_since.get_or_insert(now);
            return None;
        }
        let from = self.muted_since.take()?;
        Some(Stretch { from, to: now })
    }

    /// The muted and the absent stretch that end because the seat's part in the talk ends.
    pub(super) fn settle(&mut self, now: Duration) -> (Option<Stretch>, Option<Stretch>) {
        (self.mute(false, now), self.away(now))
    }

    fn away(&self, now: Duration) -> Option<Stretch> {
        let (Place::Inside { since: inside }, Link::Lost { since } | Link::Away { since }) =
            (self.place, self.link)
        else {
            return None;
        };
        let from = since.max(inside);
        (from < now).then_some(Stretch { from, to: now })
    }

    pub(super) fn state(&self, seat: ParticipantId) -> SeatState {
        let presence = match (self.place, self.link) {
            (Place::Gone(LeftHow::QuickExit), _) => Presence::LeftQuickly,
            (Place::Gone(_), _) => Presence::Left,
            (_, Link::Lost { .. }) => Presence::Interrupted,
            (_, Link::Away { .. } | Link::None) => Presence::Absent,
            (Place::AtDoor, Link::Open) => Presence::Waiting,
            (Place::Inside { .. }, Link::Open) => Presence::Present,
        };
        SeatState {
            seat,
            who: self.who,
            presence,
            muted: self.muted_since.is_some(),
            camera_off: self.camera_off,
        }
    }
}
