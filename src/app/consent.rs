//! Consent: the texts, and one entry per answer, by her own hand or taken down by staff. An answer counts for the text as it
//! was shown; where nothing is left to ask, the entry says so itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor, IdentityState};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::consent::{
    Agreed, Answer, Choice, ConsentEntry, ConsentText, InEffect, Manner, RecordedBy, Transcription,
    YesNo, in_effect,
};
use yorisoi_domain::ids::{ConsentId, InterviewId, ParticipantId, UserId};
use yorisoi_domain::interview::State;
use yorisoi_domain::participant::{Participant, Who};
use yorisoi_store::{Reader, Tx};

use super::consent_text::{CHOICES, Shown, read_to_second_voice, shown};
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

/// What staff read aloud.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextsToRead {
    pub locale: String,
    /// The four choices.
    pub texts: Vec<ShownText>,
    pub second_voice: SecondVoiceText,
}

/// What is read to somebody who speaks at a guest's microphone; the answer is yes or no.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondVoiceText {
    pub version: u32,
    /// Hexadecimal; to be sent back with the answer.
    pub sha256: String,
    pub question: String,
    pub paragraphs: Vec<String>,
}

/// The locale of who has chosen none.
pub(super) const EASY: &str = "ja-x-easy";

impl App {
    /// # Errors
    /// No seat, identity not proven, or no texts in this locale.
    pub async fn consent_texts(&self, actor: &Actor, locale: Option<&str>) -> Result<ConsentTexts> {
        let (tx, ..) = self.open_seat(actor, Action::ReadConsentTexts).await?;
        drop(tx);
        self.texts(locale.unwrap_or(EASY))
    }

    /// As [`App::consent_texts`], for staff who read them aloud; with what is read to somebody who
    /// speaks at a guest's microphone.
    ///
    /// # Errors
    /// Not allowed; no such interview; no texts in this locale.
    pub async fn texts_to_read(
        &self,
        actor: &Actor,
        id: InterviewId,
        locale: Option<&str>,
    ) -> Result<TextsToRead> {
        let opened = self
            .open_interview(actor, Action::RecordConsent, id)
            .await?;
        drop(opened);
        let locale = locale.unwrap_or(EASY);
        let retention = self.settings.retention;
        let second = read_to_second_voice(locale, retention).ok_or_else(no_such_locale)?;
        let ConsentTexts { locale, texts } = self.texts(locale)?;
        Ok(TextsToRead {
            locale,
            texts,
            second_voice: SecondVoiceText {
                version: second.text.version,
                sha256: hex(&second.text.sha256),
                question: second.question,
                paragraphs: second.paragraphs,
            },
        })
    }

