use super::raw::TOKEN;
use super::tagged::{Content, Variant};
use super::{Error, Fault};
use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

/// Nothing that travels is nested nearly as deep.
const DEEPEST: u8 = 128;

/// Reads one text from front to back.
#[derive(Debug)]
pub struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
    /// Where the values of fields lie that came before their turn, for each object that is being read; 0 for none.
    early: Vec<usize>,
    /// What was wrong at the end of an object, found after its value had been made.
    fault: Option<Fault>,
}

/// A whole number.
enum Whole {
    Natural(u64),
    Negative(i64),
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            early: Vec::new(),
            fault: None,
        }
    }

    /// Nothing may follow but white space.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        match self.peek() {
            Err(Fault::End) => Ok(()),
            _ => Err(Fault::Syntax),
        }
    }

    /// Reading ends here, and [`Reader::end`] tells why. So an object need not be taken apart again in each place that has
    /// just made one, which is a good part of the program's size.
    fn give_up(&mut self, fault: Fault) {
        self.fault = self.fault.or(Some(fault));
        self.text = self.text.get(..self.at).unwrap_or_default();
    }

    pub(super) fn blame(&self, fault: Fault) -> Error {
        Error { fault, at: self.at }
    }

    fn here(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn since(&self, from: usize) -> Result<&'de str, Fault> {
        self.text.get(from..self.at).ok_or(Fault::Syntax)
    }

    /// The first byte of the next token, which stays unread.
    pub(super) fn peek(&mut self) -> Result<u8, Fault> {
        loop {
            match self.here() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(byte),
                None => return Err(Fault::End),
            }
        }
    }

    /// Reads a token of one byte; another one is `fault`.
    fn expect(&mut self, byte: u8, fault: Fault) -> Result<(), Fault> {
        if self.peek()? != byte {
            return Err(fault);
        }
        self.at += 1;
        Ok(())
    }

    /// Enters an object or an array.
    pub(super) fn open(&mut self, bracket: u8) -> Result<(), Fault> {
        self.expect(bracket, Fault::Kind)?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::Deep);
        }
        Ok(())
    }

    /// Whether an object or array goes on; if so the reader stands before its next member, else behind it.
    fn more(&mut self, first: &mut bool, close: u8) -> Result<bool, Fault> {
        let next = self.peek()?;
        if next == close {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.expect(b',', Fault::Syntax)?;
        }
        Ok(true)
    }

    /// The next key of an object, or nothing at its end.
    pub(super) fn key(&mut self, first: &mut bool) -> Result<Option<Cow<'de, str>>, Fault> {
        if !self.more(first, b'}')? {
            return Ok(None);
        }
        if self.peek()? != b'"' {
            return Err(Fault::Syntax);
        }
        let key = self.string()?;
        self.expect(b':', Fault::Syntax)?;
        Ok(Some(key))
    }

    /// A string as it stands between its quotes, and whether it has escapes.
    fn quoted(&mut self) -> Result<(&'de str, bool), Fault> {
        self.expect(b'"', Fault::Kind)?;
        let from = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.here().ok_or(Fault::End)? {
                b'"' => break,
                b'\\' => escaped = true,
                _ => return Err(Fault::Syntax),
            }
            let escape = self.text.as_bytes().get(self.at + 1);
            self.at += match escape.ok_or(Fault::End)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' => {
                    let hex = self.text.as_bytes().get(self.at + 2..self.at + 6);
                    if !hex.ok_or(Fault::End)?.iter().all(u8::is_ascii_hexdigit) {
                        return Err(Fault::Syntax);
                    }
                    6
                }
                _ => return Err(Fault::Syntax),
            };
        }
        let inside = self.since(from)?;
        self.at += 1;
        Ok((inside, escaped))
    }

    /// A string.
    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Fault> {
        let (inside, escaped) = self.quoted()?;
        if escaped {
            unescape(inside).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(inside))
        }
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let from = self.at;
        while self.here().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        match self.here() {
            _ if self.at > from => Ok(()),
            Some(_) => Err(Fault::Syntax),
            None => Err(Fault::End),
        }
    }

    /// Any number, as text.
    fn number(&mut self) -> Result<&'de str, Fault> {
        let from = self.at;
        if self.here() == Some(b'-') {
            self.at += 1;
        }
        if self.here() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.here() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.here() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.here() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.since(from)
    }

    fn whole(&mut self) -> Result<Whole, Fault> {
        match self.peek()? {
            b'0'..=b'9' => {
                let number = self.number()?.parse();
                number.map(Whole::Natural).map_err(|_| Fault::Value)
            }
            b'-' => match self.number()?.parse() {
                Ok(number) if number < 0 => Ok(Whole::Negative(number)),
                // To `serde_json`, too, `-0` is no whole number.
                _ => Err(Fault::Value),
            },
            _ => Err(Fault::Kind),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at += word.len();
            Ok(())
        } else if word.starts_with(rest) {
            Err(Fault::End)
        } else {
            Err(Fault::Syntax)
        }
    }

    fn boolean(&mut self) -> Result<bool, Fault> {
        match self.peek()? {
            b't' => self.word("true").map(|()| true),
            b'f' => self.word("false").map(|()| false),
            _ => Err(Fault::Kind),
        }
    }

    fn null(&mut self) -> Result<(), Fault> {
        match self.peek()? {
            b'n' => self.word("null"),
            _ => Err(Fault::Kind),
        }
    }

    /// Passes over a value of any kind.
    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        let mut first = true;
        match self.peek()? {
            b'"' => self.quoted().map(drop),
            b'{' => {
                self.open(b'{')?;
                while self.more(&mut first, b'}')? {
                    if self.peek()? != b'"' {
                        return Err(Fault::Syntax);
                    }
                    self.quoted()?;
                    self.expect(b':', Fault::Syntax)?;
                    self.skip()?;
                }
                Ok(())
            }
            b'[' => {
                self.open(b'[')?;
                while self.more(&mut first, b']')? {
                    self.skip()?;
                }
                Ok(())
            }
            b'-' | b'0'..=b'9' => self.number().map(drop),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            _ => self.word("null"),
        }
    }

    /// A value of any kind, as text.
    pub(super) fn raw(&mut self) -> Result<&'de str, Fault> {
        self.peek()?;
        let from = self.at;
        self.skip()?;
        self.since(from)
    }

    /// A variant as serde writes it by default: `"draft"`, or `{"too_long": {"at_most": 40}}`.
    fn variant(&mut self) -> Result<Variant<'de>, Fault> {
        if self.peek()? == b'"' {
            return Ok(Variant::new(self.string()?, Content::None));
        }
        self.open(b'{')?;
        let mut first = true;
        let name = self.key(&mut first)?.ok_or(Fault::Value)?;
        let variant = Variant::new(name, Content::Apart(self.raw()?));
        match self.key(&mut first)? {
            None => Ok(variant),
            Some(_) => Err(Fault::Value),
        }
    }
}

