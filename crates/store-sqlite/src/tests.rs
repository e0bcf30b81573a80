//! This backend under the conformance suite, and what only SQLite promises.

use std::path::Path;

use sqlx::{AssertSqlSafe, Executor as _};
use tempfile::TempDir;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::conformance::Backend;
use yorisoi_store::{Keys, PackRow, Store, StoreError};

use crate::{SqliteKeys, SqliteStore};

struct Sqlite {
    store: SqliteStore,
    keys: SqliteKeys,
    folder: TempDir,
}

impl Backend for Sqlite {
    async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("yorisoi.db");
        let keys = folder.path().join("keys.db");
        SqliteStore::migrate(&data).await.unwrap();
        SqliteKeys::migrate(&keys).await.unwrap();
        Self {
            store: SqliteStore::open(&data).await.unwrap(),
            keys: SqliteKeys::open(&keys).await.unwrap(),
            folder,
        }
    }

    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn keys(&self) -> &dyn Keys {
        &self.keys
    }

    async fn raw(&self, statement: &'static str) -> Result<(), String> {
        self.raw_built(statement.to_owned()).await
    }

    async fn raw_built(&self, statement: String) -> Result<(), String> {
        let mut tx = self.store.db.begin().await.unwrap();
        let done = tx.execute(AssertSqlSafe(statement)).await;
        done.map_err(|error| error.to_string())?;
        tx.commit().await.map_err(|error| error.to_string())
    }

    fn replace(table: &str) -> Option<String> {
        Some(format!("REPLACE INTO {table} SELECT * FROM {table}"))
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

mod conformance {
    yorisoi_store::conformance!(super::Sqlite);
}

#[tokio::test]
async fn pragmas_hold_on_every_connection() {
    let backend = Sqlite::fresh().await;
    let wanted = [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA secure_delete", "1"),
        ("PRAGMA temp_store", "2"),
        ("PRAGMA recursive_triggers", "1"),
        ("PRAGMA trusted_schema", "0"),
    ];
    for db in [&backend.store.db, &backend.keys.db] {
        let mut connections = vec![db.begin().await.unwrap()];
        for _ in 0..4 {
            connections.push(db.read().await.unwrap());
        }
        for conn in &mut connections {
            for (pragma, value) in wanted {
                use sqlx::Row as _;
                let row = conn.fetch_one(pragma).await.unwrap();
                let found = row
                    .try_get::<String, _>(0)
                    .unwrap_or_else(|_| row.get::<i64, _>(0).to_string());
                assert_eq!(found, value, "{pragma}");
            }
        }
    }
    let mut reader = backend.store.db.read().await.unwrap();
    let refused = reader
        .execute("DELETE FROM consents")
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("readonly"), "{refused}");
}

/// A file without migrations, with fewer, with more, or with others is refused and left alone.
#[tokio::test]
async fn only_a_file_with_this_programs_schema_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("yorisoi.db");
    let refused = SqliteStore::open(&path).await.unwrap_err();
    assert!(refused.to_string().contains("yorisoi migrate"), "{refused}");
    assert!(!path.exists(), "opening made a file");
    let all = SqliteStore::migrate(&path).await.unwrap();
    assert!(all > 0);
    assert_eq!(SqliteStore::migrate(&path).await.unwrap(), 0);
    SqliteStore::open(&path).await.unwrap();
    for (n, spoil) in [
        "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, 1, x'00', 0 FROM _sqlx_migrations LIMIT 1",
        "UPDATE _sqlx_migrations SET checksum = zeroblob(48) WHERE version = 1",
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("spoiled-{n}.db"));
        SqliteStore::migrate(&path).await.unwrap();
        let mut conn = raw_connection(&path).await;
        conn.execute(spoil).await.unwrap();
        sqlx::Connection::close(conn).await.unwrap();
        let refused = SqliteStore::open(&path).await.unwrap_err();
        assert!(refused.to_string().contains("yorisoi migrate"), "{refused}");
        assert!(SqliteStore::migrate(&path).await.is_err(), "a foreign schema was migrated");
    }
    let foreign = folder.path().join("keys.db");
    SqliteKeys::migrate(&foreign).await.unwrap();
    assert!(
        SqliteStore::open(&foreign).await.is_err(),
        "the key file opened as the data file"
    );
}

