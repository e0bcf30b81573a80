//! 連絡の制限: how a resident may be reached, and how not. A field of her case, shown wherever the
//! case is.

use serde::Deserialize;
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::case::{CasePrivate, ContactRestriction};
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::pii::Pii;

use super::booking::staff;
use super::input::Form;
use super::{App, Result};

/// Longest text, in characters.
const RESTRICTION: usize = 200;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    /// 「電話は平日の日中のみ。郵便・留守番電話は不可。」 `null`: she may be reached in any way.
    #[schema(value_type = Option<String>)]
    pub text: Option<Pii<String>>,
}

impl App {
    /// In the place of what was said before, here and in every other case of hers.
    ///
    /// # Errors
    /// Not allowed; no such interview; text that can't be taken.
    pub async fn set_restriction(
        &self,
        actor: &Actor,
        id: InterviewId,
        new: Restriction,
    ) -> Result<()> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::SetRestriction, id)
            .await?;
        let mut form = Form::default();
        let text = new.text.map(|text| form.text("text", &text, RESTRICTION));
        form.done()?;
        let (set_by, set_at) = (staff(actor)?, self.now());
        let restriction = text.map(|text| ContactRestriction {
            text,
            set_by,
            set_at,
        });
        let set = |private: &mut CasePrivate| private.contact_restriction.clone_from(&restriction);
        self.handle(&mut *tx, by, &it, AuditAction::RestrictionSet, set)
            .await?;
        self.commit(tx).await
    }
}
