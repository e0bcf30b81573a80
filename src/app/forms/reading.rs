//! What is written of an interview, opened and read: the newest answers to every form, her age, and
//! how far the pregnancy was when it was notified.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::interview::{Interview, Kind};
use yorisoi_domain::risk::form::{self, Answer, Facts, Filled, Stage};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::time::{GestationalAge, age_on};
use yorisoi_store::{FormRow, KeyKind, Tx};

use super::content;
use crate::app::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::rows;

/// One revision of a form, opened.
pub(super) struct Opened {
    pub(super) row: FormRow,
    pub(super) answers: Vec<Answer>,
}

/// What the record says, and how far she is.
pub(super) struct Known {
    pub(super) facts: Facts,
    pub(super) weeks: Option<GestationalAge>,
}

impl App {
    /// What is written about the items.
    pub(in crate::app) async fn written_now(
        &self,
        tx: &mut dyn Tx,
        id: InterviewId,
        pack: &Arc<Pack>,
    ) -> Result<form::Reading> {
        let interview = tx.interview(id).await?.ok_or(AppError::NotFound)?.interview;
        let facts = self.known(tx, &interview).await?.facts;
        let opened = self.opened_forms(tx, id).await?;
        let filled = newest(&opened).into_iter().filter_map(|one| {
            Some(Filled {
                id: one.row.id,
                revision: one.row.revision.number(),
                form: content::named(&one.row.form)?,
                answers: &one.answers,
            })
        });
        let filled: Vec<_> = filled.collect();
        Ok(form::read(pack, content::limits(), facts, &filled))
    }

    pub(super) async fn known(&self, tx: &mut dyn Tx, interview: &Interview) -> Result<Known> {
        let case = tx.case(interview.case).await?.ok_or(AppError::NotFound)?;
        let resident = tx.resident(case.resident).await?;
        let resident = self
            .opened_resident(&resident.ok_or(AppError::NotFound)?)
            .await?;
        let due = self.opened_case(&case).await?.private.due_date;
        let day = interview.scheduled_at.to_zoned(self.settings.zone.clone());
        let day = day.date();
        let due = due.map(yorisoi_domain::pii::Pii::into_exposed);
        let weeks = due.and_then(|due| GestationalAge::on(day, due));
        Ok(Known {
            facts: Facts {
                age: age_on(day, *resident.birth_date.expose()),
                weeks: weeks
                    .filter(|_| interview.kind == Kind::Notification)
                    .map(|it| it.weeks),
                stage: match (interview.kind, due) {
                    (Kind::AfterBirth, _) => Some(Stage::AfterBirth),
                    (Kind::Notification | Kind::EighthMonth, _) => Some(Stage::Pregnancy),
                    (Kind::AnyTime, Some(due)) if day <= due => Some(Stage::Pregnancy),
                    (Kind::AnyTime, _) => None,
                },
            },
            weeks,
        })
    }

    /// Every revision, the oldest first. Whose key is destroyed is not in it.
    pub(super) async fn opened_forms(
        &self,
        tx: &mut dyn Tx,
        id: InterviewId,
    ) -> Result<Vec<Opened>> {
        let (mut keys, mut opened) = (BTreeMap::new(), Vec::new());
        for row in tx.forms_of(id).await? {
            let key = match keys.entry(row.id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let key = match self.keyring.get(KeyKind::Talk, row.id.uuid()).await {
                        Err(KeyError::Destroyed { .. }) => None,
                        found => Some(found?),
                    };
                    place.insert(key)
                }
            };
            if let Some(key) = key {
                let answers = rows::open_answers(key, &row)?;
                opened.push(Opened { row, answers });
            }
        }
        Ok(opened)
    }

    /// As [`App::opened_forms`], and nothing once she has taken everything back, although a law keeps it.
    pub(super) async fn forms_to_show(
        &self,
        tx: &mut dyn Tx,
        id: InterviewId,
    ) -> Result<Vec<Opened>> {
        match super::withdrawn(tx, id).await? {
            true => Ok(Vec::new()),
            false => self.opened_forms(tx, id).await,
        }
    }
}

/// The last revision of each form.
pub(super) fn newest(opened: &[Opened]) -> Vec<&Opened> {
    let last = |one: &&Opened| {
        let later = |it: &Opened| it.row.id == one.row.id && it.row.revision > one.row.revision;
        !opened.iter().any(later)
    };
    opened.iter().filter(last).collect()
}
