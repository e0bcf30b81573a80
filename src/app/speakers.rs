//! Who speaks in an utterance, where a nurse has said so: a second person at her microphone is on her
//! track. Flags follow, but none that is immediate goes with it: somebody decides it. The words do not
//! change, and stay on their track and under its keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{InterviewId, SegmentId};
use yorisoi_domain::risk::finding::Speaker;
use yorisoi_store::{Reader, SpeakerRow};

use super::booking::staff;
use super::withdrawals::withdrawn_seats;
use super::{App, AppError, Result};

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSpeaker {
    /// `null`: taken back, whoever's track it is.
    pub speaker: Option<Speaker>,
}

/// Who speaks in an utterance from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GivenSpeaker {
    pub segment: Uuid,
    /// `null`: whoever's track it is.
    pub speaker: Option<Speaker>,
}

impl App {
    /// Gives an utterance another speaker, or takes that back; flags and coverage follow.
    ///
    /// # Errors
    /// Not allowed; no such utterance, or its voice was taken back; the note is approved.
    pub async fn give_speaker(
        &self,
        actor: &Actor,
        id: InterviewId,
        segment: SegmentId,
        NewSpeaker { speaker }: NewSpeaker,
    ) -> Result<()> {
        let watch = self.watches.of(id, self.now());
        let mut watch = watch.lock().await;
        let (mut tx, by, it) = self.open_interview(actor, Action::DecideFlag, id).await?;
        let withdrawn = withdrawn_seats(&mut *tx, id).await?;
        let mut said = tx.segments_of(id).await?.into_iter();
        let row = said.rfind(|(of, row)| row.id == segment && !withdrawn.contains(of));
        let (of, row) = row.ok_or(AppError::NotFound)?;
        // Whoever is to approve it has read something else.
        self.note_follows_flag(&mut *tx, &it.row, true).await?;
        if given(&mut *tx, id).await?.get(&segment).copied().flatten() == speaker {
            return Ok(());
        }
        tx.insert_speaker(&SpeakerRow {
            segment,
            revision: row.revision,
            speaker,
            by: staff(actor)?,
            at: self.now(),
        })
        .await?;
        let action = match speaker {
            Some(_) => AuditAction::SpeakerGiven,
            None => AuditAction::SpeakerTakenBack,
        };
        let about = Some(AuditSubject::Participant(of));
        self.note(&mut *tx, by, action, &it.row, about).await?;
        // Read anew by whoever comes next, whatever becomes of this transaction.
        *watch = None;
        let read = self.read_again(&mut *tx, id).await?;
        let turned = Some(segment);
        let mut noticed = self.follow(&mut *tx, &it.row, &read, turned).await?;
        noticed.speaker = Some(GivenSpeaker {
            segment: segment.uuid(),
            speaker,
        });
        self.commit(tx).await?;
        *watch = Some(read);
        drop(watch);
        self.announce(id, noticed).await;
        Ok(())
    }
}

/// Who speaks in which utterance of a talk, where somebody has ever said so; nothing where it was taken back.
pub(super) async fn given(
    tx: &mut dyn Reader,
    talk: InterviewId,
) -> Result<BTreeMap<SegmentId, Option<Speaker>>> {
    let rows = tx.speakers_of(talk).await?.into_iter();
    Ok(rows.map(|row| (row.segment, row.speaker)).collect())
}

/// As the pages name it.
pub(super) const fn named(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Nurse => "nurse",
        Speaker::Resident => "resident",
        Speaker::Companion => "companion",
        Speaker::Interpreter => "interpreter",
        Speaker::Unknown => "mixed",
    }
}
