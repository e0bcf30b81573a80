//! Offices and whom each of them calls.

use async_trait::async_trait;
use yorisoi_domain::ids::{OfficeId, UserId};
use yorisoi_domain::office::{ContactList, Office};
use yorisoi_store::{ReadOffices, Result, WriteOffices};

use crate::error::sql;
use crate::store::SqliteTx;

#[async_trait]
impl ReadOffices for SqliteTx {
    async fn office(&mut self, id: OfficeId) -> Result<Option<Office>> {
        let id = id.uuid();
        sqlx::query_as!(
            Office,
            "SELECT id, name, code FROM offices WHERE id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)
    }

    async fn offices(&mut self) -> Result<Vec<Office>> {
        sqlx::query_as!(Office, "SELECT id, name, code FROM offices ORDER BY code")
            .fetch_all(self.conn())
            .await
            .map_err(sql)
    }

    async fn contact_list(&mut self, office: OfficeId) -> Result<Option<ContactList>> {
        let office = office.uuid();
        let people = sqlx::query_scalar!(
            "SELECT user_id FROM office_contacts WHERE office_id = ? ORDER BY position",
            office
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(ContactList::new(people.into_iter().map(UserId::new)).ok())
    }
}

#[async_trait]
impl WriteOffices for SqliteTx {
    async fn insert_office(&mut self, office: &Office) -> Result<()> {
        let id = office.id.uuid();
        sqlx::query!(
            "INSERT INTO offices (id, name, code) VALUES (?, ?, ?)",
            id,
            office.name,
            office.code
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn replace_contact_list(&mut self, office: OfficeId, list: &ContactList) -> Result<()> {
        let office = office.uuid();
        sqlx::query!("DELETE FROM office_contacts WHERE office_id = ?", office)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        for (position, person) in (0_i64..).zip(list.people()) {
            let person = person.uuid();
            sqlx::query!(
                "INSERT INTO office_contacts (office_id, position, user_id) VALUES (?, ?, ?)",
                office,
                position,
                person
            )
            .execute(self.conn())
            .await
            .map_err(sql)?;
        }
        Ok(())
    }
}
