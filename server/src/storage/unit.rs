use super::StorageError;
use super::audit::Told;
use super::writer::Batch;
use crate::faults::{Fault, Faults};
use crate::regions::Region;
use crate::shared::Shared;
use domain::{
    Actor, ClientId, Entity, Feed, Key, Millis, MutationId, Projection, UserId, Visibility,
};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use sync::wire;

/// How many rows one statement writes; SQLite takes 32,766 values at most.
const ROWS: usize = 400;

/// An entity with its stored form.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) entity: Entity,
    body: String,
    rev: i64,
}

/// How far a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientRow {
    /// Whose device.
    pub(crate) user: UserId,
    /// The last sequence number with a verdict.
    pub(crate) last_seq: u64,
}

/// A verdict as it is kept.
#[derive(Clone, Debug)]
pub(super) struct StoredVerdict {
    client: ClientId,
    seq: u64,
    json: String,
}

/// Everything one transaction changes, gathered in memory and written at its end.
#[derive(Debug, Default)]
pub(super) struct Unit {
    changed: BTreeMap<Key, Change>,
    clients: BTreeMap<ClientId, ClientRow>,
    verdicts: HashMap<MutationId, StoredVerdict>,
    new_verdicts: Vec<MutationId>,
    audit: Vec<AuditRow>,
}

#[derive(Debug)]
struct Change {
    /// As it was before the transaction.
    before: Option<Arc<Stored>>,
    now: Arc<Stored>,
}

#[derive(Debug)]
struct AuditRow {
    at: Millis,
    user: UserId,
    client: Option<ClientId>,
    mutation: Option<MutationId>,
    command: String,
    kind: &'static str,
    id: String,
    before: Option<String>,
    after: Option<String>,
}

impl Stored {
    pub(super) async fn load(
        conn: &mut SqliteConnection,
        key: Key,
    ) -> Result<Option<Self>, StorageError> {
        let row = sqlx::query("SELECT body, rev FROM entity WHERE kind = ? AND id = ?")
            .bind(key.kind().name())
            .bind(key.id())
            .fetch_optional(conn)
            .await?;
        row.map(|row| {
            let body: String = row.try_get(0)?;
            Ok(Self {
                entity: Entity::from_json(key.kind(), &body)?,
                body,
                rev: row.try_get(1)?,
            })
        })
        .transpose()
    }
}

impl StoredVerdict {
    pub(super) fn new(
        client: ClientId,
        seq: u64,
        verdict: &wire::Verdict,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            client,
            seq,
            json: serde_json::to_string(verdict)?,
        })
    }

    /// The verdict for a mutation that had it before.
    pub(super) fn again(&self, seq: u64) -> Result<wire::MutationResult, StorageError> {
        Ok(wire::MutationResult {
            seq,
            verdict: serde_json::from_str(&self.json)?,
            duplicate: true,
        })
    }
}

impl Unit {
    /// Looks up which of these mutations have a verdict already.
    pub(super) async fn load_verdicts(
        &mut self,
        conn: &mut SqliteConnection,
        mutations: impl Iterator<Item = MutationId>,
    ) -> Result<(), StorageError> {
        let ids: Vec<MutationId> = mutations.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query(
            "SELECT mutation, client, seq, verdict FROM verdict WHERE mutation IN (SELECT value FROM json_each(?))",
        )
        .bind(serde_json::to_string(&ids)?)
        .fetch_all(conn)
        .await?;
        for row in rows {
            let (mutation, client): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let stored = StoredVerdict {
                client: client
                    .parse()
                    .map_err(|_| StorageError::Data(format!("verdict of client {client}")))?,
                seq: row.try_get::<i64, _>(2)?.try_into().unwrap_or(0),
                json: row.try_get(3)?,
            };
            let mutation = mutation
                .parse()
                .map_err(|_| StorageError::Data(format!("verdict on {mutation}")))?;
            self.verdicts.insert(mutation, stored);
        }
        Ok(())
    }

