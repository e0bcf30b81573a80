//! Consent at the door: the texts, and one entry per answer. An answer counts for the text as it
//! was shown; where nothing is left to ask, the entry says so itself.

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::consent::{
    Answer, Choice, ConsentEntry, ConsentText, InEffect, Manner, RecordedBy, Transcription, YesNo,
    in_effect,
};
use yorisoi_domain::ids::{ConsentId, ParticipantId};
use yorisoi_domain::interview::State;
use yorisoi_store::Tx;

use super::consent_text::{CHOICES, Shown, shown};
use super::input::{FieldCode, FieldProblem};
use super::join::JoinState;
use super::{App, AppError, Loaded, Result};

/// The four texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentTexts {
    pub locale: String,
    pub texts: Vec<ShownText>,
}

/// A text as it is shown; readings stand as 面談《めんだん》.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownText {
    pub choice: Choice,
    pub version: u32,
    /// Hexadecimal; to be sent back with the answer.
    pub sha256: String,
    pub question: String,
    pub paragraphs: Vec<String>,
    pub answers: Vec<ShownAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ShownAnswer {
    pub value: String,
    pub label: String,
    pub consequence: Option<String>,
}

/// The locale of who has chosen none.
pub(super) const EASY: &str = "ja-x-easy";

impl App {
    /// # Errors
    /// No seat, identity not proven, or no texts in this locale.
    pub async fn consent_texts(&self, actor: &Actor, locale: Option<&str>) -> Result<ConsentTexts> {
        let (tx, ..) = self.open_seat(actor, Action::ReadConsentTexts).await?;
        drop(tx);
        let locale = locale.unwrap_or(EASY);
        let mut texts = Vec::new();
        for choice in CHOICES {
            let Shown {
                text,
                question,
                paragraphs,
                answers,
            } = self.shown(locale, choice)?;
            let answers = answers.into_iter().map(|answer| ShownAnswer {
                value: answer.value,
                label: answer.label,
                consequence: answer.consequence,
            });
            texts.push(ShownText {
                choice,
                version: text.version,
                sha256: hex(&text.sha256),
                question,
                paragraphs,
                answers: answers.collect(),
            });
        }
        Ok(ConsentTexts {
            locale: locale.to_owned(),
            texts,
        })
    }

    /// # Errors
    /// No seat, identity not proven; the text has changed since it was shown (`NotReady`).
    pub async fn give_consent(
        &self,
        actor: &Actor,
        answer: Answer,
        locale: &str,
        version: u32,
        sha256: &str,
    ) -> Result<JoinState> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::GiveConsent).await?;
        // What she alone decides, nobody who comes along answers for her.
        let hers = matches!(answer.choice(), Choice::Interview | Choice::Sharing);
        let not_theirs = hers && row.participant.along().is_some();
        if it.row.interview.state.is_final() || not_theirs {
            return Err(AppError::NotReady);
        }
        let writes = Answer::Transcription(Transcription::None) != answer
            && answer.choice() == Choice::Transcription;
        if writes && tx.certificate_of(row.participant.id).await?.is_some() {
            // Nothing that she says can be kept again in this seat: its keys are gone.
            return Err(AppError::Withdrawn);
        }
        let text = self.shown(locale, answer.choice())?.text;
        if text.version != version || hex(&text.sha256) != sha256 {
            return Err(AppError::NotReady);
        }
        let participant = row.participant.id;
        self.record(&mut *tx, by, &it, participant, answer, text, Manner::Tap)
            .await?;
        let audio_is_moot = matches!(
            answer,
            Answer::Transcription(Transcription::None | Transcription::CaptionsOnly)
        );
        if audio_is_moot {
            let text = self.shown(locale, Choice::KeepAudio)?.text;
            let no = Answer::KeepAudio(YesNo::No);
            self.record(&mut *tx, by, &it, participant, no, text, Manner::NotAsked)
                .await?;
        }
        if answer == Answer::Interview(YesNo::No)
            && !matches!(it.row.interview.state, State::InProgress(_))
        {
            let declined = it.row.interview.clone().decline(participant, self.now())?;
            tx.save_interview(&declined, it.row.revision).await?;
            self.note(&mut *tx, by, AuditAction::InterviewDeclined, &it.row, None)
                .await?;
        }
        let state = self.state_of(&mut *tx, participant).await?;
        self.commit(tx).await?;
        Ok(state)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one column of the entry")]
    pub(super) async fn record(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        it: &Loaded,
        participant: ParticipantId,
        answer: Answer,
        text: ConsentText,
        manner: Manner,
    ) -> Result<()> {
        let entry = ConsentEntry {
            id: ConsentId::new(self.ids.id()),
            participant,
            answer,
            text,
            manner,
            recorded_by: match by {
                AuditActor::Staff(user, _) => RecordedBy::Staff(user),
                _ => RecordedBy::Herself,
            },
            read_aloud_by: None,
            at: self.now(),
        };
        tx.insert_consent(&entry).await?;
        let about = Some(AuditSubject::Consent(entry.id));
        self.note(tx, by, AuditAction::ConsentRecorded, &it.row, about)
            .await
    }

    pub(super) fn shown(&self, locale: &str, choice: Choice) -> Result<Shown> {
        shown(locale, choice, self.settings.retention).ok_or_else(|| {
            AppError::Invalid(vec![FieldProblem {
                field: "locale",
                code: FieldCode::NotKnown,
            }])
        })
    }
}

/// What holds now. Where keeping the sound was not asked because there was none to keep, and now
/// there is, it is asked after all.
pub(super) fn answered(entries: &[ConsentEntry]) -> InEffect {
    let now = in_effect(entries);
    let audio = entries
        .iter()
        .rev()
        .find(|entry| entry.answer.choice() == Choice::KeepAudio);
    let not_asked = audio.is_some_and(|entry| entry.manner == Manner::NotAsked);
    if not_asked && now.transcription == Some(Transcription::Transcript) {
        InEffect {
            keep_audio: None,
            ..now
        }
    } else {
        now
    }
}

/// How many of the choices that are asked have an answer.
pub(super) fn asked_and_answered(entries: &[ConsentEntry]) -> usize {
    let now = answered(entries);
    let audio = now.keep_audio.is_some() && now.transcription == Some(Transcription::Transcript);
    [
        now.interview.is_some(),
        now.transcription.is_some(),
        audio,
        now.sharing.is_some(),
    ]
    .into_iter()
    .filter(|answered| *answered)
    .count()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
