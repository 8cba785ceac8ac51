//! The error that every server function returns: a code on the wire, an HTTP status, and sentences for people.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why a request failed. It is typed, so that the page can act on it, and has a sentence with what to do, so that the page can
/// show it.
///
/// On the wire: `{"code": "sequence_gap", "expected": 7, "message": "…", "action": "…"}`. Readers ignore fields they do not
/// know and read a code they do not know as [`ApiError::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {}", self.message(), self.action())]
pub enum ApiError {
    /// 401: nobody is signed in, or the session has ended. Unsent work stays on the device.
    SignedOut,
    /// 401: the phone number and the password do not belong together.
    WrongCredentials,
    /// 401: no invitation has this code: it was mistyped, used, replaced, or has expired.
    NoInvitation,
    /// 400: this may not be a password.
    WeakPassword,
    /// 403: this role may not ask that.
    Forbidden,
    /// 403: the request did not come from this site's own pages.
    ForeignOrigin,
    /// 404: there is no such path.
    NotFound,
    /// 400: the request could not be read, and would not be the next time.
    Malformed {
        /// For developers, in English.
        detail: String,
    },
    /// 409: a mutation's number does not follow the last one the server has.
    SequenceGap {
        /// The number that comes next.
        expected: u64,
    },
    /// 409: this client identifier belongs to somebody else, or was copied to a second device: the device takes a new
    /// one and numbers its unsent work again.
    ClientConflict,
    /// 409: the session is not of the person whose work the request carries. Nothing was read or decided; the work waits on
    /// the device until that person signs in again.
    OtherUser,
    /// 413: more bytes than the server takes at once.
    TooLarge {
        /// How many it takes.
        limit_bytes: u64,
    },
    /// 415: the body is not JSON.
    NotJson,
    /// 426: the page speaks a version the server has given up.
    PageTooOld,
    /// 429: too many attempts.
    TooManyAttempts {
        /// Seconds until the next one counts.
        retry_after_s: u64,
    },
    /// 429: this account has asked today about as many phone numbers as it may.
    TooManyNumbers {
        /// Seconds until it may ask about others.
        retry_after_s: u64,
    },
    /// 503: the server cannot answer now; nothing was lost.
    Unavailable {
        /// Seconds until it is worth trying again.
        retry_after_s: u64,
    },
    /// 500: a fault of the program.
    Fault,
    /// The request did not get through. Only made on the client.
    Offline {
        /// For developers.
        detail: String,
    },
    /// The answer's body could not be read, so it came from a captive portal or a proxy. Only made on the client.
    Undecodable {
        /// For developers.
        detail: String,
    },
    /// A code this version does not know.
    Unknown,
}

