//! What was said: written as it is confirmed, read by those who may.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::interview::Method;
use yorisoi_domain::participant::{GuestRole, Who};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::finding::Speaker;
use yorisoi_domain::transcript::account::{GapReason, Totals};
use yorisoi_domain::transcript::segment::{Repair, Segment};
use yorisoi_store::KeyKind;

use super::consent::hex;
use super::flags::accompanied;
use super::notices::Noticed;
use super::speakers::given;
use super::watch::{Words, speaker};
use super::withdrawals::withdrawn_seats;
use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::rows;

/// What was said in an interview, in the order in which it was spoken, and the account of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transcript {
    pub segments: Vec<TranscriptSegment>,
    /// In the order in which they began; they may overlap, the account says which counts.
    pub gaps: Vec<TranscriptGap>,
    /// One per track; none before the interview is over.
    pub accounts: Vec<TranscriptAccount>,
    /// The interview is over and its last words are recognised: nothing more will come.
    pub complete: bool,
}

/// A stretch without text, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct TranscriptGap {
    pub participant: Uuid,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
    pub end_ms: i64,
    #[schema(value_type = String, example = "network")]
    pub reason: GapReason,
}

/// Every millisecond of a track, from the interview's begin to its end.
#[derive(Debug, Serialize, ToSchema)]
pub struct TranscriptAccount {
    pub participant: Uuid,
    /// `nurse`, `resident`, `companion`, `interpreter` or, of one microphone in a room, `mixed`.
    pub party: &'static str,
    pub track: Uuid,
    pub speech_ms: u64,
    pub silence_ms: u64,
    /// Milliseconds by reason.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub gaps_ms: BTreeMap<GapReason, u64>,
}

/// One utterance.
#[derive(Debug, Serialize, ToSchema)]
pub struct TranscriptSegment {
    pub id: Uuid,
    pub participant: Uuid,
    /// `nurse`, `resident`, `companion`, `interpreter` or, of one microphone in a room, `mixed`.
    pub party: &'static str,
    /// Who speaks, where a nurse has said so. `null`: whoever's track it is.
    pub speaker: Option<Speaker>,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
    pub end_ms: i64,
    #[schema(value_type = String)]
    pub text: Pii<String>,
    /// What was recognised with little confidence: from and to, in UTF-16 units of `text`.
    #[schema(value_type = Vec<[u32; 2]>)]
    pub unsure: Vec<[u32; 2]>,
    /// Words that are shown in place of what was heard, in order and apart from each other.
    pub repairs: Vec<RepairView>,
    pub revision: u32,
    /// Of the weights that wrote it, hexadecimal.
    pub model_sha256: String,
}

/// A word that is shown in place of what was heard: the same sound, written otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RepairView {
    /// From and to, in UTF-16 units of `text`.
    #[schema(value_type = [u32; 2])]
    pub at: [u32; 2],
    #[schema(value_type = String)]
    pub now: Pii<String>,
}

impl App {
    /// What of a text the staff is shown as another word, by the words of the rules.
    #[must_use]
    pub fn repairs(&self, text: &str) -> Vec<Repair> {
        self.packs.in_use().repairs(text)
    }

    /// Writes an utterance down with what it changes in the talk's flags, before anybody is shown
    /// it. What comes back is to be announced once the utterance itself was told.
    ///
    /// # Errors
    /// The store failed; the speaker's words may not be kept any more.
    pub async fn confirm_segment(
        &self,
        interview: InterviewId,
        of: ParticipantId,
        segment: &Segment,
    ) -> Result<Noticed> {
        let key = self.talk_key(of).await?;
        let watch = self.watches.of(interview, self.now());
        let mut watch = watch.lock().await;
        let mut tx = self.store.begin().await?;
        let row = tx.interview(interview).await?.ok_or(AppError::NotFound)?;
        let accompanied = accompanied(&mut *tx, interview).await?;
        let sealed = rows::seal_segment(&key, segment, accompanied, self.now())?;
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
        // Taken out until it is committed: whatever fails, the records are read again.
        let read = match watch.take() {
            Some(mut known) => {
                let seat = tx.participant(of).await?.ok_or(AppError::NotFound)?;
                let speaker = speaker(seat.participant.who, row.interview.method);
                known.hear(&Words {
                    segment: segment.clone(),
                    speaker,
                    doubted: accompanied,
                    given: false,
                });
                known
            }
            None => self.read_again(&mut *tx, interview).await?,
        };
        let noticed = self.follow(&mut *tx, &row, &read, None).await?;
        self.commit(tx).await?;
        *watch = Some(read);
        Ok(noticed)
    }

