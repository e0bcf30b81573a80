//! Whether the audit is as it was written. It is followed from the first event to the last at the
//! service's start and every hour; whoever reads it in between follows it on from there.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::time::Timestamp;

use crate::app::{App, Result};
use crate::crypto::audit_trail::{AuditError, Checkpoint};

/// Whether nothing was changed, cut off or left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Chain {
    pub holds: bool,
    /// The first place where it does not, in English.
    pub broken: Option<String>,
    /// The last event that was removed in its time; 0: none was.
    pub removed: u64,
    /// The last event that the chain was followed to.
    pub last: u64,
    /// Its link, 64 hexadecimal digits: kept elsewhere it shows whether events were cut off.
    pub head: String,
    /// When all of it was followed last.
    pub checked_at: Timestamp,
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
        let broken = match &checked {
            Ok(_) => None,
            Err(AuditError::Chain(broken)) => Some(broken.to_string()),
            Err(error @ AuditError::Anchor { .. }) => Some(error.to_string()),
            // The file's name is for the log: pages show no paths.
            Err(AuditError::Truncated { .. } | AuditError::Rewritten { .. }) => {
                Some("events were cut off or rewritten".to_owned())
            }
            Err(AuditError::HeadFile { .. }) => {
                Some("the second file of the audit is damaged".to_owned())
            }
            Err(AuditError::Io { .. } | AuditError::Store(_) | AuditError::Removed { .. }) => None,
        };
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
