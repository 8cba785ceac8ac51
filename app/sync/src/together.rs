//! Concurrent join of two futures, written here because a crate for it would make the page larger.

use std::pin::pin;
use std::task::Poll;

/// Waits for both futures and returns both results. Both are polled immediately, one after the other, so that both requests
/// are under way before either is awaited.
pub async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut got_a, mut got_b) = (None, None);
    std::future::poll_fn(|cx| {
        if got_a.is_none()
            && let Poll::Ready(result) = a.as_mut().poll(cx)
        {
            got_a = Some(result);
        }
        if got_b.is_none()
            && let Poll::Ready(result) = b.as_mut().poll(cx)
        {
            got_b = Some(result);
        }
        match (got_a.take(), got_b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (one, other) => {
                (got_a, got_b) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}
