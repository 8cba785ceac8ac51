use super::Fault;
use super::raw::TOKEN;
use serde::ser::{self, Serialize, Serializer};
use std::fmt::{Display, Write as _};

/// Writes one text.
#[derive(Debug, Default)]
pub struct Writer {
    pub(super) text: String,
    /// The next string is JSON already.
    raw: bool,
}

impl Writer {
    /// Begins an object or an array.
    fn open(&mut self, bracket: char) -> &mut Self {
        self.text.push(bracket);
        self
    }

    /// Comes between the members of an object or an array. No value ends with an opening bracket.
    fn next(&mut self) {
        if !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
    }

    /// Begins a member of an object.
    fn key(&mut self, key: &str) {
        self.next();
        self.string(key);
        self.text.push(':');
    }

    /// Begins an object whose only key is a variant's name.
    fn variant(&mut self, name: &str) {
        self.text.push('{');
        self.key(name);
    }

    fn string(&mut self, mut rest: &str) {
        self.text.push('"');
        let special = |c: char| matches!(c, '"' | '\\' | '\0'..='\x1f');
        while let Some(at) = rest.find(special) {
            let (before, after) = rest.split_at(at);
            self.text.push_str(before);
            let mut after = after.chars();
            match after.next().unwrap_or_default() {
                c @ ('"' | '\\') => self.text.extend(['\\', c]),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                c => self.display(format_args!("\\u{:04x}", u32::from(c))),
            }
            rest = after.as_str();
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn display(&mut self, what: impl Display) {
        // A String never refuses to be written to.
        let _written = write!(self.text, "{what}");
    }
}

/// Methods that all write a number.
macro_rules! numbers {
    ($($method:ident $number:ty as $wide:ty),*) => {
        $(fn $method(self, number: $number) -> Result<(), Fault> {
            self.display(<$wide>::from(number));
            Ok(())
        })*
    };
}

impl Serializer for &mut Writer {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    numbers!(
        serialize_i8 i8 as i64, serialize_i16 i16 as i64, serialize_i32 i32 as i64, serialize_i64 i64 as i64,
        serialize_u8 u8 as u64, serialize_u16 u16 as u64, serialize_u32 u32 as u64, serialize_u64 u64 as u64
    );

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Result<(), Fault> {
        Err(Fault::Unsupported)
    }

    fn serialize_f64(self, _: f64) -> Result<(), Fault> {
        Err(Fault::Unsupported)
    }

    fn serialize_char(self, c: char) -> Result<(), Fault> {
        self.string(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), Fault> {
        if self.raw {
            self.text.push_str(text);
        } else {
            self.string(text);
        }
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Fault> {
        Err(Fault::Unsupported)
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Fault> {
        self.string(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.text.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Fault> {
        Ok(self.open('['))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Fault> {
        Ok(self.open('['))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        Ok(self.open('['))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        self.variant(variant);
        Ok(self.open('['))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Fault> {
        Ok(self.open('{'))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self, Fault> {
        if name == TOKEN {
            self.raw = true;
            return Ok(self);
        }
        Ok(self.open('{'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        self.variant(variant);
        Ok(self.open('{'))
    }
}

/// Arrays of all sorts.
macro_rules! array {
    ($($sort:ident $method:ident $close:literal),*) => {
        $(impl ser::$sort for &mut Writer {
            type Ok = ();
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.next();
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Fault> {
                self.text.push_str($close);
                Ok(())
            }
        })*
    };
}
array!(
    SerializeSeq serialize_element "]",
    SerializeTuple serialize_element "]",
    SerializeTupleStruct serialize_field "]",
    SerializeTupleVariant serialize_field "]}"
);

impl ser::SerializeMap for &mut Writer {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.next();
        let from = self.text.len();
        key.serialize(&mut **self)?;
        if self.text.as_bytes().get(from) != Some(&b'"') {
            return Err(Fault::Unsupported);
        }
        self.text.push(':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Fault> {
        self.text.push('}');
        Ok(())
    }
}

impl ser::SerializeStruct for &mut Writer {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        if !self.raw {
            self.key(key);
        }
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Fault> {
        if !std::mem::take(&mut self.raw) {
            self.text.push('}');
        }
        Ok(())
    }
}

impl ser::SerializeStructVariant for &mut Writer {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.key(key);
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Fault> {
        self.text.push_str("}}");
        Ok(())
    }
}
