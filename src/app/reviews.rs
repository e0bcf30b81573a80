//! What an approver does with a submitted note: reads it beside its flags, signs what is immediate,
//! gives it back with a comment, or approves it; the approval and its record are one transaction.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Decision, Denial, allowed};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{FlagId, InterviewId};
use yorisoi_domain::note::gate::{Left, Signature, approvable, left_to_approve};
use yorisoi_domain::note::workflow::State;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::finding::Asked;
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_store::{NoteEvent, Tx};

use super::booking::staff;
use super::flags::view::Flags;
use super::input::Form;
use super::note_view::{Gate, LeftLine, NoteView, standing};
use super::notes::{Seen, unchanged};
use super::records::Reviewed;
use super::{App, AppError, Result};
use crate::crypto::rows;

/// Longest comment of a return, in characters.
const COMMENT: usize = 2_000;

/// A note as an approver sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Review {
    pub note: NoteView,
    pub flags: Flags,
    /// Under the flags as they are now; a flag that changed is signed anew.
    pub signatures: Vec<SignatureLine>,
    /// Labels of what nobody asked about.
    pub coverage_left: Vec<String>,
    /// Whether whoever reads this may approve it, and what is left.
    pub may_approve: Gate,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SignatureLine {
    pub flag: Uuid,
    #[schema(value_type = String)]
    pub by: Pii<String>,
    pub by_me: bool,
    pub at: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Of the note.
    pub revision: u32,
    #[schema(value_type = String)]
    pub comment: Pii<String>,
}

/// What an approval made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Approved {
    pub record: Uuid,
    /// 中央-R8-0214
    pub number: Option<String>,
}

