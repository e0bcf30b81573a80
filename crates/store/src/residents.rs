//! Residents and their cases. Everything about a person is sealed under her `person` key.

use async_trait::async_trait;
use yorisoi_domain::ids::{CaseId, InterviewId, OfficeId, ResidentId};
use yorisoi_domain::time::Timestamp;

use crate::{Lookup, Result, Revision, Sealed};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidentRow {
    pub id: ResidentId,
    pub name: Sealed,
    pub kana: Sealed,
    pub birth_date: Sealed,
    /// Finds her again by folded kana and birth date. Two people may share one.
    pub identity: Lookup,
    pub created_at: Timestamp,
    pub revision: Revision,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    pub id: CaseId,
    pub resident: ResidentId,
    pub office: OfficeId,
    pub opened_at: Timestamp,
    pub due_date: Option<Sealed>,
    pub contact_restriction: Option<Sealed>,
    /// `None`: nobody is barred.
    pub barred: Option<Sealed>,
    pub revision: Revision,
}

#[async_trait]
pub trait ReadResidents {
    async fn resident(&mut self, id: ResidentId) -> Result<Option<ResidentRow>>;

    /// Everybody with this name and birth date.
    async fn residents_by_identity(&mut self, identity: Lookup) -> Result<Vec<ResidentRow>>;
}

#[async_trait]
pub trait WriteResidents {
    async fn insert_resident(&mut self, row: &ResidentRow) -> Result<()>;

    /// Replaces the sealed columns; `row.revision` is the new one. `Conflict` unless the stored
    /// revision is the one before it.
    async fn update_resident(&mut self, row: &ResidentRow) -> Result<()>;
}

#[async_trait]
pub trait ReadCases {
    async fn case(&mut self, id: CaseId) -> Result<Option<CaseRow>>;

    /// A resident's cases, the newest first.
    async fn cases_of(&mut self, resident: ResidentId) -> Result<Vec<CaseRow>>;

    /// Every interview of a case that bars somebody: of few.
    async fn barring_cases(&mut self) -> Result<Vec<(InterviewId, CaseRow)>>;
}

#[async_trait]
pub trait WriteCases {
    async fn insert_case(&mut self, row: &CaseRow) -> Result<()>;

    /// As [`WriteResidents::update_resident`].
    async fn update_case(&mut self, row: &CaseRow) -> Result<()>;
}
