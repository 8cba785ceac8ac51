//! The exchange: push and pull of synchronisation in one round trip.

use crate::backend::{StorageBackend, own_last_seq, unavailable};
use crate::cache::Account;
use crate::faults::Fault;
use crate::group_commit::{Applied, Batch};
use crate::storage::pull::{Pulled, Wanted};
use api::{ApiError, Caller};
use domain::{Feed, UserId};
use std::collections::BTreeMap;
use sync::wire;

/// The oldest version of the wire format that is understood.
const OLDEST_VERSION: u32 = 1;
/// A request with more cursors than this is rejected as malformed; real devices have far fewer.
const MAX_CURSORS: usize = 1_000;

/// One round trip: the device's mutations are committed first, then the pull reads what the device has not seen (read your writes).
pub(crate) async fn exchange(
    backend: &StorageBackend,
    caller: &Caller,
    request: wire::ExchangeRequest,
) -> Result<wire::ExchangeAnswer, ApiError> {
    let account = backend.authenticate(caller).await?;
    // The work of one person never goes out as another's, nor do rows of one arrive at another's device.
    if !backend.faults.has(Fault::UserNotCompared) {
        own(&account, request.user)?;
    }
    check(&request)?;
    // Where several servers write, the sequence number is read in the same snapshot as the rows, never before.
    let shares_data = backend.storage.shares_data();
    let mut applied = Applied {
        last_seq: if shares_data {
            0
        } else {
            backend.last_seq(&account, request.client).await?
        },
        results: Vec::new(),
        stop: None,
    };
    let same_epoch = request.epoch == backend.epoch;
    // A device with another epoch was here before the data was restored from a backup. It offers its older mutations first, so
    // newer ones are not applied now.
    let is_restored = !same_epoch && !request.epoch.is_empty();
    let account = if request.mutations.is_empty() || is_restored {
        account
    } else {
        let batch = Batch {
            client: request.client,
            account,
            mutations: request.mutations,
        };
        applied = backend.writer.apply(batch).await?;
        // The person's rights are read again: the mutations, or an administrator meanwhile, may have changed them.
        backend.authenticate(caller).await?
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut want = |feed: Feed, cursor: Option<&wire::Cursor>, reset: bool| {
        let version = backend.cache.version(feed).map(i64::cast_unsigned);
        // A feed whose cursor is at the cached version has no news and needs no read from the database.
        if version.is_none_or(|version| reset || cursor != Some(&wire::Cursor::after(version))) {
            wanted.push(Wanted {
                feed,
                cursor: cursor.cloned(),
                version,
                reset,
            });
        }
    };
    // A feed with an unknown name was asked for by a newer page, and is skipped.
    let cursors: BTreeMap<Feed, wire::Cursor> = request
        .cursors
        .into_iter()
        .filter_map(|(name, cursor)| Some((name.parse().ok()?, cursor)))
        .collect();
    // A page passes over a family of feeds that it does not know, and would be sent it again and again.
    let knows =
        |feed: &&Feed| request.v >= wire::VERSION_WITH_BOARDS || !matches!(feed, Feed::Board(_));
    for feed in account.feeds.iter().filter(knows) {
        let cursor = cursors.get(feed).filter(|_| same_epoch);
        want(*feed, cursor, !same_epoch);
    }
    let mut drop: Vec<Feed> = cursors
        .keys()
        .filter(|f| account.feeds.binary_search(f).is_err())
        .copied()
        .collect();
    if backend.faults.has(Fault::RevokedFeedsServed) {
        for feed in drop.drain(..) {
            want(feed, cursors.get(&feed), false);
        }
    }
    let limits = backend.limits.at_most(request.page_bytes);
    let pulled = if wanted.is_empty() && !shares_data {
        Pulled::default()
    } else {
        backend
            .storage
            .pull(shares_data.then_some(request.client), wanted, limits)
            .await
            .map_err(|e| unavailable(&e))?
    };
    let last_seq = if shares_data {
        own_last_seq(&account, pulled.client)?
    } else {
        applied.last_seq
    };
    Ok(wire::ExchangeAnswer {
        v: wire::VERSION,
        epoch: backend.epoch.clone(),
        server_time: backend.clock.now(),
        last_seq,
        results: applied.results,
        stop: applied.stop,
        feeds: pulled.feeds,
        drop: drop.iter().map(ToString::to_string).collect(),
        more: pulled.more,
    })
}

/// Whether a request of this person's device comes from their session. Pages of the first release do not say whose they are.
pub(crate) fn own(account: &Account, user: Option<UserId>) -> Result<(), ApiError> {
    match user {
        Some(user) if user != account.actor.user => Err(ApiError::OtherUser),
        _ => Ok(()),
    }
}

fn check(request: &wire::ExchangeRequest) -> Result<(), ApiError> {
    if request.v < OLDEST_VERSION {
        return Err(ApiError::PageTooOld);
    }
    if request.mutations.len() > wire::MAX_MUTATIONS || request.cursors.len() > MAX_CURSORS {
        return Err(ApiError::TooLarge {
            limit_bytes: wire::MAX_MUTATION_BYTES as u64,
        });
    }
    let bytes: usize = request.mutations.iter().map(|m| m.args.get().len()).sum();
    if request.mutations.len() > 1 && bytes > wire::MAX_MUTATION_BYTES {
        return Err(ApiError::TooLarge {
            limit_bytes: wire::MAX_MUTATION_BYTES as u64,
        });
    }
    Ok(())
}
