//! The memory store passes the conformance suite of stores.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use sync::ports::Store;
use sync::testkit::conformance;
use sync::testkit::memory::MemoryStore;

/// Nothing in the memory store ever waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the memory store does not wait"),
    }
}

#[test]
fn the_memory_store_conforms() {
    now(conformance::all(async || {
        let store = MemoryStore::default();
        assert!(store.open().await.is_ok_and(|o| o.durable_is_new));
        store
    }));
}
