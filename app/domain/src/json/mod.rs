//! JSON, small: what a page needs to read and write it, and no more.
//!
//! The format is what serde's derive says, and the server may use any serde format library on the same types. This one is
//! for the page, where `serde_json` cost a quarter of the whole program: each derived type is compiled once for each
//! kind of reader, and once for objects and once for arrays. Here is one reader, over text, and it hands an object's
//! fields to a type in the order in which the type declares them (`visit_seq`), so that no type has code of its own for
//! finding its fields. There are no floats, no 128-bit numbers, and no "whatever is there" (`deserialize_any`): an enum with
//! a tag inside is declared with [`tagged!`](crate::tagged) instead of `#[serde(tag)]`, a part that lies flat in another
//! one is read with [`both`] instead of `#[serde(flatten)]`.
//!
//! Two more things differ from `serde_json`, both of no use to anybody here: an array in place of an object is refused, and so
//! is what is nested more than 128 deep. An optional field needs `#[serde(default)]`. Tests compare the two on every
//! type that travels.

mod raw;
mod read;
mod tagged;
mod write;

pub use raw::{Json, both};
#[doc(hidden)]
pub use tagged::{Variant, read_tagged};

use serde::de::{DeserializeOwned, Expected, Unexpected};
use serde::{Deserialize, Serialize, de, ser};
use std::fmt;

/// Reads a text.
///
/// # Errors
/// It is no JSON, or not of that type.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let mut reader = read::Reader::new(text);
    let read = T::deserialize(&mut reader);
    match read.and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(fault) => Err(reader.blame(fault)),
    }
}

/// Reads bytes that must be UTF-8.
///
/// # Errors
/// They are no JSON, or not of that type.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    from_str(utf8(bytes)?)
}

fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|e| Error {
        fault: Fault::Syntax,
        at: e.valid_up_to(),
    })
}

/// Writes a value, without white space, as `serde_json` does.
///
/// # Errors
/// It holds a number with a fraction, or a map whose keys are no texts.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let mut writer = write::Writer::default();
    match value.serialize(&mut writer) {
        Ok(()) => Ok(writer.text),
        Err(fault) => Err(Error {
            fault,
            at: writer.text.len(),
        }),
    }
}

/// Why a text could not be read, or a value not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at byte {at}")]
pub struct Error {
    fault: Fault,
    at: usize,
}

/// What is wrong. One byte, because every step of reading hands it on.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The text ends in the middle.
    End,
    /// Not JSON.
    Syntax,
    /// JSON of another kind than the type asks for.
    Kind,
    /// The right kind, but not a value of the type.
    Value,
    /// A field is not there.
    Missing,
    /// A field is there twice.
    Twice,
    /// Nested too deep.
    Deep,
    /// What this reader and writer leave out.
    Unsupported,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::End => "the text ends too early",
            Self::Syntax => "no JSON",
            Self::Kind => "another kind of value was expected",
            Self::Value => "a value does not fit",
            Self::Missing => "a field is missing",
            Self::Twice => "a field is given twice",
            Self::Deep => "nested too deep",
            Self::Unsupported => "not supported",
        })
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Value
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Kind
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Value
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::Missing
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::Value
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::Value
    }

    fn missing_field(_: &'static str) -> Self {
        Self::Missing
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::Twice
    }
}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Value
    }
}
