//! The address of a database: a PostgreSQL URL, or the path of an SQLite file.

use super::StorageError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the database is. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// `postgres://user:password@host/database`
    Postgres(String),
}

impl Location {
    /// Whether something is there to be opened: a file that exists. Of PostgreSQL only the server can tell.
    #[must_use]
    pub fn may_exist(&self) -> bool {
        match self {
            Self::File(file) => file.exists(),
            Self::Postgres(_) => true,
        }
    }
}

impl FromStr for Location {
    type Err = StorageError;

    fn from_str(text: &str) -> Result<Self, StorageError> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").unwrap_or(text);
        // Another scheme is a mistake, not a folder of that name.
        if let Some((scheme, _)) = path.split_once("://") {
            return Err(StorageError::Location(format!(
                "{scheme}:// (postgres://… or a path)"
            )));
        }
        if path.is_empty() {
            return Err(StorageError::Location("nothing".to_owned()));
        }
        Ok(Self::File(PathBuf::from(path)))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            // Whatever stands before the last `@` may hold a password, and whatever follows `?` too.
            Self::Postgres(url) => {
                let after = url.rsplit_once('@').map_or_else(
                    || url.split_once("://").map_or("", |(_, rest)| rest),
                    |(_, host)| host,
                );
                let shown = after.split('?').next().unwrap_or_default();
                write!(f, "postgres://{shown}")
            }
        }
    }
}

/// The same as shown: never the password.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&Path> for Location {
    fn from(file: &Path) -> Self {
        Self::File(file.to_owned())
    }
}

impl From<&PathBuf> for Location {
    fn from(file: &PathBuf) -> Self {
        Self::File(file.clone())
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Location {
        text.parse().expect("a location")
    }

    #[test]
    fn a_url_and_a_path_are_told_apart() {
        assert!(matches!(read("postgres://u@h/d"), Location::Postgres(_)));
        assert!(matches!(
            read("postgresql:///d?host=/run"),
            Location::Postgres(_)
        ));
        assert_eq!(
            read("data/x.sqlite"),
            Location::File("data/x.sqlite".into())
        );
        assert_eq!(read("sqlite:///x"), Location::File("/x".into()));
        for wrong in ["mysql://h/d", " ", ""] {
            assert!(wrong.parse::<Location>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://me:s3cr@t@db.example:5432/village?sslmode=require&password=s3cr",
            "postgres:///village?host=/run/pg&user=me&password=s3cr",
        ] {
            let shown = format!("{0} {0:?}", read(url));
            assert!(!shown.contains("s3cr"), "{shown}");
            assert!(shown.contains("village"), "{shown}");
        }
    }
}
