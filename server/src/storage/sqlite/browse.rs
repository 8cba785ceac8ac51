//! SQL of browsing needs, for SQLite. Which plan when: `storage::browse`.

use super::projections::tokens;
use crate::storage::StorageError;
use crate::storage::browse::{BrowseQuery, CountedCounty, FoundNeed, OrderedBy, codes};
use crate::storage::projection::{CITY, COUNTY};
use crate::storage::regions::in_use;
use domain::{Day, RegionCode};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

/// Time of the last change, and identifier.
type Position = (i64, String);

pub(super) async fn browse(
    conn: &mut SqliteConnection,
    query: &BrowseQuery,
) -> Result<Vec<FoundNeed>, StorageError> {
    if query.regions.is_some() && query.ranges().is_empty() {
        return Ok(Vec::new());
    }
    if query.regions_by_size().is_none() {
        return by_facts(conn, query).await;
    }
    if !query.is_selective() {
        return ordered(conn, query, None).await;
    }
    let end = end_of_budget(conn, query).await?;
    let found = ordered(conn, query, end.as_ref()).await?;
    if end.is_none() || found.len() as i64 == query.limit {
        return Ok(found);
    }
    if query.is_by_facts() {
        return by_facts(conn, query).await;
    }
    by_terms(conn, query).await
}

/// One count for each county, out of the index of its needs.
pub(super) async fn count_by_county(
    conn: &mut SqliteConnection,
    region: RegionCode,
    today: Day,
) -> Result<Vec<CountedCounty>, StorageError> {
    let (first, last) = codes(region);
    let sql = format!(
        "SELECT r.code, r.name, (SELECT count(*) FROM projection p WHERE p.kind = 'need' \
         AND p.region / {COUNTY} = r.code / {COUNTY} AND p.stage <> 'draft') \
         FROM region r WHERE r.code BETWEEN ?1 AND ?2 AND r.code % {COUNTY} = 0 \
         AND {} ORDER BY r.code",
        in_use!("?3")
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(first)
        .bind(last)
        .bind(today.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| CountedCounty::read(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
        .collect()
}

/// The province, its cities and its counties that are in use, by code.
pub(super) async fn areas(
    conn: &mut SqliteConnection,
    today: Day,
) -> Result<Vec<(RegionCode, String)>, StorageError> {
    let sql = format!(
        "SELECT code, name FROM region WHERE code % {COUNTY} = 0 AND {} ORDER BY code",
        in_use!("?1")
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(today.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let county = CountedCounty::read(row.try_get(0)?, row.try_get(1)?, 0)?;
            Ok((county.code, county.name))
        })
        .collect()
}

/// Up to where an ordered scan goes; none if the region has no more rows than that.
async fn end_of_budget(
    conn: &mut SqliteConnection,
    query: &BrowseQuery,
) -> Result<Option<Position>, StorageError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT p.updated_at, p.id FROM projection p");
    push_order(&mut sql, query);
    push_place_and_time(&mut sql, query);
    sql.push(" ORDER BY p.updated_at DESC, p.id DESC LIMIT 1 OFFSET ")
        .push_bind(query.budget);
    let row = sql.build().fetch_optional(conn).await?;
    Ok(row
        .map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?)))
        .transpose()?)
}

async fn ordered(
    conn: &mut SqliteConnection,
    query: &BrowseQuery,
    end: Option<&Position>,
) -> Result<Vec<FoundNeed>, StorageError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT p.updated_at, p.id, ");
    sql.push(if query.full { "e.body" } else { "e.public" });
    sql.push(" FROM projection p");
    push_order(&mut sql, query);
    // CROSS JOIN: SQLite reads the tables in this order.
    sql.push(" CROSS JOIN entity e ON e.kind = p.kind AND e.id = p.id");
    push_place_and_time(&mut sql, query);
    if let Some((time, id)) = end {
        sql.push(" AND (p.updated_at, p.id) > (")
            .push_bind(time)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    push_facets(&mut sql, query);
    push_lens(&mut sql, query)?;
    push_words(&mut sql, query.words.iter());
    if !query.full {
        sql.push(" AND e.public IS NOT NULL");
    }
    sql.push(" ORDER BY p.updated_at DESC, p.id DESC LIMIT ")
        .push_bind(query.limit);
    found(sql, conn).await
}

async fn by_terms(
    conn: &mut SqliteConnection,
    query: &BrowseQuery,
) -> Result<Vec<FoundNeed>, StorageError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT k.updated_at, k.id, ");
    sql.push(if query.full { "e.body" } else { "e.public" });
    sql.push(
        " FROM (SELECT p.updated_at, p.id FROM projection_terms CROSS JOIN projection p \
         ON p.no = projection_terms.rowid",
    );
    push_place_and_time(&mut sql, query);
    sql.push(" AND projection_terms MATCH ")
        .push_bind(tokens(&query.terms()));
    push_facets(&mut sql, query);
    // A word of one or two characters is a term itself; reading the text of every row that has it would be most of the work.
    push_words(&mut sql, query.long_words());
    push_is_public(&mut sql, query);
    sql.push(" ORDER BY p.updated_at DESC, p.id DESC LIMIT ")
        .push_bind(query.limit);
    push_bodies(&mut sql, query);
    found(sql, conn).await
}

