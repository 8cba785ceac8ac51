use super::{Database, StorageError};
use sqlx::{AssertSqlSafe, Row};

impl Database {
    /// Keeps a copy of every table beside a database in memory.
    pub async fn back_up(&self) -> Result<(), StorageError> {
        let attached = sqlx::query("SELECT 1 FROM pragma_database_list WHERE name = 'backup'")
            .fetch_optional(&self.writing)
            .await?;
        if attached.is_none() {
            self.run("ATTACH ':memory:' AS backup").await?;
        }
        for table in self.tables().await? {
            self.run(&format!("DROP TABLE IF EXISTS backup.{table}"))
                .await?;
            self.run(&format!(
                "CREATE TABLE backup.{table} AS SELECT * FROM main.{table}"
            ))
            .await?;
        }
        Ok(())
    }

    /// Puts everything back as it was at the last [`Database::back_up`]. Only while nothing else writes.
    pub async fn put_back(&self) -> Result<(), StorageError> {
        for table in self.tables().await? {
            self.run(&format!("DELETE FROM main.{table}")).await?;
            self.run(&format!(
                "INSERT INTO main.{table} SELECT * FROM backup.{table}"
            ))
            .await?;
        }
        Ok(())
    }

    async fn tables(&self) -> Result<Vec<String>, StorageError> {
        let rows = sqlx::query("SELECT name FROM main.sqlite_master WHERE type = 'table'")
            .fetch_all(&self.writing)
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    async fn run(&self, sql: &str) -> Result<(), StorageError> {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&self.writing)
            .await?;
        Ok(())
    }
}
