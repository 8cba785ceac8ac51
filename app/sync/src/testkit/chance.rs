//! Deterministic tests: a seeded pseudo-random generator and a clock that is set by hand.

use crate::ports::{Clock, Random};
use domain::Millis;
use std::cell::Cell;
use std::rc::Rc;

/// A seeded generator (xorshift64*), the same on every machine. Clones share one sequence.
#[derive(Clone, Debug)]
pub struct Chance(Rc<Cell<u64>>);

impl Chance {
    /// A generator for a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // Xorshift needs a non-zero state, and a well-mixed one, or neighbouring seeds give similar sequences.
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5_4a32_d192_ed03;
        let chance = Self(Rc::new(Cell::new(mixed | 1)));
        for _ in 0..4 {
            chance.next();
        }
        chance
    }

    /// The next 64 bits.
    pub fn next(&self) -> u64 {
        let mut x = self.0.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0.set(x);
        x.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&self, n: u64) -> u64 {
        (self.next() >> 11).checked_rem(n).unwrap_or(0)
    }

    /// True in `percent` of all cases.
    pub fn percent(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(usize::try_from(self.below(of.len() as u64)).ok()?)
    }
}

impl Random for Chance {
    fn bytes(&self) -> [u8; 16] {
        let mut out = [0; 16];
        out[..8].copy_from_slice(&self.next().to_le_bytes());
        out[8..].copy_from_slice(&self.next().to_le_bytes());
        out
    }
}

/// A clock that is set by hand. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct SetClock(Rc<Cell<i64>>);

impl SetClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Millis) -> Self {
        Self(Rc::new(Cell::new(now.0)))
    }

    /// Moves it; it may go backwards, as phones' clocks do.
    pub fn advance(&self, ms: i64) {
        self.0.set(self.0.get() + ms);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Millis {
        Millis(self.0.get())
    }
}
