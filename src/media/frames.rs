//! The row of frames in a spool file: how long each is, and how the next is found where one is damaged. What
//! a frame holds, and whether it opens, is the caller's to know.

/// No batch of a second comes near it; a length beyond it is a torn frame.
const LONGEST: u32 = 1 << 20;
/// Of the length that stands before a frame.
pub(super) const LENGTH: usize = 4;
/// A second of sound as browsers send it stays below; what is longer is not looked for.
const LIKELY: u32 = 100_000;
/// A sealed batch of one packet without sound is longer; zeros that a crash left are no row of empty frames.
const SHORTEST: usize = 64;
/// So many frames in a row may be damaged: a block of the disk holds fewer.
const SKIPPED: u64 = 64;
/// Bytes that are looked at and tried, at most, to find whole frames again in one file.
const WORK: usize = 64 << 20;

/// What the bytes of a file gave, frame by frame.
pub(super) struct Frames<T> {
    pub(super) opened: Vec<T>,
    /// Frames that do not open.
    pub(super) closed: usize,
    /// It ends within a frame.
    pub(super) torn: bool,
}

/// Opens frame after frame. Where one does not open, its length may be what is damaged: the next that
/// opens is looked for, and what lies before it is tried as the one that did not. That is bounded, however
/// often it has to be done: a file of chance costs a second.
pub(super) fn frames<T>(bytes: &[u8], open: impl FnMut(u64, &[u8]) -> Option<T>) -> Frames<T> {
    within(&mut Left::new(), bytes, open)
}

fn within<T>(
    left: &mut Left,
    bytes: &[u8],
    mut open: impl FnMut(u64, &[u8]) -> Option<T>,
) -> Frames<T> {
    let mut found = Frames {
        opened: Vec::new(),
        closed: 0,
        torn: false,
    };
    let (mut at, mut number) = (0, 0);
    while at < bytes.len() {
        let whole = frame_at(bytes, at, LONGEST);
        if let Some(opened) = whole.and_then(|frame| open(number, frame)) {
            found.opened.push(opened);
            at += whole.map_or(0, |frame| LENGTH + frame.len());
            number += 1;
            continue;
        }
        let end = whole.map(|frame| at + LENGTH + frame.len());
        let right = end.is_some_and(|end| {
            let next = frame_at(bytes, end, LONGEST);
            end == bytes.len() || next.is_some_and(|next| open(number + 1, next).is_some())
        });
        let next = if right {
            end.map(|end| (end, number + 1))
        } else {
            next_frame(left, bytes, at + 1, number, &mut open)
        };
        if let Some((start, next)) = next {
            let own = bytes.get(at + LENGTH..start);
            let own = own.filter(|_| !right && next == number + 1);
            match own.and_then(|own| open(number, own)) {
                Some(opened) => found.opened.push(opened),
                None => found.closed += usize::try_from(next - number).unwrap_or(usize::MAX),
            }
            (at, number) = (start, next);
        } else if let Some(opened) = bytes
            .get(at + LENGTH..)
            .filter(|own| left.spend(own.len() + SHORTEST))
            .and_then(|own| open(number, own))
        {
            // The last one, and only its length was damaged.
            found.opened.push(opened);
            return found;
        } else if let Some(end) = end {
            found.closed += 1;
            (at, number) = (end, number + 1);
        } else {
            found.torn = true;
            return found;
        }
    }
    found
}

/// What may still be done to find whole frames again.
struct Left {
    work: usize,
    /// Behind it nothing opens under a number up to that one: not looked at again.
    nothing: Option<(usize, u64)>,
}

impl Left {
    const fn new() -> Self {
        Self {
            work: WORK,
            nothing: None,
        }
    }

    /// Whether so many bytes may still be looked at.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.work.checked_sub(bytes);
        self.work = left.unwrap_or(0);
        left.is_some()
    }
}

