use crate::dom::Followed;
use crate::{Memo, RwSignal, Signal};
use std::borrow::Cow;
use wasm_bindgen::JsValue;

/// What an attribute holds.
pub enum Attribute {
    /// It is not there.
    None,
    /// Text.
    Text(Cow<'static, str>),
    /// What a function says; asked again when a signal it read changes.
    Live(Box<dyn Fn() -> Attribute>),
}

/// What can be the value of an attribute.
pub trait IntoAttribute {
    /// The value.
    fn into_attribute(self) -> Attribute;
}

impl IntoAttribute for &'static str {
    fn into_attribute(self) -> Attribute {
        Attribute::Text(Cow::Borrowed(self))
    }
}

impl IntoAttribute for String {
    fn into_attribute(self) -> Attribute {
        Attribute::Text(Cow::Owned(self))
    }
}

impl IntoAttribute for usize {
    fn into_attribute(self) -> Attribute {
        Attribute::Text(Cow::Owned(self.to_string()))
    }
}

/// There, without a value, or not there.
impl IntoAttribute for bool {
    fn into_attribute(self) -> Attribute {
        if self {
            Attribute::Text(Cow::Borrowed(""))
        } else {
            Attribute::None
        }
    }
}

impl<T: IntoAttribute> IntoAttribute for Option<T> {
    fn into_attribute(self) -> Attribute {
        self.map_or(Attribute::None, T::into_attribute)
    }
}

impl<F, T> IntoAttribute for F
where
    F: Fn() -> T + 'static,
    T: IntoAttribute,
{
    fn into_attribute(self) -> Attribute {
        Attribute::Live(Box::new(move || self().into_attribute()))
    }
}

/// What can say whether a class is there.
pub trait IntoFlag {
    /// The flag.
    fn into_flag(self) -> Followed<bool>;
}

impl IntoFlag for bool {
    fn into_flag(self) -> Followed<bool> {
        Followed::Fixed(self)
    }
}

impl<F: Fn() -> bool + 'static> IntoFlag for F {
    fn into_flag(self) -> Followed<bool> {
        Followed::Live(Box::new(self))
    }
}

macro_rules! signals {
    ($($signal:ident),*) => {
        $(impl IntoFlag for $signal<bool> {
            fn into_flag(self) -> Followed<bool> {
                Followed::Live(Box::new(move || self.get()))
            }
        }

        impl IntoProperty for $signal<bool> {
            fn into_property(self) -> Followed<JsValue> {
                (move || self.get()).into_property()
            }
        }

        impl IntoProperty for $signal<String> {
            fn into_property(self) -> Followed<JsValue> {
                (move || self.get()).into_property()
            }
        })*
    };
}
signals!(Memo, RwSignal, Signal);

/// What can be a property of an element's object.
pub trait IntoProperty {
    /// The value.
    fn into_property(self) -> Followed<JsValue>;
}

impl IntoProperty for bool {
    fn into_property(self) -> Followed<JsValue> {
        Followed::Fixed(self.into())
    }
}

impl IntoProperty for String {
    fn into_property(self) -> Followed<JsValue> {
        Followed::Fixed(self.into())
    }
}

impl<F, T> IntoProperty for F
where
    F: Fn() -> T + 'static,
    T: Into<JsValue>,
{
    fn into_property(self) -> Followed<JsValue> {
        Followed::Live(Box::new(move || self().into()))
    }
}
