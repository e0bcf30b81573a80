//! The audit as administrators read it: ids, codes, counts, times, and whether the chain holds.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::{AuditAction, ChainedEvent};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::AuditFilter;

use super::{App, Result};
use crate::crypto::audit_trail::{AuditError, AuditReport};

/// Lines of a page.
const PAGE: u32 = 100;

/// A page of the audit, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    pub events: Vec<AuditLine>,
    /// Followed from the first event to the last, for this answer.
    pub chain: Chain,
}

/// Whether nothing was changed, cut off or left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Chain {
    pub holds: bool,
    /// The first place where it does not, in English.
    pub broken: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    pub seq: u64,
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_role: String,
    pub action: String,
    pub office_id: Option<Uuid>,
    pub interview_id: Option<Uuid>,
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    pub count: u32,
}

impl From<ChainedEvent> for AuditLine {
    fn from(chained: ChainedEvent) -> Self {
        let event = chained.event;
        Self {
            seq: event.seq,
            at_ms: event.at_ms,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            actor_role: event.actor_role,
            action: event.action,
            office_id: event.office_id,
            interview_id: event.interview_id,
            subject_kind: event.subject_kind,
            subject_id: event.subject_id,
            count: event.count,
        }
    }
}

impl App {
    /// Follows the whole chain, for the command line.
    ///
    /// # Errors
    /// Where it does not hold.
    pub async fn check_audit(&self) -> std::result::Result<AuditReport, AuditError> {
        let mut reader = self.store.read().await?;
        self.trail.verify(&mut *reader).await
    }

    /// When the newest event was written.
    ///
    /// # Errors
    /// The store failed.
    pub async fn last_audit_time(&self) -> Result<Option<Timestamp>> {
        let mut reader = self.store.read().await?;
        let end = i64::MAX.unsigned_abs();
        let last = reader
            .audit_page(AuditFilter::default(), end, 1)
            .await?
            .pop();
        Ok(last.and_then(|it| Timestamp::from_millisecond(it.event.at_ms).ok()))
    }

    /// # Errors
    /// Not allowed.
    pub async fn read_audit(&self, actor: &Actor, before: Option<u64>) -> Result<AuditPage> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ReadAudit, &subject)
            .await?;
        let before = before.unwrap_or(i64::MAX.unsigned_abs());
        let events = tx.audit_page(AuditFilter::default(), before, PAGE).await?;
        self.note_city(
            &mut *tx,
            by,
            AuditAction::AuditRead,
            None,
            None,
            events.len(),
        )
        .await?;
        self.commit(tx).await?;

        let mut reader = self.store.read().await?;
        let chain = match self.trail.verify(&mut *reader).await {
            Ok(_) => Chain {
                holds: true,
                broken: None,
            },
            Err(AuditError::Chain(broken)) => Chain {
                holds: false,
                broken: Some(broken.to_string()),
            },
            // The file's name is for the log: pages show no paths.
            Err(error @ (AuditError::Truncated { .. } | AuditError::Rewritten { .. })) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the audit is not whole"
                );
                Chain {
                    holds: false,
                    broken: Some("events were cut off or rewritten".to_owned()),
                }
            }
            Err(error) => return Err(error.into()),
        };
        Ok(AuditPage {
            events: events.into_iter().map(AuditLine::from).collect(),
            chain,
        })
    }
}
