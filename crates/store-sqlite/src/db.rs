//! One SQLite file: how it is opened, migrated, written and read. Owns the pragmas; knows no table.

use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
};
use yorisoi_store::StoreError;

use crate::error::sql;

static DATA: Migrator = sqlx::migrate!("./migrations");
static KEYS: Migrator = sqlx::migrate!("./migrations-keys");

/// Which of the two files it is, and with it which migrations belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {
    /// Everything but the keys.
    Data,
    /// The wrapped data keys.
    Keys,
}

impl File {
    fn migrator(self) -> &'static Migrator {
        match self {
            Self::Data => &DATA,
            Self::Keys => &KEYS,
        }
    }
}

/// An open database file: one connection that writes, a few that only read.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Db {
    /// Creates the file if it is missing and applies what it lacks. Returns how many migrations
    /// that were. A file from a newer program is refused and left alone.
    pub(crate) async fn migrate(path: &Path, file: File) -> Result<usize, StoreError> {
        let mut conn = options(path)
            .create_if_missing(true)
            .connect()
            .await
            .map_err(sql)?;
        let migrator = file.migrator();
        let before = applied(&mut conn).await;
        let done = migrator.run(&mut conn).await;
        conn.close().await.map_err(sql)?;
        done.map_err(|error| StoreError::Schema(Box::new(error)))?;
        Ok(migrator.iter().count() - before.len())
    }

    /// Opens a file that has exactly this program's schema; never changes one.
    pub(crate) async fn open(path: &Path, file: File) -> Result<Self, StoreError> {
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // The one connection is kept for good: an idle close would checkpoint at an unplanned moment.
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            // As long as the busy timeout: whoever waits longer had better be told.
            .acquire_timeout(Duration::from_secs(5))
            .after_release(|conn, _| Box::pin(usable(conn)))
            .connect_with(options(path))
            .await
            .map_err(|error| match &error {
                // 14: the file can't be opened, which here means that nobody made it.
                sqlx::Error::Database(cause) if cause.code().as_deref() == Some("14") => {
                    StoreError::Schema(Box::new(error))
                }
                _ => sql(error),
            })?;
        let mut conn = writer.acquire().await.map_err(sql)?;
        let found = applied(&mut conn).await;
        drop(conn);
        let wanted = file
            .migrator()
            .iter()
            .map(|m| (m.version, m.checksum.to_vec()));
        if !wanted.eq(found) {
            writer.close().await;
            return Err(StoreError::Schema(
                "the migrations applied are not this program's".into(),
            ));
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .after_release(|conn, _| Box::pin(usable(conn)))
            .connect_with(options(path).read_only(true))
            .await
            .map_err(sql)?;
        Ok(Self { writer, readers })
    }

    /// A write transaction. The write lock is taken at once, so that a transaction that has read
    /// can never fail to be upgraded when another process wrote in between.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(sql)
    }

    /// A transaction on a connection that refuses to write: it sees one state throughout.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.readers.begin().await.map_err(sql)
    }

    /// Moves the whole write-ahead log into the main file and truncates it, so that no older
    /// version of any page is left in it. Waits for readers up to the busy timeout, and holds the
    /// writer meanwhile. `false`: a reader still holds an older snapshot, call again.
    pub(crate) async fn checkpoint(&self) -> Result<bool, StoreError> {
        let done = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.writer)
            .await;
        let done: Result<(i64, i64, i64), StoreError> = done.map_err(sql);
        match done {
            Ok((busy, _, _)) => Ok(busy == 0),
            Err(StoreError::Busy(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes one consistent state to a new file: read as a reader reads, so nobody waits for it.
    pub(crate) async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        let name = to.to_str().ok_or_else(|| {
            let odd = io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8");
            sql(sqlx::Error::Io(odd))
        })?;
        let mut conn = self.readers.acquire().await.map_err(sql)?;
        sqlx::query("VACUUM INTO ?")
            .bind(name)
            .execute(&mut *conn)
            .await
            .map_err(sql)?;
        Ok(())
    }

    /// Closes every connection; the last one folds the write-ahead log into the main file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// The applied migrations in order. A file without the list has none.
async fn applied(conn: &mut SqliteConnection) -> Vec<(i64, Vec<u8>)> {
    sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
        .fetch_all(conn)
        .await
        .unwrap_or_default()
}

/// Whether a connection may be used again. Where the disk is full or fails, SQLite ends the
/// transaction by itself; the connection then still counts it as open and would begin no other.
async fn usable(conn: &mut SqliteConnection) -> sqlx::Result<bool> {
    // Behind the rollback that the end of a transaction has asked for.
    conn.ping().await?;
    Ok(!conn.is_in_transaction())
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        // Freed bytes are overwritten with zeros instead of being left in the page.
        .pragma("secure_delete", "ON")
        // Sorting and statement journals stay out of the system's temporary folder.
        .pragma("temp_store", "MEMORY")
        // Without it INSERT OR REPLACE deletes a row past the triggers that forbid deleting.
        .pragma("recursive_triggers", "ON")
        // Functions and virtual tables in the schema of a foreign file are not trusted.
        .pragma("trusted_schema", "OFF")
        // Statements carry values only as parameters, but even so they are no reading for logs.
        .disable_statement_logging()
}
