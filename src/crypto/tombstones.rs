//! The list of destroyed keys, of withdrawals and of what a law keeps. It lies with the backups and is
//! replayed before serving, so that an old copy can't bring back what is destroyed, nor destroy what
//! must be kept. One line each, its words apart by a space:
//!
//! | line | words |
//! |---|---|
//! | a destroyed key | id, kind, owner, time |
//! | a withdrawal | `withdrawn`, manner, participant, time, who took it down or `-`, number (old lines have none) |
//! | a hold | `held`, id, interview, time, the sealed basis in hexadecimal |
//! | its end | `lifted`, id of the hold, time |

use std::io;
use std::path::PathBuf;

use uuid::Uuid;
use yorisoi_domain::consent::Manner;
use yorisoi_domain::ids::{KeyId, ParticipantId, UserId};
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::withdrawal::{Certificate, CertificateNumber};
use yorisoi_store::{HoldRow, KeyKind, Sealed};

use super::kek::hex;
use super::lines;

#[derive(Clone, Debug)]
pub struct Tombstones {
    path: PathBuf,
    /// Where the backups lie: what is destroyed after one of them must not live on this disk alone.
    copy: Option<PathBuf>,
}

/// A key that was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tombstone {
    pub id: KeyId,
    pub kind: KeyKind,
    pub owner: Uuid,
    pub at: Timestamp,
}

/// Somebody who took everything back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawalStone {
    pub participant: ParticipantId,
    pub manner: Manner,
    pub at: Timestamp,
    pub taken_by: Option<UserId>,
    /// What she was shown. Lines from before it stood there have none.
    pub number: Option<CertificateNumber>,
}

/// What a law keeps, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldStone {
    Set(HoldRow),
    Lifted { hold: Uuid, at: Timestamp },
}

/// What the list says, in the order in which it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    pub keys: Vec<Tombstone>,
    pub withdrawals: Vec<WithdrawalStone>,
    pub holds: Vec<HoldStone>,
}

#[derive(Debug, thiserror::Error)]
pub enum TombstoneError {
    #[error("can't use the list of destroyed keys `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "line {line} of the list of destroyed keys `{path}` is damaged: run `yorisoi doctor`, which says how to mend it"
    )]
    Damaged { path: PathBuf, line: usize },
    #[error(
        "the list of destroyed keys beside the backups, `{path}`, can't be brought up to now, so a restore would bring back what is destroyed: see that its disk is there and the file may be written, then run `yorisoi backup` again"
    )]
    Behind { path: PathBuf, source: io::Error },
}

const WITHDRAWN: &str = "withdrawn";
const HELD: &str = "held";
const LIFTED: &str = "lifted";
const KINDS: [KeyKind; 4] = [
    KeyKind::Audio,
    KeyKind::Talk,
    KeyKind::Record,
    KeyKind::Person,
];

enum Line {
    Key(Tombstone),
    Withdrawn(WithdrawalStone),
    Hold(HoldStone),
}

impl Tombstones {
    pub const fn at(path: PathBuf) -> Self {
        Self { path, copy: None }
    }

    /// With a second file that follows the first.
    pub fn copied_to(self, copy: Option<PathBuf>) -> Self {
        Self { copy, ..self }
    }

    /// Adds a line and waits until the disk has it.
    pub fn add(
        &self,
        id: KeyId,
        kind: KeyKind,
        owner: Uuid,
        at: Timestamp,
    ) -> Result<(), TombstoneError> {
        self.append(&format!("{id} {} {owner} {at}", kind.code()))
    }

    /// As [`Tombstones::add`]; once more for the same participant is the same.
    pub fn add_withdrawal(&self, it: &Certificate) -> Result<(), TombstoneError> {
        let manner = match it.manner {
            Manner::Tap | Manner::NotAsked => "tap",
            Manner::Spoken => "spoken",
            Manner::Paper => "paper",
        };
        let by = it.taken_by.map_or("-".to_owned(), |by| by.to_string());
        let (of, at, number) = (it.participant, it.at, it.number);
        self.append(&format!("{WITHDRAWN} {manner} {of} {at} {by} {number}"))
    }

