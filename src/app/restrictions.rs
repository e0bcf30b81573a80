//! 連絡の制限: how a resident may be reached, and how not. A field of her case, shown wherever the
//! case is.

use serde::Deserialize;
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::case::ContactRestriction;
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::pii::Pii;
use yorisoi_store::KeyKind;

use super::booking::staff;
use super::input::Form;
use super::{App, AppError, Result};
use crate::crypto::rows;

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
    /// In the place of what was said before.
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
        let row = tx.case(it.case.id).await?.ok_or(AppError::NotFound)?;
        let mut case = it.case;
        case.private.contact_restriction = text.map(|text| ContactRestriction {
            text,
            set_by,
            set_at,
        });
        let owner = case.resident.uuid();
        let key = self.keyring.get(KeyKind::Person, owner).await?;
        let next = row.revision.next();
        tx.update_case(&rows::seal_case(&key, &case, next)?).await?;
        let (action, about) = (AuditAction::RestrictionSet, AuditSubject::Case(case.id));
        self.note(&mut *tx, by, action, &it.row, Some(about))
            .await?;
        self.commit(tx).await
    }
}
