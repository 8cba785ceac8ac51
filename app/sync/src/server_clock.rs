//! The server's clock as a device knows it: every answer says the server's time, and the round trip bounds how old that is.

use domain::Millis;

/// How far the server's clock is ahead of the device's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerClock {
    ahead_ms: i64,
    heard: bool,
}

impl ServerClock {
    /// What was known when the program ended.
    #[must_use]
    pub fn remembered(ahead_ms: i64) -> Self {
        Self {
            ahead_ms,
            heard: false,
        }
    }

    /// The server answered `server` to a request that was `sent` and `answered` at these times of the device's clock. Its clock was
    /// read somewhere in between; if what is known fits that, it stays, else the middle of the round trip is taken.
    pub fn hear(&mut self, sent: Millis, answered: Millis, server: Millis) {
        let between = |a: Millis, b: Millis| b.0.saturating_sub(a.0);
        let took = between(sent, answered);
        if took < 0 {
            // The device's clock was set back meanwhile, so this round trip says nothing.
            return;
        }
        let (least, most) = (between(answered, server), between(sent, server));
        if !(least..=most).contains(&self.ahead_ms) {
            self.ahead_ms = least + took / 2;
        }
        self.heard = true;
    }

    /// How far the server's clock is ahead of the device's, in milliseconds; negative when the device is ahead.
    #[must_use]
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms
    }

    /// Now by the server's clock. What is only remembered may be wrong, since the device's clock may have been set meanwhile, but now is
    /// never before the last answer.
    #[must_use]
    pub fn now(&self, device: Millis, last_contact: Millis) -> Millis {
        let now = device.plus(self.ahead_ms);
        if self.heard {
            now
        } else {
            now.max(last_contact)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_clock_that_is_right_within_the_round_trip_is_left_alone() {
        let mut clock = ServerClock::default();
        clock.hear(Millis(1_000), Millis(1_400), Millis(1_250));
        assert_eq!(clock.ahead_ms(), 0);
        assert_eq!(clock.now(Millis(2_000), Millis(1_250)), Millis(2_000));
    }

    #[test]
    fn a_phone_three_hours_slow_is_corrected_by_the_middle_of_the_round_trip_and_later_ones_refine_it()
     {
        let mut clock = ServerClock::default();
        // A slow answer: somewhere in these 40 s the server looked at its clock.
        clock.hear(Millis(0), Millis(40_000), Millis(3 * HOUR + 5_000));
        assert_eq!(clock.ahead_ms(), 3 * HOUR - 15_000);
        clock.hear(Millis(50_000), Millis(50_200), Millis(3 * HOUR + 50_100));
        assert_eq!(clock.ahead_ms(), 3 * HOUR);
        // The person sets the clock right.
        clock.hear(Millis(3 * HOUR), Millis(3 * HOUR), Millis(3 * HOUR));
        assert_eq!(clock.ahead_ms(), 0);
    }

    #[test]
    fn a_clock_set_back_during_the_request_says_nothing() {
        let mut clock = ServerClock::remembered(7);
        clock.hear(Millis(2 * HOUR), Millis(HOUR), Millis(5 * HOUR));
        assert_eq!(clock, ServerClock::remembered(7));
    }

    #[test]
    fn what_is_only_remembered_is_never_before_the_last_answer() {
        let clock = ServerClock::remembered(-HOUR);
        assert_eq!(
            clock.now(Millis(2 * HOUR), Millis(3 * HOUR)),
            Millis(3 * HOUR)
        );
        assert_eq!(
            clock.now(Millis(9 * HOUR), Millis(3 * HOUR)),
            Millis(8 * HOUR)
        );
    }

    proptest! {
        /// Whatever the delays, the error is at most one round trip.
        #[test]
        fn the_error_is_bounded_by_the_round_trip(
            ahead in -400 * HOUR..400 * HOUR,
            trips in prop::collection::vec((0..60_000_i64, 0..60_000_i64), 1..8),
        ) {
            let mut clock = ServerClock::default();
            let mut at = 1_000_i64;
            for (there, back) in trips {
                clock.hear(Millis(at), Millis(at + there + back), Millis(at + there + ahead));
                prop_assert!((clock.ahead_ms() - ahead).abs() <= there.max(back));
                at += there + back + 1_000;
            }
        }
    }
}
