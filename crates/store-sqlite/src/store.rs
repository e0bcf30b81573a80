//! The data file as a [`Store`], and the transaction that all aggregates are implemented on.

use std::path::Path;

use async_trait::async_trait;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use yorisoi_store::{Reader, Result, Store, Tx};

use crate::db::{Db, File};
use crate::error::sql;

/// The data file, open.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pub(crate) db: Db,
}

impl SqliteStore {
    /// Makes the file if it is missing, applies what it lacks, and returns how many migrations
    /// that were.
    pub async fn migrate(path: &Path) -> Result<usize> {
        Db::migrate(path, File::Data).await
    }

    /// Opens a file that has this program's schema. Never changes a schema: `StoreError::Schema`.
    pub async fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            db: Db::open(path, File::Data).await?,
        })
    }

    /// Closes every connection and folds the log into the file.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(SqliteTx(self.db.begin().await?)))
    }

    async fn read(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(SqliteTx(self.db.read().await?)))
    }

    async fn sweep(&self) -> Result<bool> {
        self.db.checkpoint().await
    }

    async fn copy_to(&self, file: &Path) -> Result<()> {
        self.db.copy_to(file).await
    }
}

/// A transaction, for writing or only for reading: which of the two its holder sees is a matter
/// of the trait it was handed out as, and of the connection, which refuses to write when it reads.
#[derive(Debug)]
pub(crate) struct SqliteTx(Transaction<'static, Sqlite>);

impl SqliteTx {
    pub(crate) fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

impl Reader for SqliteTx {}

#[async_trait]
impl Tx for SqliteTx {
    async fn commit(self: Box<Self>) -> Result<()> {
        self.0.commit().await.map_err(sql)
    }
}
