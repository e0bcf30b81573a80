//! Whether the clock may be believed where it decides what is destroyed for good. The service notes each
//! hour where it stands; what lies more than a month behind that was a wrong clock, or an office that was
//! closed, and only somebody who looks can tell which.

use std::fs::{self, File};
use std::io::Write as _;

use jiff::SignedDuration;
use yorisoi_domain::time::Timestamp;

use super::{App, Result};

/// No office that is open leaves the service alone so long.
const LEAP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// It stands too far ahead to be believed unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDoubt {
    /// Where it was last believed.
    pub last: Timestamp,
    pub now: Timestamp,
}

impl ClockDoubt {
    #[must_use]
    pub fn days(&self) -> i64 {
        self.now.duration_since(self.last).as_hours() / 24
    }
}

impl App {
    /// Where nobody has noted it yet, as after a restore: the newest event that was there before this
    /// start writes its own.
    pub(super) async fn begin_clock(&self) -> Result<()> {
        match (self.clock_seen(), self.last_audit_time().await?) {
            (None, Some(last)) => self.note_clock(last),
            _ => Ok(()),
        }
    }

    /// None: it may be believed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn clock_doubt(&self) -> Result<Option<ClockDoubt>> {
        let last = match self.clock_seen() {
            Some(last) => Some(last),
            None => self.last_audit_time().await?,
        };
        let now = self.now();
        let doubt = last.map(|last| ClockDoubt { last, now });
        Ok(doubt.filter(|it| it.now.duration_since(it.last) > LEAP))
    }

    /// Somebody says that it is right, or nothing speaks against it.
    ///
    /// # Errors
    /// The disk.
    pub fn believe_clock(&self) -> Result<()> {
        self.note_clock(self.now())
    }

    /// What can't be read was never noted.
    fn clock_seen(&self) -> Option<Timestamp> {
        let noted = fs::read_to_string(self.folder.clock_seen()).ok()?;
        noted.trim().parse().ok()
    }

    fn note_clock(&self, at: Timestamp) -> Result<()> {
        let (file, new) = (self.folder.clock_seen(), self.folder.clock_seen_next());
        let mut writing = File::create(&new)?;
        writeln!(writing, "{at}")?;
        writing.sync_all()?;
        Ok(fs::rename(new, file)?)
    }
}
