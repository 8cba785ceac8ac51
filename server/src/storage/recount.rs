//! Counting everything again, page by page in one snapshot: whether facts are what entities say, whether tallies are the sums of facts, whether
//! the trail's chain holds. It keeps the tallies in memory and nothing else, so a server does it each night however much there is.

use super::chain::{Examination, Examined, Lanes};
use super::figures::{EntityFacts, FactRow, LEVELS, TallyRow, level_number};
use super::tables::{self, TABLES, Table, Value, Values};
use super::{StorageError, TRAIL_ROWS};
use async_trait::async_trait;
use domain::{Entity, EntityKind};
use std::collections::BTreeMap;

/// Rows read at a time.
const ROWS: usize = 1_000;
/// So many differences are told; the rest is counted.
const TOLD: usize = 100;

/// One snapshot of a database, read page by page.
#[async_trait]
pub(super) trait Snapshot: Send {
    /// Rows of a table behind a key, in the order of keys.
    async fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&Values>,
        limit: usize,
    ) -> Result<Vec<Values>, StorageError>;
    /// The lanes of the trail.
    async fn lanes(&mut self) -> Result<Lanes, StorageError>;
}

/// What counting again came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recount {
    /// How many entities were looked at.
    pub entities: usize,
    /// How many entries of the trail were looked at.
    pub entries: usize,
    /// How many differences there are.
    pub differences: usize,
    /// One line for each of the first ones.
    pub lines: Vec<String>,
}

impl Recount {
    fn tell(&mut self, line: impl FnOnce() -> String) {
        self.differences += 1;
        if self.lines.len() < TOLD {
            self.lines.push(line());
        }
    }
}

/// A table's rows one after the other, read page by page.
struct Rows {
    table: &'static Table,
    page: std::vec::IntoIter<Values>,
    after: Option<Values>,
    is_over: bool,
}

impl Rows {
    fn of(name: &str) -> Result<Self, StorageError> {
        let table = TABLES.iter().find(|table| table.name == name);
        Ok(Self {
            table: table.ok_or_else(|| StorageError::Data(format!("no table {name}")))?,
            page: Vec::new().into_iter(),
            after: None,
            is_over: false,
        })
    }

    async fn next(&mut self, snapshot: &mut dyn Snapshot) -> Result<Option<Values>, StorageError> {
        if let Some(row) = self.page.next() {
            return Ok(Some(row));
        }
        if self.is_over {
            return Ok(None);
        }
        let page = snapshot.rows(self.table, self.after.as_ref(), ROWS).await?;
        // Reading entities takes a while; requests come first.
        tokio::task::yield_now().await;
        self.is_over = page.len() < ROWS;
        self.after = page.last().map(|row| row[..self.table.key].to_vec());
        self.page = page.into_iter();
        Ok(self.page.next())
    }
}

fn unreadable(table: &str) -> StorageError {
    StorageError::Data(format!("a row of {table}"))
}

fn fact(row: &Values) -> Result<FactRow, StorageError> {
    let [
        Value::Text(kind),
        Value::Text(id),
        Value::Text(name),
        Value::Integer(region),
        Value::Integer(from_day),
    ] = row.as_slice()
    else {
        return Err(unreadable("fact"));
    };
    Ok(FactRow {
        kind: kind.clone(),
        id: id.clone(),
        name: name.clone(),
        region: *region,
        from_day: *from_day,
    })
}

fn tally(row: &Values) -> Result<TallyRow, StorageError> {
    let [
        Value::Integer(level),
        Value::Integer(region),
        Value::Text(kind),
        Value::Text(name),
        Value::Integer(from_day),
        Value::Integer(n),
    ] = row.as_slice()
    else {
        return Err(unreadable("tally"));
    };
    Ok(TallyRow {
        level: *level,
        region: *region,
        kind: kind.clone(),
        name: name.clone(),
        from_day: *from_day,
        n: *n,
    })
}

/// What a tally is found by: level, region, kind, figure, first day.
type At = (i64, i64, String, String, i64);

/// The facts of a snapshot, one after the other, summed up as they pass.
struct Facts {
    rows: Rows,
    next: Option<FactRow>,
    sums: BTreeMap<At, i64>,
}

