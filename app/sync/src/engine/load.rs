//! Cold start: reads the outbox, the identity and the cache from the store into memory.

use super::TRIES;
use super::loss::MENDED;
use crate::held::{self, Released};
use crate::knowledge::Knowledge;
use crate::outbox::{Notice, Pending};
use crate::ports::{Area, CLIENT, Guard, NEXT_SEQ, Op, Random, Store, StoreError};
use crate::replica::Replica;
use crate::sent::{self, Sent};
use crate::together::both;
use domain::ClientId;

/// What lies in the durable database besides drafts.
pub(super) struct Kept {
    /// The pending mutations by number.
    pub(super) pending: Vec<Pending>,
    /// The stored rejections by time.
    pub(super) notices: Vec<Notice>,
    /// The head of the applied mutations.
    pub(super) sent: Sent,
    /// Which decisions may have left.
    pub(super) released: Released,
    /// Which loss of this database was mended last.
    pub(super) mended: Option<Vec<u8>>,
}

pub(super) async fn read_outbox<S: Store>(store: &S) -> Result<Kept, StoreError> {
    let heads = [sent::HEAD, held::RELEASED, MENDED].map(Into::into);
    let told = both(store.load(Area::Notices), store.get(Area::Identity, &heads));
    let (stored, (refused, heads)) = both(store.load(Area::Outbox), told).await;
    let (stored, refused) = (stored?, refused?);
    let mut heads = heads?.into_iter();
    let sent = Sent::read(heads.next().flatten());
    let released = Released::read(heads.next().flatten());
    let mended = heads.next().flatten();
    let mut pending = Vec::with_capacity(stored.len());
    for (key, bytes) in &stored {
        pending.push(Pending::read(key, bytes)?);
    }
    let mut notices: Vec<Notice> = Vec::new();
    for (_, bytes) in refused {
        let notice = serde_json::from_slice(&bytes)
            .map_err(|e| StoreError::Corrupt(format!("notice: {e}")))?;
        notices.push(notice);
    }
    notices.sort_by_key(|n| n.entry.at);
    Ok(Kept {
        pending,
        notices,
        sent,
        released,
        mended,
    })
}

/// The number that the next own mutation gets.
pub(super) async fn read_next_seq<S: Store>(store: &S) -> Result<u64, StoreError> {
    let next = store.get(Area::Identity, &[NEXT_SEQ.into()]).await?;
    let next = next.into_iter().next().flatten();
    let next = next.and_then(|digits| std::str::from_utf8(&digits).ok()?.parse().ok());
    Ok(next.unwrap_or(1))
}

pub(super) async fn load_replica<S: Store>(
    store: &S,
    knowledge: Knowledge,
) -> Result<Replica, StoreError> {
    let key = [Replica::state_key()];
    let (state, segments) = both(store.get(Area::State, &key), store.load(Area::Segments)).await;
    match Replica::read(state?.into_iter().next().flatten(), &segments?, knowledge) {
        Ok(replica) => Ok(replica),
        // The cache is a copy: what cannot be read is fetched again.
        Err(StoreError::Corrupt(_)) => {
            clear_cache(store).await?;
            Ok(Replica::new(knowledge))
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn clear_cache<S: Store>(store: &S) -> Result<(), StoreError> {
    let areas = [Area::Chunks, Area::Segments, Area::State];
    store.write(None, areas.map(Op::Clear).to_vec()).await
}

/// This client's id, made and stored when there is none; and whether it was.
pub(super) async fn load_client<S: Store, G: Random>(
    store: &S,
    random: &G,
) -> Result<(ClientId, bool), StoreError> {
    for _ in 0..TRIES {
        let found = store.get(Area::Identity, &[CLIENT.into()]).await?;
        if let Some(bytes) = found.into_iter().next().flatten() {
            let id = std::str::from_utf8(&bytes)
                .ok()
                .and_then(|s| s.parse().ok());
            return id
                .map(|id| (id, false))
                .ok_or_else(|| StoreError::Corrupt("client id".to_owned()));
        }
        let client = ClientId::from_random(random.bytes());
        let guard = Guard {
            area: Area::Identity,
            key: CLIENT.into(),
            value: None,
        };
        let bytes = client.to_string().into_bytes();
        match store
            .write(
                Some(guard),
                vec![Op::Put(Area::Identity, CLIENT.into(), bytes)],
            )
            .await
        {
            Ok(()) => return Ok((client, true)),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}
