//! What can go wrong in a store. No message holds a value from a row.

use std::error::Error;

pub type Result<T> = std::result::Result<T, StoreError>;

/// A missing row is no error: look-ups return `Option`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row since it was read, or a row that must be the only one exists.
    #[error("the row was changed or made by somebody else meanwhile: read it again")]
    Conflict,
    /// A reference to a row that does not exist, or a value that the schema forbids.
    #[error("the database refuses the row")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The write lock is held elsewhere for longer than the store waits.
    #[error("the database is in use by another program: try again")]
    Busy(#[source] Box<dyn Error + Send + Sync>),
    #[error("the disk is full: nothing was written, make room and try again")]
    Full(#[source] Box<dyn Error + Send + Sync>),
    #[error(
        "the data folder can't be written: check its owner and whether it is mounted read-only"
    )]
    ReadOnly(#[source] Box<dyn Error + Send + Sync>),
    /// The file is damaged, or a row holds what this program never writes.
    #[error("the database is damaged at {0}: stop the service and restore a backup")]
    Corrupt(&'static str),
    /// Made by another version of the program, or by none.
    #[error("the database does not have the schema of this program: run `yorisoi migrate`")]
    Schema(#[source] Box<dyn Error + Send + Sync>),
    #[error("the database could not carry out the statement")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}
