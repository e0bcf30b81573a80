//! From SQLite's result codes to what the caller can do about them.

use sqlx::error::DatabaseError;
use yorisoi_store::StoreError;

/// For `map_err` behind every statement.
pub(crate) fn sql(error: sqlx::Error) -> StoreError {
    let sqlx::Error::Database(cause) = &error else {
        return match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy(Box::new(error)),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                StoreError::Corrupt("a column of another type")
            }
            other => StoreError::Other(Box::new(other)),
        };
    };
    match primary_code(cause.as_ref()) {
        5 | 6 => StoreError::Busy(Box::new(error)),
        8 => StoreError::ReadOnly(Box::new(error)),
        11 | 26 => StoreError::Corrupt("the file itself"),
        13 => StoreError::Full(Box::new(error)),
        19 if cause.is_unique_violation() => StoreError::Conflict,
        19 => StoreError::Refused(Box::new(error)),
        _ => StoreError::Other(Box::new(error)),
    }
}

/// The low byte of the extended result code (sqlite.org/rescode.html). 0 if there is none.
fn primary_code(error: &dyn DatabaseError) -> i64 {
    error
        .code()
        .and_then(|code| code.parse::<i64>().ok())
        .unwrap_or(0)
        & 0xff
}

/// A change of one row that must still be as it was read.
pub(crate) fn exactly_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}
