//! Forms of an interview: the questionnaire before the talk, which she fills in on her phone or a
//! nurse takes down, and the scales, which a nurse copies from the sheet. What is answered is hers:
//! sealed under a `talk` key of the form's own, gone when she withdraws. Her phone never gets an
//! answer back.

mod content;
mod reading;
pub mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor};
use yorisoi_domain::consent::Manner;
use yorisoi_domain::ids::{FormId, InterviewId, UserId};
use yorisoi_domain::interview::State as InterviewState;
use yorisoi_domain::participant::{GuestRole, Who};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::form::{Answer, FilledBy, Form, Given, Question};
use yorisoi_store::{FormRow, KeyKind, Reader, Revision, Tx};

use self::view::Forms;
use super::booking::staff;
use super::consent::{EASY, hex};
use super::consent_text::LOCALES;
use super::input::{FieldCode, Form as Typed};
use super::notices::Noticed;
use super::{App, AppError, Loaded, Result};
use crate::crypto::rows;

/// Longest answer in words, in characters.
const WORDS: usize = 1_000;

/// The language in which a nurse reads out or copies.
const PLAIN: &str = "ja";

/// The questions as her phone asks them, one after the other.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormQuestions {
    pub version: u32,
    /// Hexadecimal; to be sent back with the answers.
    pub sha256: String,
    pub questions: Vec<AskedQuestion>,
}

/// Readings stand as 面談《めんだん》.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedQuestion {
    pub question: String,
    pub ask: String,
    /// Empty: it is answered in words.
    pub choices: Vec<AskedChoice>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AskedChoice {
    pub choice: String,
    pub text: String,
}

/// One answer: a choice, words, or 答えたくない. A question that was passed over has none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    pub question: String,
    #[schema(value_type = Option<String>)]
    pub choice: Option<Pii<String>>,
    #[schema(value_type = Option<String>)]
    pub words: Option<Pii<String>>,
    #[serde(default)]
    pub declined: bool,
}

/// What she answered on her phone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnAnswers {
    pub locale: String,
    /// Version and SHA-256 (hex) of the questions as they were shown.
    pub version: u32,
    pub sha256: String,
    pub answers: Vec<NewAnswer>,
}

/// What a nurse takes down: all of it, in the place of what there was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakenAnswers {
    /// Of the form as the page shows it; 0: it was not answered.
    pub revision: u32,
    pub manner: TakenFrom,
    pub answers: Vec<NewAnswer>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TakenFrom {
    /// Asked and answered.
    Spoken,
    /// Copied from a sheet of paper.
    Paper,
}

/// Answers that can be kept, and how they came.
struct Checked {
    answers: Vec<Answer>,
    language: String,
    manner: Manner,
    by: Option<UserId>,
}

impl App {
    /// The questions that she may be offered. Nothing that was answered before is in it.
    ///
    /// # Errors
    /// No seat, identity not proven, or no questions in this locale.
    pub async fn form_questions(
        &self,
        actor: &Actor,
        locale: Option<&str>,
    ) -> Result<FormQuestions> {
        let (tx, ..) = self.open_seat(actor, Action::AnswerForm).await?;
        drop(tx);
        let locale = known_locale(locale.unwrap_or(EASY))?;
        let form = content::offered();
        let text = |ja: &str, easy: &str| match locale {
            EASY => easy.to_owned(),
            _ => ja.to_owned(),
        };
        let choices = |question: &Question| {
            let all = question.choices.iter().map(|choice| AskedChoice {
                choice: choice.id.clone(),
                text: text(&choice.ja, &choice.easy),
            });
            all.collect()
        };
        let questions = form.questions.iter().filter_map(|question| {
            let (ja, easy) = (question.ja.as_deref()?, question.easy.as_deref()?);
            (question.asked_by == FilledBy::Resident).then(|| AskedQuestion {
                question: question.id.clone(),
                ask: text(ja, easy),
                choices: choices(question),
            })
        });
        Ok(FormQuestions {
            version: form.version,
            sha256: hex(&form.sha256),
            questions: questions.collect(),
        })
    }

