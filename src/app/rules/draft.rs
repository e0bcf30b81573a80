//! The working copy of the municipality's rules: what is in use, with the files that somebody has
//! changed since. Nobody's talk is read by it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use serde::Deserialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor, Subject, allowed};
use yorisoi_domain::audit::{AuditAction, AuditActor};
use yorisoi_domain::ids::UserId;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::likeness;
use yorisoi_domain::risk::pack::city::{self, RuleText};
use yorisoi_domain::risk::pack::{Fault, Pack, PackError};
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_store::{DraftRow, Reader, Tx};

use super::view::RulePlace;
use super::{Packs, REMEMBERED};
use crate::app::booking::staff;
use crate::app::input::Form;
use crate::app::{App, AppError, Result};

/// Longest pattern or example, in characters.
const LINE: usize = 500;
/// Of a pack that is not in use. People never see it.
const DRAFT: &str = "draft";

/// What becomes of a rule in the working copy. The likeness of an item, `smoking.likeness`, is left out or shipped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleEdit {
    /// Written anew, or in the place of the rule of this name.
    Write { text: RuleText },
    /// Left out.
    Off,
    /// As the shipped pack has it; a rule of the municipality's own goes.
    Shipped,
}

/// What the municipality adds to the words of a concept; none: the shipped ones alone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsEdit {
    pub words: Vec<String>,
}

/// The working copy.
pub(super) struct Copy {
    /// The municipality's files of it.
    pub(super) files: BTreeMap<String, String>,
    /// What differs from what is in use.
    pub(super) changes: Vec<DraftRow>,
    pub(super) pack: std::result::Result<Arc<Pack>, PackError>,
}

impl Copy {
    pub(super) fn change(&self, file: &str) -> Option<&DraftRow> {
        self.changes.iter().find(|row| row.name == file)
    }
}

impl Packs {
    /// Compiles a working copy, if that has not been done.
    async fn compile(
        &self,
        files: &BTreeMap<String, String>,
    ) -> Result<std::result::Result<Arc<Pack>, PackError>> {
        {
            let copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, pack)) = copies.iter().find(|(known, _)| known == files) {
                return Ok(Ok(Arc::clone(pack)));
            }
        }
        let (shipped, own) = (Arc::clone(&self.shipped), files.clone());
        let pack = spawn_blocking(move || crate::rules::extend(&shipped, &own, DRAFT)).await?;
        let pack = pack.map(Arc::new);
        if let Ok(pack) = &pack {
            let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
            if copies.len() >= REMEMBERED {
                copies.remove(0);
            }
            copies.push((files.clone(), Arc::clone(pack)));
        }
        Ok(pack)
    }
}

impl App {
    pub(super) async fn working_copy(&self, reader: &mut dyn Reader) -> Result<Copy> {
        let in_use = self.packs.in_use();
        let changes = reader.rule_drafts().await?;
        let mut files = city::files_in(in_use.files());
        for change in &changes {
            match &change.text {
                Some(text) => files.insert(change.name.clone(), text.clone()),
                None => files.remove(&change.name),
            };
        }
        let pack = match (changes.is_empty(), self.packs.trouble()) {
            (true, None) => Ok(in_use),
            _ => self.packs.compile(&files).await?,
        };
        Ok(Copy {
            files,
            changes,
            pack,
        })
    }

    /// Begins a change of the working copy. Nobody changes what somebody else is deciding about.
    pub(super) async fn begin_edit(
        &self,
        actor: &Actor,
    ) -> Result<(Box<dyn Tx>, AuditActor, UserId)> {
        let tx = self.store.begin().await?;
        let city = Subject::Municipality;
        let (mut tx, by) = self.authorize(tx, actor, Action::EditRules, &city).await?;
        let user = staff(actor)?;
        if let Some(open) = tx.open_rule_activation().await? {
            return Err(AppError::State(InvalidTransition {
                record: "working copy",
                from: open.state.code(),
                to: "changed",
            }));
        }
        Ok((tx, by, user))
    }

    /// Changes one rule in the working copy, or leaves out the likeness of an item.
    ///
    /// # Errors
    /// Not allowed; somebody has asked for the working copy; no such rule; it can't be read, with
    /// the place.
    pub async fn edit_rule(&self, actor: &Actor, id: &str, edit: RuleEdit) -> Result<()> {
        let shipped = &self.packs.shipped;
        let known = shipped.written().iter().find(|rule| rule.id == id);
        let is_item = |it: &str| shipped.items().iter().any(|item| item.id.as_str() == it);
        let text = || match edit {
            RuleEdit::Write { text } => {
                let item = match known {
                    Some(rule) => Some(rule.item.clone()),
                    None if city::is_rule_id(id) => {
                        let item = id.split_once('.').and_then(|(item, _)| item.parse().ok());
                        item.filter(|item| shipped.item(item).is_some())
                    }
                    None => None,
                };
                let item = item.ok_or(AppError::NotFound)?;
                Ok(Some(clean(text)?.to_file(id, &item)))
            }
            RuleEdit::Off if known.is_some() || likeness::item_of(id).is_some_and(is_item) => {
                Ok(Some(city::off_file(id)))
            }
            RuleEdit::Off => Err(AppError::NotFound),
            RuleEdit::Shipped => Ok(None),
        };
        self.change_file(actor, city::rule_file(id), text).await
    }