    fn texts(&self, locale: &str) -> Result<ConsentTexts> {
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

    /// By her own hand.
    ///
    /// # Errors
    /// No seat, identity not proven; the text has changed since it was shown (`NotReady`).
    pub async fn give_consent(
        &self,
        actor: &Actor,
        answer: Answer,
        read: ReadText,
    ) -> Result<JoinState> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::GiveConsent).await?;
        let given = Given {
            answer,
            read,
            manner: Manner::Tap,
        };
        self.take_answer(&mut *tx, by, &it, &row.participant, &given)
            .await?;
        let state = self.state_of(&mut *tx, row.participant.id).await?;
        self.commit(tx).await?;
        Ok(state)
    }

    /// Said aloud or signed on paper, and taken down by staff. What holds for them now, and whether
    /// the interview is declined with it.
    ///
    /// # Errors
    /// Not allowed; no such interview, or no such guest in it; they have not shown who they are, or
    /// the text has changed since it was read (`NotReady`); everything was taken back.
    pub async fn record_consent(
        &self,
        actor: &Actor,
        id: InterviewId,
        of: ParticipantId,
        given: &Given,
    ) -> Result<(Agreed, bool)> {
        let (mut tx, by, it, row) = self
            .open_guest(actor, Action::RecordConsent, id, of)
            .await?;
        if row.identity() != IdentityState::Proven {
            return Err(AppError::NotReady);
        }
        self.take_answer(&mut *tx, by, &it, &row, given).await?;
        let declined = tx.interview(id).await?.is_some_and(|row| {
            let state = row.interview.state;
            matches!(state, State::Declined { .. })
        });
        let agreed = agreed(&mut *tx, of).await?;
        self.commit(tx).await?;
        Ok((agreed, declined))
    }

    /// Loads a guest of an interview for what staff do about them.
    pub(super) async fn open_guest(
        &self,
        actor: &Actor,
        action: Action,
        id: InterviewId,
        of: ParticipantId,
    ) -> Result<(Box<dyn Tx>, AuditActor, Loaded, Participant)> {
        let (mut tx, by, it) = self.open_interview(actor, action, id).await?;
        let row = tx.participant(of).await?.ok_or(AppError::NotFound)?;
        let guest = matches!(row.participant.who, Who::Guest(..));
        if !guest || row.participant.interview != id {
            return Err(AppError::NotFound);
        }
        Ok((tx, by, it, row.participant))
    }

    /// One answer, by whomever it is taken, and what follows from it.
    async fn take_answer(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        it: &Loaded,
        of: &Participant,
        given: &Given,
    ) -> Result<()> {
        let Given {
            answer,
            read,
            manner,
        } = given;
        let (answer, manner) = (*answer, *manner);
        // What she alone decides, nobody who comes along answers for her.
        let hers = matches!(answer.choice(), Choice::Interview | Choice::Sharing);
        let not_theirs = hers && of.along().is_some();
        if it.row.interview.state.is_final() || not_theirs {
            return Err(AppError::NotReady);
        }
        let writes = Answer::Transcription(Transcription::None) != answer
            && answer.choice() == Choice::Transcription;
        if writes && tx.certificate_of(of.id).await?.is_some() {
            // Nothing that she says can be kept again in this seat: its keys are gone.
            return Err(AppError::Withdrawn);
        }
        let text = self.shown(&read.locale, answer.choice())?.text;
        read.expect(&text)?;
        if manner == Manner::Tap {
            let entries = tx.consents(of.id).await?;
            let last = (entries.iter()).rfind(|entry| entry.answer.choice() == answer.choice());
            if last.is_some_and(|it| (it.answer, &it.text, it.manner) == (answer, &text, manner)) {
                return Ok(());
            }
            if !is_less(answer, &in_effect(&entries)) {
                self.change(of.id)?;
            }
        }
        let read_aloud_by = match (manner, by) {
            (Manner::Spoken, AuditActor::Staff(user, _)) => Some(user),
            _ => None,
        };
        let participant = of.id;
        let taken = (manner, read_aloud_by);
        self.record(tx, by, it, participant, answer, text, taken)
            .await?;
        let audio_is_moot = matches!(
            answer,
            Answer::Transcription(Transcription::None | Transcription::CaptionsOnly)
        );
        if audio_is_moot {
            let text = self.shown(&read.locale, Choice::KeepAudio)?.text;
            let no = Answer::KeepAudio(YesNo::No);
            let taken = (Manner::NotAsked, None);
            self.record(tx, by, it, participant, no, text, taken)
                .await?;
        }
        if answer == Answer::Interview(YesNo::No)
            && !matches!(it.row.interview.state, State::InProgress(_))
        {
            let declined = it.row.interview.clone().decline(participant, self.now())?;
            tx.save_interview(&declined, it.row.revision).await?;
            self.note(tx, by, AuditAction::InterviewDeclined, &it.row, None)
                .await?;
        }
        Ok(())
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
        (manner, read_aloud_by): (Manner, Option<UserId>),
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
            read_aloud_by,
            at: self.now(),
        };
        tx.insert_consent(&entry).await?;
        let about = Some(AuditSubject::Consent(entry.id));
        self.note(tx, by, AuditAction::ConsentRecorded, &it.row, about)
            .await
    }

    pub(super) fn shown(&self, locale: &str, choice: Choice) -> Result<Shown> {
        shown(locale, choice, self.settings.retention).ok_or_else(no_such_locale)
    }
}

pub(super) fn no_such_locale() -> AppError {
    AppError::Invalid(vec![FieldProblem {
        field: "locale",
        code: FieldCode::NotKnown,
    }])
}

/// An answer, the text that it was given to, and how.
#[derive(Clone, Debug)]
pub struct Given {
    pub answer: Answer,
    pub read: ReadText,
    pub manner: Manner,
}

/// The text as it was shown or read aloud: if it is not the present one any more, the answer was given
/// to another question.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct ReadText {
    pub locale: String,
    pub version: u32,
    /// Hexadecimal.
    pub sha256: String,
}

impl ReadText {
    pub(super) fn expect(&self, text: &ConsentText) -> Result<()> {
        if text.version == self.version && hex(&text.sha256) == self.sha256 {
            Ok(())
        } else {
            Err(AppError::NotReady)
        }
    }
}

/// What somebody has agreed to by now, and who else speaks at their microphone.
pub(super) async fn agreed(reader: &mut dyn Reader, of: ParticipantId) -> Result<Agreed> {
    let entries = reader.consents(of).await?;
    Ok(Agreed::by(&entries, &reader.second_voices(of).await?))
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

/// Whether less may be done with an answer than before it. Nobody waits for that.
fn is_less(answer: Answer, before: &InEffect) -> bool {
    match answer {
        Answer::Interview(it) | Answer::KeepAudio(it) | Answer::Sharing(it) => it == YesNo::No,
        Answer::Transcription(Transcription::None) => true,
        Answer::Transcription(Transcription::CaptionsOnly) => {
            before.transcription == Some(Transcription::Transcript)
        }
        Answer::Transcription(Transcription::Transcript) => false,
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
