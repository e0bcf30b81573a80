//! What became of a note, from its first submission on.

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{AuditFilter, NoteEvent, RecordRow, Sealed, Tx};

use super::view::AddendumLine;
use crate::app::{App, AppError, Result};
use crate::crypto::rows;

/// Events of one interview that are looked through for what became of its sound.
const PAGE: u32 = 1_000;

/// Something that became of the note.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryLine {
    pub at: Timestamp,
    pub kind: HistoryKind,
    /// `null`: by itself.
    #[schema(value_type = Option<String>)]
    pub by: Option<Pii<String>>,
    #[schema(value_type = Option<String>)]
    pub words: Option<Pii<String>>,
    pub version: Option<u32>,
    /// The number of the line in the audit that proves a destruction.
    pub audit_number: Option<u64>,
    /// Of a withdrawal: the number that was shown once.
    pub certificate: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    Submitted,
    Returned,
    /// Back to the nurse by itself, because of a flag.
    Recalled,
    Approved,
    AudioDestroyed,
    /// Somebody took back what they said; what is written stays.
    Withdrawn,
    Addendum,
}

impl App {
    /// Newest first.
    pub(super) async fn history(
        &self,
        tx: &mut dyn Tx,
        row: &RecordRow,
        addenda: &[AddendumLine],
    ) -> Result<Vec<HistoryLine>> {
        let key = self.record_key(row.interview).await?;
        let mut lines = Vec::new();
        for event in tx.note_events(row.note).await? {
            let comment =
                |words: &Sealed| Ok::<_, AppError>(rows::open_comment(&key, event.id, words)?);
            let (kind, by, words) = match &event.what {
                NoteEvent::Submitted(by) => (HistoryKind::Submitted, Some(*by), None),
                NoteEvent::Returned(by, words) => {
                    (HistoryKind::Returned, Some(*by), Some(comment(words)?))
                }
                NoteEvent::Recalled => (HistoryKind::Recalled, None, None),
                NoteEvent::Approved(by) => (HistoryKind::Approved, Some(*by), None),
            };
            let by = match by {
                Some(by) => Some(self.name_of(tx, by).await?),
                None => None,
            };
            lines.push(HistoryLine {
                at: event.at,
                kind,
                by,
                words,
                version: Some(event.version),
                audit_number: None,
                certificate: None,
            });
        }
        let filter = AuditFilter {
            interview: Some(row.interview),
            ..AuditFilter::default()
        };
        let events = tx
            .audit_page(&filter, i64::MAX.unsigned_abs(), PAGE)
            .await?;
        let code = AuditAction::AudioDestroyed.code();
        let events = events.iter().map(|chained| &chained.event);
        for event in events.filter(|event| event.action == code && event.count > 0) {
            lines.push(HistoryLine {
                at: Timestamp::from_millisecond(event.at_ms).unwrap_or(row.at),
                kind: HistoryKind::AudioDestroyed,
                by: None,
                words: None,
                version: None,
                audit_number: Some(event.seq),
                certificate: None,
            });
        }
        for certificate in tx.certificates_of(row.interview).await? {
            let it = self.see_certificate(tx, &certificate).await?;
            lines.push(HistoryLine {
                at: it.at,
                kind: HistoryKind::Withdrawn,
                by: it.taken_by,
                words: None,
                version: None,
                audit_number: it.audit_number,
                certificate: Some(it.certificate),
            });
        }
        lines.extend(addenda.iter().map(|addendum| HistoryLine {
            at: addendum.at,
            kind: HistoryKind::Addendum,
            by: Some(addendum.by.clone()),
            words: None,
            version: None,
            audit_number: None,
            certificate: None,
        }));
        // Stable, so that what happened in one millisecond keeps its order when it is turned.
        lines.sort_by_key(|line| line.at);
        lines.reverse();
        Ok(lines)
    }
}
