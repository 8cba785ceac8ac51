//! The unit of work on PostgreSQL: READ COMMITTED, with row locks in a fixed order.

use super::{
    accounts, audit, due, entities, feeds, figures, installation, listening, rows, state, verdicts,
};
use crate::regions::Region;
use crate::storage::accounts::{NewAccount, StoredAccount, StoredInvitation, StoredSession};
use crate::storage::chain::Lanes;
use crate::storage::changes::{self, Change};
use crate::storage::due::DueRow;
use crate::storage::state::FaultRow;
use crate::storage::tables::{Table, Values};
use crate::storage::work_rows::{ClientRow, EntityRow, StoredVerdict, WorkRows};
use crate::storage::{StorageError, Transaction};
use async_trait::async_trait;
use domain::{ClientId, CreditCode, Day, Feed, Key, Millis, MutationId, RegionCode, UserId};
use sqlx::{PgPool, Postgres};
use std::collections::HashMap;

struct PostgresTransaction {
    tx: sqlx::Transaction<'static, Postgres>,
    server: String,
}

pub(super) async fn begin(
    pool: &PgPool,
    server: &str,
) -> Result<Box<dyn Transaction>, StorageError> {
    Ok(Box::new(PostgresTransaction {
        tx: pool
            .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
            .await?,
        server: server.to_owned(),
    }))
}

#[async_trait]
impl Transaction for PostgresTransaction {
    async fn lock_clients(
        &mut self,
        clients: &[ClientId],
    ) -> Result<HashMap<ClientId, ClientRow>, StorageError> {
        verdicts::lock_clients(&mut self.tx, clients).await
    }

    async fn verdicts(
        &mut self,
        mutations: &[MutationId],
    ) -> Result<HashMap<MutationId, StoredVerdict>, StorageError> {
        verdicts::verdicts(&mut self.tx, mutations).await
    }

    async fn read_entities(&mut self, keys: &[Key]) -> Result<Vec<EntityRow>, StorageError> {
        entities::read(&mut self.tx, keys).await
    }

    async fn lock_entities(&mut self, keys: &[Key]) -> Result<Vec<EntityRow>, StorageError> {
        entities::lock(&mut self.tx, keys).await
    }

    async fn write(&mut self, work: &WorkRows) -> Result<Vec<(Feed, i64)>, StorageError> {
        verdicts::write_clients(&mut self.tx, work).await?;
        verdicts::write_verdicts(&mut self.tx, work).await?;
        entities::write(&mut self.tx, work).await?;
        due::write(&mut self.tx, &work.over, &work.due).await?;
        audit::write(&mut self.tx, work).await?;
        figures::write(&mut self.tx, &work.facts).await?;
        // Last, so that as little as possible happens while a feed's row is locked, which many wait for.
        feeds::write(&mut self.tx, work).await
    }

    async fn write_due(&mut self, over: &[DueRow], due: &[DueRow]) -> Result<(), StorageError> {
        due::write(&mut self.tx, over, due).await
    }

    async fn lanes(&mut self) -> Result<Lanes, StorageError> {
        audit::lanes(&mut self.tx).await
    }

    async fn put_account(&mut self, account: &NewAccount, now: Millis) -> Result<(), StorageError> {
        accounts::put_account(&mut self.tx, account, now).await
    }

    async fn lock_account(&mut self, user: UserId) -> Result<Option<StoredAccount>, StorageError> {
        accounts::lock_account(&mut self.tx, user).await
    }

    async fn replace_due(&mut self, of: &[Key], due: &[DueRow]) -> Result<(), StorageError> {
        due::replace(&mut self.tx, of, due).await
    }

    async fn applications(&mut self, user: UserId) -> Result<Vec<CreditCode>, StorageError> {
        accounts::applications(&mut self.tx, user).await
    }

    async fn is_in_use(&mut self, region: RegionCode, today: Day) -> Result<bool, StorageError> {
        installation::is_in_use(&mut self.tx, region, today).await
    }