    /// Sets what the municipality adds to the words of a concept, in the working copy.
    ///
    /// # Errors
    /// As [`App::edit_rule`].
    pub async fn edit_words(&self, actor: &Actor, concept: &str, edit: WordsEdit) -> Result<()> {
        let mut known = self.packs.shipped.concepts().iter();
        let text = || {
            if !known.any(|it| it.name == concept) {
                return Err(AppError::NotFound);
            }
            let mut form = Form::default();
            let words = lines(&mut form, "words", &edit.words);
            form.done()?;
            Ok((!words.is_empty()).then(|| city::words_text(concept, &words)))
        };
        self.change_file(actor, city::words_file(concept), text)
            .await
    }

    /// Takes back what was changed of a rule since it was put into use.
    ///
    /// # Errors
    /// Not allowed; somebody has asked for the working copy; nothing was changed.
    pub async fn discard_rule(&self, actor: &Actor, id: &str) -> Result<()> {
        let (mut tx, by, _) = self.begin_edit(actor).await?;
        let file = city::rule_file(id);
        let changes = tx.rule_drafts().await?;
        if !changes.iter().any(|row| row.name == file) {
            return Err(AppError::NotFound);
        }
        tx.delete_rule_draft(&file).await?;
        let changed = AuditAction::RuleChanged;
        self.note_city(&mut *tx, by, changed, None, None, 1).await?;
        self.commit(tx).await
    }

    /// Writes a file of the working copy, unless that is why it can't be read.
    async fn change_file(
        &self,
        actor: &Actor,
        file: String,
        text: impl FnOnce() -> Result<Option<String>> + Send,
    ) -> Result<()> {
        // Compiling takes a moment in which nobody else could write: it comes before.
        let may_change = allowed(actor, Action::EditRules, &Subject::Municipality, self.now());
        let text = match may_change.is_allowed() {
            true => {
                let text = text()?;
                self.expect_readable(&file, text.as_deref()).await?;
                text
            }
            false => None,
        };
        let (mut tx, by, user) = self.begin_edit(actor).await?;
        let used = city::files_in(self.packs.in_use().files());
        if used.get(&file) == text.as_ref() {
            tx.delete_rule_draft(&file).await?;
        } else {
            tx.put_rule_draft(&DraftRow {
                name: file,
                text,
                by: user,
                at: self.now(),
            })
            .await?;
        }
        let changed = AuditAction::RuleChanged;
        self.note_city(&mut *tx, by, changed, None, None, 1).await?;
        self.commit(tx).await
    }

    /// Where the working copy could not be read before, a fault of another file stays to be mended
    /// there.
    async fn expect_readable(&self, file: &str, text: Option<&str>) -> Result<()> {
        let mut reader = self.store.read().await?;
        let copy = self.working_copy(&mut *reader).await?;
        drop(reader);
        let (mut files, whole) = (copy.files, copy.pack.is_ok());
        match text {
            Some(text) => files.insert(file.to_owned(), text.to_owned()),
            None => files.remove(file),
        };
        if let Err(error) = self.packs.compile(&files).await? {
            let all = matches!(error.fault, Fault::TooMany | Fault::TooBig);
            if whole || all || (text.is_some() && error.file == file) {
                let place = RulePlace::of(&error, files.get(&error.file).map(String::as_str));
                return Err(AppError::BadRule(Box::new(place)));
            }
        }
        Ok(())
    }
}

/// What was typed, without empty lines and signs that nobody sees.
fn clean(text: RuleText) -> Result<RuleText> {
    let mut form = Form::default();
    let clean = RuleText {
        patterns: lines(&mut form, "patterns", &text.patterns),
        unless: lines(&mut form, "unless", &text.unless),
        matches: lines(&mut form, "match", &text.matches),
        no_match: lines(&mut form, "no_match", &text.no_match),
        basis: text
            .basis
            .as_ref()
            .filter(|typed| !typed.trim().is_empty())
            .map(|typed| line(&mut form, "basis", typed)),
        question: text.question.and_then(|mut question| {
            question.patterns = lines(&mut form, "question", &question.patterns);
            (!question.patterns.is_empty()).then_some(question)
        }),
        ..text
    };
    form.done()?;
    Ok(clean)
}

fn lines(form: &mut Form, name: &'static str, typed: &[String]) -> Vec<String> {
    let typed = typed.iter().filter(|line| !line.trim().is_empty());
    typed.map(|typed| line(form, name, typed)).collect()
}

fn line(form: &mut Form, name: &'static str, typed: &str) -> String {
    let typed = Pii::new(typed.to_owned());
    form.line(name, &typed, LINE).into_exposed()
}
