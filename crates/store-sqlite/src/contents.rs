//! For the tests of other crates: everything a database file holds, as text, to see whether anything changed,
//! somebody who reads it meanwhile, and somebody who changes it behind the program's back.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use yorisoi_store::StoreError;

use crate::error::sql;

/// Every row of every table, as SQLite quotes its values; migrations' own list left out.
///
/// # Errors
/// The file can't be read.
pub async fn contents(path: &Path) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut conn = options.connect().await.map_err(sql)?;
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .fetch_all(&mut conn)
    .await
    .map_err(sql)?;
    let mut contents = BTreeMap::new();
    for (table,) in tables {
        // The name comes out of the schema itself.
        let columns: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_table_info(?)")
            .bind(&table)
            .fetch_all(&mut conn)
            .await
            .map_err(sql)?;
        let quoted: Vec<_> = columns
            .iter()
            .map(|(column,)| format!("quote({column})"))
            .collect();
        let all = format!(
            "SELECT {} FROM {table} ORDER BY 1",
            quoted.join(" || '|' || ")
        );
        let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(all))
            .fetch_all(&mut conn)
            .await
            .map_err(sql)?;
        contents.insert(table, rows.into_iter().map(|(row,)| row).collect());
    }
    conn.close().await.map_err(sql)?;
    Ok(contents)
}

/// Somebody who reads the file as it is now, until what comes back is dropped.
///
/// # Errors
/// The file can't be read.
pub async fn reading(path: &Path) -> Result<impl Sized + Send + use<>, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut conn = options.connect().await.map_err(sql)?;
    for statement in ["BEGIN", "SELECT count(*) FROM sqlite_master"] {
        sqlx::query(statement)
            .execute(&mut conn)
            .await
            .map_err(sql)?;
    }
    Ok(conn)
}

/// Somebody who writes the file and takes long over it, until what comes back is dropped.
///
/// # Errors
/// The file can't be written.
pub async fn holding(path: &Path) -> Result<impl Sized + Send + use<>, StoreError> {
    let options = SqliteConnectOptions::new().filename(path);
    let mut conn = options.connect().await.map_err(sql)?;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut conn)
        .await
        .map_err(sql)?;
    Ok(conn)
}

/// Runs statements on the file as somebody would who holds it in their hands: without the triggers
/// of these tables.
///
/// # Errors
/// The file can't be written, or a statement is wrong.
pub async fn tamper(path: &Path, table: &str, statements: &str) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(path);
    let mut conn = options.connect().await.map_err(sql)?;
    let triggers: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?")
            .bind(table)
            .fetch_all(&mut conn)
            .await
            .map_err(sql)?;
    for (trigger,) in triggers {
        let drop = format!("DROP TRIGGER {trigger}");
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&mut conn)
            .await
            .map_err(sql)?;
    }
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
        .execute(&mut conn)
        .await
        .map_err(sql)?;
    conn.close().await.map_err(sql)
}
