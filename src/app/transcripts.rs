//! What was said: written as it is confirmed, read by those who may.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::participant::Who;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::transcript::segment::Segment;
use yorisoi_store::KeyKind;

use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::rows;

/// What was said in an interview, in the order in which it was spoken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transcript {
    pub segments: Vec<TranscriptSegment>,
}

/// One utterance.
#[derive(Debug, Serialize, ToSchema)]
pub struct TranscriptSegment {
    pub id: Uuid,
    pub participant: Uuid,
    /// `nurse`, `resident`, `companion` or `interpreter`.
    pub party: &'static str,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
    pub end_ms: i64,
    #[schema(value_type = String)]
    pub text: Pii<String>,
    pub revision: u32,
    /// Of the weights that wrote it, hexadecimal.
    pub model_sha256: String,
}

impl App {
    /// Writes an utterance down, before anybody is shown it.
    ///
    /// # Errors
    /// The store failed; the speaker's words may not be kept any more.
    pub async fn confirm_segment(
        &self,
        interview: InterviewId,
        of: ParticipantId,
        segment: &Segment,
    ) -> Result<()> {
        let key = self.talk_key(of).await?;
        let mut tx = self.store.begin().await?;
        let row = tx.interview(interview).await?.ok_or(AppError::NotFound)?;
        let sealed = rows::seal_segment(&key, segment, self.now())?;
        tx.insert_segment(&sealed).await?;
        let about = Some(AuditSubject::Participant(of));
        self.note(
            &mut *tx,
            AuditActor::System,
            AuditAction::SegmentConfirmed,
            &row,
            about,
        )
        .await?;
        self.commit(tx).await
    }

    /// # Errors
    /// Not allowed; no such interview.
    pub async fn read_transcript(&self, actor: &Actor, id: InterviewId) -> Result<Transcript> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::ReadTranscript, id)
            .await?;
        let parties = tx.participants_of(id).await?.into_iter();
        let parties: BTreeMap<_, _> = parties
            .map(|row| (row.participant.id, party(row.participant.who)))
            .collect();
        let mut keys = BTreeMap::new();
        let mut segments = Vec::new();
        for (of, row) in tx.segments_of(id).await? {
            let key = match keys.entry(of) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => {
                    let key = match self.keyring.get(KeyKind::Talk, of.uuid()).await {
                        // Withdrawn: what is left of the rows opens for nobody.
                        Err(KeyError::Destroyed { .. }) => continue,
                        found => found?,
                    };
                    place.insert(key)
                }
            };
            let segment = rows::open_segment(key, &row)?;
            segments.push(TranscriptSegment {
                id: segment.id.uuid(),
                participant: of.uuid(),
                party: parties.get(&of).copied().unwrap_or_default(),
                start_ms: segment.start.0,
                end_ms: segment.end.0,
                text: segment.text,
                revision: segment.revision,
                model_sha256: hex(&segment.model_sha256),
            });
        }
        self.note(&mut *tx, by, AuditAction::TranscriptRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(Transcript { segments })
    }
}

fn party(who: Who) -> &'static str {
    use yorisoi_domain::participant::GuestRole::{Companion, Interpreter, Resident};
    match who {
        Who::Nurse(_) => "nurse",
        Who::Guest(Resident, _) => "resident",
        Who::Guest(Companion, _) => "companion",
        Who::Guest(Interpreter, _) => "interpreter",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
