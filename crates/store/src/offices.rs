//! Offices and whom each of them calls.

use async_trait::async_trait;
use yorisoi_domain::ids::OfficeId;
use yorisoi_domain::office::{ContactList, Office};

use crate::Result;

#[async_trait]
pub trait ReadOffices {
    async fn office(&mut self, id: OfficeId) -> Result<Option<Office>>;

    /// All of them, by code.
    async fn offices(&mut self) -> Result<Vec<Office>>;

    /// `None` while nobody is on the list.
    async fn contact_list(&mut self, office: OfficeId) -> Result<Option<ContactList>>;
}

#[async_trait]
pub trait WriteOffices {
    /// `Conflict` if the id, name or code exists.
    async fn insert_office(&mut self, office: &Office) -> Result<()>;

    /// Puts these people in the place of the list before.
    async fn replace_contact_list(&mut self, office: OfficeId, list: &ContactList) -> Result<()>;
}