/// How many bytes at the front of a text belong to a string as they are: no quote, no backslash, no control character.
/// Most bytes of an answer pass through here, so eight are looked at together.
fn plain(text: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    /// The highest bit of each byte that is 0, and perhaps of some behind the first such byte.
    fn zeros(bytes: u64) -> u64 {
        bytes.wrapping_sub(ONES) & !bytes & (ONES << 7)
    }
    let (chunks, rest) = text.as_chunks::<8>();
    for (n, chunk) in chunks.iter().enumerate() {
        let bytes = u64::from_le_bytes(*chunk);
        let special = zeros(bytes ^ (ONES * u64::from(b'"')))
            | zeros(bytes ^ (ONES * u64::from(b'\\')))
            | zeros(bytes & (ONES * 0xe0));
        if special != 0 {
            return n * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let special = |b: &u8| matches!(b, b'"' | b'\\' | 0..=0x1f);
    text.len() - rest.len() + rest.iter().position(special).unwrap_or(rest.len())
}

/// Resolves escapes that [`Reader::quoted`] has found to be well-formed.
fn unescape(mut rest: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        out.push(match chars.next().ok_or(Fault::End)? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = unit(&mut chars)?;
                let mut units = vec![first];
                if (0xd800..0xdc00).contains(&first) {
                    chars = chars
                        .as_str()
                        .strip_prefix("\\u")
                        .ok_or(Fault::Value)?
                        .chars();
                    units.push(unit(&mut chars)?);
                }
                let mut decoded = char::decode_utf16(units);
                decoded.next().and_then(Result::ok).ok_or(Fault::Value)?
            }
            other => other,
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
    Ok(out)
}

/// One unit of UTF-16: four hexadecimal digits.
fn unit(chars: &mut std::str::Chars<'_>) -> Result<u16, Fault> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = chars.next().and_then(|c| c.to_digit(16));
        unit = unit << 4 | digit.ok_or(Fault::Syntax)?;
    }
    u16::try_from(unit).map_err(|_| Fault::Syntax)
}

/// An object's fields in the order in which a type declares them. An object in that order is read in one go; what comes
/// early is passed over and read when its turn comes.
struct Fields<'r, 'de> {
    reader: &'r mut Reader<'de>,
    names: &'static [&'static str],
    /// Which of the names is asked for next.
    next: usize,
    /// From where on [`Reader::early`] is about this object.
    base: usize,
    /// Where reading goes on after a value that came early; 0 for here.
    resume: usize,
    at: Place,
}

/// Where in an object reading has come to.
#[derive(PartialEq)]
enum Place {
    Before,
    First,
    Inside,
    Behind,
}

