//! Databases for tests: each gets one of its own.

use server::storage::Location;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The URL of the cluster's maintenance database. A test that finds none fails: it must not pass without having run.
pub fn cluster() -> String {
    std::env::var("XIANGDAN_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "XIANGDAN_TEST_POSTGRES is not set; run: app/bundle/postgres.sh cargo nextest run … \
             (`make test` does)"
        )
    })
}

/// A new, empty database of the cluster.
pub async fn postgres() -> Location {
    let cluster = cluster();
    let mut bytes = [0; 8];
    server::ports::Random::fill(&server::ports::SystemRandom, &mut bytes);
    let name: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let name = format!("test_{name}");
    let mut connection = PgConnection::connect(&cluster)
        .await
        .expect("the cluster answers");
    // From the template nobody connects to, as files: quicker than through the log.
    let sql = format!("CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy");
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .expect("a database");
    connection.close().await.expect("closed");
    Location::Postgres(cluster.replacen("/postgres?", &format!("/{name}?"), 1))
}