impl Facts {
    async fn advance(&mut self, snapshot: &mut dyn Snapshot) -> Result<(), StorageError> {
        let row = self.rows.next(snapshot).await?;
        self.next = row.as_ref().map(fact).transpose()?;
        let Some(fact) = &self.next else {
            return Ok(());
        };
        for level in LEVELS {
            let codes = level.codes().cast_signed();
            let at = (
                level_number(level),
                fact.region / codes * codes,
                fact.kind.clone(),
                fact.name.clone(),
                fact.from_day,
            );
            *self.sums.entry(at).or_default() += 1;
        }
        Ok(())
    }
}

/// Counts everything again.
pub(super) async fn recount(snapshot: &mut dyn Snapshot) -> Result<Recount, StorageError> {
    let mut found = Recount::default();
    let mut entities = Rows::of("entity")?;
    let mut facts = Facts {
        rows: Rows::of("fact")?,
        next: None,
        sums: BTreeMap::new(),
    };
    facts.advance(snapshot).await?;
    while let Some(row) = entities.next(snapshot).await? {
        let [Value::Text(kind), Value::Text(id), _, Value::Text(body), ..] = row.as_slice() else {
            return Err(unreadable("entity"));
        };
        found.entities += 1;
        // Both tables are read in the order of kind and identifier.
        let mut own = Vec::new();
        while let Some(fact) = facts.next.take() {
            let at = (fact.kind.as_str(), fact.id.as_str());
            if at > (kind, id) {
                facts.next = Some(fact);
                break;
            }
            if at < (kind.as_str(), id.as_str()) {
                found.tell(|| format!("{}/{} counts and is not there", fact.kind, fact.id));
            } else {
                own.push(fact);
            }
            facts.advance(snapshot).await?;
        }
        let entity = EntityKind::from_name(kind).map(|kind| Entity::from_json(kind, body));
        let Some(Ok(entity)) = entity else {
            found.tell(|| format!("{kind}/{id} cannot be read"));
            continue;
        };
        let mut expected: Vec<FactRow> = EntityFacts::of(&entity)
            .map(|facts| facts.rows().collect())
            .unwrap_or_default();
        expected.sort_unstable();
        own.sort_unstable();
        if own != expected {
            found.tell(|| format!("{kind}/{id} counts as something else than it is"));
        }
    }
    while let Some(fact) = facts.next.take() {
        found.tell(|| format!("{}/{} counts and is not there", fact.kind, fact.id));
        facts.advance(snapshot).await?;
    }
    tallies(snapshot, facts.sums, &mut found).await?;
    let trail = trail(snapshot).await?;
    found.entries = trail.entries;
    for line in trail.wrong {
        found.tell(|| line);
    }
    Ok(found)
}

async fn tallies(
    snapshot: &mut dyn Snapshot,
    mut sums: BTreeMap<At, i64>,
    found: &mut Recount,
) -> Result<(), StorageError> {
    let differs = |region: i64, kind: &str, name: &str, is: i64, should: i64| {
        format!("the number of {kind}/{name} in {region} is {is} and should be {should}")
    };
    let mut rows = Rows::of("tally")?;
    while let Some(row) = rows.next(snapshot).await? {
        let TallyRow {
            level,
            region,
            kind,
            name,
            from_day,
            n,
        } = tally(&row)?;
        let at = (level, region, kind, name, from_day);
        let should = sums.remove(&at).unwrap_or(0);
        if should != n {
            found.tell(|| differs(at.1, &at.2, &at.3, n, should));
        }
    }
    for ((_, region, kind, name, _), should) in sums {
        found.tell(|| differs(region, &kind, &name, 0, should));
    }
    Ok(())
}

/// Follows the trail's chain.
pub(super) async fn trail(snapshot: &mut dyn Snapshot) -> Result<Examined, StorageError> {
    let mut examination = Examination::new(&snapshot.lanes().await?);
    let mut after = None;
    loop {
        let rows = snapshot
            .rows(&tables::AUDIT, after.as_ref(), TRAIL_ROWS)
            .await?;
        examination.look_at(&rows);
        tokio::task::yield_now().await;
        let Some(last) = rows.last() else { break };
        after = Some(vec![last[0].clone()]);
    }
    Ok(examination.done())
}
