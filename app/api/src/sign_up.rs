//! Signing up for an organization that is not here yet: what is asked, and what is wrong with an answer. Page and server check alike.

use domain::RegionCode;
use domain::accounts::password::{PasswordFault, check};
use domain::read::phone::{Phone, PhoneError};
use domain::read::text::{is_blank, length, person};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A password has at least so many characters.
pub const SHORTEST_PASSWORD: usize = 8;
/// A person's name has so many characters at most.
const LONGEST_NAME: u32 = 20;

/// Who signs up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpRequest {
    /// The mobile number to sign in with, as it was typed.
    pub phone: String,
    /// The person's name, as it was typed.
    pub name: String,
    /// The password.
    pub password: String,
}

/// Shows nothing of the person.
impl fmt::Debug for SignUpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignUpRequest(…)")
    }
}

/// What is wrong with an answer, in words that say what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignUpFault {
    /// No name.
    #[error("请填写你的姓名。")]
    NoName,
    /// A name that is no person's.
    #[error("姓名太长了，最多 {LONGEST_NAME} 个字。")]
    LongName,
    /// Not a number.
    #[error("{0}。")]
    Phone(PhoneError),
    /// A landline cannot sign in.
    #[error("要写 11 位手机号，座机不能用来登录。")]
    Landline,
    /// A password that is guessed at once.
    #[error("密码至少 {SHORTEST_PASSWORD} 位，请不要用手机号。")]
    WeakPassword,
    /// One of those that are tried first.
    #[error("这个密码太容易猜到，请换一个。")]
    CommonPassword,
    /// A password that is no password.
    #[error("密码太长了，请短一些。")]
    LongPassword,
}

impl SignUpRequest {
    /// The cleaned name and the number as it is stored.
    ///
    /// # Errors
    /// The first answer that cannot be taken.
    pub fn read(&self) -> Result<(String, String), SignUpFault> {
        let name = person(&self.name);
        if is_blank(&name) {
            return Err(SignUpFault::NoName);
        }
        if length(&name) > LONGEST_NAME {
            return Err(SignUpFault::LongName);
        }
        let phone = Phone::read(&self.phone).map_err(SignUpFault::Phone)?;
        let phone = phone.to_string();
        let is_mobile = phone.len() == 11 && phone.starts_with('1');
        if !is_mobile {
            return Err(SignUpFault::Landline);
        }
        check(&self.password, &phone).map_err(|fault| match fault {
            PasswordFault::Short | PasswordFault::Phone => SignUpFault::WeakPassword,
            PasswordFault::Common => SignUpFault::CommonPassword,
            PasswordFault::Long => SignUpFault::LongPassword,
        })?;
        Ok((name, phone))
    }
}

/// A city or county of the province, or the province itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Its code.
    pub code: RegionCode,
    /// Its name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(phone: &str, name: &str, password: &str) -> Result<(String, String), SignUpFault> {
        let request = SignUpRequest {
            phone: phone.to_owned(),
            name: name.to_owned(),
            password: password.to_owned(),
        };
        request.read()
    }

    #[test]
    fn what_is_typed_is_understood_or_refused_with_the_way_out() {
        assert_eq!(
            read("+86 138-0000-0001", " 龙海燕　", "gulou-2026"),
            Ok(("龙海燕".to_owned(), "13800000001".to_owned()))
        );
        assert_eq!(
            read("13800000001", " ", "gulou-2026"),
            Err(SignUpFault::NoName)
        );
        assert_eq!(
            read("0745-8622222", "龙海燕", "gulou-2026"),
            Err(SignUpFault::Landline)
        );
        for weak in ["", "1234567", "13800000001"] {
            assert_eq!(
                read("13800000001", "龙海燕", weak),
                Err(SignUpFault::WeakPassword)
            );
        }
        for common in ["12345678", "Password", "88888888"] {
            assert_eq!(
                read("13800000001", "龙海燕", common),
                Err(SignUpFault::CommonPassword)
            );
        }
    }
}