impl<'r, 'de> Fields<'r, 'de> {
    fn of(reader: &'r mut Reader<'de>, names: &'static [&'static str]) -> Self {
        Self {
            base: reader.early.len(),
            reader,
            names,
            next: 0,
            resume: 0,
            at: Place::Before,
        }
    }

    /// Goes to the value of the next field; false when the object does not have it.
    fn find(&mut self) -> Result<bool, Fault> {
        if self.at == Place::Before {
            self.reader.open(b'{')?;
            self.at = Place::First;
        }
        if self.resume > 0 {
            self.reader.at = std::mem::take(&mut self.resume);
        }
        let wanted = self.next;
        self.next += 1;
        if let Some(early) = self.early(wanted) {
            self.resume = std::mem::replace(&mut self.reader.at, early);
            return Ok(true);
        }
        while self.at != Place::Behind {
            let mut first = self.at == Place::First;
            let Some(key) = self.reader.key(&mut first)? else {
                self.at = Place::Behind;
                break;
            };
            self.at = Place::Inside;
            if self.names.get(wanted).is_some_and(|name| *name == key) {
                return Ok(true);
            }
            if let Some(field) = self.names.iter().position(|name| *name == key) {
                if field < wanted || self.early(field).is_some() {
                    return Err(Fault::Twice);
                }
                self.reader.early.resize(self.base + self.names.len(), 0);
                self.reader.early[self.base + field] = self.reader.at;
            }
            self.reader.skip()?;
        }
        Ok(false)
    }

    /// Where the value of a field lies that came early.
    fn early(&self, field: usize) -> Option<usize> {
        let early = self.reader.early.get(self.base + field);
        early.copied().filter(|at| *at > 0)
    }

    /// Goes behind the object.
    fn close(&mut self) {
        self.next = self.names.len();
        if let Err(fault) = self.find() {
            self.reader.give_up(fault);
        }
        self.reader.early.truncate(self.base);
    }
}

impl<'de> SeqAccess<'de> for &mut Fields<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        if self.find()? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }
}

/// The members of an array, or the keys and values of an object that is a map.
struct Members<'r, 'de> {
    reader: &'r mut Reader<'de>,
    at: Place,
}

impl<'r, 'de> Members<'r, 'de> {
    fn of(reader: &'r mut Reader<'de>) -> Self {
        Self {
            reader,
            at: Place::Before,
        }
    }

    fn find(&mut self, open: u8, close: u8) -> Result<bool, Fault> {
        if self.at == Place::Before {
            self.reader.open(open)?;
            self.at = Place::First;
        }
        if self.at == Place::Behind {
            return Ok(false);
        }
        let mut first = self.at == Place::First;
        let more = self.reader.more(&mut first, close)?;
        self.at = if more { Place::Inside } else { Place::Behind };
        Ok(more)
    }

    /// A tuple takes what it needs; there may not be more.
    fn close(&mut self, open: u8, close: u8) {
        match self.find(open, close) {
            Ok(false) => {}
            Ok(true) => self.reader.give_up(Fault::Value),
            Err(fault) => self.reader.give_up(fault),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Members<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        if self.find(b'[', b']')? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        if !self.find(b'{', b'}')? {
            return Ok(None);
        }
        if self.reader.peek()? != b'"' {
            return Err(Fault::Syntax);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        self.reader.expect(b':', Fault::Syntax)?;
        seed.deserialize(&mut *self.reader)
    }
}

/// Methods that all read in the same way, by what they are asked for.
macro_rules! alike {
    ($read:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.$read(visitor)
        })*
    };
}

impl<'de> Reader<'de> {
    fn visit_whole<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        match self.whole()? {
            Whole::Natural(number) => visitor.visit_u64(number),
            Whole::Negative(number) => visitor.visit_i64(number),
        }
    }

    fn visit_string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        match self.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_str(&text),
        }
    }

    #[expect(clippy::unused_self, reason = "stands in for the methods that read")]
    fn refuse<V: Visitor<'de>>(&mut self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::Unsupported)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Fault;

    alike!(visit_whole: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    alike!(visit_string: deserialize_char deserialize_str deserialize_string deserialize_identifier);
    alike!(refuse: deserialize_any deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf);

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.peek()? == b'n' {
            self.null()?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.null()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == TOKEN {
            visitor.visit_borrowed_str(self.raw()?)
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut members = Members::of(self);
        let value = visitor.visit_seq(&mut members)?;
        members.close(b'[', b']');
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut members = Members::of(self);
        let value = visitor.visit_map(&mut members)?;
        members.close(b'{', b'}');
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut fields = Fields::of(self, names);
        let value = visitor.visit_seq(&mut fields)?;
        fields.close();
        Ok(value)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.variant()?.deserialize_enum(name, variants, visitor)
    }
}