    /// Keeps what she answered on her phone, once.
    ///
    /// # Errors
    /// No seat, identity not proven; who comes along can't answer for her, the questions have
    /// changed, it was answered already, or the interview is over (`NotReady`); she has withdrawn.
    pub async fn answer_form(&self, actor: &Actor, own: OwnAnswers) -> Result<()> {
        let Actor::Seat(seat) = actor else {
            self.open_seat(actor, Action::AnswerForm).await?;
            return Err(AppError::Unknown);
        };
        let watch = self.watches.of(seat.interview, self.now());
        let mut watch = watch.lock().await;
        let (mut tx, by, it, row) = self.open_seat(actor, Action::AnswerForm).await?;
        let form = content::offered();
        let shown = form.version == own.version && hex(&form.sha256) == own.sha256;
        let theirs = row.participant.along().is_some();
        if it.row.interview.state.is_final() || !shown || theirs {
            return Err(AppError::NotReady);
        }
        let known = tx.forms_of(seat.interview).await?;
        if known.iter().any(|row| row.form == form.id) {
            return Err(AppError::NotReady);
        }
        let checked = Checked {
            answers: checked(form, &own.answers, FilledBy::Resident)?,
            language: known_locale(&own.locale)?.to_owned(),
            manner: Manner::Tap,
            by: None,
        };
        let noticed = self
            .keep_form(&mut *tx, by, &it, (form, &known), checked, &mut watch)
            .await?;
        self.commit(tx).await?;
        drop(watch);
        self.announce(seat.interview, noticed).await;
        Ok(())
    }

    /// Whether what she is offered before the talk has an answer, by her own hand or taken down.
    pub(in crate::app) async fn has_questionnaire(
        &self,
        tx: &mut dyn Tx,
        id: InterviewId,
    ) -> Result<bool> {
        let known = tx.forms_of(id).await?;
        Ok(known.iter().any(|row| row.form == content::offered().id))
    }

    /// Every form with its questions, and what was answered last.
    ///
    /// # Errors
    /// Not allowed; no such interview.
    pub async fn read_forms(&self, actor: &Actor, id: InterviewId) -> Result<Forms> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ReadForms, id).await?;
        let forms = self.forms_shown(&mut *tx, &it).await?;
        self.note(&mut *tx, by, AuditAction::FormsRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(forms)
    }

    /// Takes a form down: what was asked and answered, or copied from a sheet.
    ///
    /// # Errors
    /// Not allowed; no such interview or form; changed since it was read; answers that can't be
    /// taken; the interview never took place or its note is approved (`NotReady`); she has
    /// withdrawn.
    pub async fn fill_form(
        &self,
        actor: &Actor,
        id: InterviewId,
        form: &str,
        taken: TakenAnswers,
    ) -> Result<Forms> {
        let watch = self.watches.of(id, self.now());
        let mut watch = watch.lock().await;
        let (mut tx, by, it) = self.open_interview(actor, Action::FillForm, id).await?;
        let form = content::named(form).ok_or(AppError::NotFound)?;
        let never = matches!(
            it.row.interview.state,
            InterviewState::Cancelled { .. }
                | InterviewState::NoShow { .. }
                | InterviewState::Declined { .. }
        );
        if never || tx.record_of(id).await?.is_some() {
            return Err(AppError::NotReady);
        }
        let known = tx.forms_of(id).await?;
        let newest = known.iter().rev().find(|row| row.form == form.id);
        if newest.map_or(0, |row| row.revision.number()) != taken.revision {
            return Err(AppError::Changed);
        }
        let checked = Checked {
            answers: checked(form, &taken.answers, FilledBy::Nurse)?,
            language: PLAIN.to_owned(),
            manner: match taken.manner {
                TakenFrom::Spoken => Manner::Spoken,
                TakenFrom::Paper => Manner::Paper,
            },
            by: Some(staff(actor)?),
        };
        let noticed = self
            .keep_form(&mut *tx, by, &it, (form, &known), checked, &mut watch)
            .await?;
        let forms = self.forms_shown(&mut *tx, &it).await?;
        self.commit(tx).await?;
        drop(watch);
        self.announce(id, noticed).await;
        Ok(forms)
    }

    /// Writes one more revision down, with what it changes in the flags. What was read of the talk
    /// is left in `watch` only as it will be committed.
    async fn keep_form(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        it: &Loaded,
        (form, known): (&Form, &[FormRow]),
        checked: Checked,
        watch: &mut Option<super::watch::Watch>,
    ) -> Result<Noticed> {
        let interview = it.row.interview.id;
        if withdrawn(tx, interview).await? {
            return Err(AppError::Withdrawn);
        }
        let newest = known.iter().rev().find(|row| row.form == form.id);
        let (id, key, revision) = match newest {
            Some(row) => (
                row.id,
                self.keyring.get(KeyKind::Talk, row.id.uuid()).await?,
                row.revision.next(),
            ),
            None => {
                let id = FormId::new(self.ids.id());
                let key = self.new_key(KeyKind::Talk, id.uuid()).await?;
                (id, key, Revision::FIRST)
            }
        };
        tx.insert_form(&FormRow {
            id,
            interview,
            form: form.id.clone(),
            content: form.version,
            content_sha256: form.sha256,
            language: checked.language,
            manner: checked.manner,
            by: checked.by,
            answers: rows::seal_answers(&key, id, revision, &checked.answers)?,
            at: self.now(),
            revision,
        })
        .await?;
        self.note(tx, by, AuditAction::FormSaved, &it.row, None)
            .await?;
        // Read anew by whoever comes next, whatever becomes of this transaction.
        *watch = None;
        let read = self.read_again(tx, interview).await?;
        self.follow(tx, &it.row, &read, None).await
    }

    /// What is written is looked at for the first time when the talk begins.
    ///
    /// # Errors
    /// The store or a key failed. The next words that are said bring it about as well.
    pub(super) async fn look_at_what_is_written(&self, id: InterviewId) -> Result<()> {
        let watch = self.watches.of(id, self.now());
        let mut watch = watch.lock().await;
        let mut tx = self.store.begin().await?;
        let row = tx.interview(id).await?.ok_or(AppError::NotFound)?;
        let read = self.read_again(&mut *tx, id).await?;
        let noticed = self.follow(&mut *tx, &row, &read, None).await?;
        self.commit(tx).await?;
        *watch = Some(read);
        drop(watch);
        self.announce(id, noticed).await;
        Ok(())
    }
}

