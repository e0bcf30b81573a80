//! Residents and their cases.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{CaseId, InterviewId, ResidentId};
use yorisoi_store::{
    CaseRow, Lookup, ReadCases, ReadResidents, ResidentRow, Result, Sealed, WriteCases,
    WriteResidents,
};

use crate::codes::{bytes32, revision, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    name: Vec<u8>,
    kana: Vec<u8>,
    birth_date: Vec<u8>,
    identity: Vec<u8>,
    created_ms: i64,
    revision: i64,
}

impl Row {
    fn read(self) -> Result<ResidentRow> {
        Ok(ResidentRow {
            id: self.id.into(),
            name: Sealed::from_bytes(self.name),
            kana: Sealed::from_bytes(self.kana),
            birth_date: Sealed::from_bytes(self.birth_date),
            identity: Lookup::from_bytes(bytes32(&self.identity)?),
            created_at: time(self.created_ms)?,
            revision: revision(self.revision)?,
        })
    }
}

struct StoredCase {
    id: Uuid,
    resident_id: Uuid,
    office_id: Uuid,
    opened_ms: i64,
    due_date: Option<Vec<u8>>,
    contact_restriction: Option<Vec<u8>>,
    barred: Option<Vec<u8>>,
    revision: i64,
}

impl StoredCase {
    fn read(self) -> Result<CaseRow> {
        Ok(CaseRow {
            id: self.id.into(),
            resident: self.resident_id.into(),
            office: self.office_id.into(),
            opened_at: time(self.opened_ms)?,
            due_date: self.due_date.map(Sealed::from_bytes),
            contact_restriction: self.contact_restriction.map(Sealed::from_bytes),
            barred: self.barred.map(Sealed::from_bytes),
            revision: revision(self.revision)?,
        })
    }
}

struct BarringRow {
    id: Uuid,
    resident_id: Uuid,
    office_id: Uuid,
    opened_ms: i64,
    due_date: Option<Vec<u8>>,
    contact_restriction: Option<Vec<u8>>,
    barred: Option<Vec<u8>>,
    revision: i64,
    interview_id: Uuid,
}

#[async_trait]
impl ReadResidents for SqliteTx {
    async fn resident(&mut self, id: ResidentId) -> Result<Option<ResidentRow>> {
        let id = id.uuid();
        let row = sqlx::query_as!(
            Row,
            "SELECT id, name, kana, birth_date, identity, created_ms, revision
             FROM residents WHERE id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn residents_by_identity(&mut self, identity: Lookup) -> Result<Vec<ResidentRow>> {
        let identity = &identity.as_bytes()[..];
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, name, kana, birth_date, identity, created_ms, revision
             FROM residents WHERE identity = ? ORDER BY id",
            identity
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }
}

#[async_trait]
impl WriteResidents for SqliteTx {
    async fn insert_resident(&mut self, row: &ResidentRow) -> Result<()> {
        let id = row.id.uuid();
        let (name, kana) = (row.name.as_bytes(), row.kana.as_bytes());
        let (birth_date, identity) = (row.birth_date.as_bytes(), &row.identity.as_bytes()[..]);
        let (created_ms, revision) = (row.created_at.as_millisecond(), row.revision.number());
        sqlx::query!(
            "INSERT INTO residents (id, name, kana, birth_date, identity, created_ms, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            id,
            name,
            kana,
            birth_date,
            identity,
            created_ms,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn update_resident(&mut self, row: &ResidentRow) -> Result<()> {
        let id = row.id.uuid();
        let (name, kana) = (row.name.as_bytes(), row.kana.as_bytes());
        let (birth_date, identity) = (row.birth_date.as_bytes(), &row.identity.as_bytes()[..]);
        let revision = row.revision.number();
        let done = sqlx::query!(
            "UPDATE residents SET name = ?, kana = ?, birth_date = ?, identity = ?, revision = ?
             WHERE id = ? AND revision = ? - 1",
            name,
            kana,
            birth_date,
            identity,
            revision,
            id,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }
}

#[async_trait]
impl ReadCases for SqliteTx {
    async fn case(&mut self, id: CaseId) -> Result<Option<CaseRow>> {
        let id = id.uuid();
        let row = sqlx::query_as!(
            StoredCase,
            "SELECT id, resident_id, office_id, opened_ms, due_date, contact_restriction, barred, revision
             FROM cases WHERE id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(StoredCase::read).transpose()
    }

    async fn cases_of(&mut self, resident: ResidentId) -> Result<Vec<CaseRow>> {
        let resident = resident.uuid();
        let rows = sqlx::query_as!(
            StoredCase,
            "SELECT id, resident_id, office_id, opened_ms, due_date, contact_restriction, barred, revision
             FROM cases WHERE resident_id = ? ORDER BY opened_ms DESC, id DESC",
            resident
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(StoredCase::read).collect()
    }

    async fn barring_cases(&mut self) -> Result<Vec<(InterviewId, CaseRow)>> {
        let rows = sqlx::query_as!(
            BarringRow,
            "SELECT c.id, c.resident_id, c.office_id, c.opened_ms, c.due_date,
                    c.contact_restriction, c.barred, c.revision, i.id AS interview_id
             FROM cases c JOIN interviews i ON i.case_id = c.id
             WHERE c.barred IS NOT NULL ORDER BY i.id"
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = |row: BarringRow| {
            let case = StoredCase {
                id: row.id,
                resident_id: row.resident_id,
                office_id: row.office_id,
                opened_ms: row.opened_ms,
                due_date: row.due_date,
                contact_restriction: row.contact_restriction,
                barred: row.barred,
                revision: row.revision,
            };
            Ok((row.interview_id.into(), case.read()?))
        };
        rows.into_iter().map(read).collect()
    }
}

#[async_trait]
impl WriteCases for SqliteTx {
    async fn insert_case(&mut self, row: &CaseRow) -> Result<()> {
        let (id, resident, office) = (row.id.uuid(), row.resident.uuid(), row.office.uuid());
        let (opened_ms, revision) = (row.opened_at.as_millisecond(), row.revision.number());
        let due_date = row.due_date.as_ref().map(Sealed::as_bytes);
        let restriction = row.contact_restriction.as_ref().map(Sealed::as_bytes);
        let barred = row.barred.as_ref().map(Sealed::as_bytes);
        sqlx::query!(
            "INSERT INTO cases (id, resident_id, office_id, opened_ms, due_date, contact_restriction, barred, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            resident,
            office,
            opened_ms,
            due_date,
            restriction,
            barred,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn update_case(&mut self, row: &CaseRow) -> Result<()> {
        let (id, office, revision) = (row.id.uuid(), row.office.uuid(), row.revision.number());
        let due_date = row.due_date.as_ref().map(Sealed::as_bytes);
        let restriction = row.contact_restriction.as_ref().map(Sealed::as_bytes);
        let barred = row.barred.as_ref().map(Sealed::as_bytes);
        let done = sqlx::query!(
            "UPDATE cases SET office_id = ?, due_date = ?, contact_restriction = ?, barred = ?, revision = ?
             WHERE id = ? AND revision = ? - 1",
            office,
            due_date,
            restriction,
            barred,
            revision,
            id,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }
}
