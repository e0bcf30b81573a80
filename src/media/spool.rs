//! The sealed spool: append-only files of one track with the received Opus packets as they came,
//! from which a talk can be heard and recognised again: one per open tap where her sound may be
//! kept, else one per minute that goes as soon as its words are written. Sound is never stored
//! decoded.
//!
//! A file says first whose voice it is, for the records may not know the track yet when a crash leaves
//! it: `YORI`, then the ids of interview and participant. Older files do not. Then comes
//! a row of frames: the length of the sealed bytes (u32, little endian), then a sealed
//! batch of at most a second. The batch is bound to key, track, tap and its number in the file, so
//! that no frame opens in another place. In a batch, for each packet, little endian: SSRC (u32),
//! sequence (u16), RTP time (u32), arrival and time of speaking on the interview's clock (i64
//! each), length of the payload (u16), payload.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use zeroize::Zeroizing;

use super::frames::frames;
use super::tap::TappedPacket;
use crate::crypto::seal::{DataKey, SealError};

/// Of a packet beside its payload.
pub(super) const HEAD: usize = 28;
/// What a file that says whose it is begins with: as a length it would be too long.
const NAMED: &[u8; 4] = b"YORI";
/// Of an id.
const ID: usize = 16;

/// Where a spool stands, and what binds its batches to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolPlace {
    pub track: TrackId,
    /// One file of the track; ascending with time.
    pub epoch: Uuid,
    pub stay: Stay,
}

/// How long a spool may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Until the note is approved; under its participant's key.
    Kept,
    /// Until everything in it has its text: a minute's sound at most, under a key of its own,
    /// whose owner is the epoch.
    Passing,
}

impl SpoolPlace {
    /// The file in `folder`.
    #[must_use]
    pub fn file(self, folder: &Path) -> PathBuf {
        let end = match self.stay {
            Stay::Kept => "spool",
            Stay::Passing => "passing",
        };
        folder.join(format!("{}-{}.{end}", self.track, self.epoch))
    }

    fn of_file(name: &str) -> Option<Self> {
        /// Characters of an id.
        const ID: usize = 36;
        let (ids, end) = name.split_once('.')?;
        let stay = match end {
            "spool" => Stay::Kept,
            "passing" => Stay::Passing,
            _ => return None,
        };
        let (track, epoch) = ids.split_at_checked(ID)?;
        Some(Self {
            track: track.parse().ok()?,
            epoch: epoch.strip_prefix('-')?.parse().ok()?,
            stay,
        })
    }

