//! How often a door was tried in vain within a day, for who looks after the service: counts alone.

use std::collections::HashMap;

use jiff::SignedDuration;
use uuid::Uuid;
use yorisoi_domain::audit::{AuditAction, ChainedEvent, LoggedEvent};
use yorisoi_store::{Actions, AuditFilter, Reader};

use super::BEYOND_ALL;
use crate::app::{App, Result};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// What is more is many.
const MOST: u32 = 10_000;

/// Within the last day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriedInVain {
    /// Names, passwords and links of staff.
    pub sign_ins: usize,
    /// Wrong codes behind a right password, by account.
    pub codes: Vec<usize>,
    /// Wrong answers of who holds a link, by interview.
    pub answers: Vec<usize>,
    /// Links that open no seat.
    pub links: usize,
}

impl App {
    /// # Errors
    /// The store failed.
    pub async fn tried_in_vain(&self) -> Result<TriedInVain> {
        let mut reader = self.store.read().await?;
        let reader = &mut *reader;
        let sign_ins = self.tries(reader, AuditAction::SignInFailed).await?;
        let codes = self.tries(reader, AuditAction::SecondStepFailed).await?;
        let answers = self.tries(reader, AuditAction::IdentityFailed).await?;
        let links = self.tries(reader, AuditAction::ClaimFailed).await?;
        Ok(TriedInVain {
            sign_ins: sign_ins.len(),
            codes: by(&codes, |it| it.subject_id),
            answers: by(&answers, |it| it.interview_id),
            links: links.len(),
        })
    }

    async fn tries(
        &self,
        reader: &mut dyn Reader,
        action: AuditAction,
    ) -> Result<Vec<ChainedEvent>> {
        let filter = AuditFilter {
            actions: Some(Actions::Of(vec![action.code()])),
            from: Some(self.now() - DAY),
            ..AuditFilter::default()
        };
        Ok(reader.audit_page(&filter, BEYOND_ALL, MOST).await?)
    }
}

/// How many there are of each.
fn by(events: &[ChainedEvent], of: fn(&LoggedEvent) -> Option<Uuid>) -> Vec<usize> {
    let mut counts = HashMap::new();
    for it in events {
        *counts.entry(of(&it.event)).or_insert(0) += 1;
    }
    counts.into_values().collect()
}
