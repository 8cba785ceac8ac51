//! A seeded pseudo-random generator (SplitMix64), with a stream for each invented thing, so that a change to one need leaves the
//! others as they were.

/// A stream of numbers named by what it is for.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn of(purpose: &str, index: u64) -> Self {
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        for byte in purpose.bytes().chain(index.to_le_bytes()) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(state)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included; `low` when the range is empty.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let size = u64::try_from(high.saturating_sub(low)).unwrap_or(0) + 1;
        low + i64::try_from(self.next() % size).unwrap_or(0)
    }

    /// An index into something of that length.
    pub(super) fn index(&mut self, len: usize) -> usize {
        match len {
            0 => 0,
            len => (self.next() % len as u64) as usize,
        }
    }

    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.next() % 100 < u64::from(chance)
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.index(from.len());
        from.get(at)
    }

    /// One of them, each as likely as its weight says.
    pub(super) fn weighted<'a, T>(
        &mut self,
        from: &'a [T],
        weight: impl Fn(&T) -> u32,
    ) -> Option<&'a T> {
        let total: u64 = from.iter().map(|item| u64::from(weight(item))).sum();
        let mut left = self.next().checked_rem(total)?;
        from.iter().find(|item| {
            let own = u64::from(weight(item));
            let here = left < own;
            left = left.saturating_sub(own);
            here
        })
    }

    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_every_time_and_differs_from_its_neighbour() {
        let numbers = |index| {
            let mut random = Random::of("need", index);
            [random.between(0, 1_000_000), random.between(0, 1_000_000)]
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
    }

    #[test]
    fn what_weighs_nothing_is_never_chosen() {
        let mut random = Random::of("weights", 0);
        let chosen: Vec<_> = (0..200)
            .filter_map(|_| random.weighted(&[0_u32, 1, 3], |w| *w))
            .collect();
        assert!(!chosen.contains(&&0) && chosen.contains(&&1) && chosen.contains(&&3));
        assert_eq!(random.weighted(&[0_u32], |w| *w), None);
        assert!((0..200).all(|_| (3..=5).contains(&random.between(3, 5))));
    }
}
