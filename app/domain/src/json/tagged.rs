use super::read::Reader;
use super::{Fault, raw};
use serde::de::value::U64Deserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;

/// Declares an enum whose variant is named by a tag inside the object: `{"is": "delivered", "at": 1, "note": "…"}`, or with
/// `content` by a tag beside it: `{"code": "not_found", "params": {"kind": "need"}}`. On the wire it is what
/// `#[serde(tag = …, content = …, rename_all = "snake_case")]` says, and that is what writes it; reading goes without the
/// copy of unknown content that serde's own code for tags makes, which was the largest part of the page.
///
/// ```
/// domain::tagged! {
///     tag = "is";
///     /// Where something stands.
///     #[derive(Debug, PartialEq, serde::Serialize)]
///     enum State {
///         Waiting,
///         Done { at: u64 },
///     }
/// }
/// let state: State = serde_json::from_str(r#"{"is":"done","at":7}"#).unwrap();
/// assert_eq!(state, State::Done { at: 7 });
/// ```
#[macro_export]
macro_rules! tagged {
    (
        tag = $tag:literal $(, content = $content:literal)?;
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident { $($variants:tt)* }
    ) => {
        $(#[$attribute])*
        #[serde(tag = $tag $(, content = $content)?, rename_all = "snake_case")]
        $visibility enum $name { $($variants)* }

        const _: () = {
            type Real = $name;

            /// The same variants as serde names them by default; [`json::Variant`]($crate::json::Variant) makes it so.
            #[derive(serde::Deserialize)]
            #[serde(remote = "Real", rename_all = "snake_case")]
            enum ByName { $($variants)* }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let content = None $(.or(Some($content)))?;
                    $crate::json::read_tagged(from, $tag, content, |variant| ByName::deserialize(variant))
                }
            }
        };
    };
}

/// Takes the text of a value, whatever reads it, finds its tag and reads the variant.
#[doc(hidden)]
pub fn read_tagged<'de, D: Deserializer<'de>, T>(
    from: D,
    tag: &str,
    content: Option<&str>,
    read: fn(Variant<'_>) -> Result<T, Fault>,
) -> Result<T, D::Error> {
    let text = raw::take(from)?;
    Variant::find(&text, tag, content)
        .and_then(read)
        .map_err(D::Error::custom)
}

/// A variant of an enum that has been found, and its unread content.
#[doc(hidden)]
#[derive(Debug)]
pub struct Variant<'de> {
    name: Cow<'de, str>,
    content: Content<'de>,
}

/// Where a variant's content stands.
#[derive(Debug)]
pub(super) enum Content<'de> {
    /// There is none.
    None,
    /// In a value of its own.
    Apart(&'de str),
    /// In the object that also holds the tag.
    Around(&'de str),
}

impl<'de> Variant<'de> {
    pub(super) fn new(name: Cow<'de, str>, content: Content<'de>) -> Self {
        Self { name, content }
    }

    /// Finds the tag in an object, and the content if it has a key of its own.
    fn find(text: &'de str, tag: &str, content: Option<&str>) -> Result<Self, Fault> {
        let mut reader = Reader::new(text);
        let mut first = true;
        let (mut name, mut apart) = (None, None);
        reader.open(b'{')?;
        while let Some(key) = reader.key(&mut first)? {
            if key == tag {
                if name.replace(reader.string()?).is_some() {
                    return Err(Fault::Twice);
                }
            } else if content.is_some_and(|c| c == key) {
                if apart.replace(reader.raw()?).is_some() {
                    return Err(Fault::Twice);
                }
            } else {
                reader.skip()?;
            }
        }
        let content = match (content, apart) {
            (None, _) => Content::Around(text),
            (Some(_), Some(apart)) => Content::Apart(apart),
            (Some(_), None) => Content::None,
        };
        Ok(Self::new(name.ok_or(Fault::Missing)?, content))
    }
}

impl<'de> Content<'de> {
    fn text(&self) -> Result<&'de str, Fault> {
        match self {
            Self::None => Err(Fault::Missing),
            Self::Apart(text) | Self::Around(text) => Ok(text),
        }
    }
}

impl<'de> Deserializer<'de> for Variant<'de> {
    type Error = Fault;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let index = variants.iter().position(|name| *name == self.name);
        visitor.visit_enum(Numbered {
            index: index.map_or(u64::MAX, |index| index as u64),
            content: self.content,
        })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::Unsupported)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant by its number, so that no enum has code of its own for comparing names.
struct Numbered<'de> {
    index: u64,
    content: Content<'de>,
}

impl<'de> EnumAccess<'de> for Numbered<'de> {
    type Error = Fault;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), Fault> {
        let variant = seed.deserialize(U64Deserializer::new(self.index))?;
        Ok((variant, self.content))
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self {
            Self::Apart(text) if text != "null" => Err(Fault::Kind),
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let mut reader = Reader::new(self.text()?);
        let value = seed.deserialize(&mut reader)?;
        reader.end().map(|()| value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        let mut reader = Reader::new(self.text()?);
        let value = reader.deserialize_seq(visitor)?;
        reader.end().map(|()| value)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut reader = Reader::new(self.text()?);
        let value = reader.deserialize_struct("", fields, visitor)?;
        reader.end().map(|()| value)
    }
}