/// Where the next frame begins that opens, and its number.
fn next_frame<T>(
    left: &mut Left,
    bytes: &[u8],
    from: usize,
    number: u64,
    open: &mut impl FnMut(u64, &[u8]) -> Option<T>,
) -> Option<(usize, u64)> {
    let tried = left.nothing.filter(|(behind, _)| *behind <= from);
    let first = tried.map_or(0, |(_, last)| last).max(number) + 1;
    let last = number + SKIPPED;
    for at in from..bytes.len() {
        if first > last || !left.spend(1) {
            return None;
        }
        let Some(frame) = frame_at(bytes, at, LIKELY) else {
            continue;
        };
        for next in first..=last {
            if !left.spend(frame.len() + SHORTEST) {
                return None;
            }
            if open(next, frame).is_some() {
                return Some((at, next));
            }
        }
    }
    left.nothing = Some((from, last));
    None
}

fn frame_at(bytes: &[u8], at: usize, longest: u32) -> Option<&[u8]> {
    let (length, rest) = bytes.get(at..)?.split_first_chunk::<LENGTH>()?;
    let length = u32::from_le_bytes(*length);
    let frame = usize::try_from(length).ok().filter(|_| length <= longest)?;
    rest.get(..frame).filter(|frame| frame.len() >= SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_which_every_byte_could_begin_a_frame_is_given_up_soon() {
        let mut tried = 0;
        let bytes = 80_u32.to_le_bytes().repeat(50_000);
        let found = frames::<()>(&bytes, |_, frame| {
            tried += frame.len();
            None
        });
        assert!(found.opened.is_empty() && (found.closed > 0 || found.torn));
        assert!(tried < WORK + 3 * bytes.len(), "{tried}");
    }
    #[test]
    fn zeros_are_looked_at_once_whether_all_is_zero_or_the_end_of_it() {
        const ZEROS: usize = 1 << 20;
        let frame = [&80_u32.to_le_bytes()[..], &[7; 80]].concat();
        for whole in [0, 3] {
            let mut bytes = frame.repeat(whole);
            bytes.resize(bytes.len() + ZEROS, 0);
            let (mut left, mut tried) = (Left::new(), 0);
            let found = within(&mut left, &bytes, |_, it| {
                tried += 1;
                it.starts_with(&[7]).then_some(())
            });
            assert_eq!((found.opened.len(), found.closed), (whole, 0));
            assert!(found.torn);
            let work = WORK - left.work;
            assert!(work > ZEROS / 2 && work < 3 * ZEROS, "{work}");
            assert!(tried < 2 * whole + 8, "{tried}");
        }
    }

    #[test]
    fn frames_that_all_stopped_opening_are_not_tried_again_for_each_of_them() {
        let frame = [&80_u32.to_le_bytes()[..], &[0; 80]].concat();
        let bytes = frame.repeat(2_000);
        let mut left = Left::new();
        let found = within::<()>(&mut left, &bytes, |_, _| None);
        assert_eq!((found.closed, found.torn), (2_000, false));
        assert_eq!(
            left.work, 0,
            "each further number is tried, and that is bounded"
        );
    }

    #[test]
    fn more_damaged_frames_than_are_skipped_at_once_hide_no_later_one() {
        let of = |n: u8| [&80_u32.to_le_bytes()[..], &[n; 80]].concat();
        let mut bytes: Vec<u8> = (0..120).flat_map(of).collect();
        for damaged in 5..100 {
            bytes[damaged * 84 + 40] ^= 1;
        }
        // Where the last of them ends is not known either.
        bytes[90 * 84] ^= 1;
        let opens = |n: u64, it: &[u8]| it.iter().all(|byte| u64::from(*byte) == n).then_some(n);
        let found = frames(&bytes, opens);
        let whole: Vec<u64> = (0..5).chain(100..120).collect();
        assert_eq!((found.opened, found.closed, found.torn), (whole, 95, false));
    }
}
