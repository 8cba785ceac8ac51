use super::{Database, StorageError};
use domain::{Entity, EntityKind, Feed, Need, Visibility};
use sqlx::Row;
use std::collections::BTreeMap;

/// What does not agree with itself; empty when all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// One line for each, for the person who runs the server.
    pub wrong: Vec<String>,
    /// How many entities were looked at.
    pub entities: usize,
    /// How many placements were looked at.
    pub placements: usize,
}

impl Database {
    /// Looks at everything: the file itself, every entity's placements, every feed's version, every need's pledges,
    /// every client's sequence.
    pub async fn check(&self) -> Result<Findings, StorageError> {
        let mut found = Findings::default();
        for row in sqlx::query("PRAGMA integrity_check")
            .fetch_all(&self.reading)
            .await?
        {
            let line: String = row.try_get(0)?;
            if line != "ok" {
                found.wrong.push(format!("the file: {line}"));
            }
        }
        let versions = self.versions().await?;
        let mut expected = self.expected_placements(&mut found).await?;
        let rows = sqlx::query("SELECT feed, kind, id, ver, view FROM placement")
            .fetch_all(&self.reading)
            .await?;
        found.placements = rows.len();
        for row in rows {
            let (feed, kind, id): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (ver, view): (i64, i64) = (row.try_get(3)?, row.try_get(4)?);
            let at = format!("{kind}/{id} in {feed}");
            let known = feed
                .parse::<Feed>()
                .ok()
                .and_then(|f| versions.get(&f))
                .copied()
                .unwrap_or(0);
            if ver > known {
                found
                    .wrong
                    .push(format!("{at} has version {ver}, the feed only {known}"));
            }
            let should = expected
                .remove(&(feed, kind, id))
                .map_or(0, super::unit::view_number);
            if should != view {
                found
                    .wrong
                    .push(format!("{at} is shown as {view} and should be {should}"));
            }
        }
        found.wrong.extend(
            expected
                .into_keys()
                .map(|(feed, kind, id)| format!("{kind}/{id} is missing in {feed}")),
        );
        self.check_sequences(&mut found).await?;
        Ok(found)
    }

    async fn expected_placements(
        &self,
        found: &mut Findings,
    ) -> Result<BTreeMap<(String, String, String), Visibility>, StorageError> {
        let mut expected = BTreeMap::new();
        let rows = sqlx::query("SELECT kind, id, body FROM entity")
            .fetch_all(&self.reading)
            .await?;
        for row in rows {
            found.entities += 1;
            let (kind, id, body): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let read = EntityKind::from_name(&kind).map(|k| Entity::from_json(k, &body));
            let Some(Ok(entity)) = read else {
                found.wrong.push(format!("{kind}/{id} cannot be read"));
                continue;
            };
            if let Entity::Need(need) = &entity {
                check_pledges(need, found);
            }
            for (feed, view) in entity.placements() {
                expected.insert((feed.to_string(), kind.clone(), id.clone()), view);
            }
        }
        Ok(expected)
    }

    /// Every number up to a client's last has exactly one verdict, unless it came under another client before.
    async fn check_sequences(&self, found: &mut Findings) -> Result<(), StorageError> {
        let rows = sqlx::query(
            "SELECT v.client, v.seq, c.last_seq FROM verdict v LEFT JOIN client c ON c.id = v.client \
             WHERE c.last_seq IS NULL OR v.seq > c.last_seq",
        )
        .fetch_all(&self.reading)
        .await?;
        for row in rows {
            let (client, seq): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            found.wrong.push(format!(
                "client {client} has a verdict on {seq}, which is beyond its last number"
            ));
        }
        Ok(())
    }
}

fn check_pledges(need: &Need, found: &mut Findings) {
    for item in &need.content.items {
        let pledged = need.pledged(item.no);
        if pledged > item.quantity {
            found.wrong.push(format!(
                "need/{}: {} are pledged of item {}, {} are asked for",
                need.id, pledged, item.no.0, item.quantity
            ));
        }
    }
}
