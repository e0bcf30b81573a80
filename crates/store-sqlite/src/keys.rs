//! `keys.db`: the wrapped data keys, and how one is destroyed. Never sees an unwrapped key.

use std::path::Path;

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::KeyId;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{
    Destruction, FoundKey, KeyKind, KeyMark, KeyRow, Keys, Result, ServiceKey, StoreError,
    WRAPPED_BYTES,
};

use crate::codes::{code, parse, time};
use crate::db::{Db, File};
use crate::error::sql;

/// The open key file.
#[derive(Debug, Clone)]
pub struct SqliteKeys {
    pub(crate) db: Db,
}

impl SqliteKeys {
    /// Makes the file if it is missing, applies what it lacks, and returns how many migrations
    /// that were.
    pub async fn migrate(path: &Path) -> Result<usize> {
        Db::migrate(path, File::Keys).await
    }

    /// Opens a file that has this program's schema. Never changes a schema: `StoreError::Schema`.
    pub async fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            db: Db::open(path, File::Keys).await?,
        })
    }

    /// Closes every connection and folds the log into the file.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

#[async_trait]
impl Keys for SqliteKeys {
    async fn insert_key(&self, row: &KeyRow) -> Result<()> {
        let (id, kind, owner) = (row.id.uuid(), code(row.kind), row.owner);
        let (wrapped, created_ms) = (&row.wrapped[..], row.created_at.as_millisecond());
        let mut tx = self.db.begin().await?;
        sqlx::query!(
            "INSERT INTO data_keys (id, kind, owner_id, wrapped, created_ms) VALUES (?, ?, ?, ?, ?)",
            id,
            kind,
            owner,
            wrapped,
            created_ms
        )
        .execute(&mut *tx)
        .await
        .map_err(sql)?;
        tx.commit().await.map_err(sql)
    }

    async fn key(&self, kind: KeyKind, owner: Uuid) -> Result<Option<FoundKey>> {
        let kind_code = code(kind);
        let mut tx = self.db.read().await?;
        let row = sqlx::query!(
            "SELECT id, wrapped, created_ms, destroyed_ms FROM data_keys
             WHERE owner_id = ? AND kind = ?",
            owner,
            kind_code
        )
        .fetch_optional(&mut *tx)
        .await
        .map_err(sql)?;
        let Some(row) = row else { return Ok(None) };
        let id = KeyId::new(row.id);
        if let Some(at) = row.destroyed_ms {
            return Ok(Some(FoundKey::Destroyed { id, at: time(at)? }));
        }
        let (wrapped, created_at) = (wrapped(&row.wrapped)?, time(row.created_ms)?);
        Ok(Some(FoundKey::Whole(KeyRow {
            id,
            kind,
            owner,
            wrapped,
            created_at,
        })))
    }

    async fn keys(&self) -> Result<Vec<KeyRow>> {
        let mut tx = self.db.read().await?;
        let rows = sqlx::query!(
            "SELECT id, kind, owner_id, wrapped, created_ms FROM data_keys
             WHERE destroyed_ms IS NULL ORDER BY id"
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(KeyRow {
                id: row.id.into(),
                kind: parse(&row.kind, "data_keys.kind")?,
                owner: row.owner_id,
                wrapped: wrapped(&row.wrapped)?,
                created_at: time(row.created_ms)?,
            })
        });
        read.collect()
    }

    async fn marks(&self) -> Result<Vec<KeyMark>> {
        let mut tx = self.db.read().await?;
        let rows = sqlx::query!("SELECT id, created_ms, destroyed_ms FROM data_keys ORDER BY id")
            .fetch_all(&mut *tx)
            .await
            .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(KeyMark {
                id: row.id.into(),
                created_at: time(row.created_ms)?,
                destroyed: row.destroyed_ms.is_some(),
            })
        });
        read.collect()
    }

    async fn service_key(&self, which: ServiceKey) -> Result<Option<[u8; WRAPPED_BYTES]>> {
        let name = which.code();
        let mut tx = self.db.read().await?;
        let row = sqlx::query_scalar!("SELECT wrapped FROM service_keys WHERE name = ?", name)
            .fetch_optional(&mut *tx)
            .await
            .map_err(sql)?;
        row.map(|bytes| wrapped(&bytes)).transpose()
    }

    async fn rewrap(
        &self,
        rows: &[KeyRow],
        service: &[(ServiceKey, [u8; WRAPPED_BYTES])],
    ) -> Result<Destruction> {
        let mut tx = self.db.begin().await?;
        for row in rows {
            let (id, wrapped) = (row.id.uuid(), &row.wrapped[..]);
            sqlx::query!(
                "UPDATE data_keys SET wrapped = ? WHERE id = ? AND destroyed_ms IS NULL",
                wrapped,
                id
            )
            .execute(&mut *tx)
            .await
            .map_err(sql)?;
        }
        for (which, wrapped) in service {
            let (name, wrapped) = (which.code(), &wrapped[..]);
            sqlx::query!(
                "INSERT INTO service_keys (name, wrapped) VALUES (?, ?)
                 ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped",
                name,
                wrapped
            )
            .execute(&mut *tx)
            .await
            .map_err(sql)?;
        }
        tx.commit().await.map_err(sql)?;
        self.finish_destruction().await
    }

    async fn copy_to(&self, file: &Path) -> Result<()> {
        self.db.copy_to(file).await
    }

    async fn destroy_key(&self, id: KeyId, at: Timestamp) -> Result<Destruction> {
        let (id, at) = (id.uuid(), at.as_millisecond());
        let mut tx = self.db.begin().await?;
        sqlx::query!(
            "UPDATE data_keys SET wrapped = zeroblob(72), destroyed_ms = ?
             WHERE id = ? AND destroyed_ms IS NULL",
            at,
            id
        )
        .execute(&mut *tx)
        .await
        .map_err(sql)?;
        tx.commit().await.map_err(sql)?;
        self.finish_destruction().await
    }

    async fn finish_destruction(&self) -> Result<Destruction> {
        let swept = self.db.checkpoint().await?;
        Ok(if swept {
            Destruction::Complete
        } else {
            Destruction::Pending
        })
    }
}

fn wrapped(bytes: &[u8]) -> Result<[u8; WRAPPED_BYTES]> {
    bytes
        .try_into()
        .map_err(|_| StoreError::Corrupt("data_keys.wrapped"))
}
