//! Whether the clock may be believed where it decides what is destroyed for good. The service notes each
//! hour where it stands. What lies more than a day further was seen by no service that ran: the machine was
//! off, or somebody set the clock; it has to go on for a day in all before anything goes, so that a wrong date
//! is seen by who works under it. What lies more than a month further only somebody who looks can tell.

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::str::FromStr;

use jiff::SignedDuration;
use yorisoi_domain::time::Timestamp;

use super::{App, Result};

/// No office that is open leaves the service alone so long.
const LEAP: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A service that runs notes it far more often.
const STEP: SignedDuration = SignedDuration::from_hours(24);
/// A machine is off for so long at a time, over a weekend with its holiday.
const OFF: SignedDuration = SignedDuration::from_hours(4 * 24);
/// How long it has to go on after such a step.
const STEADY: SignedDuration = SignedDuration::from_hours(24);

/// It stands too far ahead to be believed unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDoubt {
    /// Where it was last believed.
    pub last: Timestamp,
    pub now: Timestamp,
    /// When it is believed, if it goes on until then under a service that runs. `None`: not unasked.
    pub until: Option<Timestamp>,
}

impl ClockDoubt {
    #[must_use]
    pub fn days(&self) -> i64 {
        self.now.duration_since(self.last).as_hours() / 24
    }
}

/// Where it stood, as it lies in the file: one time, or three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    believed: Timestamp,
    /// Since then it was found further by more than a day: from when it would have gone on unbroken until
    /// it stood where it did last, and where that was.
    since: Option<(Timestamp, Timestamp)>,
}

impl Seen {
    const fn at(believed: Timestamp) -> Self {
        Self {
            believed,
            since: None,
        }
    }

    fn doubt(self, now: Timestamp) -> Option<ClockDoubt> {
        let last = self.believed;
        if now.duration_since(last) > LEAP {
            let until = None;
            return Some(ClockDoubt { last, now, until });
        }
        let (began, stood) = self.since.unwrap_or((last, last));
        let step = now.duration_since(stood);
        let began = match self.since {
            None if step > STEP => now,
            None => return None,
            // Nobody worked under it while the machine was off, or was set by so much: it begins anew.
            Some(_) if step > OFF => now,
            // Off again, as every weekend: the days before count.
            Some(_) if step > STEP => began + step,
            Some(_) => began,
        };
        // Set back by more than that, it is no longer what it was doubted for.
        let steady = now.duration_since(began).abs() >= STEADY;
        (!steady).then_some(ClockDoubt {
            last,
            now,
            until: Some(began + STEADY),
        })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.believed)?;
        match self.since {
            Some((found, stood)) => write!(f, " {found} {stood}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Seen {
    type Err = jiff::Error;

    fn from_str(noted: &str) -> std::result::Result<Self, Self::Err> {
        let mut times = noted.split_whitespace().map(str::parse);
        let believed = times.next().unwrap_or_else(|| "".parse())?;
        let since = match (times.next(), times.next()) {
            (Some(found), Some(stood)) => Some((found?, stood?)),
            _ => None,
        };
        Ok(Self { believed, since })
    }
}

impl App {
    /// Where nobody has noted it yet, as after a restore: the newest event that was there before this
    /// start writes its own.
    pub(super) async fn begin_clock(&self) -> Result<()> {
        match (self.clock_seen(), self.last_audit_time().await?) {
            (None, Some(last)) => self.note_clock(Seen::at(last)),
            _ => Ok(()),
        }
    }

    /// None: it may be believed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn clock_doubt(&self) -> Result<Option<ClockDoubt>> {
        let seen = match self.clock_seen() {
            Some(seen) => Some(seen),
            None => self.last_audit_time().await?.map(Seen::at),
        };
        Ok(seen.and_then(|seen| seen.doubt(self.now())))
    }

    /// As [`App::clock_doubt`], by the service that runs: it notes where the clock stands.
    ///
    /// # Errors
    /// The store, or the disk.
    pub(super) async fn watch_clock(&self) -> Result<Option<ClockDoubt>> {
        let doubt = self.clock_doubt().await?;
        match doubt {
            None => self.believe_clock()?,
            Some(ClockDoubt {
                last,
                now,
                until: Some(until),
            }) => {
                let since = Some((until - STEADY, now));
                let believed = last;
                self.note_clock(Seen { believed, since })?;
            }
            Some(ClockDoubt { until: None, .. }) => {}
        }
        Ok(doubt)
    }

    /// Somebody says that it is right, or nothing speaks against it.
    ///
    /// # Errors
    /// The disk.
    pub fn believe_clock(&self) -> Result<()> {
        self.note_clock(Seen::at(self.now()))
    }

    /// What can't be read was never noted.
    fn clock_seen(&self) -> Option<Seen> {
        let noted = fs::read_to_string(self.folder.clock_seen()).ok()?;
        noted.trim().parse().ok()
    }

    fn note_clock(&self, seen: Seen) -> Result<()> {
        let (file, new) = (self.folder.clock_seen(), self.folder.clock_seen_next());
        let mut writing = File::create(&new)?;
        writeln!(writing, "{seen}")?;
        writing.sync_all()?;
        Ok(fs::rename(new, file)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_again_also_as_it_was_noted_before() {
        let at = |hour: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour);
        for since in [None, Some((at(50), at(51)))] {
            let seen = Seen {
                believed: at(1),
                since,
            };
            assert_eq!(format!("{seen}\n").parse::<Seen>().unwrap(), seen);
        }
        assert!("".parse::<Seen>().is_err());
    }
}
