use super::{Error, Fault, from_str, read};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// By this name `serde_json` and the reader and writer here know that a value is wanted or given as it stands (feature
/// `raw_value`). A test notices if `serde_json` ever calls it otherwise.
pub(super) const TOKEN: &str = "$serde_json::private::RawValue";

/// Takes a value as it stands. Only `serde_json` and the reader here can give it.
pub(super) fn take<'de, D: Deserializer<'de>>(from: D) -> Result<Cow<'de, str>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Cow<'de, str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any JSON")
        }

        /// From the reader here.
        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Cow::Borrowed(text))
        }

        /// From `serde_json`: one entry, whose key is the token.
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            map.next_key::<IgnoredAny>()?;
            map.next_value().map(Cow::Owned)
        }
    }
    from.deserialize_newtype_struct(TOKEN, Text)
}

/// Reads two things from one object: a part, and what lies flat beside its fields.
///
/// # Errors
/// Either of them cannot be read.
pub fn both<'de, D, A, B>(from: D) -> Result<(A, B), D::Error>
where
    D: Deserializer<'de>,
    A: for<'a> Deserialize<'a>,
    B: for<'a> Deserialize<'a>,
{
    let text = take(from)?;
    let read = |text| Ok((from_str(text)?, from_str(text)?));
    read(&text).map_err(|e: Error| D::Error::custom(e))
}

/// JSON that is carried as it is, unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(Box<str>);

impl Json {
    /// Takes a text that must be JSON, without the white space around it.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn new(text: String) -> Result<Self, Error> {
        let mut reader = read::Reader::new(&text);
        let value = reader
            .raw()
            .and_then(|value| reader.end().map(|()| value))
            .map_err(|fault: Fault| reader.blame(fault))?;
        if value.len() == text.len() {
            Ok(Self(text.into()))
        } else {
            Ok(Self(value.into()))
        }
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut raw = serializer.serialize_struct(TOKEN, 1)?;
        raw.serialize_field(TOKEN, &*self.0)?;
        raw.end()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        take(deserializer).map(|text| Self(text.into()))
    }
}
