//! Applies the migrations to a throw-away database, so that the query macros check every statement
//! against the schema that ships. Generates no code.

use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = format!("{}/check.db", std::env::var("OUT_DIR")?);
    if std::fs::exists(&path)? {
        std::fs::remove_file(&path)?;
    }
    let mut db = SqliteConnection::connect(&format!("sqlite://{path}?mode=rwc")).await?;
    for folder in ["migrations", "migrations-keys"] {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = std::fs::read_dir(folder)?
            .map(|f| Ok(f?.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        files.sort();
        for file in files {
            db.execute(AssertSqlSafe(std::fs::read_to_string(file)?))
                .await?;
        }
    }
    db.close().await?;
    println!("cargo::rerun-if-changed=sqlx.toml");
    // Whoever sets SQLX_OFFLINE for another crate must not switch this check off.
    println!("cargo::rustc-env=SQLX_OFFLINE=false");
    println!("cargo::rustc-env=YORISOI_SQLITE_URL=sqlite://{path}");
    Ok(())
}