    fn bound(self, number: u64) -> Vec<u8> {
        let mut bytes = b"yorisoi spool 1".to_vec();
        bytes.extend(self.track.uuid().as_bytes());
        bytes.extend(self.epoch.as_bytes());
        bytes.extend(number.to_be_bytes());
        bytes
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("the sound can't be written: check the disk")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// A file that is still to be made, and its key.
#[derive(Debug)]
pub struct Unmade {
    pub place: SpoolPlace,
    key: DataKey,
}

impl Unmade {
    #[must_use]
    pub fn new(place: SpoolPlace, key: DataKey) -> Self {
        Self { place, key }
    }

    /// # Errors
    /// The disk; it can be tried again.
    pub fn make(self, folder: &Path) -> Result<Spool, Box<(Self, SpoolError)>> {
        match create_file(folder, self.place) {
            Ok(file) => Ok(Spool::in_file(file, self.place, self.key)),
            Err(error) => Err(Box::new((self, error.into()))),
        }
    }
}

/// Appends to one file.
#[derive(Debug)]
pub struct Spool {
    place: SpoolPlace,
    key: DataKey,
    file: File,
    /// What goes before the first batch, until it is written.
    name: Vec<u8>,
    number: u64,
    /// Of the whole frames; `None` once a torn one stands behind them.
    length: Option<u64>,
}

impl Spool {
    /// Makes the file, which must not be there.
    ///
    /// # Errors
    /// The disk.
    pub fn create(folder: &Path, place: SpoolPlace, key: DataKey) -> Result<Self, SpoolError> {
        Ok(Self::in_file(create_file(folder, place)?, place, key))
    }

    fn in_file(file: File, place: SpoolPlace, key: DataKey) -> Self {
        Self {
            place,
            key,
            file,
            name: Vec::new(),
            number: 0,
            length: Some(0),
        }
    }

    /// The file says whose voice it is, in front of its first batch.
    #[must_use]
    pub fn of(mut self, interview: InterviewId, of: ParticipantId) -> Self {
        let ids = [interview.uuid(), of.uuid()];
        self.name = [&NAMED[..], ids[0].as_bytes(), ids[1].as_bytes()].concat();
        self
    }

    /// Seals a batch and hands it to the system, before anything is made of it.
    ///
    /// # Errors
    /// The disk; the batch is not in the file then, and what there is of it is cut off again.
    pub fn append<'a>(
        &mut self,
        batch: impl IntoIterator<Item = &'a TappedPacket, IntoIter: Clone>,
    ) -> Result<(), SpoolError> {
        let batch = batch.into_iter();
        let length: usize = batch.clone().map(|it| HEAD + it.payload.len()).sum();
        // In one piece from the beginning: a vector that grows leaves copies that nobody wipes.
        let mut plain = Zeroizing::new(Vec::with_capacity(length));
        for packet in batch {
            plain.extend(packet.ssrc.to_le_bytes());
            plain.extend(packet.sequence.to_le_bytes());
            plain.extend(packet.timestamp.to_le_bytes());
            plain.extend(packet.arrived.0.to_le_bytes());
            plain.extend(packet.spoken.0.to_le_bytes());
            // A datagram is shorter than 64 KiB.
            let length = u16::try_from(packet.payload.len()).unwrap_or(u16::MAX);
            plain.extend(length.to_le_bytes());
            plain.extend_from_slice(&packet.payload[..length.into()]);
        }
        let sealed = self
            .key
            .seal_bound(&self.place.bound(self.number), &plain)?;
        let length = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
        let frame = [&self.name[..], &length.to_le_bytes(), &sealed].concat();
        // One write, so that a crash tears at most this frame.
        if let Err(error) = self.file.write_all(&frame) {
            let whole = self.length.take();
            self.length = whole.filter(|whole| self.file.set_len(*whole).is_ok());
            return Err(error.into());
        }
        self.length = self.length.map(|length| length + frame.len() as u64);
        self.name.clear();
        self.number += 1;
        Ok(())
    }

    /// Whether it can be appended to: what failed to be written does not stand in the way.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.length.is_some()
    }
}

fn create_file(folder: &Path, place: SpoolPlace) -> io::Result<File> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut options = OpenOptions::new();
    options
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(place.file(folder))
}

/// What a spool gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Replay {
    pub packets: Vec<TappedPacket>,
    /// Frames that do not open: changed, moved, or sealed under another key.
    pub closed: usize,
    /// The file ends within a frame.
    pub torn: bool,
}

/// Every spool of the folder, oldest first. No folder is none.
///
/// # Errors
/// The folder can't be read.
pub fn places(folder: &Path) -> io::Result<Vec<SpoolPlace>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut places = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        places.extend(name.to_str().and_then(SpoolPlace::of_file));
    }
    places.sort_by_key(|place| place.epoch);
    Ok(places)
}

