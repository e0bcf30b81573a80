//! Which column is sealed under which key: every personal column of the store is named here, once,
//! and nowhere else. From plain records to rows and back.

mod interviews;
mod notes;
mod people;
mod talk;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde::de::DeserializeOwned;
use yorisoi_store::Sealed;

use super::seal::{DataKey, Place, SealError};

pub use interviews::{
    open_booking_number, open_contact, open_flag, seal_booking_number, seal_contact, seal_flag,
};
pub use notes::{
    open_addendum, open_comment, open_hold, open_memo, open_note, open_note_version, open_record,
    seal_addendum, seal_comment, seal_hold, seal_memo, seal_note, seal_note_version, seal_record,
};
pub use people::{
    FactorColumn, open_case, open_factor, open_resident, open_user, seal_case, seal_factor,
    seal_resident, seal_user,
};
pub use talk::{open_answers, open_segment, seal_answers, seal_segment};

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
