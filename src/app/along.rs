//! Who comes along with the resident: a companion or an interpreter, by her link and under a label
//! of their own. They show the booking number, which she alone could have given them; her name and
//! birth date they are not asked, and nobody who comes along is ever taken for her.

use std::net::IpAddr;

use serde::Deserialize;
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::consent::{Answer, Manner, YesNo};
use yorisoi_domain::identity::{IdentityResult, IdentityTry, fold_booking_number};
use yorisoi_domain::participant::GuestRole;
use yorisoi_domain::pii::Pii;

use super::consent::EASY;
use super::input::Form;
use super::{App, Result};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComingAlong {
    pub role: Along,
    /// As printed, hyphen optional.
    #[schema(value_type = String, example = "K7R-4M2")]
    pub booking_number: Pii<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Along {
    Companion,
    Interpreter,
}

impl App {
    /// Compares the booking number and gives the seat its label. They have come to talk, so the
    /// interview itself is no question to them; what is handed on is hers to say, so theirs is a no.
    ///
    /// # Errors
    /// `IdentityMismatch`; `TooSoon`, when nothing was looked at: the delays are one with those of
    /// the identity check.
    pub async fn come_along(&self, actor: &Actor, typed: ComingAlong, from: IpAddr) -> Result<()> {
        let (mut tx, by, it, row) = self.open_seat(actor, Action::ComeAlong).await?;
        let mut form = Form::default();
        let number = form.line("booking_number", &typed.booking_number, 20);
        form.done()?;
        let (id, now) = (it.row.interview.id, self.now());
        let so_far = self.hear_answer(&mut *tx, &row.participant, from).await?;

        let role = match typed.role {
            Along::Companion => GuestRole::Companion,
            Along::Interpreter => GuestRole::Interpreter,
        };
        let participant = row.participant.id;
        let along = row.participant.come_along(role, now)?;
        let booked = self.opened_booking_number(&it.row).await?;
        if fold_booking_number(number.expose()) != fold_booking_number(booked.expose()) {
            // Nothing that was typed agrees; name and birth date were not.
            let result = IdentityResult {
                kana: false,
                birth_date: false,
                booking_number: false,
            };
            let tried = IdentityTry {
                interview: id,
                participant,
                at: now,
                result,
            };
            return self.wrong_identity(tx, by, &it, &tried, so_far).await;
        }
        tx.save_participant(&along, row.revision).await?;
        self.note(&mut *tx, by, AuditAction::CameAlong, &it.row, None)
            .await?;
        for answer in [Answer::Interview(YesNo::Yes), Answer::Sharing(YesNo::No)] {
            let text = self.shown(EASY, answer.choice())?.text;
            self.record(
                &mut *tx,
                by,
                &it,
                participant,
                answer,
                text,
                (Manner::NotAsked, None),
            )
            .await?;
        }
        self.commit(tx).await
    }
}