/// Whether the resident may still be offered the questions in this interview.
pub(super) async fn may_be_offered(tx: &mut dyn Reader, id: InterviewId) -> Result<bool> {
    let answered = tx.forms_of(id).await?.into_iter();
    let mut answered = answered.filter(|row| row.form == content::offered().id);
    Ok(answered.next().is_none() && !withdrawn(tx, id).await?)
}

/// Whether there is anything that she, or somebody for her, has answered.
pub(super) async fn kept(tx: &mut dyn Reader, id: InterviewId) -> Result<bool> {
    Ok(!tx.forms_of(id).await?.is_empty())
}

/// Whether the resident has taken everything back, from whichever of her seats.
async fn withdrawn(tx: &mut dyn Reader, id: InterviewId) -> Result<bool> {
    let certificates = tx.certificates_of(id).await?;
    let seats = tx.participants_of(id).await?.into_iter();
    let mut hers = seats.filter(|row| is_hers(row.participant.who));
    Ok(hers.any(|row| {
        certificates
            .iter()
            .any(|it| it.participant == row.participant.id)
    }))
}

pub(super) const fn is_hers(who: Who) -> bool {
    matches!(who, Who::Guest(GuestRole::Resident, _))
}

fn known_locale(locale: &str) -> Result<&'static str> {
    let known = LOCALES.iter().copied().find(|known| *known == locale);
    known.ok_or_else(|| {
        let mut typed = Typed::default();
        typed.refuse("locale", FieldCode::NotKnown);
        typed.done().err().unwrap_or_default().into()
    })
}

/// The answers as they are kept, in the order of the form. `by`: who gives them.
fn checked(form: &Form, given: &[NewAnswer], by: FilledBy) -> Result<Vec<Answer>> {
    let mut typed = Typed::default();
    let asked = |question: &Question| by == FilledBy::Nurse || question.asked_by == by;
    for answer in given {
        let known = form.question(&answer.question).is_some_and(asked);
        let twice = given.iter().filter(|it| it.question == answer.question);
        if !known || twice.count() > 1 {
            typed.refuse("answers", FieldCode::NotKnown);
        }
    }
    let mut answers = Vec::new();
    for question in form.questions.iter().filter(|it| asked(it)) {
        let Some(answer) = given.iter().find(|it| it.question == question.id) else {
            continue;
        };
        let given = match (&answer.choice, &answer.words, answer.declined) {
            (Some(choice), None, false) => {
                let choice = choice.expose();
                let known = question.choices.iter().find(|it| it.id == *choice);
                known.map(|it| Given::Chosen {
                    choice: it.id.clone(),
                    text: it.ja.clone(),
                })
            }
            (None, Some(words), false) if question.choices.is_empty() => Some(Given::Words(
                typed.text("answers", words, WORDS).into_exposed(),
            )),
            (None, None, true) => Some(Given::Declined),
            _ => None,
        };
        match given {
            Some(given) => answers.push(Answer {
                question: question.id.clone(),
                label: question.label.clone(),
                given,
            }),
            None => typed.refuse("answers", FieldCode::NotKnown),
        }
    }
    if answers.is_empty() {
        typed.refuse("answers", FieldCode::Required);
    }
    typed.done()?;
    Ok(answers)
}
