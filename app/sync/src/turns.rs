//! One after the other: an asynchronous lock, written here because a crate for it would make the page larger.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// What only one task may do at a time.
#[derive(Debug, Default)]
pub struct Turns {
    taken: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// A task's turn. It ends when this is dropped, also if the task is given up.
#[derive(Debug)]
pub struct Turn<'a>(&'a Turns);

impl Turns {
    /// Waits until nobody else has the turn.
    pub async fn take(&self) -> Turn<'_> {
        poll_fn(|context| {
            if !self.taken.replace(true) {
                return Poll::Ready(Turn(self));
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.taken.set(false);
        let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}
