//! The schema as data: every table with its columns and its key, the same in both databases, for copies and backups.

/// A value of any column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// One row, in the order of the table's columns.
pub type Values = Vec<Value>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Texts.
    Text,
    /// Bytes.
    Bytes,
}

/// A table. The first `key` columns are its primary key, by which copies page through it.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [(&'static str, Kind)],
    /// How many of the first columns are the key.
    pub key: usize,
    /// Whether it belongs to what is synchronised, rather than to accounts and the installation.
    pub is_synchronised: bool,
}

use Kind::{Bytes, Integer, Text};

/// The audit trail. What chains its entries comes last.
pub const AUDIT: Table = Table {
    name: "audit",
    columns: &[
        ("no", Integer),
        ("at", Integer),
        ("user", Text),
        ("client", Text),
        ("mutation", Text),
        ("command", Text),
        ("kind", Text),
        ("id", Text),
        ("before", Text),
        ("after", Text),
        ("change", Text),
        ("region", Integer),
        ("refused", Text),
        ("lane", Text),
        ("link", Integer),
        ("hash", Text),
    ],
    key: 1,
    is_synchronised: true,
};

/// Every table. A new one, or a new column, is added here too; a test compares this list with both schemas. Not here is what a database
/// derives from these rows as they are inserted: the row numbers and terms of projections.
pub static TABLES: [Table; 17] = [
    Table {
        name: "meta",
        columns: &[("key", Text), ("value", Text)],
        key: 1,
        is_synchronised: false,
    },
    Table {
        name: "feed",
        columns: &[("name", Text), ("ver", Integer)],
        key: 1,
        is_synchronised: true,
    },
    Table {
        name: "entity",
        columns: &[
            ("kind", Text),
            ("id", Text),
            ("rev", Integer),
            ("body", Text),
            ("public", Text),
        ],
        key: 2,
        is_synchronised: true,
    },
    Table {
        name: "placement",
        columns: &[
            ("feed", Text),
            ("kind", Text),
            ("id", Text),
            ("ver", Integer),
            ("view", Integer),
        ],
        key: 3,
        is_synchronised: true,
    },
    Table {
        name: "projection",
        columns: &[
            ("kind", Text),
            ("id", Text),
            ("region", Integer),
            ("topic", Text),
            ("stage", Text),
            ("updated_at", Integer),
            ("text", Text),
        ],
        key: 2,
        is_synchronised: true,
    },
    Table {
        name: "due",
        columns: &[("kind", Text), ("id", Text), ("job", Text), ("at", Integer)],
        key: 3,
        is_synchronised: true,
    },
    Table {
        name: "fact",
        columns: &[
            ("kind", Text),
            ("id", Text),
            ("name", Text),
            ("region", Integer),
            ("from_day", Integer),
        ],
        key: 3,
        is_synchronised: true,
    },
    Table {
        name: "tally",
        columns: &[
            ("level", Integer),
            ("region", Integer),
            ("kind", Text),
            ("name", Text),
            ("from_day", Integer),
            ("n", Integer),
        ],
        key: 5,
        is_synchronised: true,
    },
    Table {
        name: "client",
        columns: &[
            ("id", Text),
            ("user", Text),
            ("last_seq", Integer),
            ("seen_at", Integer),
        ],
        key: 1,
        is_synchronised: true,
    },
    Table {
        name: "verdict",
        columns: &[
            ("mutation", Text),
            ("client", Text),
            ("seq", Integer),
            ("verdict", Text),
            ("at", Integer),
        ],
        key: 1,
        is_synchronised: true,
    },
    AUDIT,
    Table {
        name: "user",
        columns: &[
            ("id", Text),
            ("phone", Text),
            ("password", Text),
            ("actor", Text),
            ("active", Integer),
            ("created_at", Integer),
            ("updated_at", Integer),
            ("creator", Text),
            ("kind", Text),
            ("region", Integer),
            ("org", Text),
            ("department", Text),
            ("text", Text),
        ],
        key: 1,
        is_synchronised: false,
    },
    Table {
        name: "invitation",
        columns: &[
            ("user", Text),
            ("code", Bytes),
            ("issuer", Text),
            ("issued_at", Integer),
            ("expires_at", Integer),
        ],
        key: 1,
        is_synchronised: false,
    },
    Table {
        name: "data_key",
        columns: &[
            ("user", Text),
            ("device", Text),
            ("key", Bytes),
            ("created_at", Integer),
        ],
        key: 2,
        is_synchronised: false,
    },
    Table {
        name: "session",
        columns: &[
            ("token", Bytes),
            ("user", Text),
            ("created_at", Integer),
            ("touched_at", Integer),
            ("expires_at", Integer),
            ("device", Text),
        ],
        key: 1,
        is_synchronised: false,
    },
    Table {
        name: "page_fault",
        columns: &[
            ("code", Text),
            ("build", Text),
            ("page", Text),
            ("kind", Text),
            ("stack", Text),
            ("times", Integer),
            ("first_at", Integer),
            ("last_at", Integer),
        ],
        key: 1,
        is_synchronised: false,
    },
    Table {
        name: "region",
        columns: &[
            ("code", Integer),
            ("name", Text),
            ("valid_from", Text),
            ("valid_to", Text),
            ("successor", Integer),
        ],
        key: 1,
        is_synchronised: false,
    },
];

impl Table {
    /// The columns' names, quoted and separated by commas.
    #[must_use]
    pub fn column_list(&self) -> String {
        list(self.columns)
    }

    /// The key's columns, the same way.
    #[must_use]
    pub fn key_list(&self) -> String {
        list(&self.columns[..self.key])
    }
}

/// Some names are words of SQL (`user`), so all are quoted.
fn list(columns: &[(&str, Kind)]) -> String {
    let names: Vec<String> = columns
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    names.join(", ")
}
