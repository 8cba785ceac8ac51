//! A wake-up signal (notify) for tasks that wait.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Wakes the tasks that wait for it.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

impl Bell {
    /// How often it has been rung, the argument of [`Bell::after`].
    #[must_use]
    pub fn rung(&self) -> u64 {
        self.rung.get()
    }

    /// Rings.
    pub fn ring(&self) {
        self.rung.set(self.rung.get() + 1);
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits until it has been rung more often than that.
    pub async fn after(&self, rung: u64) {
        poll_fn(|context| {
            if self.rung.get() > rung {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
