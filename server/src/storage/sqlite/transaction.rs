//! The unit of work on SQLite. `BEGIN IMMEDIATE` locks the file, so nothing in it needs a lock of its own.

use super::{accounts, audit, due, entities, feeds, figures, installation, rows, state, verdicts};
use crate::regions::Region;
use crate::storage::accounts::{NewAccount, StoredAccount, StoredInvitation, StoredSession};
use crate::storage::chain::Lanes;
use crate::storage::changes::Change;
use crate::storage::due::DueRow;
use crate::storage::state::FaultRow;
use crate::storage::tables::{Table, Values};
use crate::storage::work_rows::{ClientRow, EntityRow, StoredVerdict, WorkRows};
use crate::storage::{StorageError, Transaction};
use async_trait::async_trait;
use domain::{ClientId, CreditCode, Day, Feed, Key, Millis, MutationId, RegionCode, UserId};
use sqlx::{Sqlite, SqlitePool};
use std::collections::HashMap;

struct SqliteTransaction(sqlx::Transaction<'static, Sqlite>);

pub(super) async fn begin(writing: &SqlitePool) -> Result<Box<dyn Transaction>, StorageError> {
    let transaction = writing.begin_with("BEGIN IMMEDIATE").await?;
    Ok(Box::new(SqliteTransaction(transaction)))
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn lock_clients(
        &mut self,
        clients: &[ClientId],
    ) -> Result<HashMap<ClientId, ClientRow>, StorageError> {
        verdicts::clients(&mut self.0, clients).await
    }

    async fn verdicts(
        &mut self,
        mutations: &[MutationId],
    ) -> Result<HashMap<MutationId, StoredVerdict>, StorageError> {
        verdicts::verdicts(&mut self.0, mutations).await
    }

    async fn read_entities(&mut self, keys: &[Key]) -> Result<Vec<EntityRow>, StorageError> {
        entities::read(&mut self.0, keys).await
    }

    async fn lock_entities(&mut self, keys: &[Key]) -> Result<Vec<EntityRow>, StorageError> {
        entities::read(&mut self.0, keys).await
    }

    async fn write(&mut self, work: &WorkRows) -> Result<Vec<(Feed, i64)>, StorageError> {
        verdicts::write_clients(&mut self.0, work).await?;
        verdicts::write_verdicts(&mut self.0, work).await?;
        entities::write(&mut self.0, work).await?;
        due::write(&mut self.0, &work.over, &work.due).await?;
        audit::write(&mut self.0, work).await?;
        figures::write(&mut self.0, &work.facts).await?;
        feeds::write(&mut self.0, work).await
    }

    async fn write_due(&mut self, over: &[DueRow], due: &[DueRow]) -> Result<(), StorageError> {
        due::write(&mut self.0, over, due).await
    }

    async fn lanes(&mut self) -> Result<Lanes, StorageError> {
        audit::lanes(&mut self.0).await
    }

    async fn put_account(&mut self, account: &NewAccount, now: Millis) -> Result<(), StorageError> {
        accounts::put_account(&mut self.0, account, now).await
    }

    async fn lock_account(&mut self, user: UserId) -> Result<Option<StoredAccount>, StorageError> {
        accounts::account(&mut self.0, user).await
    }

    async fn replace_due(&mut self, of: &[Key], due: &[DueRow]) -> Result<(), StorageError> {
        due::replace(&mut self.0, of, due).await
    }

    async fn applications(&mut self, user: UserId) -> Result<Vec<CreditCode>, StorageError> {
        accounts::applications(&mut self.0, user).await
    }

    async fn is_in_use(&mut self, region: RegionCode, today: Day) -> Result<bool, StorageError> {
        installation::is_in_use(&mut self.0, region, today).await
    }

    async fn has_applied(&mut self, user: UserId) -> Result<bool, StorageError> {
        accounts::has_applied(&mut self.0, user).await
    }

    async fn people_of(
        &mut self,
        org: CreditCode,
        applicant: Option<UserId>,
    ) -> Result<Vec<NewAccount>, StorageError> {
        accounts::people_of(&mut self.0, org, applicant).await
    }

    async fn accounts_by_phone(
        &mut self,
        phones: &[String],
    ) -> Result<Vec<StoredAccount>, StorageError> {
        accounts::accounts_by_phone(&mut self.0, phones).await
    }

    async fn free_closed_phones(&mut self, phones: &[String]) -> Result<(), StorageError> {
        accounts::free_closed_phones(&mut self.0, phones).await
    }

    async fn put_invitation(&mut self, invitation: &StoredInvitation) -> Result<(), StorageError> {
        accounts::put_invitation(&mut self.0, invitation).await
    }

    async fn take_invitation(
        &mut self,
        code: &[u8; 32],
        now: Millis,
    ) -> Result<bool, StorageError> {
        accounts::take_invitation(&mut self.0, code, now).await
    }

    async fn put_data_key(
        &mut self,
        user: UserId,
        device: &str,
        key: &[u8; 32],
        now: Millis,
    ) -> Result<(), StorageError> {
        accounts::put_data_key(&mut self.0, user, device, key, now).await
    }

    async fn end_invitation(&mut self, user: UserId) -> Result<(), StorageError> {
        accounts::end_invitation(&mut self.0, user).await
    }

    async fn start_session(
        &mut self,
        token: &[u8; 32],
        session: StoredSession,
        device: &str,
    ) -> Result<(), StorageError> {
        accounts::start_session(&mut self.0, token, session, device).await
    }

    async fn touch_session(
        &mut self,
        token: &[u8; 32],
        now: Millis,
        expires_at: Millis,
    ) -> Result<(), StorageError> {
        accounts::touch_session(&mut self.0, token, now, expires_at).await
    }

    async fn end_session(&mut self, token: &[u8; 32]) -> Result<(), StorageError> {
        accounts::end_session(&mut self.0, token).await
    }

    async fn end_sessions(&mut self, user: UserId) -> Result<(), StorageError> {
        accounts::end_sessions(&mut self.0, user).await
    }

    async fn remove_expired_sessions(&mut self, before: Millis) -> Result<(), StorageError> {
        accounts::remove_expired_sessions(&mut self.0, before).await
    }

    async fn put_regions(&mut self, regions: &[Region]) -> Result<(), StorageError> {
        installation::put_regions(&mut self.0, regions).await
    }

    async fn put_fault(&mut self, fault: &FaultRow, now: Millis) -> Result<(), StorageError> {
        state::put_fault(&mut self.0, fault, now).await
    }

    async fn empty(&mut self, table: &'static Table) -> Result<(), StorageError> {
        rows::empty(&mut self.0, table).await
    }

    async fn insert_rows(
        &mut self,
        table: &'static Table,
        values: Vec<Values>,
    ) -> Result<(), StorageError> {
        rows::insert(&mut self.0, table, values).await
    }

    async fn tell(&mut self, _changes: &[Change]) -> Result<(), StorageError> {
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        Ok(self.0.commit().await?)
    }

    async fn roll_back(self: Box<Self>) -> Result<(), StorageError> {
        Ok(self.0.rollback().await?)
    }
}
