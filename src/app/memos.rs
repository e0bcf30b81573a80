//! 自分のメモ: what a nurse jots down for herself. Nobody else's; it is no part of the note.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{MemoRow, Revision};

use super::booking::staff;
use super::input::Form;
use super::notes::unchanged;
use super::{App, AppError, Result};
use crate::crypto::rows;

/// Longest memo, in characters.
const MEMO: usize = 10_000;

#[derive(Debug, Serialize, ToSchema)]
pub struct Memo {
    #[schema(value_type = String)]
    pub text: Pii<String>,
    /// 0 while nothing was saved.
    pub revision: u32,
    pub saved_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoDraft {
    /// Of the memo that was read; 0 for the first.
    pub revision: u32,
    #[schema(value_type = String)]
    pub text: Pii<String>,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct MemoSaved {
    pub revision: u32,
    pub saved_at: Timestamp,
}

impl App {
    /// # Errors
    /// Not allowed; no such interview.
    pub async fn read_memo(&self, actor: &Actor, id: InterviewId) -> Result<Memo> {
        let (mut tx, by, it) = self.open_interview(actor, Action::KeepMemo, id).await?;
        let memo = match tx.memo(id, staff(actor)?).await? {
            None => Memo {
                text: Pii::default(),
                revision: 0,
                saved_at: None,
            },
            Some(row) => {
                let key = self.record_key(id).await?;
                Memo {
                    text: rows::open_memo(&key, row.id, row.revision, &row.words)?,
                    revision: row.revision.number(),
                    saved_at: Some(row.saved_at),
                }
            }
        };
        self.note(&mut *tx, by, AuditAction::MemoRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(memo)
    }

    /// # Errors
    /// Not allowed; saved elsewhere meanwhile (`Changed`); text that can't be taken.
    pub async fn save_memo(
        &self,
        actor: &Actor,
        id: InterviewId,
        draft: MemoDraft,
    ) -> Result<MemoSaved> {
        let (mut tx, by, it) = self.open_interview(actor, Action::KeepMemo, id).await?;
        let mut form = Form::default();
        let words = match draft.text.expose().trim() {
            "" => Pii::default(),
            _ => form.text("text", &draft.text, MEMO),
        };
        form.done()?;
        let user = staff(actor)?;
        let (memo, revision) = match tx.memo(id, user).await? {
            Some(row) => {
                unchanged(row.revision, draft.revision)?;
                (row.id, row.revision.next())
            }
            None if draft.revision == 0 => (self.ids.id(), Revision::FIRST),
            None => return Err(AppError::Changed),
        };
        let key = self.record_key(id).await?;
        let row = MemoRow {
            id: memo,
            interview: id,
            user,
            words: rows::seal_memo(&key, memo, revision, &words)?,
            saved_at: self.now(),
            revision,
        };
        tx.put_memo(&row).await?;
        self.note(&mut *tx, by, AuditAction::MemoSaved, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(MemoSaved {
            revision: revision.number(),
            saved_at: row.saved_at,
        })
    }
}
