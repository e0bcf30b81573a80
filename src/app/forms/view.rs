//! Forms as the staff's pages read them, and what a flag shows of them.

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::consent::Manner;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::coverage::asked_alone;
use yorisoi_domain::risk::flag::Flag;
use yorisoi_domain::risk::form::{Answer, FilledBy, Form, Given, Question, Says, Stage, Written};
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::time::{GestationalAge, Timestamp};
use yorisoi_store::Tx;

use super::content;
use super::reading::{Opened, newest};
use crate::app::consent::hex;
use crate::app::interviews::WeeksOfPregnancy;
use crate::app::{App, AppError, Loaded, Result};

/// All forms, in the order in which they are shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Forms {
    pub forms: Vec<FormView>,
}

/// One form, answered or not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InterviewForm)]
pub struct FormView {
    #[schema(example = "questionnaire")]
    pub form: String,
    pub title: String,
    /// What whoever fills it in should know.
    pub hint: Option<String>,
    pub filled_by: FilledBy,
    /// Of the questions.
    pub version: u32,
    pub sha256: String,
    pub questions: Vec<FormQuestion>,
    /// `null`: not answered.
    pub filled: Option<FilledForm>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FormQuestion {
    pub question: String,
    pub label: String,
    /// As it is asked; `null`: the wording stands on the office's own sheet.
    pub ask: Option<String>,
    /// Only when she is alone.
    pub alone: bool,
    /// Empty: it is answered in words.
    pub choices: Vec<super::AskedChoice>,
}

/// What was answered last.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilledForm {
    /// Say it when you change it.
    pub revision: u32,
    pub at: Timestamp,
    pub manner: Manner,
    /// Who took it down; `null`: she herself.
    #[schema(value_type = Option<String>)]
    pub by: Option<Pii<String>>,
    /// In the order of the form; what was passed over is not in it.
    pub answers: Vec<AnswerView>,
    pub sum: Option<SumView>,
}

/// One answer: a choice with its words, words of her own, or 答えたくない.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormAnswer)]
pub struct AnswerView {
    pub question: String,
    pub label: String,
    #[schema(value_type = Option<String>)]
    pub choice: Option<Pii<String>>,
    #[schema(value_type = Option<String>)]
    pub text: Option<Pii<String>>,
    pub declined: bool,
    /// To be acted on at once, whatever else was answered.
    pub urgent: bool,
}

/// The sum of a scale, by its published rule. It says how the form was filled in and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FormSum)]
pub struct SumView {
    pub points: u32,
    pub most: u32,
    /// From here on it counts.
    pub cut: u32,
    pub reached: bool,
    /// Something was not answered: the sum may be higher.
    pub incomplete: bool,
}

/// What a form says about a flag's item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FlagAnswer)]
pub struct FlagAnswer {
    /// The form's title.
    pub form: String,
    /// `questionnaire.smoking`; of the sum the form alone: `epds`.
    pub rule: String,
    /// The question, in short; `null`: the sum.
    pub label: Option<String>,
    #[schema(value_type = Option<String>)]
    pub text: Option<Pii<String>>,
    pub declined: bool,
    pub sum: Option<SumView>,
    /// The flag rests on it; else it stands beside.
    pub bears: bool,
}

/// What the record says about a flag's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlagRecord {
    /// In years, on the day of the interview.
    pub age: Option<u16>,
    /// When the pregnancy was notified.
    #[schema(value_type = Option<WeeksOfPregnancy>)]
    pub weeks: Option<GestationalAge>,
}

impl App {
    pub(super) async fn forms_shown(&self, tx: &mut dyn Tx, it: &Loaded) -> Result<Forms> {
        let interview = &it.row.interview;
        let stage = self.known(tx, interview).await?.facts.stage;
        let opened = self.forms_to_show(tx, interview.id).await?;
        let pack = self.pack_of(tx, interview).await?;
        let filled = newest(&opened);
        let mut forms = Vec::new();
        for form in content::all() {
            let filled = filled.iter().find(|one| one.row.form == form.id);
            forms.push(FormView {
                form: form.id.clone(),
                title: form.title.clone(),
                hint: form.hint.clone(),
                filled_by: form.filled_by,
                version: form.version,
                sha256: hex(&form.sha256),
                questions: form.questions.iter().map(question).collect(),
                filled: match filled {
                    Some(one) => Some(self.filled(tx, &pack, form, one, stage).await?),
                    None => None,
                },
            });
        }
        Ok(Forms { forms })
    }