/// What has no room is `Full`, whoever asks for it, and nothing of it is there afterwards.
#[tokio::test]
async fn a_database_without_room_refuses_the_whole_transaction_by_name() {
    let backend = Sqlite::fresh().await;
    let pages = async |limit: &'static str| {
        let mut writer = backend.store.db.begin().await.unwrap();
        writer.execute(limit).await.unwrap();
        writer.commit().await.unwrap();
    };
    pages("PRAGMA max_page_count = 1").await;
    let mut tx = backend.store.db.begin().await.unwrap();
    let insert = "INSERT INTO residents VALUES (?, zeroblob(60000), zeroblob(41), zeroblob(41), zeroblob(32), 0, 1)";
    let one = uuid::Uuid::from_u128(1);
    let refused = sqlx::query(insert).bind(one).execute(&mut *tx).await;
    let refused = refused.map_err(crate::error::sql).unwrap_err();
    assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
    drop(tx);
    pages("PRAGMA max_page_count = 1000000").await;
    let mut tx = backend.store.db.begin().await.unwrap();
    sqlx::query(insert)
        .bind(one)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Packs of an older file are what they were, and their texts are known again.
#[tokio::test]
async fn rule_packs_move_to_texts_that_are_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("yorisoi.db");
    let mut conn = older(&path, 20).await;
    let packs = [1_u8, 2].map(|n| PackRow {
        sha256: [n; 32],
        version: n.to_string(),
        files: [("b", "[pack]"), ("a", &format!("{n}")), ("c", "[pack]")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .to_vec(),
        stored_at: Timestamp::UNIX_EPOCH,
    });
    for pack in &packs {
        let sha = pack.sha256.as_slice();
        let insert = "INSERT INTO rule_packs VALUES (?, ?, 0)";
        let insert = sqlx::query(insert).bind(sha).bind(&pack.version);
        insert.execute(&mut conn).await.unwrap();
        for (n, (name, text)) in (0_i64..).zip(&pack.files) {
            let insert = sqlx::query("INSERT INTO rule_pack_files VALUES (?, ?, ?, ?)");
            let insert = insert.bind(sha).bind(n).bind(name).bind(text);
            insert.execute(&mut conn).await.unwrap();
        }
    }
    sqlx::Connection::close(conn).await.unwrap();
    assert!(SqliteStore::migrate(&path).await.unwrap() > 0);
    let store = SqliteStore::open(&path).await.unwrap();
    let newer = PackRow {
        sha256: [3; 32],
        version: "3".to_owned(),
        ..packs[0].clone()
    };
    let mut tx = store.begin().await.unwrap();
    tx.insert_rule_pack(&newer).await.unwrap();
    for pack in packs.iter().chain([&newer]) {
        let moved = tx.rule_pack(pack.sha256).await.unwrap();
        assert_eq!(moved.as_ref(), Some(pack));
    }
    tx.commit().await.unwrap();
    let mut reader = store.db.read().await.unwrap();
    let texts: Vec<String> = sqlx::query_scalar("SELECT text FROM rule_texts ORDER BY text")
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    assert_eq!(texts, ["1", "2", "[pack]"]);
}

/// Of words that were written before the doubt was theirs, what a doubted flag quotes is in doubt.
#[tokio::test]
async fn words_that_a_doubted_flag_quotes_are_in_doubt_after_the_move() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("yorisoi.db");
    let mut conn = older(&path, 35).await;
    let before = "PRAGMA foreign_keys = OFF;
        INSERT INTO segments SELECT unhex(printf('%032d', value)), zeroblob(16), 0, 0, revision, zeroblob(32), zeroblob(41), 0
        FROM json_each('[1, 2, 3]'), (SELECT 1 AS revision UNION SELECT 2);
        INSERT INTO flags (id, interview_id, item, tier, rule, how, pack_version, pack_sha256, unsure, speaker_unknown,
            at_ms, state, made_ms, revision)
        SELECT unhex(printf('%032d', value)), zeroblob(16), 'item_' || value, 'review', 'rule', 'direct', '1', zeroblob(32), 0,
            value = 2, 0, 'suggested', 0, 1
        FROM json_each('[1, 2]');
        INSERT INTO flag_quotes SELECT id, 0, id, 2, 0, 1, 'statement' FROM flags;";
    sqlx::raw_sql(before).execute(&mut conn).await.unwrap();
    sqlx::Connection::close(conn).await.unwrap();
    assert!(SqliteStore::migrate(&path).await.unwrap() > 0);
    let mut conn = raw_connection(&path).await;
    let doubted = "SELECT hex(id) || ' ' || revision FROM segments WHERE accompanied = 1";
    let doubted: Vec<String> = sqlx::query_scalar(doubted)
        .fetch_all(&mut conn)
        .await
        .unwrap();
    assert_eq!(doubted, [format!("{:032} 2", 2)]);
}

