//! Somebody to practise with: what a guest that a demo sends to the door must know.

use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::pii::Pii;

use super::{App, AppError, Result};

/// What a guest needs to come to the door by herself.
#[derive(Debug)]
pub struct PracticeGuest {
    pub link: Pii<String>,
    pub name_kana: Pii<String>,
    /// `YYYY-MM-DD`
    pub birth_date: Pii<String>,
    pub booking_number: Pii<String>,
}

impl App {
    /// A new link to the interview, for the guest, with what she is asked at the door.
    ///
    /// # Errors
    /// Not allowed; no such interview; it is over.
    pub async fn practice_guest(&self, actor: &Actor, id: InterviewId) -> Result<PracticeGuest> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::RenewInvitation, id)
            .await?;
        let link = self.renew_link(&mut *tx, actor, by, &it).await?.link;
        let resident = tx.resident(it.case.resident).await?;
        let resident = resident.ok_or(AppError::NotFound)?;
        let resident = self.opened_resident(&resident).await?;
        let booking_number = self.opened_booking_number(&it.row).await?;
        self.note(&mut *tx, by, AuditAction::InterviewRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(PracticeGuest {
            link,
            name_kana: resident.kana,
            birth_date: Pii::new(resident.birth_date.expose().to_string()),
            booking_number,
        })
    }
}
