//! Days, where the browser has no calendar to choose from: 2026-12-31, 2026年12月31日, 2026/12/31, 20261231.

use super::text::line;
use crate::text::narrow;
use crate::time::{Day, DayError};

/// Reads a day with its year.
///
/// # Errors
/// It is no day of the calendar.
pub fn day(text: &str) -> Result<Day, DayError> {
    let plain = narrow(&line(text));
    if let Ok(day) = plain.parse() {
        return Ok(day);
    }
    let odd = |c: char| {
        !c.is_ascii_digit() && !matches!(c, '-' | '/' | '.' | '年' | '月' | '日' | '号' | ' ')
    };
    if plain.contains(odd) {
        return Err(DayError);
    }
    let mut parts: Vec<&str> = plain
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    if let [all] = parts[..]
        && all.len() == 8
    {
        parts = vec![&all[..4], &all[4..6], &all[6..]];
    }
    let [year, month, day] = parts[..] else {
        return Err(DayError);
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return Err(DayError);
    }
    format!("{year}-{month:0>2}-{day:0>2}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_type_it() {
        for typed in [
            "2026-12-01",
            "2026年12月1日",
            "２０２６/１２/１",
            "2026.12.01",
            "2026 年 12 月 1 号",
            "20261201",
            "2026-12-1\u{200b}",
        ] {
            assert_eq!(
                day(typed).map(|d| d.to_string()),
                Ok("2026-12-01".to_owned()),
                "{typed}"
            );
        }
        for typed in [
            "",
            "明天",
            "2026-02-30",
            "26-12-1",
            "12月1日",
            "2026-12-01-1",
            "2026-012-1",
        ] {
            assert_eq!(day(typed), Err(DayError), "{typed}");
        }
    }
}
