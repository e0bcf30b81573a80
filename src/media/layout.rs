//! The fixed media layout of one participant's connection. Pure. Never touches SDP or packets, and
//! never says who stands in which slot: that is the call's.

use yorisoi_domain::call::slots::SLOTS;

/// What a participant sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Microphone,
    Camera,
    Screen,
}

/// One m-line of the offer, in the order in which the offer lists them.
///
/// The first three are `sendrecv`: upwards they carry the participant's own microphone, camera and
/// screen; downwards the first other participant's sound and picture and the one shared screen.
/// The rest are `recvonly` for the second and third other participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Line {
    Audio0,
    Video0,
    Screen,
    Audio1,
    Video1,
    Audio2,
    Video2,
}

/// The media kind of a line as SDP names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Audio,
    Video,
}

impl Kind {
    #[must_use]
    pub fn sdp_name(self) -> &'static str {
        match self {
            Kind::Audio => "audio",
            Kind::Video => "video",
        }
    }
}

impl Line {
    /// All lines in the order of the offer.
    pub const ALL: [Line; 7] = [
        Line::Audio0,
        Line::Video0,
        Line::Screen,
        Line::Audio1,
        Line::Video1,
        Line::Audio2,
        Line::Video2,
    ];

    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Line::Audio0 | Line::Audio1 | Line::Audio2 => Kind::Audio,
            Line::Video0 | Line::Screen | Line::Video1 | Line::Video2 => Kind::Video,
        }
    }

    /// What the participant sends on this line; `None` for the lines that only receive.
    #[must_use]
    pub fn upward(self) -> Option<Source> {
        match self {
            Line::Audio0 => Some(Source::Microphone),
            Line::Video0 => Some(Source::Camera),
            Line::Screen => Some(Source::Screen),
            _ => None,
        }
    }

    /// The line that carries `source` of the participant in `slot` down to a viewer.
    /// A screen has one line whoever shares it. `None` when there is no such slot.
    #[must_use]
    pub fn downward(source: Source, slot: usize) -> Option<Line> {
        match (source, slot) {
            (Source::Microphone, 0) => Some(Line::Audio0),
            (Source::Microphone, 1) => Some(Line::Audio1),
            (Source::Microphone, 2) => Some(Line::Audio2),
            (Source::Camera, 0) => Some(Line::Video0),
            (Source::Camera, 1) => Some(Line::Video1),
            (Source::Camera, 2) => Some(Line::Video2),
            (Source::Screen, slot) if slot < SLOTS => Some(Line::Screen),
            _ => None,
        }
    }

    /// The slot and source a viewer receives on this line; the slot is `None` for the screen.
    #[must_use]
    pub fn carries(self) -> (Source, Option<usize>) {
        match self {
            Line::Audio0 => (Source::Microphone, Some(0)),
            Line::Audio1 => (Source::Microphone, Some(1)),
            Line::Audio2 => (Source::Microphone, Some(2)),
            Line::Video0 => (Source::Camera, Some(0)),
            Line::Video1 => (Source::Camera, Some(1)),
            Line::Video2 => (Source::Camera, Some(2)),
            Line::Screen => (Source::Screen, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_again_from_what_it_carries() {
        for line in Line::ALL {
            let (source, slot) = line.carries();
            assert_eq!(Line::downward(source, slot.unwrap_or(1)), Some(line));
        }
        assert_eq!(Line::downward(Source::Camera, SLOTS), None);
    }
}
