//! Somebody to practise with: what a guest that a demo sends to the door must know.

use yorisoi_domain::access::Actor;
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::pii::Pii;

use super::{App, Result};

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
    /// A new link to the interview, for the guest.
    ///
    /// # Errors
    /// Not allowed; no such interview; it is over.
    pub async fn practice_guest(&self, actor: &Actor, id: InterviewId) -> Result<PracticeGuest> {
        let link = self.renew_invitation(actor, id).await?.link;
        let detail = self.read_interview(actor, id).await?;
        Ok(PracticeGuest {
            link,
            name_kana: detail.kana,
            birth_date: Pii::new(detail.birth_date.expose().to_string()),
            booking_number: detail.booking_number,
        })
    }
}
