//! Whether the audit is as it was written. It is followed from the first event to the last at the
//! service's start and every hour; whoever reads it in between follows it on from there.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::audit::Broken;
use yorisoi_domain::time::Timestamp;

use crate::app::{App, Result};
use crate::crypto::audit_trail::{AuditError, Checkpoint};

/// Whether nothing was changed, cut off or left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Chain {
    pub holds: bool,
    /// The first place where it does not.
    pub broken: Option<ChainBreak>,
    /// The last event that was removed in its time; 0: none was.
    pub removed: u64,
    /// The last event that the chain was followed to.
    pub last: u64,
    /// Its link, 64 hexadecimal digits: kept elsewhere it shows whether events were cut off.
    pub head: String,
    /// When all of it was followed last.
    pub checked_at: Timestamp,
}

/// Where the audit is not as it was written, by the numbers of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChainBreak {
    /// These two do not follow each other: one of them was changed, or something between them was
    /// taken out. `before` is 0 where `after` is the first that is there.
    Between { before: u64, after: u64 },
    /// The end is gone: after `last` nothing stands, and `noted` was written once.
    CutOff { last: u64, noted: u64 },
    /// This one is not the one that was noted in the second file when it was written.
    Rewritten { seq: u64 },
    /// The mark that stands for the removed events up to this one is not ours.
    Beginning { seq: u64 },
    /// The second file, which the audit is held against, is damaged.
    SecondFile,
}

impl ChainBreak {
    /// `None`: it could not be looked at, which says nothing about it.
    pub fn of(error: &AuditError) -> Option<Self> {
        Some(match error {
            AuditError::Chain(Broken::Gap { expected, found }) => Self::Between {
                before: expected.saturating_sub(1),
                after: *found,
            },
            AuditError::Chain(Broken::Link { seq } | Broken::Text { seq }) => Self::Between {
                before: seq.saturating_sub(1),
                after: *seq,
            },
            AuditError::Truncated { found, noted, .. } => Self::CutOff {
                last: *found,
                noted: *noted,
            },
            AuditError::Rewritten { seq, .. } => Self::Rewritten { seq: *seq },
            AuditError::Anchor { seq } => Self::Beginning { seq: *seq },
            AuditError::HeadFile { .. } => Self::SecondFile,
            AuditError::Io { .. } | AuditError::Store(_) | AuditError::Removed { .. } => {
                return None;
            }
        })
    }
}

/// What is known of the chain, in memory: a restart follows it anew.
#[derive(Debug, Default)]
pub(in crate::app) struct Checks(Mutex<Option<(Timestamp, Checkpoint)>>);

impl Checks {
    fn lock(&self) -> MutexGuard<'_, Option<(Timestamp, Checkpoint)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Follows all of it.
    ///
    /// # Errors
    /// It could not be followed, which says nothing about it.
    pub async fn check_audit(&self) -> Result<Chain> {
        let now = self.now();
        let mut reader = self.store.read().await?;
        let checked = self.trail.check(&mut *reader).await;
        drop(reader);
        self.checked(now, checked)
    }

    /// Follows what has come since it was followed last.
    pub(super) async fn chain(&self) -> Result<Chain> {
        let known = *self.audit_checks.lock();
        let Some((at, from)) = known else {
            return self.check_audit().await;
        };
        let mut reader = self.store.read().await?;
        let checked = self.trail.check_on(&mut *reader, from).await;
        drop(reader);
        self.checked(at, checked)
    }

    fn checked(
        &self,
        at: Timestamp,
        checked: std::result::Result<Checkpoint, AuditError>,
    ) -> Result<Chain> {
        let broken = checked.as_ref().err().and_then(ChainBreak::of);
        let mut known = self.audit_checks.lock();
        match (checked, broken) {
            (Ok(checkpoint), _) => {
                *known = Some((at, checkpoint));
                Ok(Chain {
                    holds: true,
                    broken: None,
                    removed: checkpoint.removed(),
                    last: checkpoint.head().seq,
                    head: checkpoint.head().hex(),
                    checked_at: at,
                })
            }
            (Err(error), Some(broken)) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the audit is not whole");
                // Nothing is followed on from a place behind which it is broken.
                let before = known.take().map(|(_, it)| (it.removed(), it.head()));
                let (removed, before) = before.unwrap_or((0, yorisoi_domain::audit::Head::EMPTY));
                Ok(Chain {
                    holds: false,
                    broken: Some(broken),
                    removed,
                    last: before.seq,
                    head: before.hex(),
                    checked_at: at,
                })
            }
            (Err(error), None) => Err(error.into()),
        }
    }
}
