//! What may be a password: long enough, and none of those that are tried first.

/// Characters at least.
const SHORTEST: usize = 8;
/// Bytes at most: longer ones are not hashed.
const LONGEST_BYTES: usize = 256;
/// Tried first by whoever guesses.
const TRIED_FIRST: [&str; 10] = [
    "12345678",
    "123456789",
    "1234567890",
    "87654321",
    "11223344",
    "password",
    "qwertyui",
    "a1234567",
    "abc12345",
    "xiangdan",
];

/// Why it may not be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too few characters.
    #[error("密码至少 8 个字符")]
    Short,
    /// Too many.
    #[error("密码太长了")]
    Long,
    /// The phone number, or part of it.
    #[error("密码不要用手机号")]
    Phone,
    /// One character again and again, or one of those that everybody uses.
    #[error("这个密码太容易猜到，请换一个")]
    Common,
}

/// Whether this may be the password of the account with this number.
///
/// # Errors
/// Why not.
pub fn check(password: &str, phone: &str) -> Result<(), PasswordFault> {
    if password.chars().count() < SHORTEST {
        return Err(PasswordFault::Short);
    }
    if password.len() > LONGEST_BYTES {
        return Err(PasswordFault::Long);
    }
    if !phone.is_empty() && (password.contains(phone) || phone.contains(password)) {
        return Err(PasswordFault::Phone);
    }
    // Only Latin letters: those of other scripts are not in the list, and their tables would cost the page 5 kB.
    let lower = password.to_ascii_lowercase();
    let one_again = lower.chars().all(|c| lower.starts_with(c));
    if one_again || TRIED_FIRST.contains(&lower.as_str()) {
        return Err(PasswordFault::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_no_password() {
        let phone = "13800000001";
        for (password, why) in [
            ("七个字不够长啊", PasswordFault::Short),
            ("1380000", PasswordFault::Short),
            ("13800000001", PasswordFault::Phone),
            ("00000001", PasswordFault::Phone),
            ("杨13800000001", PasswordFault::Phone),
            ("88888888", PasswordFault::Common),
            ("PassWord", PasswordFault::Common),
            ("12345678", PasswordFault::Common),
        ] {
            assert_eq!(check(password, phone), Err(why), "{password}");
        }
        assert_eq!(check(&"长".repeat(86), phone), Err(PasswordFault::Long));
        assert_eq!(check("鼓楼前面三棵树！", phone), Ok(()));
        assert_eq!(check("mujiao-2026", ""), Ok(()));
    }
}
