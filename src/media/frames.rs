//! The row of frames in a spool file: how long each is, and how the next is found where one is damaged. What
//! a frame holds, and whether it opens, is the caller's to know.

/// No batch of a second comes near it; a length beyond it is a torn frame.
const LONGEST: u32 = 1 << 20;
/// Of the length that stands before a frame.
pub(super) const LENGTH: usize = 4;
/// A second of sound as browsers send it stays below; what is longer is not looked for.
const LIKELY: u32 = 100_000;
/// A sealed batch of one packet without sound is longer.
const SHORTEST: usize = 64;
/// So many frames in a row may be damaged: a block of the disk holds fewer.
const SKIPPED: u64 = 64;
/// Bytes that are tried, at most, to find whole frames again in one file.
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
pub(super) fn frames<T>(bytes: &[u8], mut open: impl FnMut(u64, &[u8]) -> Option<T>) -> Frames<T> {
    let mut found = Frames {
        opened: Vec::new(),
        closed: 0,
        torn: false,
    };
    let (mut at, mut number, mut work) = (0, 0, WORK);
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
            next_frame(bytes, at + 1, number, &mut work, &mut open)
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
            .filter(|own| spend(&mut work, own.len()))
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

/// Where the next frame begins that opens, and its number.
fn next_frame<T>(
    bytes: &[u8],
    from: usize,
    number: u64,
    work: &mut usize,
    open: &mut impl FnMut(u64, &[u8]) -> Option<T>,
) -> Option<(usize, u64)> {
    for at in from..bytes.len() {
        let Some(frame) = frame_at(bytes, at, LIKELY).filter(|frame| frame.len() >= SHORTEST)
        else {
            continue;
        };
        for next in number + 1..=number + SKIPPED {
            if !spend(work, frame.len()) {
                return None;
            }
            if open(next, frame).is_some() {
                return Some((at, next));
            }
        }
    }
    None
}

/// Whether so much may still be tried.
fn spend(work: &mut usize, bytes: usize) -> bool {
    let left = work.checked_sub(bytes + SHORTEST);
    *work = left.unwrap_or(0);
    left.is_some()
}

fn frame_at(bytes: &[u8], at: usize, longest: u32) -> Option<&[u8]> {
    let (length, rest) = bytes.get(at..)?.split_first_chunk::<LENGTH>()?;
    let length = u32::from_le_bytes(*length);
    let frame = usize::try_from(length).ok().filter(|_| length <= longest)?;
    rest.get(..frame)
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
}
