//! Somebody without a seat speaks at a guest's microphone: staff note it, read the text aloud and note
//! the answer. Until it is a yes nothing of that track is written; what was written before stays.

use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::consent::Agreed;
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::participant::State;
use yorisoi_domain::risk::coverage::asked_alone;
use yorisoi_domain::second_voice::{SaidBeside, SecondVoice, SecondVoiceEntry};

use super::booking::staff;
use super::consent::{ReadText, agreed, no_such_locale};
use super::consent_text::read_to_second_voice;
use super::input::{FieldCode, FieldProblem};
use super::notices::Noticed;
use super::{App, AppError, Result};

impl App {
    /// Notes who else speaks at this microphone, and what they answered. `read`: the text that was read
    /// aloud to who agrees or refuses. What holds now.
    ///
    /// # Errors
    /// Not allowed; no such interview, or no such guest in it; they are not in the talk, nobody was
    /// noted who could have answered, or the text has changed since it was read.
    pub async fn note_second_voice(
        &self,
        actor: &Actor,
        id: InterviewId,
        at: ParticipantId,
        said: SaidBeside,
        read: Option<&ReadText>,
    ) -> Result<Agreed> {
        let (mut tx, by, it, seat) = self
            .open_guest(actor, Action::RecordConsent, id, at)
            .await?;
        let inside = matches!(seat.state, State::Admitted { .. });
        if it.row.interview.state.is_final() || !inside {
            return Err(AppError::NotReady);
        }
        SecondVoice::by(&tx.second_voices(at).await?).after(said)?;
        let answers = matches!(said, SaidBeside::Agrees | SaidBeside::Refuses);
        let text = match read.filter(|_| answers) {
            Some(read) => {
                let retention = self.settings.retention;
                let shown = read_to_second_voice(&read.locale, retention);
                let text = shown.ok_or_else(no_such_locale)?.text;
                read.expect(&text)?;
                Some(text)
            }
            None if answers => {
                return Err(AppError::Invalid(vec![FieldProblem {
                    field: "read",
                    code: FieldCode::Required,
                }]));
            }
            None => None,
        };
        tx.insert_second_voice(&SecondVoiceEntry {
            at,
            said,
            text,
            recorded_by: staff(actor)?,
            when: self.now(),
        })
        .await?;
        let about = Some(AuditSubject::Participant(at));
        self.note(&mut *tx, by, AuditAction::SecondVoiceNoted, &it.row, about)
            .await?;
        let agreed = agreed(&mut *tx, at).await?;
        // What may only be asked of her alone is not asked, or asked again.
        let mut coverage = self.coverage(&mut *tx, id).await?;
        coverage.retain(|it| asked_alone(&it.item));
        self.commit(tx).await?;
        let noticed = Noticed {
            coverage,
            ..Noticed::default()
        };
        self.announce(id, noticed).await;
        Ok(agreed)
    }
}