    pub(super) async fn load_client(
        conn: &mut SqliteConnection,
        client: ClientId,
    ) -> Result<Option<ClientRow>, StorageError> {
        let row = sqlx::query("SELECT user, last_seq FROM client WHERE id = ?")
            .bind(client.to_string())
            .fetch_optional(conn)
            .await?;
        row.map(|row| {
            let user: String = row.try_get(0)?;
            Ok(ClientRow {
                user: user
                    .parse()
                    .map_err(|_| StorageError::Data(format!("client of user {user}")))?,
                last_seq: row.try_get::<i64, _>(1)?.try_into().unwrap_or(0),
            })
        })
        .transpose()
    }

    pub(super) fn verdict(&self, mutation: MutationId) -> Option<StoredVerdict> {
        self.verdicts.get(&mutation).cloned()
    }

    pub(super) fn put_verdict(&mut self, mutation: MutationId, verdict: StoredVerdict) {
        self.verdicts.insert(mutation, verdict);
        self.new_verdicts.push(mutation);
    }

    pub(super) fn client(&self, client: ClientId) -> Option<ClientRow> {
        self.clients.get(&client).copied()
    }

    pub(super) fn put_client(&mut self, client: ClientId, row: ClientRow) {
        self.clients.insert(client, row);
    }

    pub(super) fn into_clients(self) -> BTreeMap<ClientId, ClientRow> {
        self.clients
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        self.changed.get(key).map(|c| Arc::clone(&c.now))
    }

    pub(super) fn changed(&self) -> impl Iterator<Item = (Key, Arc<Stored>)> {
        self.changed
            .iter()
            .map(|(key, change)| (*key, Arc::clone(&change.now)))
    }

    /// Puts an entity as it is from now on; with a mutation behind it, the audit trail says so.
    pub(super) fn put(
        &mut self,
        entity: Entity,
        before: Option<Arc<Stored>>,
        because: Option<(&Batch, &wire::Mutation, Millis)>,
    ) -> Result<(), StorageError> {
        let key = entity.key();
        let body = entity.to_json()?;
        if let Some((batch, mutation, at)) = because {
            self.audit.push(AuditRow {
                at,
                user: batch.account.actor.user,
                client: Some(batch.client),
                mutation: Some(mutation.id),
                command: mutation.name.clone(),
                kind: key.kind().name(),
                id: key.id(),
                before: before.as_ref().map(|s| s.body.clone()),
                after: Some(body.clone()),
            });
        }
        match self.changed.get_mut(&key) {
            Some(change) => {
                change.now = Arc::new(Stored {
                    entity,
                    body,
                    rev: change.now.rev,
                });
            }
            None => {
                let rev = before.as_ref().map_or(0, |s| s.rev) + 1;
                self.changed.insert(
                    key,
                    Change {
                        before,
                        now: Arc::new(Stored { entity, body, rev }),
                    },
                );
            }
        }
        Ok(())
    }

    /// Leaves a trace of a change that is not made here.
    pub(super) fn note(&mut self, told: &Told) -> Result<(), StorageError> {
        let key = told.after.key();
        let json = |entity: &Entity| entity.to_json();
        self.audit.push(AuditRow {
            at: told.at,
            user: told.user,
            client: None,
            mutation: None,
            command: told.command.to_owned(),
            kind: key.kind().name(),
            id: key.id(),
            before: told.before.as_ref().map(json).transpose()?,
            after: Some(json(&told.after)?),
        });
        Ok(())
    }

    /// Leaves a trace of a change to an account: never the phone number or the password.
    pub(super) fn note_account(
        &mut self,
        actor: &Actor,
        active: bool,
        at: Millis,
    ) -> Result<(), StorageError> {
        let after = serde_json::json!({ "actor": actor, "active": active });
        self.audit.push(AuditRow {
            at,
            user: actor.user,
            client: None,
            mutation: None,
            command: "PutAccount".to_owned(),
            kind: "user",
            id: actor.user.to_string(),
            before: None,
            after: Some(serde_json::to_string(&after)?),
        });
        Ok(())
    }

    /// Writes all of it and says which feeds have which version now.
    pub(super) async fn store(
        &self,
        conn: &mut SqliteConnection,
        shared: &Shared,
        faults: &Faults,
        now: Millis,
    ) -> Result<Vec<(Feed, i64)>, StorageError> {
        self.store_clients(conn, now).await?;
        self.store_verdicts(conn, now).await?;
        self.store_entities(conn).await?;
        self.store_audit(conn).await?;
        // Last, so that as little as possible happens between raising a version and showing what it stands for.
        self.store_placements(conn, shared, faults).await
    }

