//! An evaluator for arithmetic in the templates: `n*2350`, `n*3+k`, `h*3..h*4`, `16..48%2`. Whole numbers, `*` and `/` before `+`
//! and `-`, no brackets.

use super::random::Random;
use std::collections::BTreeMap;

/// The numbers a need is about, by name.
pub(super) type Numbers = BTreeMap<String, i64>;

/// The value of a sum; `None` when it names what is not there or cannot be read.
pub(super) fn value(sum: &str, numbers: &Numbers) -> Option<i64> {
    let mut total = 0;
    let mut rest = sum.trim();
    let mut sign = 1;
    loop {
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        total += sign * product(&rest[..end], numbers)?;
        match rest.as_bytes().get(end) {
            None => return Some(total),
            Some(b'-') => sign = -1,
            Some(_) => sign = 1,
        }
        rest = &rest[end + 1..];
    }
}

fn product(text: &str, numbers: &Numbers) -> Option<i64> {
    let mut out = 1;
    let mut rest = text;
    let mut divide = false;
    loop {
        let end = rest.find(['*', '/']).unwrap_or(rest.len());
        let factor = atom(&rest[..end], numbers)?;
        out = if divide {
            i64::checked_div(out, factor)?
        } else {
            out * factor
        };
        match rest.as_bytes().get(end) {
            None => return Some(out),
            Some(sign) => divide = *sign == b'/',
        }
        rest = &rest[end + 1..];
    }
}

fn atom(text: &str, numbers: &Numbers) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| numbers.get(text).copied())
}

/// A number in a range `low..high` or `low..high%step`, or just a sum.
pub(super) fn drawn(rule: &str, numbers: &Numbers, random: &mut Random) -> Option<i64> {
    let Some((low, rest)) = rule.split_once("..") else {
        return value(rule, numbers);
    };
    let (high, step) = match rest.split_once('%') {
        Some((high, step)) => (high, value(step, numbers)?),
        None => (rest, 1),
    };
    let (low, high) = (value(low, numbers)?, value(high, numbers)?);
    let steps = high.saturating_sub(low).checked_div(step)?;
    Some(low + step * random.between(0, steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_worked_out_as_at_school() {
        let numbers = Numbers::from([("n".to_owned(), 7), ("k".to_owned(), 3)]);
        for (sum, result) in [
            ("n", 7),
            ("n*2+k", 17),
            ("n-k*2", 1),
            ("n/2*45", 135),
            ("1200", 1200),
        ] {
            assert_eq!(value(sum, &numbers), Some(result), "{sum}");
        }
        for wrong in ["m", "n/0", "n*", ""] {
            assert_eq!(value(wrong, &numbers), None, "{wrong}");
        }
    }

    #[test]
    fn ranges_keep_to_their_steps() {
        let numbers = Numbers::from([("n".to_owned(), 10)]);
        let mut random = Random::of("ranges", 0);
        for _ in 0..100 {
            let drawn = drawn("n..n*2%5", &numbers, &mut random);
            assert!([Some(10), Some(15), Some(20)].contains(&drawn), "{drawn:?}");
        }
    }
}
