//! The record: frozen with the approval, read, and added to. Nothing here changes one.
//!
//! - `form`: its canonical JSON.
//! - `freeze`: how a note becomes one.
//! - `history`: what became of the note.
//! - `view`: what its reader sees.

mod form;
mod freeze;
mod history;
mod view;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{AddendumId, InterviewId};
use yorisoi_domain::pii::Pii;
use yorisoi_store::{AddendumRow, RecordRow, StoreError};

use super::booking::staff;
use super::input::Form;
use super::{App, AppError, Result};
use crate::crypto::rows;
use form::Frozen;
use view::shown;

pub(super) use freeze::Reviewed;
pub use history::{HistoryKind, HistoryLine};
pub use view::{AddendumLine, Record, RecordFlag, RecordState, RetentionDates};

/// Longest addendum, in characters.
const ADDENDUM: usize = 4_000;

const DAMAGED: StoreError = StoreError::Corrupt("records.content");

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddendum {
    #[schema(value_type = String)]
    pub words: Pii<String>,
}

impl App {
    /// # Errors
    /// Not allowed; no such interview, or its note is not approved.
    pub async fn read_record(&self, actor: &Actor, id: InterviewId) -> Result<Record> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ReadRecord, id).await?;
        let row = tx.record_of(id).await?.ok_or(AppError::NotFound)?;
        let frozen = self.thawed(&row).await?;
        let mut addenda = Vec::new();
        let key = self.record_key(id).await?;
        for addendum in tx.addenda(row.id).await? {
            addenda.push(AddendumLine {
                at: addendum.at,
                by: self.name_of(&mut *tx, addendum.by).await?,
                words: rows::open_addendum(&key, addendum.id, &addendum.words)?,
            });
        }
        let history = self.history(&mut *tx, &row, &addenda).await?;
        let record = shown(self, &it, &row, frozen, addenda, history);
        let subject = Some(AuditSubject::Record(row.id));
        self.note(&mut *tx, by, AuditAction::RecordRead, &it.row, subject)
            .await?;
        self.commit(tx).await?;
        Ok(record)
    }

    /// # Errors
    /// Not allowed; there is no record; text that can't be taken.
    pub async fn add_addendum(
        &self,
        actor: &Actor,
        id: InterviewId,
        new: NewAddendum,
    ) -> Result<()> {
        let (mut tx, by, it) = self.open_interview(actor, Action::AddAddendum, id).await?;
        let row = tx.record_of(id).await?.ok_or(AppError::NotReady)?;
        let mut form = Form::default();
        let words = form.text("words", &new.words, ADDENDUM);
        form.done()?;
        let key = self.record_key(id).await?;
        let addendum = AddendumId::new(self.ids.id());
        tx.insert_addendum(&AddendumRow {
            id: addendum,
            record: row.id,
            words: rows::seal_addendum(&key, addendum, &words)?,
            by: staff(actor)?,
            at: self.now(),
        })
        .await?;
        let subject = Some(AuditSubject::Record(row.id));
        self.note(&mut *tx, by, AuditAction::AddendumAdded, &it.row, subject)
            .await?;
        self.commit(tx).await
    }

    async fn thawed(&self, row: &RecordRow) -> Result<Frozen> {
        let key = self.record_key(row.interview).await?;
        let json = rows::open_record(&key, row.id, &row.content)?;
        let hash: [u8; 32] = Sha256::digest(&json).into();
        if hash != row.sha256 {
            return Err(DAMAGED.into());
        }
        // The parser's error would quote what it read.
        Ok(serde_json::from_slice(&json).map_err(|_| DAMAGED)?)
    }
}