    /// # Errors
    /// Not allowed; no such interview.
    pub async fn read_transcript(&self, actor: &Actor, id: InterviewId) -> Result<Transcript> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::ReadTranscript, id)
            .await?;
        let method = it.row.interview.method;
        let parties = tx.participants_of(id).await?.into_iter();
        let parties: BTreeMap<_, _> = parties
            .map(|row| (row.participant.id, voice(row.participant.who, method)))
            .collect();
        // Also while a law keeps what they took back.
        let withdrawn = withdrawn_seats(&mut *tx, id).await?;
        let given = given(&mut *tx, id).await?;
        let mut keys = BTreeMap::new();
        let mut segments = Vec::new();
        for (of, row) in tx.segments_of(id).await? {
            if withdrawn.contains(&of) {
                continue;
            }
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
            let unsure = utf16(segment.text.expose(), &segment.unsure());
            let repairs = repair_views(&segment);
            segments.push(TranscriptSegment {
                id: segment.id.uuid(),
                participant: of.uuid(),
                party: parties.get(&of).copied().unwrap_or_default(),
                speaker: given.get(&segment.id).copied().flatten(),
                start_ms: segment.start.0,
                end_ms: segment.end.0,
                text: segment.text,
                unsure,
                repairs,
                revision: segment.revision,
                model_sha256: hex(&segment.model_sha256),
            });
        }
        let gaps = tx
            .gaps_of(id)
            .await?
            .into_iter()
            .map(|(of, gap)| TranscriptGap {
                participant: of.uuid(),
                start_ms: gap.start.0,
                end_ms: gap.end.0,
                reason: gap.reason,
            });
        let gaps = gaps.collect();
        let accounts = tx.accounts_of(id).await?.into_iter();
        // Settled once, with words that may have been taken back since.
        let accounts = accounts.map(|(of, track, totals)| match withdrawn.contains(&of) {
            true => (of, track, taken_back(&totals)),
            false => (of, track, totals),
        });
        let accounts = accounts.map(|(of, track, totals)| TranscriptAccount {
            participant: of.uuid(),
            party: parties.get(&of).copied().unwrap_or_default(),
            track: track.uuid(),
            speech_ms: totals.speech,
            silence_ms: totals.silence,
            gaps_ms: totals.gaps,
        });
        let accounts = accounts.collect();
        let calls = tx.calls_of(id).await?;
        let open = calls.iter().any(|call| call.closed.is_none());
        let complete = it.row.interview.state.is_final() && !open;
        self.note(&mut *tx, by, AuditAction::TranscriptRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(Transcript {
            segments,
            gaps,
            accounts,
            complete,
        })
    }
}

/// The account of a voice that was taken back: what is gone was not silence, and nobody speaks who is
/// not there.
fn taken_back(totals: &Totals) -> Totals {
    let absent = totals.gaps.get(&GapReason::Absent).copied().unwrap_or(0);
    let mut gaps = BTreeMap::from([(GapReason::NotConsented, totals.sum() - absent)]);
    if absent > 0 {
        gaps.insert(GapReason::Absent, absent);
    }
    Totals {
        gaps,
        ..Totals::default()
    }
}

/// A segment's repairs as a page counts them.
#[must_use]
pub fn repair_views(segment: &Segment) -> Vec<RepairView> {
    let view = |repair: &Repair| {
        let at = utf16(segment.text.expose(), std::slice::from_ref(&repair.span));
        Some(RepairView {
            at: *at.first()?,
            now: repair.now.clone(),
        })
    };
    segment.repairs.iter().filter_map(view).collect()
}

/// Byte ranges of a text as a page counts them.
#[must_use]
pub fn utf16(text: &str, ranges: &[Range<usize>]) -> Vec<[u32; 2]> {
    let unit = |byte: usize| {
        let before = text.get(..byte).unwrap_or(text);
        u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
    };
    ranges
        .iter()
        .map(|range| [unit(range.start), unit(range.end)])
        .collect()
}

/// Whose voice a track has. At the counter one microphone hears the whole room.
pub(super) fn voice(who: Who, method: Method) -> &'static str {
    match (who, method) {
        (Who::Guest(GuestRole::Resident, _), Method::InPerson) => "mixed",
        _ => party(who),
    }
}

pub(super) fn party(who: Who) -> &'static str {
    use GuestRole::{Companion, Interpreter, Resident};
    match who {
        Who::Nurse(_) => "nurse",
        Who::Guest(Resident, _) => "resident",
        Who::Guest(Companion, _) => "companion",
        Who::Guest(Interpreter, _) => "interpreter",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_back_was_neither_speech_nor_silence() {
        let gaps = [(GapReason::Absent, 3), (GapReason::Network, 4)];
        let totals = Totals {
            speech: 10,
            silence: 20,
            gaps: gaps.into(),
        };
        let left = taken_back(&totals);
        assert_eq!((left.speech, left.silence, left.sum()), (0, 0, 37));
        let gaps = [(GapReason::Absent, 3), (GapReason::NotConsented, 34)];
        assert_eq!(left.gaps, BTreeMap::from(gaps));
    }

    #[test]
    fn a_page_counts_in_utf16() {
        let text = "𠮷野さん";
        let range = text.find('野').unwrap()..text.len();
        assert_eq!(utf16(text, &[range, 0..4]), [[2, 5], [0, 2]]);
    }
}
