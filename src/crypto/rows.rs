//! Which column is sealed under which key: every personal column of the store is named here, once,
//! and nowhere else. From plain records to rows and back.

use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use yorisoi_domain::case::{Case, CasePrivate};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::participant::Contact;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::resident::Resident;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::user::{User, UserNames};
use yorisoi_store::{CaseRow, ContactRow, ResidentRow, Revision, Sealed, UserRow};

use super::lookups::Lookups;
use super::seal::{DataKey, Place, SealError};

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

/// Under the interview's `record` key, once and for good.
pub fn seal_booking_number(
    key: &DataKey,
    interview: InterviewId,
    number: &Pii<String>,
) -> Result<Sealed, SealError> {
    key.seal_text(booking_number(interview), number)
}

pub fn open_booking_number(
    key: &DataKey,
    interview: InterviewId,
    sealed: &Sealed,
) -> Result<Pii<String>, SealError> {
    key.open_text(booking_number(interview), sealed)
}

const fn booking_number(interview: InterviewId) -> Place {
    Place {
        table: "interviews",
        column: "booking_number",
        row: interview.uuid(),
        revision: Revision::FIRST,
    }
}

/// Under the interview's `record` key.
pub fn seal_contact(
    key: &DataKey,
    participant: ParticipantId,
    contact: &Contact,
    given_at: Timestamp,
    revision: Revision,
) -> Result<ContactRow, SealError> {
    let place = |column| Place {
        table: "contacts",
        column,
        row: participant.uuid(),
        revision,
    };
    Ok(ContactRow {
        participant,
        callback: key.seal_text(place("callback"), &contact.callback)?,
        place: key.seal_text(place("place"), &contact.place)?,
        given_at,
        revision,
    })
}

pub fn open_contact(key: &DataKey, row: &ContactRow) -> Result<Contact, SealError> {
    let id: Uuid = row.participant.uuid();
    let place = |column| Place {
        table: "contacts",
        column,
        row: id,
        revision: row.revision,
    };
    Ok(Contact {
        callback: key.open_text(place("callback"), &row.callback)?,
        place: key.open_text(place("place"), &row.place)?,
    })
}

fn seal_optional<T: Serialize>(
    key: &DataKey,
    place: Place,
    value: Option<&T>,
) -> Result<Option<Sealed>, SealError> {
    value.map(|value| seal_json(key, place, value)).transpose()
}

fn open_optional<T: DeserializeOwned>(
    key: &DataKey,
    place: Place,
    sealed: Option<&Sealed>,
) -> Result<Option<T>, SealError> {
    sealed
        .map(|sealed| open_json(key, place, sealed))
        .transpose()
}

fn seal_json<T: Serialize>(key: &DataKey, place: Place, value: &T) -> Result<Sealed, SealError> {
    let Place { table, column, .. } = place;
    let json = serde_json::to_vec(value).map_err(|_| SealError::Content { table, column })?;
    key.seal(place, &zeroize::Zeroizing::new(json))
}

fn open_json<T: DeserializeOwned>(
    key: &DataKey,
    place: Place,
    sealed: &Sealed,
) -> Result<T, SealError> {
    let Place { table, column, .. } = place;
    // The parser's error would quote what it read.
    serde_json::from_slice(&key.open(place, sealed)?)
        .map_err(|_| SealError::Content { table, column })
}
