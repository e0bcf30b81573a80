//! Forms as they were filled in. What was answered is sealed.

use async_trait::async_trait;
use yorisoi_domain::consent::Manner;
use yorisoi_domain::ids::{FlagId, FormId, InterviewId, UserId};
use yorisoi_domain::time::Timestamp;

use crate::{Result, Revision, Sealed};

/// One revision of a form. The answers are sealed under a `talk` key of the form's own: the column
/// is `answers` of `forms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormRow {
    pub id: FormId,
    pub interview: InterviewId,
    /// Of the content: `questionnaire`.
    pub form: String,
    /// Version and SHA-256 of the content file that was asked from.
    pub content: u32,
    pub content_sha256: [u8; 32],
    pub language: String,
    pub manner: Manner,
    /// `None`: by herself.
    pub by: Option<UserId>,
    pub answers: Sealed,
    pub at: Timestamp,
    pub revision: Revision,
}

/// What was answered for one interview and is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedForms {
    /// Revisions of forms that went.
    pub forms: u32,
    /// Flags that have lost evidence with them.
    pub borne: Vec<FlagId>,
}

#[async_trait]
pub trait ReadForms {
    /// Every revision, by form, the oldest first.
    async fn forms_of(&mut self, interview: InterviewId) -> Result<Vec<FormRow>>;

    /// Of which interview the form is that has, or had, a key of its own.
    async fn interview_of_form(&mut self, form: FormId) -> Result<Option<InterviewId>>;
}

#[async_trait]
pub trait WriteForms {
    /// `Conflict` if the interview has this form in this revision. `Refused` once the resident has
    /// withdrawn.
    async fn insert_form(&mut self, row: &FormRow) -> Result<()>;

    /// Deletes every revision of every form of the interview, with what was borne by them. Flags
    /// stay: whether something else bears them is not for the store to say.
    async fn delete_forms_of(&mut self, interview: InterviewId) -> Result<DeletedForms>;
}
