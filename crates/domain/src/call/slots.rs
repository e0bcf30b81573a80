//! Which other seat stands in which receive slot of one viewer. Never knows lines or packets.

/// How many other participants one participant can hear and see.
pub const SLOTS: usize = 3;

/// A seat keeps its slot until it leaves, so that a rejoin shows up in the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots<S> {
    seats: [Option<S>; SLOTS],
}

impl<S> Default for Slots<S> {
    fn default() -> Self {
        Self {
            seats: [const { None }; SLOTS],
        }
    }
}

impl<S: Copy + Eq> Slots<S> {
    /// The slot of `seat`, taking the first free one if it has none. `None` when all are taken.
    pub fn place(&mut self, seat: S) -> Option<usize> {
        if let Some(slot) = self.slot_of(seat) {
            return Some(slot);
        }
        let free = self.seats.iter().position(Option::is_none)?;
        self.seats[free] = Some(seat);
        Some(free)
    }

    pub fn remove(&mut self, seat: S) {
        for place in &mut self.seats {
            if *place == Some(seat) {
                *place = None;
            }
        }
    }

    #[must_use]
    pub fn slot_of(&self, seat: S) -> Option<usize> {
        self.seats.iter().position(|place| *place == Some(seat))
    }

    #[must_use]
    pub fn seats(&self) -> [Option<S>; SLOTS] {
        self.seats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_keeps_its_slot_and_a_freed_slot_is_used_again() {
        let mut slots = Slots::default();
        assert_eq!(slots.place('a'), Some(0));
        assert_eq!(slots.place('b'), Some(1));
        assert_eq!(slots.place('a'), Some(0));
        slots.remove('a');
        assert_eq!(slots.slot_of('b'), Some(1));
        assert_eq!(slots.place('c'), Some(0));
        assert_eq!(slots.place('d'), Some(2));
        assert_eq!(slots.place('e'), None);
        assert_eq!(slots.seats(), [Some('c'), Some('b'), Some('d')]);
    }
}