impl ApiError {
    /// The code on the wire.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::WrongCredentials => "wrong_credentials",
            Self::NoInvitation => "no_invitation",
            Self::WeakPassword => "weak_password",
            Self::Forbidden => "forbidden",
            Self::ForeignOrigin => "foreign_origin",
            Self::NotFound => "not_found",
            Self::Malformed { .. } => "malformed",
            Self::SequenceGap { .. } => "sequence_gap",
            Self::ClientConflict => "client_conflict",
            Self::OtherUser => "other_user",
            Self::TooLarge { .. } => "too_large",
            Self::NotJson => "not_json",
            Self::PageTooOld => "page_too_old",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::TooManyNumbers { .. } => "too_many_numbers",
            Self::Unavailable { .. } => "unavailable",
            Self::Fault => "fault",
            Self::Offline { .. } => "offline",
            Self::Undecodable { .. } => "undecodable",
            Self::Unknown => "unknown",
        }
    }

    /// The HTTP status it travels with; for errors made on the client, the one that fits best.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::SignedOut | Self::WrongCredentials | Self::NoInvitation => 401,
            Self::Forbidden | Self::ForeignOrigin => 403,
            Self::NotFound => 404,
            Self::Malformed { .. } | Self::WeakPassword => 400,
            Self::SequenceGap { .. } | Self::ClientConflict | Self::OtherUser => 409,
            Self::TooLarge { .. } => 413,
            Self::NotJson => 415,
            Self::PageTooOld => 426,
            Self::TooManyAttempts { .. } | Self::TooManyNumbers { .. } => 429,
            Self::Unavailable { .. } | Self::Offline { .. } => 503,
            Self::Undecodable { .. } => 502,
            Self::Fault | Self::Unknown => 500,
        }
    }

    /// Seconds to wait before trying again, where the server says so.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after_s }
            | Self::TooManyNumbers { retry_after_s }
            | Self::Unavailable { retry_after_s } => Some(*retry_after_s),
            _ => None,
        }
    }

    /// Whether sending the very same request again can never help.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        !matches!(
            self,
            Self::TooManyAttempts { .. }
                | Self::TooManyNumbers { .. }
                | Self::Unavailable { .. }
                | Self::Fault
                | Self::Offline { .. }
                | Self::Undecodable { .. }
                | Self::Unknown
        )
    }

    /// What happened, as one says it to a person.
    #[must_use]
    pub fn message(&self) -> &'static str {
        match self {
            Self::SignedOut => "登录已经过期。",
            Self::WrongCredentials => "手机号或密码不对。",
            Self::NoInvitation => {
                "这个邀请码用不了：可能抄错了、用过了、过期了，或者已经重开了一张。"
            }
            Self::WeakPassword => "这个密码太短或太容易猜到。",
            Self::Forbidden => "您的账号没有这个权限。",
            Self::ForeignOrigin => "这个请求不是从乡单的页面发出的，没有受理。",
            Self::NotFound => "没有找到要找的内容。",
            Self::Malformed { .. } | Self::NotJson => "服务器看不懂这次发来的内容。",
            Self::SequenceGap { .. } => "有几条操作还没有送到，顺序接不上。",
            Self::ClientConflict => "这台设备的编号已经被别的设备或账号用了。",
            Self::OtherUser => "这台设备现在登录的是另一个人。",
            Self::TooLarge { .. } => "一次发的内容太多了。",
            Self::PageTooOld => "这个页面的版本太旧了。",
            Self::TooManyAttempts { .. } => "试的次数太多了。",
            Self::TooManyNumbers { .. } => {
                "今天查过的手机号已经到上限了，这次的都没有查、也没有开。"
            }
            Self::Unavailable { .. } => "服务器暂时忙不过来。",
            Self::Fault => "服务器出错了。",
            Self::Offline { .. } => "现在连不上服务器。",
            Self::Undecodable { .. } => "网络返回的不是乡单的内容，可能需要先登录这个无线网络。",
            Self::Unknown => "服务器返回了一个不认识的结果。",
        }
    }

    /// What to do about it, as one says it to a person.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self {
            Self::SignedOut => "请重新登录，没发出去的内容还在本机，登录后会接着发。",
            Self::WrongCredentials => "请检查后再试；忘记密码请找县里的管理员重置。",
            Self::NoInvitation => "请核对以后再试；还不行，请给您邀请条的人重开一张。",
            Self::WeakPassword => "请换一个至少 8 个字符、不是手机号的密码。",
            Self::Forbidden => "如果确实需要，请联系县里的管理员。",
            Self::ForeignOrigin => "请直接打开乡单再操作。",
            Self::NotFound => "请返回上一页再试。",
            Self::Malformed { .. } | Self::NotJson | Self::PageTooOld => {
                "请更新页面后再试，本机的内容不会丢。"
            }
            Self::SequenceGap { .. } | Self::ClientConflict => "不用操作，系统会自动重新排好再发。",
            Self::OtherUser => "没发出的内容都还在本机，请用原来的账号重新登录，会接着发。",
            Self::TooLarge { .. } => "不用操作，系统会分几次发。",
            Self::TooManyAttempts { .. } => "请过几分钟再试。",
            Self::TooManyNumbers { .. } => {
                "今天查过的号码还可以接着开；新的号码请明天再开，急的话请联系管理员。"
            }
            Self::Unavailable { .. } | Self::Fault => "本机的内容不会丢，过一会儿会自动再试。",
            Self::Offline { .. } => "可以照常填写，内容保存在本机，有网络时自动发送。",
            Self::Undecodable { .. } => "请检查网络，内容保存在本机，之后会自动再试。",
            Self::Unknown => "请更新页面后再试。",
        }
    }
}

impl Serialize for ApiError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        match self {
            Self::Malformed { detail }
            | Self::Offline { detail }
            | Self::Undecodable { detail } => {
                map.serialize_entry("detail", detail)?;
            }
            Self::SequenceGap { expected } => map.serialize_entry("expected", expected)?,
            Self::TooLarge { limit_bytes } => map.serialize_entry("limit_bytes", limit_bytes)?,
            Self::TooManyAttempts { retry_after_s }
            | Self::TooManyNumbers { retry_after_s }
            | Self::Unavailable { retry_after_s } => {
                map.serialize_entry("retry_after_s", retry_after_s)?;
            }
            _ => {}
        }
        map.serialize_entry("message", self.message())?;
        map.serialize_entry("action", self.action())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for ApiError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Told {
            code: String,
            #[serde(default)]
            detail: Option<String>,
            #[serde(default)]
            expected: Option<u64>,
            #[serde(default)]
            limit_bytes: Option<u64>,
            #[serde(default)]
            retry_after_s: Option<u64>,
        }
        fn told<T, E: serde::de::Error>(field: Option<T>, name: &'static str) -> Result<T, E> {
            field.ok_or_else(|| E::missing_field(name))
        }
        let it = Told::deserialize(deserializer)?;
        Ok(match it.code.as_str() {
            "signed_out" => Self::SignedOut,
            "wrong_credentials" => Self::WrongCredentials,
            "no_invitation" => Self::NoInvitation,
            "weak_password" => Self::WeakPassword,
            "forbidden" => Self::Forbidden,
            "foreign_origin" => Self::ForeignOrigin,
            "not_found" => Self::NotFound,
            "malformed" => Self::Malformed {
                detail: told(it.detail, "detail")?,
            },
            "sequence_gap" => Self::SequenceGap {
                expected: told(it.expected, "expected")?,
            },
            "client_conflict" => Self::ClientConflict,
            "other_user" => Self::OtherUser,
            "too_large" => Self::TooLarge {
                limit_bytes: told(it.limit_bytes, "limit_bytes")?,
            },
            "not_json" => Self::NotJson,
            "page_too_old" => Self::PageTooOld,
            "too_many_attempts" => Self::TooManyAttempts {
                retry_after_s: told(it.retry_after_s, "retry_after_s")?,
            },
            "too_many_numbers" => Self::TooManyNumbers {
                retry_after_s: told(it.retry_after_s, "retry_after_s")?,
            },
            "unavailable" => Self::Unavailable {
                retry_after_s: told(it.retry_after_s, "retry_after_s")?,
            },
            "fault" => Self::Fault,
            "offline" => Self::Offline {
                detail: told(it.detail, "detail")?,
            },
            "undecodable" => Self::Undecodable {
                detail: told(it.detail, "detail")?,
            },
            _ => Self::Unknown,
        })
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    #[cfg(feature = "ssr")]
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_) => Self::Malformed {
                detail: without_values(&error.to_string()),
            },
            _ => Self::Fault,
        }
    }

    #[cfg(not(feature = "ssr"))]
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // The request did not get through, or its answer broke off.
            ServerFnErrorErr::Request(detail) | ServerFnErrorErr::Response(detail) => {
                Self::Offline { detail }
            }
            // An unreadable body comes from a captive portal or a proxy, since our server always answers JSON.
            ServerFnErrorErr::Deserialization(detail) => Self::Undecodable { detail },
            ServerFnErrorErr::Serialization(detail) | ServerFnErrorErr::Args(detail) => {
                Self::Malformed { detail }
            }
            _ => Self::Fault,
        }
    }
}

