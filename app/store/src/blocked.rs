//! The IndexedDB event `blocked`: a request to open or delete a database waits as long as another tab keeps the database open and
//! does not react to `versionchange`. [`unless_blocked`] stops waiting then.

use indexed_db_futures::prelude::PollUnpinned;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::IdbOpenDbRequest;

/// The request's result, or none as soon as another tab blocks it. `raw` is the request that `request` waits for; when it
/// is blocked, `request` stays with the caller, since it succeeds once that tab is closed.
pub(crate) async fn unless_blocked<F: PollUnpinned>(
    request: &mut F,
    raw: &IdbOpenDbRequest,
) -> Option<F::Output> {
    let blocked = Rc::new(Cell::new(false));
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let on_blocked = Closure::<dyn FnMut()>::new({
        let (blocked, waker) = (blocked.clone(), waker.clone());
        move || {
            blocked.set(true);
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    });
    raw.set_onblocked(Some(on_blocked.as_ref().unchecked_ref()));
    let result = std::future::poll_fn(|cx| {
        if let Poll::Ready(result) = request.poll_unpinned(cx) {
            return Poll::Ready(Some(result));
        }
        if blocked.get() {
            return Poll::Ready(None);
        }
        *waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    })
    .await;
    raw.set_onblocked(None);
    result
}
