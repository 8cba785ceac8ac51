//! Contacts: a person's name and phone number, private everywhere.

use crate::read::Phone;
use crate::text::narrow;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A person to call. Private everywhere.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The number as a telephone dials it (`tel:`): digits, the plus of another country's code, a pause before an extension. Of a number
    /// that was stored before numbers were read, what digits there are.
    #[must_use]
    pub fn dialled(&self) -> String {
        Phone::read(&self.phone).map_or_else(
            |_| {
                narrow(&self.phone)
                    .chars()
                    .filter(char::is_ascii_digit)
                    .collect()
            },
            |phone| phone.dialled(),
        )
    }
}