/// What is wrong with a text that could not be read, and where, without anything that stands in it: what serde says repeats values,
/// and they may be a password.
#[cfg(feature = "ssr")]
#[must_use]
pub fn without_values(told: &str) -> String {
    const LONGEST_NAME: usize = 40;
    let name = told
        .split_once("missing field `")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(name, _)| name)
        .filter(|name| name.len() <= LONGEST_NAME)
        .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    let what = name.map_or_else(
        || "something else is expected".to_owned(),
        |name| format!("missing field `{name}`"),
    );
    let place = told.rsplit_once(" at line ").and_then(|(_, place)| {
        let (line, column) = place.split_once(" column ")?;
        Some((line.parse::<u32>().ok()?, column.parse::<u32>().ok()?))
    });
    place.map_or_else(
        || what.clone(),
        |(line, column)| format!("{what} at line {line} column {column}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<ApiError> {
        vec![
            ApiError::SignedOut,
            ApiError::WrongCredentials,
            ApiError::NoInvitation,
            ApiError::WeakPassword,
            ApiError::Forbidden,
            ApiError::ForeignOrigin,
            ApiError::NotFound,
            ApiError::Malformed { detail: "x".into() },
            ApiError::SequenceGap { expected: 7 },
            ApiError::ClientConflict,
            ApiError::OtherUser,
            ApiError::TooLarge { limit_bytes: 9 },
            ApiError::NotJson,
            ApiError::PageTooOld,
            ApiError::TooManyAttempts { retry_after_s: 3 },
            ApiError::TooManyNumbers { retry_after_s: 3 },
            ApiError::Unavailable { retry_after_s: 3 },
            ApiError::Fault,
            ApiError::Offline { detail: "x".into() },
            ApiError::Undecodable { detail: "x".into() },
        ]
    }

    #[test]
    fn every_error_survives_the_wire_and_says_what_to_do() {
        for error in every() {
            let json = serde_json::to_value(&error).expect("serialisable");
            assert_eq!(json["code"], error.code());
            assert!(
                json["message"].as_str().is_some_and(|m| m.ends_with('。')),
                "{json}"
            );
            assert!(
                json["action"].as_str().is_some_and(|m| m.ends_with('。')),
                "{json}"
            );
            let back: ApiError = serde_json::from_value(json).expect("readable");
            assert_eq!(back, error);
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn what_could_not_be_read_is_told_without_what_stood_there() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "read only to fail")]
        struct SignIn {
            phone: String,
            password: String,
        }
        for (body, told) in [
            (
                r#"{"phone":13800000001,"password":"x"}"#,
                "something else is expected at line 1 column 20",
            ),
            (
                r#"{"phone":"1","password":["secret"]}"#,
                "something else is expected at line 1 column 24",
            ),
            (
                r#"{"phone":"1"}"#,
                "missing field `password` at line 1 column 13",
            ),
            (
                r#""a secret with ` missing field `s3cret` in it""#,
                "something else is expected at line 1 column 46",
            ),
        ] {
            let error = serde_json::from_str::<SignIn>(body).expect_err("cannot be read");
            assert_eq!(without_values(&error.to_string()), told);
        }
    }

    #[test]
    fn a_code_of_a_later_version_is_read_as_unknown() {
        let read: ApiError =
            serde_json::from_str(r#"{"code":"moon_phase","message":"…"}"#).expect("readable");
        assert_eq!(read, ApiError::Unknown);
    }
}