    pub(super) async fn store_clients(
        &self,
        conn: &mut SqliteConnection,
        now: Millis,
    ) -> Result<(), StorageError> {
        let rows: Vec<_> = self.clients.iter().collect();
        for rows in rows.chunks(ROWS) {
            let mut sql =
                QueryBuilder::<Sqlite>::new("INSERT INTO client (id, user, last_seq, seen_at) ");
            sql.push_values(rows, |mut row, (id, client)| {
                row.push_bind(id.to_string())
                    .push_bind(client.user.to_string())
                    .push_bind(client.last_seq.cast_signed())
                    .push_bind(now.0);
            });
            sql.push(" ON CONFLICT (id) DO UPDATE SET last_seq = excluded.last_seq, seen_at = excluded.seen_at");
            run(sql, conn, rows.len()).await?;
        }
        Ok(())
    }

    async fn store_verdicts(
        &self,
        conn: &mut SqliteConnection,
        now: Millis,
    ) -> Result<(), StorageError> {
        for ids in self.new_verdicts.chunks(ROWS) {
            let rows: Vec<_> = ids
                .iter()
                .filter_map(|id| Some((id, self.verdicts.get(id)?)))
                .collect();
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO verdict (mutation, client, seq, verdict, at) ",
            );
            sql.push_values(&rows, |mut row, (mutation, verdict)| {
                row.push_bind(mutation.to_string())
                    .push_bind(verdict.client.to_string())
                    .push_bind(verdict.seq.cast_signed())
                    .push_bind(verdict.json.as_str())
                    .push_bind(now.0);
            });
            if cfg!(feature = "faults") {
                // A server with the duplicate fault writes a second verdict; a sound one never does.
                sql.push(" ON CONFLICT (mutation) DO NOTHING");
            }
            run(sql, conn, rows.len()).await?;
        }
        Ok(())
    }

    async fn store_entities(&self, conn: &mut SqliteConnection) -> Result<(), StorageError> {
        let changes: Vec<_> = self.changed.iter().collect();
        for changes in changes.chunks(ROWS) {
            let mut rows = Vec::with_capacity(changes.len());
            for (key, change) in changes {
                let entity = &change.now.entity;
                let placements = entity.placements();
                let is_public = placements.iter().any(|(_, v)| *v == Visibility::Public);
                let public = entity.seen(Visibility::Public).filter(|_| is_public);
                let public = public.map(|e| e.to_json()).transpose()?;
                rows.push((key, &change.now, public));
            }
            let mut sql =
                QueryBuilder::<Sqlite>::new("INSERT INTO entity (kind, id, rev, body, public) ");
            sql.push_values(rows, |mut row, (key, stored, public)| {
                row.push_bind(key.kind().name())
                    .push_bind(key.id())
                    .push_bind(stored.rev)
                    .push_bind(stored.body.as_str())
                    .push_bind(public);
            });
            sql.push(
                " ON CONFLICT (kind, id) DO UPDATE SET rev = excluded.rev, body = excluded.body, \
                 public = excluded.public",
            );
            run(sql, conn, changes.len()).await?;
        }
        let projections: Vec<(String, Projection)> = self
            .changed
            .iter()
            .filter_map(|(key, change)| Some((key.id(), change.now.entity.projection()?)))
            .collect();
        for rows in projections.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO need_index (id, village, topic, stage, updated_at, words) ",
            );
            sql.push_values(rows, |mut row, (id, projection)| {
                row.push_bind(id)
                    .push_bind(projection.region.number().cast_signed())
                    .push_bind(projection.topic.as_ref().map(word).unwrap_or_default())
                    .push_bind(projection.stage)
                    .push_bind(projection.updated_at.0)
                    .push_bind(&projection.text);
            });
            sql.push(
                " ON CONFLICT (id) DO UPDATE SET village = excluded.village, topic = excluded.topic, \
                 stage = excluded.stage, updated_at = excluded.updated_at, words = excluded.words",
            );
            run(sql, conn, rows.len()).await?;
        }
        Ok(())
    }

    /// Shows every changed entity in its feeds, and says Gone in those it has left.
    async fn store_placements(
        &self,
        conn: &mut SqliteConnection,
        shared: &Shared,
        faults: &Faults,
    ) -> Result<Vec<(Feed, i64)>, StorageError> {
        let mut rows: Vec<(Feed, Key, Visibility)> = Vec::new();
        for (key, change) in &self.changed {
            let after = change.now.entity.placements();
            let before = change
                .before
                .as_ref()
                .map(|s| s.entity.placements())
                .unwrap_or_default();
            for (feed, _) in before {
                if !after.iter().any(|(f, _)| *f == feed) && !faults.has(Fault::GoneNotWritten) {
                    rows.push((feed, *key, Visibility::Gone));
                }
            }
            rows.extend(after.into_iter().map(|(feed, view)| (feed, *key, view)));
        }
        let mut touched: BTreeMap<Feed, i64> = rows.iter().map(|(feed, ..)| (*feed, 0)).collect();
        for (feed, ver) in &mut touched {
            *ver = shared.version(*feed) + 1;
        }
        let versions: Vec<(Feed, i64)> = touched.iter().map(|(f, v)| (*f, *v)).collect();
        for versions in versions.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO feed (name, ver) ");
            sql.push_values(versions, |mut row, (feed, ver)| {
                row.push_bind(feed.to_string()).push_bind(*ver);
            });
            sql.push(" ON CONFLICT (name) DO UPDATE SET ver = excluded.ver");
            run(sql, conn, versions.len()).await?;
        }
        let early = i64::from(faults.has(Fault::FeedVersionTooEarly));
        for rows in rows.chunks(ROWS) {
            let mut sql =
                QueryBuilder::<Sqlite>::new("INSERT INTO placement (feed, kind, id, ver, view) ");
            sql.push_values(rows, |mut row, (feed, key, view)| {
                row.push_bind(feed.to_string())
                    .push_bind(key.kind().name())
                    .push_bind(key.id())
                    .push_bind(touched.get(feed).copied().unwrap_or(0) - early)
                    .push_bind(view_number(*view));
            });
            sql.push(" ON CONFLICT (feed, kind, id) DO UPDATE SET ver = excluded.ver, view = excluded.view");
            run(sql, conn, rows.len()).await?;
        }
        Ok(versions)
    }

    async fn store_audit(&self, conn: &mut SqliteConnection) -> Result<(), StorageError> {
        for rows in self.audit.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO audit (at, user, client, mutation, command, kind, id, before, after) ",
            );
            sql.push_values(rows, |mut row, entry| {
                row.push_bind(entry.at.0)
                    .push_bind(entry.user.to_string())
                    .push_bind(entry.client.map(|c| c.to_string()))
                    .push_bind(entry.mutation.map(|m| m.to_string()))
                    .push_bind(entry.command.as_str())
                    .push_bind(entry.kind)
                    .push_bind(entry.id.as_str())
                    .push_bind(entry.before.as_deref())
                    .push_bind(entry.after.as_deref());
            });
            run(sql, conn, rows.len()).await?;
        }
        Ok(())
    }
}

/// Replaces the table of regions.
pub(super) async fn store_regions(
    conn: &mut SqliteConnection,
    regions: &[Region],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM region")
        .execute(&mut *conn)
        .await?;
    for rows in regions.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO region (code, name, valid_from, valid_to, successor) ",
        );
        sql.push_values(rows, |mut row, region| {
            row.push_bind(region.code.number().cast_signed())
                .push_bind(region.name.as_str())
                .push_bind(region.valid_from.map(|d| d.to_string()))
                .push_bind(region.valid_to.map(|d| d.to_string()))
                .push_bind(region.successor.map(|c| c.number().cast_signed()));
        });
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}

/// The number a view is stored as.
pub(super) fn view_number(view: Visibility) -> i64 {
    match view {
        Visibility::Gone => 0,
        Visibility::Public => 1,
        Visibility::Full => 2,
    }
}

/// Runs a statement of many rows. Only short ones are worth keeping prepared.
async fn run(
    mut sql: QueryBuilder<Sqlite>,
    conn: &mut SqliteConnection,
    rows: usize,
) -> Result<(), StorageError> {
    sql.build().persistent(rows <= 8).execute(conn).await?;
    Ok(())
}

/// The wire name of a plain enum: `public_service`.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