/// A file as the migration of this number left it.
async fn older(path: &Path, version: i64) -> sqlx::SqliteConnection {
    static ALL: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
    std::fs::write(path, "").unwrap();
    let mut conn = raw_connection(path).await;
    ALL.run_to(version, &mut conn).await.unwrap();
    conn
}

async fn raw_connection(path: &Path) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    sqlx::ConnectOptions::connect(&options).await.unwrap()
}

/// Every 16-byte column is typed in `sqlx.toml`, so that a query on it can't come out as bytes by
/// oversight.
#[tokio::test]
async fn every_id_column_is_typed_in_sqlx_toml() {
    let mut typed = std::collections::BTreeSet::new();
    let mut table = String::new();
    for line in include_str!("../sqlx.toml").lines() {
        if let Some(rest) = line.strip_prefix("[macros.table-overrides.'") {
            table = rest.trim_end_matches("']").to_owned();
        } else if let Some((column, "\"uuid::Uuid\"")) = line.split_once(" = ") {
            typed.insert(format!("{table}.{column}"));
        }
    }
    let backend = Sqlite::fresh().await;
    let mut columns = std::collections::BTreeSet::new();
    for db in [&backend.store.db, &backend.keys.db] {
        let mut reader = db.read().await.unwrap();
        let found: Vec<String> = sqlx::query_scalar(
            "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND c.type = 'BLOB' AND (c.name = 'id' OR c.name LIKE '%\\_id' ESCAPE '\\'
                 OR c.name LIKE '%\\_by' ESCAPE '\\' OR c.name LIKE '%by\\_%' ESCAPE '\\')",
        )
        .fetch_all(&mut *reader)
        .await
        .unwrap();
        columns.extend(found);
    }
    assert_eq!(columns, typed);
}

/// What was overwritten or deleted is in no file after a sweep; without `secure_delete` the same
/// probe finds it.
#[tokio::test]
async fn overwritten_bytes_are_gone_after_a_sweep() {
    for secure in [true, false] {
        let backend = Sqlite::fresh().await;
        let sealed = |n: u32, version: u8| format!("<<{n:06}:{version}>>").repeat(30).into_bytes();
        let mut tx = backend.store.db.begin().await.unwrap();
        if !secure {
            drop(tx);
            let mut raw = raw_connection(&backend.folder.path().join("yorisoi.db")).await;
            raw.execute("PRAGMA secure_delete = OFF").await.unwrap();
            write_and_overwrite(&mut raw, sealed).await;
        } else {
            write_and_overwrite(&mut tx, sealed).await;
            tx.commit().await.unwrap();
        }
        assert!(backend.store.sweep().await.unwrap());
        let mut left = 0;
        for file in std::fs::read_dir(backend.folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            left += bytes.windows(4).filter(|window| window == b":0>>").count();
        }
        assert_eq!(left == 0, secure, "{left} copies");
    }
}

async fn write_and_overwrite(
    conn: &mut sqlx::SqliteConnection,
    sealed: impl Fn(u32, u8) -> Vec<u8>,
) {
    let insert = "INSERT INTO residents VALUES (?, ?, ?, ?, zeroblob(32), 0, 1)";
    for n in 0..300_u32 {
        let id = uuid::Uuid::from_u128(u128::from(n.wrapping_mul(2_654_435_761)) << 96);
        let old = sealed(n, 0);
        sqlx::query(insert)
            .bind(id)
            .bind(&old)
            .bind(&old)
            .bind(&old)
            .execute(&mut *conn)
            .await
            .unwrap();
    }
    for n in 0..300_u32 {
        let id = uuid::Uuid::from_u128(u128::from(n.wrapping_mul(2_654_435_761)) << 96);
        if n % 2 == 0 {
            sqlx::query("DELETE FROM residents WHERE id = ?")
                .bind(id)
                .execute(&mut *conn)
                .await
                .unwrap();
        } else {
            let new = [sealed(n, 1), sealed(n, 1)].concat();
            sqlx::query("UPDATE residents SET name = ?, kana = ?, birth_date = ? WHERE id = ?")
                .bind(&new)
                .bind(&new)
                .bind(&new)
                .bind(id)
                .execute(&mut *conn)
                .await
                .unwrap();
        }
    }
}
