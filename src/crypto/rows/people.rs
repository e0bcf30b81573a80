//! Staff, residents and their cases, each under a person's own key.

use jiff::civil::Date;
use yorisoi_domain::case::{Case, CasePrivate};
use yorisoi_domain::ids::UserId;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::resident::Resident;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::user::{User, UserNames};
use yorisoi_store::{CaseRow, ResidentRow, Revision, Sealed, SecondFactorRow, UserRow};
use zeroize::Zeroizing;

use super::{open_json, open_optional, seal_json, seal_optional};
use crate::crypto::lookups::Lookups;
use crate::crypto::seal::{DataKey, Place, SealError};

/// Under the user's `person` key.
pub fn seal_user(
    key: &DataKey,
    lookups: &Lookups,
    user: User,
    names: &UserNames,
    revision: Revision,
) -> Result<UserRow, SealError> {
    let place = |column| Place {
        table: "users",
        column,
        row: user.id.uuid(),
        revision,
    };
    Ok(UserRow {
        user,
        login: lookups.login(&names.login_name),
        login_name: key.seal_text(place("login_name"), &names.login_name)?,
        name: key.seal_text(place("name"), &names.name)?,
        revision,
    })
}

pub fn open_user(key: &DataKey, row: &UserRow) -> Result<UserNames, SealError> {
    let (row_id, revision) = (row.user.id.uuid(), row.revision);
    let place = |column| Place {
        table: "users",
        column,
        row: row_id,
        revision,
    };
    Ok(UserNames {
        login_name: key.open_text(place("login_name"), &row.login_name)?,
        name: key.open_text(place("name"), &row.name)?,
    })
}

/// Which of the two secrets of a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorColumn {
    Secret,
    Pending,
}

fn factor_place(user: UserId, revision: Revision, column: FactorColumn) -> Place {
    Place {
        table: "second_factors",
        column: match column {
            FactorColumn::Secret => "secret",
            FactorColumn::Pending => "pending",
        },
        row: user.uuid(),
        revision,
    }
}

/// Under the user's `person` key.
pub fn seal_factor(
    key: &DataKey,
    user: UserId,
    revision: Revision,
    column: FactorColumn,
    secret: &[u8],
) -> Result<Sealed, SealError> {
    key.seal(factor_place(user, revision, column), secret)
}

pub fn open_factor(
    key: &DataKey,
    row: &SecondFactorRow,
    column: FactorColumn,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    key.open(factor_place(row.user, row.revision, column), sealed)
}

/// Under the resident's `person` key.
pub fn seal_resident(
    key: &DataKey,
    lookups: &Lookups,
    resident: &Resident,
    created_at: Timestamp,
    revision: Revision,
) -> Result<ResidentRow, SealError> {
    let place = |column| Place {
        table: "residents",
        column,
        row: resident.id.uuid(),
        revision,
    };
    Ok(ResidentRow {
        id: resident.id,
        name: key.seal_text(place("name"), &resident.name)?,
        kana: key.seal_text(place("kana"), &resident.kana)?,
        birth_date: seal_json(key, place("birth_date"), &resident.birth_date)?,
        identity: lookups.identity(&resident.kana, &resident.birth_date),
        created_at,
        revision,
    })
}

pub fn open_resident(key: &DataKey, row: &ResidentRow) -> Result<Resident, SealError> {
    let place = |column| Place {
        table: "residents",
        column,
        row: row.id.uuid(),
        revision: row.revision,
    };
    Ok(Resident {
        id: row.id,
        name: key.open_text(place("name"), &row.name)?,
        kana: key.open_text(place("kana"), &row.kana)?,
        birth_date: open_json(key, place("birth_date"), &row.birth_date)?,
    })
}

/// Under the resident's `person` key.
pub fn seal_case(key: &DataKey, case: &Case, revision: Revision) -> Result<CaseRow, SealError> {
    let place = |column| Place {
        table: "cases",
        column,
        row: case.id.uuid(),
        revision,
    };
    let CasePrivate {
        due_date,
        contact_restriction,
        barred,
    } = &case.private;
    let barred = (!barred.is_empty()).then_some(barred);
    Ok(CaseRow {
        id: case.id,
        resident: case.resident,
        office: case.office,
        opened_at: case.opened_at,
        due_date: seal_optional(key, place("due_date"), due_date.as_ref())?,
        contact_restriction: seal_optional(
            key,
            place("contact_restriction"),
            contact_restriction.as_ref(),
        )?,
        barred: seal_optional(key, place("barred"), barred)?,
        revision,
    })
}

pub fn open_case(key: &DataKey, row: &CaseRow) -> Result<Case, SealError> {
    let place = |column| Place {
        table: "cases",
        column,
        row: row.id.uuid(),
        revision: row.revision,
    };
    let due_date: Option<Pii<Date>> = open_optional(key, place("due_date"), row.due_date.as_ref())?;
    Ok(Case {
        id: row.id,
        resident: row.resident,
        office: row.office,
        opened_at: row.opened_at,
        private: CasePrivate {
            due_date,
            contact_restriction: open_optional(
                key,
                place("contact_restriction"),
                row.contact_restriction.as_ref(),
            )?,
            barred: open_optional(key, place("barred"), row.barred.as_ref())?.unwrap_or_default(),
        },
    })
}