/// Removes the file; none is none.
///
/// # Errors
/// The disk.
pub fn remove(folder: &Path, place: SpoolPlace) -> io::Result<()> {
    match std::fs::remove_file(place.file(folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Reads what can be read; what can't be is counted.
///
/// # Errors
/// The file can't be read.
pub fn read(folder: &Path, place: SpoolPlace, key: &DataKey) -> io::Result<Replay> {
    Ok(open(&std::fs::read(place.file(folder))?, place, key))
}

/// As [`read`], for the bytes of a file that lies elsewhere.
#[must_use]
pub fn open(bytes: &[u8], place: SpoolPlace, key: &DataKey) -> Replay {
    let bytes = split_name(bytes).map_or(bytes, |(_, frames)| frames);
    let found = frames(bytes, |number, frame| {
        let opened = key.open_bound(&place.bound(number), frame).ok()?;
        parse(&opened)
    });
    Replay {
        packets: found.opened.concat(),
        closed: found.closed,
        torn: found.torn,
    }
}

/// As [`read`], where nobody waits for the thread: a damaged file of an hour takes its time.
///
/// # Errors
/// The file can't be read.
pub async fn read_apart(
    folder: &Path,
    place: SpoolPlace,
    key: &Arc<DataKey>,
) -> io::Result<Replay> {
    let (folder, key) = (folder.to_owned(), Arc::clone(key));
    tokio::task::spawn_blocking(move || read(&folder, place, &key)).await?
}

/// As [`open`], where nobody waits for the thread.
///
/// # Errors
/// It broke off.
pub async fn open_apart(bytes: Bytes, place: SpoolPlace, key: &Arc<DataKey>) -> io::Result<Replay> {
    let key = Arc::clone(key);
    Ok(tokio::task::spawn_blocking(move || open(&bytes, place, &key)).await?)
}

/// Whose voice a file says it is; an older one does not.
///
/// # Errors
/// The file can't be read.
pub fn voice_of(
    folder: &Path,
    place: SpoolPlace,
) -> io::Result<Option<(InterviewId, ParticipantId)>> {
    let bytes = std::fs::read(place.file(folder))?;
    Ok(split_name(&bytes).map(|(voice, _)| voice))
}

fn split_name(bytes: &[u8]) -> Option<((InterviewId, ParticipantId), &[u8])> {
    let rest = bytes.strip_prefix(NAMED)?;
    let (interview, rest) = rest.split_first_chunk::<ID>()?;
    let (of, frames) = rest.split_first_chunk::<ID>()?;
    let interview = InterviewId::new(Uuid::from_bytes(*interview));
    let of = ParticipantId::new(Uuid::from_bytes(*of));
    Some(((interview, of), frames))
}

pub(super) fn parse(mut bytes: &[u8]) -> Option<Vec<TappedPacket>> {
    fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (head, rest) = bytes.split_first_chunk::<N>()?;
        *bytes = rest;
        Some(*head)
    }
    let mut packets = Vec::with_capacity(bytes.len() / HEAD);
    while !bytes.is_empty() {
        let ssrc = u32::from_le_bytes(take(&mut bytes)?);
        let sequence = u16::from_le_bytes(take(&mut bytes)?);
        let timestamp = u32::from_le_bytes(take(&mut bytes)?);
        let arrived = InterviewMs(i64::from_le_bytes(take(&mut bytes)?));
        let spoken = InterviewMs(i64::from_le_bytes(take(&mut bytes)?));
        let length = usize::from(u16::from_le_bytes(take(&mut bytes)?));
        let (payload, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        let payload = Bytes::copy_from_slice(payload);
        packets.push(TappedPacket {
            ssrc,
            sequence,
            timestamp,
            arrived,
            spoken,
            payload,
        });
    }
    Some(packets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::testing::data_key;
    use crate::media::frames;

    fn place(n: u128) -> SpoolPlace {
        SpoolPlace {
            track: TrackId::new(Uuid::from_u128(n)),
            epoch: Uuid::from_u128(9),
            stay: Stay::Kept,
        }
    }

    fn packet() -> impl Strategy<Value = TappedPacket> {
        let head = (any::<u32>(), any::<u16>(), any::<u32>());
        let payload = prop::collection::vec(any::<u8>(), 0..60);
        (head, 0i64..10_000_000, 0i64..10_000_000, payload).prop_map(
            |((ssrc, sequence, timestamp), arrived, spoken, payload)| TappedPacket {
                ssrc,
                sequence,
                timestamp,
                arrived: InterviewMs(arrived),
                spoken: InterviewMs(spoken),
                payload: payload.into(),
            },
        )
    }

    fn batches() -> impl Strategy<Value = Vec<Vec<TappedPacket>>> {
        prop::collection::vec(prop::collection::vec(packet(), 1..6), 1..6)
    }

    /// A spool of these batches, and where each of its frames ends.
    fn written(folder: &Path, batches: &[Vec<TappedPacket>]) -> Vec<u64> {
        let mut spool = Spool::create(folder, place(1), data_key(1)).unwrap();
        let length = || std::fs::metadata(place(1).file(folder)).unwrap().len();
        let ends = batches.iter().map(|batch| {
            spool.append(batch).unwrap();
            length()
        });
        ends.collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_truncated_file_gives_every_whole_batch_and_says_that_it_is_torn(
            batches in batches(), cut in any::<prop::sample::Index>()
        ) {
            let dir = tempfile::tempdir().unwrap();
            let ends = written(dir.path(), &batches);
            let cut = cut.index(usize::try_from(*ends.last().unwrap()).unwrap() + 1) as u64;
            let file = OpenOptions::new().write(true).open(place(1).file(dir.path())).unwrap();
            file.set_len(cut).unwrap();
            let replay = read(dir.path(), place(1), &data_key(1)).unwrap();
            let whole = ends.iter().filter(|end| **end <= cut).count();
            prop_assert_eq!(replay.packets, batches[..whole].concat());
            prop_assert_eq!(replay.closed, 0);
            prop_assert_eq!(replay.torn, cut != 0 && !ends.contains(&cut));
        }

        #[test]
        fn a_flipped_bit_costs_one_batch_at_most_and_never_changes_a_packet(
            batches in batches(), bit in any::<prop::sample::Index>()
        ) {
            let dir = tempfile::tempdir().unwrap();
            let ends = written(dir.path(), &batches);
            let path = place(1).file(dir.path());
            let mut bytes = std::fs::read(&path).unwrap();
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, bytes).unwrap();
            let replay = read(dir.path(), place(1), &data_key(1)).unwrap();
            let hit = ends.iter().position(|end| bit as u64 / 8 < *end).unwrap();
            let start = hit.checked_sub(1).map_or(0, |before| ends[before]);
            let in_length = bit as u64 / 8 < start + frames::LENGTH as u64;
            let whole = batches.concat();
            let mut rest = batches;
            rest.remove(hit);
            if in_length {
                // Only where the next one begins was damaged.
                prop_assert_eq!((replay.packets, replay.closed, replay.torn), (whole, 0, false));
            } else {
                prop_assert_eq!((replay.packets, replay.closed, replay.torn), (rest.concat(), 1, false));
            }
        }

        #[test]
        fn a_damaged_block_costs_the_batches_that_it_touches(
            batches in batches(), at in any::<prop::sample::Index>(), block in prop::collection::vec(any::<u8>(), 1..120)
        ) {
            let dir = tempfile::tempdir().unwrap();
            let ends = written(dir.path(), &batches);
            let path = place(1).file(dir.path());
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            let to = (at + block.len()).min(bytes.len());
            bytes[at..to].copy_from_slice(&block[..to - at]);
            std::fs::write(&path, bytes).unwrap();
            let replay = read(dir.path(), place(1), &data_key(1)).unwrap();
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let untouched = batches.iter().zip(starts.zip(&ends));
            let untouched = untouched.filter(|(_, (start, end))| **end <= at as u64 || *start >= to as u64);
            for batch in untouched.map(|(batch, _)| batch) {
                let there = replay.packets.windows(batch.len()).any(|it| it == &batch[..]);
                prop_assert!(there, "a batch that was not touched is gone");
            }
            let mut was = batches.concat().into_iter();
            for packet in replay.packets {
                prop_assert!(was.any(|it| it == packet), "a packet was changed or moved");
            }
        }
    }

    #[test]
    fn files_are_found_by_their_names_and_removed_once() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("spool");
        assert_eq!(places(&folder).unwrap(), []);
        let kept = place(1);
        let passing = SpoolPlace {
            stay: Stay::Passing,
            epoch: Uuid::from_u128(3),
            ..kept
        };
        for place in [kept, passing] {
            Spool::create(&folder, place, data_key(1)).unwrap();
        }
        std::fs::write(folder.join("notes.txt"), "").unwrap();
        assert_eq!(places(&folder).unwrap(), [passing, kept]);
        remove(&folder, passing).unwrap();
        remove(&folder, passing).unwrap();
        assert_eq!(places(&folder).unwrap(), [kept]);
    }

    #[test]
    fn a_batch_opens_in_its_place_and_under_its_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let batch = vec![TappedPacket {
            ssrc: 1,
            sequence: 2,
            timestamp: 960,
            arrived: InterviewMs(40),
            spoken: InterviewMs(20),
            payload: Bytes::from_static(b"sound"),
        }];
        written(dir.path(), &[batch.clone(), batch.clone()]);
        let whole = read(dir.path(), place(1), &data_key(1)).unwrap();
        assert_eq!(
            (whole.packets.len(), whole.closed, whole.torn),
            (2, 0, false)
        );
        assert_eq!(read(dir.path(), place(1), &data_key(2)).unwrap().closed, 2);
        // The file under another track's name, and its frames in another order.
        std::fs::copy(place(1).file(dir.path()), place(2).file(dir.path())).unwrap();
        assert_eq!(read(dir.path(), place(2), &data_key(1)).unwrap().closed, 2);
        let path = place(1).file(dir.path());
        let mut bytes = std::fs::read(&path).unwrap();
        let half = bytes.len() / 2;
        bytes.rotate_left(half);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(read(dir.path(), place(1), &data_key(1)).unwrap().closed, 2);
        assert!(
            Spool::create(dir.path(), place(1), data_key(1)).is_err(),
            "written over"
        );
    }
}
