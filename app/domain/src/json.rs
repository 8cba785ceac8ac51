//! Reading JSON with less code: around `serde_json`'s deserializer lies an adapter that reads structs as objects only, and their field names in
//! one place.
//!
//! For every struct serde derives a second reader, of arrays (`visit_seq`), which is a third of all readers and which nothing here writes. Since the
//! adapter asks for a map wherever a struct is wanted, it is never compiled. And `serde_json` compiles its reading of a key anew for
//! every struct; here names are read as texts first, and only compared there. Everything on the page must be read this way, or the readers exist
//! twice (`docs/decisions/0007-plain-serde.md`).

use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::borrow::Cow;
use std::fmt;

/// Reads JSON. A struct must be an object.
///
/// # Errors
/// It is not JSON of that type.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(Adapter(&mut json))?;
    json.end()?;
    Ok(value)
}

/// The adapter, around a deserializer and around all that it hands on.
struct Adapter<T>(T);

/// The adapter around a struct's visitor, which sees a map, and around that map.
struct Fields<T>(T);

/// A field's or variant's name. It is borrowed unless it is written with escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// What has nothing inside needs no adapter.
macro_rules! plain {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(visitor)
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Adapter<D> {
    type Error = D::Error;

    plain! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Adapter(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Adapter(visitor))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_seq(Adapter(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(len, Adapter(visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple_struct(name, len, Adapter(visitor))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Adapter(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Fields(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, Adapter(visitor))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Adapter<V> {
    type Value = V::Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(out)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Adapter(inner))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Adapter(inner))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Adapter(inner))
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Adapter(inner))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Adapter(inner))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Fields<V> {
    type Value = V::Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(out)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Fields(inner))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Adapter<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Adapter(inner))
    }
}

/// A struct's visitor as the seed of what an enum's variant holds.
impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_map(self)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Adapter<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Adapter(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Adapter<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Adapter(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        match self.0.next_key::<Name<'de>>()? {
            Some(Name(name)) => seed
                .deserialize(name.as_ref().into_deserializer())
                .map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Adapter(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Adapter<A> {
    type Error = A::Error;
    type Variant = Adapter<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (Name(name), content) = self.0.variant::<Name<'de>>()?;
        let variant = seed.deserialize(name.as_ref().into_deserializer())?;
        Ok((variant, Adapter(content)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Adapter<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Adapter(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Adapter(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.newtype_variant_seed(Fields(visitor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;
    use serde_json::value::RawValue;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(u64);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Point,
        Circle(u32),
        Line(u8, u8),
        Box { wide: u32, high: Option<Id> },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct All {
        id: Id,
        #[serde(default)]
        note: Option<String>,
        shapes: Vec<Shape>,
        by_user: BTreeMap<UserId, Shape>,
        pair: (bool, f64),
    }

    const USER: &str = "00000000-0000-4000-8000-000000000001";

    fn text() -> String {
        format!(
            r#" {{"id":7,"newer":[{{"x":1}}],"shapes":["point",{{"circle":3}},{{"line":[1,2]}},{{"box":{{"wide":1,"high":9}}}},
            {{"b\u006fx":{{"w\u0069de":2}}}}],"by_user":{{"{USER}":{{"box":{{"high":null,"wide":4}}}}}},"pair":[true,0.5]}} "#
        )
    }

    #[test]
    fn it_reads_what_serde_json_reads() {
        let ours: All = from_slice(text().as_bytes()).expect("readable");
        let theirs: All = serde_json::from_str(&text()).expect("readable");
        assert_eq!(ours, theirs);
        assert_eq!(ours.shapes.len(), 5);
    }

    #[test]
    fn a_struct_is_an_object() {
        for wrong in ["[1,null]", r#"{"box":[1,null]}"#] {
            assert!(serde_json::from_str::<Shape>(r#"{"box":[1,null]}"#).is_ok());
            let error = from_slice::<Shape>(wrong.as_bytes()).expect_err("no object");
            assert!(error.to_string().contains("line 1 column"), "{error}");
        }
    }

    #[test]
    fn what_stays_unread_stays_as_it_is() {
        let read: BTreeMap<String, Box<RawValue>> =
            from_slice(br#"{"a": {"b" : [1, 2]} }"#).expect("readable");
        assert_eq!(read["a"].get(), r#"{"b" : [1, 2]}"#);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let said = |text: &str| {
            let error = from_slice::<All>(text.as_bytes()).expect_err("wrong");
            error.to_string()
        };
        assert!(said(r#"{"id":7}"#).starts_with("missing field `shapes`"));
        assert!(said(r#"{"id":"x"}"#).starts_with("invalid type: string"));
        assert!(said(r#"{"shapes":["star"]}"#).starts_with("unknown variant `star`"));
        assert!(said(&format!("{} x", text())).starts_with("trailing characters"));
        assert!(said(&text().replace("\"id\":7", "\"id\":7,\"id\":8")).starts_with("duplicate"));
    }
}