    async fn has_applied(&mut self, user: UserId) -> Result<bool, StorageError> {
        accounts::has_applied(&mut self.tx, user).await
    }

    async fn people_of(
        &mut self,
        org: CreditCode,
        applicant: Option<UserId>,
    ) -> Result<Vec<NewAccount>, StorageError> {
        accounts::people_of(&mut self.tx, org, applicant).await
    }

    async fn accounts_by_phone(
        &mut self,
        phones: &[String],
    ) -> Result<Vec<StoredAccount>, StorageError> {
        accounts::accounts_by_phone(&mut self.tx, phones).await
    }

    async fn free_closed_phones(&mut self, phones: &[String]) -> Result<(), StorageError> {
        accounts::free_closed_phones(&mut self.tx, phones).await
    }

    async fn put_invitation(&mut self, invitation: &StoredInvitation) -> Result<(), StorageError> {
        accounts::put_invitation(&mut self.tx, invitation).await
    }

    async fn take_invitation(
        &mut self,
        code: &[u8; 32],
        now: Millis,
    ) -> Result<bool, StorageError> {
        accounts::take_invitation(&mut self.tx, code, now).await
    }

    async fn put_data_key(
        &mut self,
        user: UserId,
        device: &str,
        key: &[u8; 32],
        now: Millis,
    ) -> Result<(), StorageError> {
        accounts::put_data_key(&mut self.tx, user, device, key, now).await
    }

    async fn end_invitation(&mut self, user: UserId) -> Result<(), StorageError> {
        accounts::end_invitation(&mut self.tx, user).await
    }

    async fn start_session(
        &mut self,
        token: &[u8; 32],
        session: StoredSession,
        device: &str,
    ) -> Result<(), StorageError> {
        accounts::start_session(&mut self.tx, token, session, device).await
    }

    async fn touch_session(
        &mut self,
        token: &[u8; 32],
        now: Millis,
        expires_at: Millis,
    ) -> Result<(), StorageError> {
        accounts::touch_session(&mut self.tx, token, now, expires_at).await
    }

    async fn end_session(&mut self, token: &[u8; 32]) -> Result<(), StorageError> {
        accounts::end_session(&mut self.tx, token).await
    }

    async fn end_sessions(&mut self, user: UserId) -> Result<(), StorageError> {
        accounts::end_sessions(&mut self.tx, user).await
    }

    async fn remove_expired_sessions(&mut self, before: Millis) -> Result<(), StorageError> {
        accounts::remove_expired_sessions(&mut self.tx, before).await
    }

    async fn put_regions(&mut self, regions: &[Region]) -> Result<(), StorageError> {
        installation::put_regions(&mut self.tx, regions).await
    }

    async fn put_fault(&mut self, fault: &FaultRow, now: Millis) -> Result<(), StorageError> {
        state::put_fault(&mut self.tx, fault, now).await
    }

    async fn empty(&mut self, table: &'static Table) -> Result<(), StorageError> {
        rows::empty(&mut self.tx, table).await
    }

    async fn insert_rows(
        &mut self,
        table: &'static Table,
        values: Vec<Values>,
    ) -> Result<(), StorageError> {
        rows::insert(&mut self.tx, table, values).await
    }

    /// PostgreSQL commits notifying transactions one after the other, so there is one NOTIFY for all of a group, and it is the
    /// last statement.
    async fn tell(&mut self, changes: &[Change]) -> Result<(), StorageError> {
        let texts = changes::texts(&self.server, changes, listening::LONGEST);
        sqlx::query("SELECT pg_notify($1, text) FROM unnest($2::text[]) text")
            .bind(listening::CHANNEL)
            .bind(texts)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        Ok(self.tx.commit().await?)
    }

    async fn roll_back(self: Box<Self>) -> Result<(), StorageError> {
        Ok(self.tx.rollback().await?)
    }
}
