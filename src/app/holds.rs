//! What a law or an order keeps beyond its time: set and lifted from the command line, only where the
//! configuration allows it, and said in the consent texts then. Nothing of a held interview is destroyed,
//! not even what is withdrawn; nothing new of it is written either.

use serde::Serialize;
use uuid::Uuid;
use yorisoi_domain::audit::{AuditAction, AuditActor};
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{HoldRow, Reader, StoreError};

use super::input::{Form, NAME};
use super::{App, AppError, Result};
use crate::crypto::rows;
use crate::crypto::tombstones::HoldStone;

/// A hold as an administrator sees it.
#[derive(Debug, Serialize)]
pub struct Hold {
    pub interview: Uuid,
    /// The law or the order. Names nobody.
    pub basis: Pii<String>,
    pub set_at: Timestamp,
}

impl App {
    /// # Errors
    /// Holds are off (`NotReady`); no such interview; it is held (`Taken`); the basis is no line of text.
    pub async fn set_hold(&self, id: InterviewId, basis: &str) -> Result<()> {
        if !self.settings.retention.legal_hold {
            return Err(AppError::NotReady);
        }
        let mut form = Form::default();
        let basis = form.line("basis", &Pii::new(basis.to_owned()), NAME);
        form.done()?;
        let mut tx = self.store.begin().await?;
        let it = tx.interview(id).await?.ok_or(AppError::NotFound)?;
        let hold = self.ids.id();
        let basis = rows::seal_hold(&self.record_key(id).await?, hold, &basis)?;
        let row = HoldRow {
            id: hold,
            interview: id,
            basis,
            set_at: self.now(),
        };
        match tx.insert_hold(&row).await {
            Err(StoreError::Conflict) => return Err(AppError::Taken),
            done => done?,
        }
        self.note(
            &mut *tx,
            AuditActor::Operator,
            AuditAction::LegalHoldSet,
            &it,
            None,
        )
        .await?;
        // Before the commit, and the end of it after: what is cut off between keeps too much.
        self.keyring.note_hold(&HoldStone::Set(row))?;
        self.commit(tx).await
    }

    /// What is due goes with the next purge.
    ///
    /// # Errors
    /// No such interview, or it is not held.
    pub async fn lift_hold(&self, id: InterviewId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let it = tx.interview(id).await?.ok_or(AppError::NotFound)?;
        let held = tx.holds().await?;
        let held = held.into_iter().find(|row| row.interview == id);
        let Some(held) = held else {
            return self.lift_in_list(id);
        };
        let (hold, at) = (held.id, self.now());
        tx.lift_hold(hold, at).await?;
        let lifted = AuditAction::LegalHoldLifted;
        self.note(&mut *tx, AuditActor::Operator, lifted, &it, None)
            .await?;
        self.commit(tx).await?;
        Ok(self.keyring.note_hold(&HoldStone::Lifted { hold, at })?)
    }

    /// Where the line of the end is missing, or the hold has a line and was never set: a crash came between,
    /// and a restore would set it.
    fn lift_in_list(&self, id: InterviewId) -> Result<()> {
        let stones = self.keyring.to_replay()?.holds;
        let open = (1..=stones.len()).rev().find_map(|n| {
            let (before, after) = stones.split_at_checked(n)?;
            match before.last()? {
                HoldStone::Set(row) if row.interview == id && !is_over(row, after) => Some(row.id),
                _ => None,
            }
        });
        let (hold, at) = (open.ok_or(AppError::NotFound)?, self.now());
        Ok(self.keyring.note_hold(&HoldStone::Lifted { hold, at })?)
    }

    /// What a restored backup does not know of yet: holds that were set, or lifted, after it. Says how
    /// many it keeps now and did not keep before.
    pub(super) async fn hold_again(&self, stones: &[HoldStone]) -> Result<usize> {
        let before = self.store.read().await?.holds().await?;
        for (n, stone) in stones.iter().enumerate() {
            let mut tx = self.store.begin().await?;
            let (interview, action) = match stone {
                HoldStone::Set(row) => {
                    let after = stones.get(n + 1..).unwrap_or_default();
                    // Or the backup is older than the talk.
                    if is_replaced(row, after) || tx.interview(row.interview).await?.is_none() {
                        continue;
                    }
                    let held = tx.holds().await?.into_iter();
                    let other = held.filter(|it| it.interview == row.interview && it.id != row.id);
                    for other in other {
                        // Its end has no line; but there was one, or this one could not have been set.
                        tx.lift_hold(other.id, row.set_at).await?;
                    }
                    match tx.insert_hold(row).await {
                        // The backup knows of it; nothing else was changed then either.
                        Err(StoreError::Conflict) => continue,
                        done => done?,
                    }
                    (row.interview, AuditAction::LegalHoldSet)
                }
                HoldStone::Lifted { hold, at } => {
                    let held = tx.holds().await?.into_iter().find(|row| row.id == *hold);
                    let Some(row) = held else { continue };
                    tx.lift_hold(*hold, *at).await?;
                    (row.interview, AuditAction::LegalHoldLifted)
                }
            };
            let it = tx.interview(interview).await?.ok_or(AppError::NotFound)?;
            self.note(&mut *tx, AuditActor::Operator, action, &it, None)
                .await?;
            self.commit(tx).await?;
        }
        let now = self.store.read().await?.holds().await?;
        let new = now.iter().filter(|row| !before.contains(row));
        Ok(new.count())
    }

    /// # Errors
    /// The store or the keys failed.
    pub async fn list_holds(&self) -> Result<Vec<Hold>> {
        let held = self.store.read().await?.holds().await?;
        let mut holds = Vec::new();
        for row in held {
            let key = self.record_key(row.interview).await?;
            holds.push(Hold {
                interview: row.interview.uuid(),
                basis: rows::open_hold(&key, &row)?,
                set_at: row.set_at,
            });
        }
        Ok(holds)
    }

    /// # Errors
    /// `Held`, as long as the law keeps it.
    pub(super) async fn expect_not_held(&self, id: InterviewId) -> Result<()> {
        match is_held(&mut *self.store.read().await?, id).await? {
            true => Err(AppError::Held),
            false => Ok(()),
        }
    }
}

/// Whether another hold of the same interview was set while it had no end: it was never set itself, for
/// its commit failed, or a crash came before the line of its end.
fn is_replaced(row: &HoldRow, after: &[HoldStone]) -> bool {
    let ends = |it: &HoldStone| matches!(it, HoldStone::Lifted { hold, .. } if *hold == row.id);
    let mut open = after.iter().take_while(|it| !ends(it));
    open.any(|it| matches!(it, HoldStone::Set(other) if other.interview == row.interview && other.id != row.id))
}

/// Whether the list says that it stands no more.
fn is_over(row: &HoldRow, after: &[HoldStone]) -> bool {
    let ends = |it: &HoldStone| matches!(it, HoldStone::Lifted { hold, .. } if *hold == row.id);
    after.iter().any(ends) || is_replaced(row, after)
}

/// Whether the law keeps what is there of an interview.
pub(super) async fn is_held(reader: &mut dyn Reader, id: InterviewId) -> Result<bool> {
    Ok(reader.holds().await?.iter().any(|row| row.interview == id))
}
