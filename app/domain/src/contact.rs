//! Contacts: a person's name and phone number, private everywhere.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A person to call. Private everywhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The person's name.
    pub name: String,
    /// The person's phone number.
    pub phone: String,
}

/// Never shows the name or the number, so that neither reaches a log.
impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(private)")
    }
}

impl Contact {
    /// The number as a telephone dials it: digits, and the plus of a country's code.
    #[must_use]
    pub fn dialled(&self) -> String {
        crate::text::narrow(&self.phone)
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '+')
            .collect()
    }
}