impl App {
    /// # Errors
    /// Not allowed; no such interview; it has not begun.
    pub async fn read_review(&self, actor: &Actor, id: InterviewId) -> Result<Review> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ReadNote, id).await?;
        let (user, now) = (staff(actor)?, self.now());
        let (row, content) = self.note_or_new(&mut *tx, by, &it).await?;
        let flags = tx.flags_of(id).await?;
        let flags: Vec<_> = flags.iter().map(standing).collect();
        let signatures = tx.signatures(row.note.id).await?;
        let to_come = words_to_come(&mut *tx, id).await?;
        let mut left = left_to_approve(&row.note, &flags, &signatures, to_come, user, now);
        let may = allowed(actor, Action::ApproveNote, &it.subject(), now);
        if may == Decision::Denied(Denial::OwnNote) && !left.contains(&Left::OwnNote) {
            left.push(Left::OwnNote);
        }
        let mut left = self.left_lines(&left, &flags);
        if matches!(may, Decision::Denied(denial) if denial != Denial::OwnNote) {
            left.push(LeftLine::NotApprover);
        }
        let mut lines = Vec::new();
        for signature in signatures {
            let present = flags.iter().any(|flag| {
                (flag.flag, flag.revision) == (signature.flag, signature.flag_revision)
            });
            if present {
                lines.push(SignatureLine {
                    flag: signature.flag.uuid(),
                    by: self.name_of(&mut *tx, signature.by).await?,
                    by_me: signature.by == user,
                    at: signature.at,
                });
            }
        }
        let shown = self.flags_shown(&mut *tx, id, user).await?;
        let coverage_left = shown
            .coverage
            .iter()
            .filter(|covered| covered.state == Asked::NotAsked)
            .filter_map(|covered| Some(self.item_label(&covered.item.parse().ok()?)));
        let review = Review {
            note: self.note_view(&mut *tx, &it, &row, content, user).await?,
            signatures: lines,
            coverage_left: coverage_left.collect(),
            may_approve: Gate {
                open: left.is_empty(),
                left,
            },
            flags: shown,
        };
        self.note_audit(&mut *tx, by, AuditAction::ReviewRead, &it, &row.note)
            .await?;
        self.commit(tx).await?;
        Ok(review)
    }

    /// 「引用を読み、音声を聞き、判断を確かめました」: one immediate flag, as it is now.
    ///
    /// # Errors
    /// Not allowed, or one's own note; no such flag; it is not immediate, or the note is not
    /// submitted; the flag changed since it was read (`Changed`).
    pub async fn sign_flag(
        &self,
        actor: &Actor,
        id: InterviewId,
        flag: FlagId,
        seen: Seen,
    ) -> Result<()> {
        let (mut tx, by, it) = self.open_interview(actor, Action::SignFlag, id).await?;
        let row = tx.note_of(id).await?.ok_or(AppError::NotReady)?;
        let flag = tx.flag(flag).await?;
        let flag = flag.filter(|flag| flag.flag.interview == id);
        let flag = flag.ok_or(AppError::NotFound)?;
        unchanged(flag.revision, seen.revision)?;
        let State::Submitted(submission) = row.note.state else {
            return Err(not_signed(row.note.state.name()).into());
        };
        if flag.flag.tier != Tier::Immediate {
            return Err(not_signed(flag.flag.tier.code()).into());
        }
        let signature = Signature {
            flag: flag.flag.id,
            flag_revision: flag.revision.number(),
            note_version: submission.version,
            by: staff(actor)?,
            at: self.now(),
        };
        tx.insert_signature(row.note.id, &signature).await?;
        let subject = Some(AuditSubject::Flag(flag.flag.id));
        self.note(&mut *tx, by, AuditAction::FlagSigned, &it.row, subject)
            .await?;
        self.commit(tx).await
    }

    /// # Errors
    /// Not allowed, or one's own note; changed since it was read; it is not submitted; no comment.
    pub async fn return_note(
        &self,
        actor: &Actor,
        id: InterviewId,
        sent: Return,
    ) -> Result<NoteView> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ReturnNote, id).await?;
        let (row, content) = self.note_or_new(&mut *tx, by, &it).await?;
        unchanged(row.revision, sent.revision)?;
        let mut form = Form::default();
        let comment = form.text("comment", &sent.comment, COMMENT);
        form.done()?;
        let (user, now) = (staff(actor)?, self.now());
        let note = row.note.give_back(user, now)?;
        let row = self.saved(&mut *tx, note, &content, row.revision).await?;
        let event = self.ids.id();
        let comment = rows::seal_comment(&self.record_key(id).await?, event, &comment)?;
        self.note_event(&mut *tx, event, &note, NoteEvent::Returned(user, comment))
            .await?;
        let view = self.note_view(&mut *tx, &it, &row, content, user).await?;
        self.note_audit(&mut *tx, by, AuditAction::NoteReturned, &it, &note)
            .await?;
        self.commit(tx).await?;
        Ok(view)
    }

    /// Writes the record; afterwards the sound of the talk is destroyed.
    ///
    /// # Errors
    /// Not allowed, or one's own note; changed since it was read; something is left
    /// (`GateClosed`).
    pub async fn approve_note(
        &self,
        actor: &Actor,
        id: InterviewId,
        seen: Seen,
    ) -> Result<Approved> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ApproveNote, id).await?;
        let (row, content) = self.note_or_new(&mut *tx, by, &it).await?;
        unchanged(row.revision, seen.revision)?;
        let (user, now) = (staff(actor)?, self.now());
        let flags = tx.flags_of(id).await?;
        let standing: Vec<_> = flags.iter().map(standing).collect();
        let signatures = tx.signatures(row.note.id).await?;
        let to_come = words_to_come(&mut *tx, id).await?;
        let proof = approvable(&row.note, &standing, &signatures, to_come, user, now)
            .map_err(|left| AppError::GateClosed(self.left_lines(&left, &standing)))?;
        let reviewed = Reviewed {
            content: &content,
            flags: &flags,
            signatures: &signatures,
            approver: user,
        };
        let record = self.freeze(&mut *tx, &it, &row.note, reviewed).await?;
        tx.insert_record(&record).await?;
        let note = row.note.approve(&proof, now)?;
        self.saved(&mut *tx, note, &content, row.revision).await?;
        self.note_event(&mut *tx, self.ids.id(), &note, NoteEvent::Approved(user))
            .await?;
        let number = tx.record_number(id).await?;
        let subject = Some(AuditSubject::Record(record.id));
        self.note(&mut *tx, by, AuditAction::NoteApproved, &it.row, subject)
            .await?;
        self.commit(tx).await?;
        if let Err(error) = self.destroy_audio(id).await {
            // The approval stands; the hourly job destroys what is left.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the sound of an approved interview is not destroyed yet"
            );
        }
        Ok(Approved {
            record: record.id.uuid(),
            number: number.map(|number| number.to_string()),
        })
    }
}

/// A call closes when everything that was said in it has its text, or is given up.
async fn words_to_come(tx: &mut dyn Tx, id: InterviewId) -> Result<bool> {
    let calls = tx.calls_of(id).await?;
    Ok(calls.iter().any(|call| call.closed.is_none()))
}

const fn not_signed(from: &'static str) -> InvalidTransition {
    InvalidTransition {
        record: "flag",
        from,
        to: "signed",
    }
}
