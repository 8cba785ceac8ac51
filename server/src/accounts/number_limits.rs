//! How many phone numbers an account may ask about in a day: whether a number has an account already is told to whoever opens accounts, so
//! nobody may go through all numbers. A number that was asked about today costs nothing again. In memory of this process, as the other limits.

use domain::{Day, Millis, Role, UserId};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// A county with all its villages three times over.
const OF_A_BUREAU: usize = 2_000;
/// An organization's owner asks its members in, and everybody may found an organization.
const OF_AN_OWNER: usize = 100;

/// What was asked today.
#[derive(Debug, Default)]
pub(crate) struct NumberLimits {
    asked: Mutex<HashMap<UserId, Asked>>,
    /// Numbers are not kept as such.
    hasher: RandomState,
}

#[derive(Debug)]
struct Asked {
    day: Day,
    numbers: HashSet<u64>,
}

impl NumberLimits {
    /// Whether this account may ask about all of these numbers now, or in how many seconds. None of them counts if not.
    pub(crate) fn admit(
        &self,
        user: UserId,
        role: &Role,
        numbers: &[String],
        now: Millis,
    ) -> Result<(), u64> {
        let most = match role {
            Role::Bureau { .. } | Role::Administrator => OF_A_BUREAU,
            Role::Member { .. } | Role::Village { .. } | Role::Applicant => OF_AN_OWNER,
        };
        let today = now.day();
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, asked| asked.day == today);
        let before = all.get(&user).map(|asked| &asked.numbers);
        let new: HashSet<u64> = numbers
            .iter()
            .map(|number| self.hasher.hash_one(number))
            .filter(|number| before.is_none_or(|before| !before.contains(number)))
            .collect();
        if new.len() + before.map_or(0, HashSet::len) > most {
            let wait_ms = today.plus(1).start().since(now);
            return Err(u64::try_from(wait_ms / 1_000).unwrap_or(0) + 1);
        }
        let asked = all.entry(user).or_insert_with(|| Asked {
            day: today,
            numbers: HashSet::new(),
        });
        asked.numbers.extend(new);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(from: usize, n: usize) -> Vec<String> {
        (from..from + n).map(|n| format!("139{n:08}")).collect()
    }

    #[test]
    fn an_account_asks_about_so_many_numbers_a_day_each_counted_once() {
        let limits = NumberLimits::default();
        let now = Millis(1_795_500_000_000);
        let who = |n: u8| UserId::from_random([n; 16]);
        let ask =
            |user, numbers: &[String], now| limits.admit(user, &Role::Administrator, numbers, now);
        for _ in 0..5 {
            assert_eq!(ask(who(1), &numbers(0, OF_A_BUREAU - 1), now), Ok(()));
        }
        let wait = ask(who(1), &numbers(OF_A_BUREAU, 2), now).expect_err("too many");
        assert!((1..=86_400).contains(&wait), "{wait}");
        assert_eq!(
            ask(who(1), &numbers(OF_A_BUREAU, 1), now),
            Ok(()),
            "what was refused did not count"
        );
        assert!(ask(who(1), &numbers(OF_A_BUREAU + 1, 1), now).is_err());
        assert_eq!(ask(who(2), &numbers(0, 3), now), Ok(()), "somebody else");
        let tomorrow = now.day().plus(1).start();
        assert_eq!(ask(who(1), &numbers(9_000, 3), tomorrow), Ok(()));
    }
}
