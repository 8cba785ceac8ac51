//! How much an answer should carry: what this device's line brings in a few seconds, measured from answer to answer. A bad line gets
//! pages it can finish, of which each is kept; a good one few round trips.

/// The first page, before anything is measured: two seconds at 50 kbit/s, compressed.
pub const FIRST_BYTES: u32 = 64 * 1024;
/// No page is asked to be smaller: a few needs.
pub const LEAST_BYTES: u32 = 8 * 1024;
/// No page is asked to be larger; the server has a limit of its own.
pub const MOST_BYTES: u32 = 1024 * 1024;
/// An answer should arrive within this time.
const GOAL_MS: i64 = 5_000;
/// From one page to the next the size grows or shrinks by this factor at most, since one answer may be an exception.
const STEP: u32 = 4;

/// How many bytes of bodies the next answer should carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize {
    now: u32,
    /// The size that fitted the line when it was last measured; 0 when it never was. What breaks off only says that there was no network.
    measured: u32,
}

impl Default for PageSize {
    fn default() -> Self {
        Self {
            now: FIRST_BYTES,
            measured: 0,
        }
    }
}

impl PageSize {
    /// The size that fitted the line last time; 0 is none.
    #[must_use]
    pub fn remembered(bytes: u32) -> Self {
        match bytes {
            0 => Self::default(),
            _ => Self {
                now: bytes.clamp(LEAST_BYTES, MOST_BYTES),
                measured: bytes,
            },
        }
    }

    /// In bytes.
    #[must_use]
    pub fn bytes(self) -> u32 {
        self.now
    }

    /// What to remember of the line, in bytes; 0 is nothing.
    #[must_use]
    pub fn measured(self) -> u32 {
        self.measured
    }

    /// An answer with so many bytes of bodies came after so many milliseconds. A page that was not nearly full says nothing about the
    /// line: its time is that of the round trip.
    pub fn answered(&mut self, bytes: usize, took_ms: i64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        if bytes < i64::from(self.now / 2) {
            return;
        }
        let fits = bytes.saturating_mul(GOAL_MS) / took_ms.max(1);
        let fits = u32::try_from(fits).unwrap_or(u32::MAX);
        self.set(fits);
        self.measured = self.now;
    }

    /// No answer came, or it broke off.
    pub fn failed(&mut self) {
        self.set(0);
    }

    fn set(&mut self, bytes: u32) {
        let near = bytes.clamp(self.now / STEP, self.now.saturating_mul(STEP));
        self.now = near.clamp(LEAST_BYTES, MOST_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a page takes on a line of so many bytes a second, with a round trip of 300 ms.
    fn took(bytes: u32, per_s: i64) -> i64 {
        300 + i64::from(bytes) * 1000 / per_s
    }

    fn after_pages(per_s: i64, pages: usize) -> u32 {
        let mut size = PageSize::default();
        for _ in 0..pages {
            size.answered(size.bytes() as usize, took(size.bytes(), per_s));
        }
        size.bytes()
    }

    #[test]
    fn a_good_line_gets_the_largest_pages_after_two() {
        assert_eq!(after_pages(5_000_000, 2), MOST_BYTES);
    }

    #[test]
    fn on_any_line_a_page_takes_a_few_seconds_or_is_the_least() {
        for kbit in [1, 2, 4, 8, 16, 27, 64, 128, 512, 2_000] {
            let per_s = kbit * 1000 / 8;
            let bytes = after_pages(per_s, 6);
            let ms = took(bytes, per_s);
            assert!(
                bytes == LEAST_BYTES || ms <= 6_000,
                "{kbit} kbit/s: {bytes} bytes in {ms} ms"
            );
            // The time is used: a page is not smaller than the line allows.
            assert!(
                bytes == MOST_BYTES || ms >= 4_000,
                "{kbit} kbit/s: {bytes} bytes in {ms} ms"
            );
        }
    }

    #[test]
    fn one_exception_changes_it_by_a_factor_of_four_at_most() {
        let mut size = PageSize::default();
        size.answered(FIRST_BYTES as usize, 1);
        assert_eq!(size.bytes(), 4 * FIRST_BYTES);
        size.answered(4 * FIRST_BYTES as usize, 600_000);
        assert_eq!(size.bytes(), FIRST_BYTES);
    }

    #[test]
    fn what_was_measured_is_where_the_next_time_begins_and_a_missing_network_is_no_measurement() {
        let mut size = PageSize::default();
        assert_eq!(PageSize::remembered(size.measured()), size);
        size.answered(FIRST_BYTES as usize, took(FIRST_BYTES, 4_000));
        let fits = size.bytes();
        assert!(fits < FIRST_BYTES);
        size.failed();
        size.failed();
        assert_eq!(size.measured(), fits);
        assert_eq!(PageSize::remembered(size.measured()).bytes(), fits);
        assert_eq!(PageSize::remembered(1).bytes(), LEAST_BYTES);
        assert_eq!(PageSize::remembered(u32::MAX).bytes(), MOST_BYTES);
    }

    #[test]
    fn an_answer_without_news_says_nothing_about_the_line() {
        let mut size = PageSize::default();
        size.answered(0, 4_000);
        size.answered(1_000, 30_000);
        assert_eq!(size, PageSize::default());
    }

    #[test]
    fn what_broke_off_is_asked_for_in_smaller_pages() {
        let mut size = PageSize::default();
        for expected in [FIRST_BYTES / 4, LEAST_BYTES, LEAST_BYTES] {
            size.failed();
            assert_eq!(size.bytes(), expected);
        }
    }
}
