//! Cache invalidation between servers: what a transaction changed, as a short text.
//!
//! On PostgreSQL it travels as the payload of `NOTIFY`; on SQLite there is nobody to tell. The server that made a change
//! follows the same list itself, after the commit.

use domain::{Feed, UserId};
use std::fmt;
use std::str::FromStr;

/// One change that other servers must know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A feed has this version now.
    Feed(Feed, i64),
    /// An account was put; whether it is active.
    Account(UserId, bool),
    /// A session has ended. By the SHA-256 of its secret.
    Session([u8; 32]),
    /// All sessions of a person have ended.
    Sessions(UserId),
    /// Anything may have changed: what was told meanwhile was missed.
    Everything,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feed(feed, ver) => write!(f, "feed {ver} {feed}"),
            Self::Account(user, true) => write!(f, "account {user}"),
            Self::Account(user, false) => write!(f, "closed {user}"),
            Self::Session(token) => {
                f.write_str("session ")?;
                token.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Sessions(user) => write!(f, "sessions {user}"),
            Self::Everything => f.write_str("everything"),
        }
    }
}

impl FromStr for Change {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (what, rest) = text.split_once(' ').unwrap_or((text, ""));
        let user = || rest.parse::<UserId>().map_err(|_| ());
        Ok(match what {
            "feed" => {
                let (ver, feed) = rest.split_once(' ').ok_or(())?;
                let ver = ver.parse().map_err(|_| ())?;
                Self::Feed(feed.parse().map_err(|_| ())?, ver)
            }
            "account" => Self::Account(user()?, true),
            "closed" => Self::Account(user()?, false),
            "session" => Self::Session(token(rest).ok_or(())?),
            "sessions" => Self::Sessions(user()?),
            "everything" => Self::Everything,
            _ => return Err(()),
        })
    }
}

fn token(hexadecimal: &str) -> Option<[u8; 32]> {
    if hexadecimal.len() != 64 || !hexadecimal.is_ascii() {
        return None;
    }
    let mut token = [0; 32];
    for (n, byte) in token.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hexadecimal.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(token)
}

/// The changes as texts of at most `most` bytes each, one change a line, each text after `head`.
#[must_use]
pub fn texts(head: &str, changes: &[Change], most: usize) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for change in changes {
        let line = format!("\n{change}");
        match texts.last_mut().filter(|t| t.len() + line.len() <= most) {
            Some(text) => text.push_str(&line),
            None => texts.push(format!("{head}{line}")),
        }
    }
    texts
}

/// The head of a text and what it tells. A line of a newer server that nobody here understands may be anything.
#[must_use]
pub fn read(text: &str) -> (&str, Vec<Change>) {
    let (head, lines) = text.split_once('\n').unwrap_or((text, ""));
    let changes = lines
        .lines()
        .map(|l| l.parse().unwrap_or(Change::Everything));
    (head, changes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_is_heard_however_it_is_divided() {
        let user = UserId::from_random([7; 16]);
        let feed = "needs:431230000000".parse().expect("a feed");
        let changes = [
            Change::Feed(feed, 41),
            Change::Account(user, true),
            Change::Account(user, false),
            Change::Session([0xa5; 32]),
            Change::Sessions(user),
            Change::Everything,
        ];
        for most in [0, 60, 120, 8_000] {
            let texts = texts("me", &changes, most);
            let heard: Vec<Change> = texts.iter().flat_map(|t| read(t).1).collect();
            assert_eq!(heard, changes);
            assert!(texts.iter().all(|t| read(t).0 == "me"));
        }
        assert_eq!(texts("me", &changes, 8_000).len(), 1);
    }

    #[test]
    fn what_nobody_understands_may_be_anything() {
        assert_eq!(read("x\nplumbing 3").1, [Change::Everything]);
        assert_eq!(read("x").1, []);
    }
}
