//! SQL of browsing needs, for SQLite.

use crate::storage::StorageError;
use crate::storage::browse::{BrowseQuery, FoundNeed};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

pub(super) async fn browse(
    conn: &mut SqliteConnection,
    query: &BrowseQuery,
) -> Result<Vec<FoundNeed>, StorageError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT n.updated_at, n.id, ");
    sql.push(if query.full { "e.body" } else { "e.public" });
    sql.push(
        " FROM need_index n JOIN entity e ON e.kind = 'need' AND e.id = n.id WHERE n.village >= ",
    );
    sql.push_bind(query.from_village)
        .push(" AND n.village < ")
        .push_bind(query.to_village);
    sql.push(if query.full {
        " AND n.stage <> 'draft'"
    } else {
        " AND e.public IS NOT NULL"
    });
    if let Some(need) = &query.need {
        sql.push(" AND n.id = ").push_bind(need);
    }
    if let Some(topic) = &query.topic {
        sql.push(" AND n.topic = ").push_bind(topic);
    }
    if let Some(stage) = &query.stage {
        sql.push(" AND n.stage = ").push_bind(stage);
    }
    for word in &query.words {
        sql.push(" AND instr(n.words, ")
            .push_bind(word)
            .push(") > 0");
    }
    if let Some((time, id)) = &query.after {
        sql.push(" AND (n.updated_at, n.id) < (")
            .push_bind(time)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    sql.push(" ORDER BY n.updated_at DESC, n.id DESC LIMIT ")
        .push_bind(query.limit);
    let rows = sql.build().persistent(false).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(FoundNeed {
                updated_at: row.try_get(0)?,
                id: row.try_get(1)?,
                body: row.try_get(2)?,
            })
        })
        .collect()
}