    /// As [`Tombstones::add`].
    pub fn add_hold(&self, stone: &HoldStone) -> Result<(), TombstoneError> {
        let line = match stone {
            HoldStone::Set(row) => {
                let (basis, at) = (hex(row.basis.as_bytes()), row.set_at);
                format!("{HELD} {} {} {at} {basis}", row.id, row.interview)
            }
            HoldStone::Lifted { hold, at } => format!("{LIFTED} {hold} {at}"),
        };
        self.append(&line)
    }

    fn append(&self, line: &str) -> Result<(), TombstoneError> {
        lines::append(&self.path, line).map_err(|source| self.failed(source))?;
        self.mirror();
        Ok(())
    }

    /// Makes an empty list where there is none, so that nothing destroyed can be told from no list.
    pub fn begin(&self) -> Result<(), TombstoneError> {
        let mut options = std::fs::OpenOptions::new();
        let made = options.append(true).create(true).open(&self.path);
        made.map(drop).map_err(|source| self.failed(source))
    }

    /// Brings the second file up to the first. Where its disk is away nothing waits for it: `doctor`
    /// says so, and the next line, or the next start, catches up.
    pub fn mirror(&self) {
        if let Err(error) = self.bring_up() {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "the list of destroyed keys beside the backups is behind"
            );
        }
    }

    /// As [`Tombstones::mirror`], for who has to know whether it is up to now.
    pub fn bring_up(&self) -> Result<(), TombstoneError> {
        let Some(copy) = &self.copy else {
            return Ok(());
        };
        let followed = lines::follow(&self.path, copy);
        followed.map_err(|source| TombstoneError::Behind {
            path: copy.clone(),
            source,
        })
    }

    /// What was destroyed, and when. No file is nothing. A line that a crash cut short is passed
    /// over: its key was not touched yet.
    pub fn read(&self) -> Result<Replay, TombstoneError> {
        let whole = lines::read(&self.path).map_err(|source| self.failed(source))?;
        let mut replay = Replay::default();
        for (number, line) in whole {
            let line = parse(&line).ok_or_else(|| TombstoneError::Damaged {
                path: self.path.clone(),
                line: number,
            })?;
            match line {
                Line::Key(stone) => replay.keys.push(stone),
                Line::Withdrawn(stone) => replay.withdrawals.push(stone),
                Line::Hold(stone) => replay.holds.push(stone),
            }
        }
        Ok(replay)
    }

    fn failed(&self, source: io::Error) -> TombstoneError {
        TombstoneError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

fn parse(line: &str) -> Option<Line> {
    let words: Vec<_> = line.split_whitespace().collect();
    Some(match words[..] {
        [HELD, id, interview, at, basis] => Line::Hold(HoldStone::Set(HoldRow {
            id: id.parse().ok()?,
            interview: interview.parse().ok()?,
            basis: Sealed::from_bytes(unhex(basis)?),
            set_at: at.parse().ok()?,
        })),
        [LIFTED, hold, at] => Line::Hold(HoldStone::Lifted {
            hold: hold.parse().ok()?,
            at: at.parse().ok()?,
        }),
        [WITHDRAWN, manner, of, at, by, ref number @ ..] => Line::Withdrawn(WithdrawalStone {
            participant: of.parse().ok()?,
            manner: match manner {
                "tap" => Manner::Tap,
                "spoken" => Manner::Spoken,
                "paper" => Manner::Paper,
                _ => return None,
            },
            at: at.parse().ok()?,
            taken_by: match by {
                "-" => None,
                by => Some(by.parse().ok()?),
            },
            number: match number {
                [] => None,
                [number] => Some(number.parse().ok()?),
                _ => return None,
            },
        }),
        [id, kind, owner, at] => Line::Key(Tombstone {
            id: id.parse().ok()?,
            kind: KINDS.into_iter().find(|it| it.code() == kind)?,
            owner: owner.parse().ok()?,
            at: at.parse().ok()?,
        }),
        _ => return None,
    })
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_back_a_cut_one_is_passed_over_and_a_damaged_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tombstones.log");
        let list = Tombstones::at(path.clone());
        assert_eq!(list.read().unwrap(), Replay::default());
        let at = Timestamp::from_millisecond(1_764_032_401_234).unwrap();
        let ids = [1, 2].map(|n| KeyId::new(Uuid::from_u128(n)));
        for id in ids {
            list.add(id, KeyKind::Talk, Uuid::from_u128(9), at).unwrap();
        }
        let destroyed = || {
            let all = list.read().unwrap().keys.into_iter();
            all.map(|it| (it.id, it.at)).collect::<Vec<_>>()
        };
        assert_eq!(destroyed(), ids.map(|id| (id, at)));
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        assert_eq!(destroyed(), [(ids[0], at)]);
        // The next key is destroyed after the crash: the list stays readable and has it.
        list.add(ids[1], KeyKind::Talk, Uuid::from_u128(9), at)
            .unwrap();
        assert_eq!(destroyed(), ids.map(|id| (id, at)));
        std::fs::write(&path, whole.replacen("talk", "", 1)).unwrap();
        assert!(matches!(
            list.read(),
            Err(TombstoneError::Damaged { line: 1, .. })
        ));
    }

    #[test]
    fn a_withdrawal_reads_back_and_the_copy_catches_up_when_its_disk_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let (path, away) = (dir.path().join("list"), dir.path().join("backups"));
        let copy = away.join("list");
        let list = Tombstones::at(path.clone()).copied_to(Some(copy.clone()));
        let at = Timestamp::from_millisecond(1_764_032_401_234).unwrap();
        let certificate = Certificate {
            number: CertificateNumber(1),
            interview: Uuid::from_u128(1).into(),
            participant: Uuid::from_u128(2).into(),
            manner: Manner::Paper,
            taken_by: Some(Uuid::from_u128(3).into()),
            at,
            done_at: None,
            audit: None,
        };
        list.add_withdrawal(&certificate).unwrap();
        assert!(!copy.exists(), "the disk is away");
        std::fs::create_dir(&away).unwrap();
        let (id, owner) = (KeyId::new(Uuid::from_u128(4)), Uuid::from_u128(2));
        list.add(id, KeyKind::Audio, owner, at).unwrap();
        assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&path).unwrap());
        let beside = Tombstones::at(copy.clone()).read().unwrap();
        let [stone] = beside.withdrawals[..] else {
            panic!("{beside:?}")
        };
        assert_eq!(stone.participant, certificate.participant);
        assert_eq!(stone.number, Some(CertificateNumber(1)));
        assert_eq!((stone.manner, stone.at), (Manner::Paper, at));
        assert_eq!(stone.taken_by, certificate.taken_by);
        assert_eq!(beside.keys[0].owner, owner);
        // A line from before the number stood in it, and a hold that was set and lifted.
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, whole.replacen(" D-00001", "", 1)).unwrap();
        let (hold, basis) = (Uuid::from_u128(7), Sealed::from_bytes(vec![0, 0x9f, 0xff]));
        let held = HoldRow {
            id: hold,
            interview: Uuid::from_u128(1).into(),
            basis,
            set_at: at,
        };
        let holds = [HoldStone::Set(held), HoldStone::Lifted { hold, at }];
        for stone in &holds {
            list.add_hold(stone).unwrap();
        }
        let all = list.read().unwrap();
        assert_eq!((all.holds.as_slice(), all.keys.len()), (&holds[..], 1));
        let number = all.withdrawals[0].number;
        assert_eq!(
            (number, all.withdrawals[0].at),
            (None, certificate.at),
            "{all:?}"
        );
        std::fs::write(&path, &whole).unwrap();
        // A copy that is something else is brought up, and nothing of it is lost.
        std::fs::write(&copy, "foreign\n").unwrap();
        list.add(id, KeyKind::Audio, owner, at).unwrap();
        let there = std::fs::read_to_string(&copy).unwrap();
        assert!(there.starts_with("foreign\n"), "{there}");
        assert_eq!(there.lines().count(), 3, "{there}");
    }
}
