//! Files in the folders of sound that no record knows: nothing would ever play or remove them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use uuid::Uuid;
use yorisoi_domain::ids::TrackId;
use yorisoi_domain::time::Timestamp;

use super::{App, Result};
use crate::media::spool;

/// A younger file may belong to a voice that is being written down at this moment.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);

impl App {
    /// # Errors
    /// The store or the disk failed.
    pub async fn stray_sound(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        under(&self.spool, &mut found)?;
        let places = spool::places(&self.spool)?;
        let mut reader = self.store.read().await?;
        for place in places {
            let file = place.file(&self.spool);
            let (seat, unread) = match spool::voice_of(&self.spool, place) {
                Ok(Some((_, of))) => (reader.participant(of).await?, false),
                Ok(None) => (None, false),
                // Gone by now. What only can't be read may be somebody's, and is not named for removal.
                Err(error) => (None, error.kind() != io::ErrorKind::NotFound),
            };
            if unread || seat.is_some() || reader.call_of(place.track).await?.is_some() {
                found.retain(|it| *it != file);
            }
        }
        let blobs = self.folder.blobs();
        let mut objects = Vec::new();
        under(&blobs, &mut objects)?;
        for object in objects {
            let known = match track_of(&object, &blobs) {
                Some(track) => reader.call_of(track).await?.is_some(),
                None => false,
            };
            if !known {
                found.push(object);
            }
        }
        let now = self.now();
        found.retain(|file| is_settled(file, now));
        found.sort();
        Ok(found)
    }
}

/// Whose sound the object is: `audio/TRACK/EPOCH`.
fn track_of(object: &Path, blobs: &Path) -> Option<TrackId> {
    let inside = object.strip_prefix(blobs.join("audio")).ok()?;
    let mut parts = inside.iter().map(|part| part.to_str());
    let track: Uuid = parts.next()??.parse().ok()?;
    let _: Uuid = parts.next()??.parse().ok()?;
    parts.next().is_none().then(|| TrackId::new(track))
}

fn under(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            under(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

fn is_settled(file: &Path, now: Timestamp) -> bool {
    let changed = fs::metadata(file).and_then(|it| it.modified());
    let changed = changed.map(Timestamp::try_from);
    matches!(changed, Ok(Ok(at)) if now.duration_since(at) >= SETTLED)
}
