//! What may be a PIN: six digits that are not the first ones tried.

/// How many digits a PIN has.
pub const DIGITS: usize = 6;

/// Why it may not be a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinFault {
    /// Not six digits.
    #[error("PIN 是 6 位数字")]
    Digits,
    /// All the same, or one after the other.
    #[error("这个 PIN 太容易猜到，请换一个")]
    Common,
}

/// The digits of a PIN, half width.
///
/// # Errors
/// Why it may not be one.
pub fn check(typed: &str) -> Result<String, PinFault> {
    let pin = read(typed).ok_or(PinFault::Digits)?;
    let bytes = pin.as_bytes();
    let steps = |step: i16| {
        bytes
            .windows(2)
            .all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step)
    };
    let repeats = bytes.chunks(2).all(|pair| pair == &bytes[..2]) || bytes[..3] == bytes[3..];
    if steps(0) || steps(1) || steps(-1) || repeats {
        return Err(PinFault::Common);
    }
    Ok(pin)
}

/// The digits of what was typed where a PIN is asked for; none if they are not six.
#[must_use]
pub fn read(typed: &str) -> Option<String> {
    let digits = crate::text::narrow(typed.trim());
    let fits = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_no_pin() {
        for (typed, why) in [
            ("12345", PinFault::Digits),
            ("1234567", PinFault::Digits),
            ("12a456", PinFault::Digits),
            ("000000", PinFault::Common),
            ("123456", PinFault::Common),
            ("987654", PinFault::Common),
            ("121212", PinFault::Common),
            ("123123", PinFault::Common),
        ] {
            assert_eq!(check(typed), Err(why), "{typed}");
        }
        assert_eq!(check(" ２４６８１３ ").as_deref(), Ok("246813"));
        assert_eq!(check("790214").as_deref(), Ok("790214"));
    }
}