    async fn filled(
        &self,
        tx: &mut dyn Tx,
        pack: &Pack,
        form: &Form,
        one: &Opened,
        stage: Option<Stage>,
    ) -> Result<FilledForm> {
        let answers = one.answers.iter().map(|answer| {
            let (choice, text, declined) = parts(&answer.given);
            AnswerView {
                question: answer.question.clone(),
                label: answer.label.clone(),
                choice,
                text,
                declined,
                urgent: is_urgent(pack, form, answer),
            }
        });
        Ok(FilledForm {
            revision: one.row.revision.number(),
            at: one.row.at,
            manner: one.row.manner,
            by: match one.row.by {
                Some(user) => Some(self.name_of(tx, user).await?),
                None => None,
            },
            answers: answers.collect(),
            sum: sum(form, &one.answers, stage),
        })
    }

    /// What the forms say about a flag's item: what it rests on, as it was then, and what stands
    /// beside it now.
    pub(in crate::app) async fn written_about(
        &self,
        tx: &mut dyn Tx,
        flag: &Flag,
    ) -> Result<(Vec<FlagAnswer>, Option<FlagRecord>)> {
        let opened = self.forms_to_show(tx, flag.interview).await?;
        let own = |it: &Written| matches!(it, Written::Age | Written::Weeks);
        let of_record = flag.written.iter().any(own);
        if opened.is_empty() && !of_record {
            return Ok((Vec::new(), None));
        }
        let row = tx.interview(flag.interview).await?;
        let known = self
            .known(tx, &row.ok_or(AppError::NotFound)?.interview)
            .await?;
        let says = |fact| flag.written.contains(&fact);
        let record = of_record.then(|| FlagRecord {
            age: known.facts.age.filter(|_| says(Written::Age)),
            weeks: known.weeks.filter(|_| says(Written::Weeks)),
        });
        let mut answers = Vec::new();
        for one in &opened {
            let Some(form) = content::named(&one.row.form) else {
                continue;
            };
            let bears = |asked: Option<&str>| {
                flag.written.iter().any(|it| match it {
                    Written::Answer {
                        form,
                        revision,
                        question,
                    } => {
                        (*form, *revision, question.as_deref())
                            == (one.row.id, one.row.revision.number(), asked)
                    }
                    Written::Age | Written::Weeks => false,
                })
            };
            let is_newest = newest(&opened)
                .iter()
                .any(|it| it.row.id == one.row.id && it.row.revision == one.row.revision);
            for answer in &one.answers {
                let bears = bears(Some(&answer.question));
                let about = form.question(&answer.question);
                let beside = about.is_some_and(|it| it.item.as_ref() == Some(&flag.item));
                if bears || (beside && is_newest) {
                    let (_, text, declined) = parts(&answer.given);
                    answers.push(FlagAnswer {
                        form: form.title.clone(),
                        rule: format!("{}.{}", form.id, answer.question),
                        label: Some(answer.label.clone()),
                        text,
                        declined,
                        sum: None,
                        bears,
                    });
                }
            }
            if bears(None) {
                answers.push(FlagAnswer {
                    form: form.title.clone(),
                    rule: form.id.clone(),
                    label: None,
                    text: None,
                    declined: false,
                    sum: sum(form, &one.answers, known.facts.stage),
                    bears: true,
                });
            }
        }
        Ok((answers, record))
    }
}

fn question(question: &Question) -> FormQuestion {
    let choices = question.choices.iter().map(|choice| super::AskedChoice {
        choice: choice.id.clone(),
        text: choice.ja.clone(),
    });
    let item = question.item.as_ref();
    FormQuestion {
        question: question.id.clone(),
        label: question.label.clone(),
        ask: question.ja.clone(),
        alone: item.is_some_and(|item| asked_alone(item.as_str())),
        choices: choices.collect(),
    }
}

fn parts(given: &Given) -> (Option<Pii<String>>, Option<Pii<String>>, bool) {
    match given {
        Given::Chosen { choice, text } => (
            Some(choice.clone().into()),
            Some(text.clone().into()),
            false,
        ),
        Given::Words(words) => (None, Some(words.clone().into()), false),
        Given::Declined => (None, None, true),
    }
}

fn sum(form: &Form, answers: &[Answer], stage: Option<Stage>) -> Option<SumView> {
    form.sum(answers, stage).map(|sum| SumView {
        points: sum.points,
        most: sum.most,
        cut: sum.cut,
        reached: sum.reached(),
        incomplete: sum.incomplete,
    })
}

/// Whether an answer has to be looked at the same day.
fn is_urgent(pack: &Pack, form: &Form, answer: &Answer) -> bool {
    let Some(question) = form.question(&answer.question) else {
        return false;
    };
    let item = question.item.as_ref();
    let item = item.and_then(|item| pack.item(item));
    question.chosen(answer).is_some_and(|choice| {
        let tier = choice.tier.or(item.map(|it| it.tier));
        choice.says == Says::Risk && tier == Some(Tier::Immediate)
    })
}
