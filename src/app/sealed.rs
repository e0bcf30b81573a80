//! Opening and sealing what names a person, for the use cases: which key belongs to which record.

use uuid::Uuid;
use yorisoi_domain::case::Case;
use yorisoi_domain::ids::{InterviewId, KeyId, ParticipantId};
use yorisoi_domain::participant::Contact;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::resident::Resident;
use yorisoi_domain::user::UserNames;
use yorisoi_store::{CaseRow, ContactRow, InterviewRow, KeyKind, ResidentRow, StoreError, UserRow};

use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::rows;
use crate::crypto::seal::DataKey;

impl App {
    /// Makes a record's key, before the transaction that uses it commits.
    pub(super) async fn new_key(&self, kind: KeyKind, owner: Uuid) -> Result<DataKey> {
        let id = KeyId::new(self.ids.id());
        Ok(self.keyring.create(id, kind, owner, self.now()).await?)
    }

    /// The participant's key for what they say; made when they first say something.
    pub(super) async fn talk_key(&self, participant: ParticipantId) -> Result<DataKey> {
        self.voice_key(KeyKind::Talk, participant).await
    }

    /// The participant's key for how they sound, as [`App::talk_key`].
    ///
    /// # Errors
    /// The keys can't be used; the key was destroyed: nothing may be kept any more.
    pub async fn audio_key(&self, participant: ParticipantId) -> Result<DataKey> {
        self.voice_key(KeyKind::Audio, participant).await
    }

    async fn voice_key(&self, kind: KeyKind, participant: ParticipantId) -> Result<DataKey> {
        // Where a law keeps what they took back, the key is whole and seals nothing more.
        self.expect_not_withdrawn(participant).await?;
        match self.keyring.get(kind, participant.uuid()).await {
            Err(KeyError::Missing { .. }) => {}
            found => return Ok(found?),
        }
        match self.new_key(kind, participant.uuid()).await {
            // Another of their tracks was first.
            Err(AppError::Key(KeyError::Store(StoreError::Conflict))) => {
                Ok(self.keyring.get(kind, participant.uuid()).await?)
            }
            made => made,
        }
    }

    pub(super) async fn record_key(&self, interview: InterviewId) -> Result<DataKey> {
        Ok(self.keyring.get(KeyKind::Record, interview.uuid()).await?)
    }

    pub(super) async fn opened_names(&self, row: &UserRow) -> Result<UserNames> {
        let key = self
            .keyring
            .get(KeyKind::Person, row.user.id.uuid())
            .await?;
        Ok(rows::open_user(&key, row)?)
    }

    pub(super) async fn opened_resident(&self, row: &ResidentRow) -> Result<Resident> {
        let key = self.keyring.get(KeyKind::Person, row.id.uuid()).await?;
        Ok(rows::open_resident(&key, row)?)
    }

    pub(super) async fn opened_case(&self, row: &CaseRow) -> Result<Case> {
        let key = self
            .keyring
            .get(KeyKind::Person, row.resident.uuid())
            .await?;
        Ok(rows::open_case(&key, row)?)
    }

    pub(super) async fn opened_booking_number(&self, row: &InterviewRow) -> Result<Pii<String>> {
        let key = self.record_key(row.interview.id).await?;
        Ok(rows::open_booking_number(
            &key,
            row.interview.id,
            &row.booking_number,
        )?)
    }

    pub(super) async fn opened_contact(
        &self,
        interview: InterviewId,
        row: &ContactRow,
    ) -> Result<Contact> {
        let key = self.record_key(interview).await?;
        Ok(rows::open_contact(&key, row)?)
    }
}
