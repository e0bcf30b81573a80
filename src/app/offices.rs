//! Offices and whom each of them calls, from the command line.

use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::ids::{OfficeId, UserId};
use yorisoi_domain::office::{ContactList, Office};
use yorisoi_domain::pii::Pii;
use yorisoi_store::StoreError;

use super::input::{Form, NAME};
use super::{App, AppError, Result};

impl App {
    /// # Errors
    /// Not allowed; name or code can't be taken or is taken.
    pub async fn add_office(&self, actor: &Actor, name: &str, code: &str) -> Result<Office> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ManageOffices, &subject)
            .await?;
        let mut form = Form::default();
        let name = form
            .line("name", &Pii::new(name.to_owned()), NAME)
            .into_exposed();
        let code = form
            .line("code", &Pii::new(code.to_owned()), 8)
            .into_exposed();
        form.done()?;
        let office = Office {
            id: OfficeId::new(self.ids.id()),
            name,
            code,
        };
        match tx.insert_office(&office).await {
            Err(StoreError::Conflict) => return Err(AppError::Taken),
            done => done?,
        }
        let id = Some(office.id);
        self.note_city(&mut *tx, by, AuditAction::OfficeAdded, id, None, 1)
            .await?;
        self.commit(tx).await?;
        Ok(office)
    }

    /// Every office with the number of people it calls. No personal data, so no reading event.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list_offices(&self) -> Result<Vec<(Office, usize)>> {
        let mut reader = self.store.read().await?;
        let mut offices = Vec::new();
        for office in reader.offices().await? {
            let list = reader.contact_list(office.id).await?;
            offices.push((office, list.map_or(0, |list| list.people().len())));
        }
        Ok(offices)
    }

    /// Whom the office calls in an alert, first first.
    ///
    /// # Errors
    /// Not allowed; nobody named; no such office.
    pub async fn set_contact_list(
        &self,
        actor: &Actor,
        office: OfficeId,
        people: impl IntoIterator<Item = UserId>,
    ) -> Result<()> {
        let list = ContactList::new(people)?;
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ManageOffices, &subject)
            .await?;
        tx.office(office).await?.ok_or(AppError::NotFound)?;
        tx.replace_contact_list(office, &list).await?;
        let (action, count) = (AuditAction::ContactListChanged, list.people().len());
        self.note_city(&mut *tx, by, action, Some(office), None, count)
            .await?;
        self.commit(tx).await
    }
}