/// Facts of one figure lie together by region: what is rare is found by them, and sorted.
async fn by_facts(
    conn: &mut SqliteConnection,
    query: &BrowseQuery,
) -> Result<Vec<FoundNeed>, StorageError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT k.updated_at, k.id, ");
    sql.push(if query.full { "e.body" } else { "e.public" });
    let (figure, today) = query.led_by();
    sql.push(" FROM (SELECT p.updated_at, p.id FROM json_each(")
        .push_bind(serde_json::to_string(&query.ranges())?)
        .push(") r CROSS JOIN fact f ON f.kind = ")
        .push_bind(query.kind.name())
        .push(" AND f.name = ")
        .push_bind(figure.to_owned())
        .push(" AND f.region BETWEEN r.value ->> 0 AND r.value ->> 1 AND f.from_day <= ")
        .push_bind(today)
        .push(" CROSS JOIN projection p ON p.kind = f.kind AND p.id = f.id");
    push_place_and_time(&mut sql, query);
    push_plain_facets(&mut sql, query);
    push_words(&mut sql, query.words.iter());
    push_is_public(&mut sql, query);
    sql.push(" ORDER BY p.updated_at DESC, p.id DESC LIMIT ")
        .push_bind(query.limit);
    push_bodies(&mut sql, query);
    found(sql, conn).await
}

/// The bodies of what the subquery before has found.
fn push_bodies(sql: &mut QueryBuilder<Sqlite>, query: &BrowseQuery) {
    sql.push(") k JOIN entity e ON e.kind = ")
        .push_bind(query.kind.name())
        .push(" AND e.id = k.id ORDER BY k.updated_at DESC, k.id DESC");
}

fn push_is_public(sql: &mut QueryBuilder<Sqlite>, query: &BrowseQuery) {
    if !query.full {
        sql.push(
            " AND EXISTS (SELECT 1 FROM entity e WHERE e.kind = p.kind AND e.id = p.id \
             AND e.public IS NOT NULL)",
        );
    }
}

/// The index that has the rows in order, named so that SQLite takes no other.
fn push_order(sql: &mut QueryBuilder<Sqlite>, query: &BrowseQuery) {
    if query.need.is_none() {
        sql.push(match query.ordered_by() {
            OrderedBy::Time => " INDEXED BY projection_by_time",
            OrderedBy::City(_) => " INDEXED BY projection_by_city",
            OrderedBy::County(_) => " INDEXED BY projection_by_county",
        });
    }
}

fn push_place_and_time(sql: &mut QueryBuilder<Sqlite>, query: &BrowseQuery) {
    let (first, last) = query.codes();
    sql.push(" WHERE p.kind = ").push_bind(query.kind.name());
    match query.ordered_by() {
        OrderedBy::Time => sql.push(""),
        // The divisor is part of the index, so it is no parameter.
        OrderedBy::City(n) => sql.push(format!(" AND p.region / {CITY} = ")).push_bind(n),
        OrderedBy::County(n) => sql
            .push(format!(" AND p.region / {COUNTY} = "))
            .push_bind(n),
    };
    sql.push(" AND p.region BETWEEN ")
        .push_bind(first)
        .push(" AND ")
        .push_bind(last);
    if query.full && !query.with_drafts {
        sql.push(" AND p.stage <> 'draft'");
    }
    if let Some((time, id)) = &query.after {
        sql.push(" AND (p.updated_at, p.id) < (")
            .push_bind(*time)
            .push(", ")
            .push_bind(id.clone())
            .push(")");
    }
}

/// In one of the regions that count, looked up by the row's own region.
fn push_lens(sql: &mut QueryBuilder<Sqlite>, query: &BrowseQuery) -> Result<(), StorageError> {
    let sizes = query.regions_by_size().unwrap_or_default();
    for (n, (size, firsts)) in sizes.iter().enumerate() {
        sql.push(if n == 0 { " AND (" } else { " OR " })
            .push(format!(
                "p.region - p.region % {size} IN (SELECT value FROM json_each("
            ))
            .push_bind(serde_json::to_string(firsts)?)
            .push("))");
    }
    if !sizes.is_empty() {
        sql.push(")");
    }
    Ok(())
}

fn push_facets(sql: &mut QueryBuilder<Sqlite>, query: &BrowseQuery) {
    push_plain_facets(sql, query);
    if let Some((name, today)) = &query.figure {
        sql.push(
            " AND EXISTS (SELECT 1 FROM fact f WHERE f.kind = p.kind AND f.id = p.id AND f.name = ",
        )
        .push_bind(name.clone())
        .push(" AND f.from_day <= ")
        .push_bind(i64::from(today.0))
        .push(")");
    }
}

fn push_plain_facets(sql: &mut QueryBuilder<Sqlite>, query: &BrowseQuery) {
    for (column, value) in [
        ("id", &query.need),
        ("topic", &query.topic),
        ("stage", &query.stage),
    ] {
        if let Some(value) = value {
            sql.push(format!(" AND p.{column} = "))
                .push_bind(value.clone());
        }
    }
}

fn push_words<'a>(sql: &mut QueryBuilder<Sqlite>, words: impl Iterator<Item = &'a String>) {
    for word in words {
        sql.push(" AND instr(p.text, ")
            .push_bind(word.clone())
            .push(") > 0");
    }
}

async fn found(
    mut sql: QueryBuilder<Sqlite>,
    conn: &mut SqliteConnection,
) -> Result<Vec<FoundNeed>, StorageError> {
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
