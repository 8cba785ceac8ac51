//! What the macro calls: each function does one thing to one element.

use crate::attribute::{Attribute, IntoAttribute, IntoFlag, IntoProperty};
use crate::live::effect;
use crate::view::View;
use leptos::prelude::{document, on_cleanup};
use send_wrapper::SendWrapper;
use std::ops::Deref;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement};

/// A new element with the attributes that never change: names and values, each ended by `\0`.
///
/// # Panics
/// When the tag is no name; tags are written in the source.
#[must_use]
pub fn element(tag: &'static str, fixed: &'static str) -> Element {
    let Ok(element) = document().create_element(tag) else {
        unreachable!("{tag} names an element");
    };
    let mut parts = fixed.split('\0');
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        set(&element, name, value);
    }
    element
}

/// Nodes that never change, at the end of an element. The HTML is written in the source and escaped by the macro.
pub fn markup(parent: &Element, html: &'static str) {
    let _placed = parent.insert_adjacent_html("beforeend", html);
}

/// An element that never changes, as a view.
#[must_use]
pub fn parsed(html: &'static str) -> View {
    let host = element("div", "");
    host.set_inner_html(html);
    host.first_child().map_or(View::Empty, View::Node)
}

fn set(element: &Element, name: &str, value: &str) {
    // Names are written in the source.
    let _set = element.set_attribute(name, value);
}

/// An attribute.
pub fn attribute(element: &Element, name: &'static str, value: impl IntoAttribute) {
    put_attribute(element, name, value.into_attribute());
}

fn put_attribute(element: &Element, name: &'static str, value: Attribute) {
    match value {
        Attribute::None => {
            let _gone = element.remove_attribute(name);
        }
        Attribute::Text(text) => set(element, name, &text),
        Attribute::Live(value) => {
            let element = element.clone();
            effect(Box::new(move || put_attribute(&element, name, value())));
        }
    }
}

/// A class that is there while a flag is set.
pub fn class(element: &Element, name: &'static str, flag: impl IntoFlag) {
    let classes = element.class_list();
    let put = move |on: bool| {
        let _toggled = classes.toggle_with_force(name, on);
    };
    follow(flag.into_flag(), put);
}

/// One property of the style.
pub fn style(element: &Element, name: &'static str, value: impl IntoAttribute) {
    let Some(element) = element.dyn_ref::<HtmlElement>() else {
        return;
    };
    put_style(element, name, value.into_attribute());
}

fn put_style(element: &HtmlElement, name: &'static str, value: Attribute) {
    match value {
        Attribute::None => {
            let _gone = element.style().remove_property(name);
        }
        Attribute::Text(text) => {
            let _set = element.style().set_property(name, &text);
        }
        Attribute::Live(value) => {
            let element = element.clone();
            effect(Box::new(move || put_style(&element, name, value())));
        }
    }
}

/// A property of the element's object: what a field holds, whether a box is ticked.
pub fn property(element: &Element, name: &'static str, value: impl IntoProperty) {
    let element = element.clone();
    let put = move |value: JsValue| {
        // Elements take any value.
        let _set = js_sys::Reflect::set(&element, &JsValue::from_str(name), &value);
    };
    follow(value.into_property(), put);
}

/// A value that is given once, or a function that is asked again when a signal it read changes.
pub enum Followed<T> {
    /// Once.
    Fixed(T),
    /// Again and again.
    Live(Box<dyn Fn() -> T>),
}

fn follow<T>(value: Followed<T>, put: impl Fn(T) + 'static)
where
    T: 'static,
{
    match value {
        Followed::Fixed(value) => put(value),
        Followed::Live(value) => effect(Box::new(move || put(value()))),
    }
}

/// A child element.
pub fn push(parent: &Element, child: &Element) {
    let _appended = parent.append_child(child);
}

/// A child of any kind.
pub fn insert(parent: &Element, view: View) {
    view.append_to(parent);
}

/// A listener, for as long as its owner lives.
pub fn on<E: JsCast>(element: &Element, event: &'static str, mut handler: impl FnMut(E) + 'static) {
    listen(
        element,
        event,
        Box::new(move |event| handler(event.unchecked_into())),
    );
}

/// A listener that knows the element it listens to.
pub fn on_target<E: JsCast, T: JsCast + Clone + 'static>(
    element: &Element,
    event: &'static str,
    mut handler: impl FnMut(Targeted<E, T>) + 'static,
) {
    let target: T = element.clone().unchecked_into();
    on(element, event, move |event: E| {
        handler(Targeted {
            event,
            target: target.clone(),
        });
    });
}

fn listen(element: &Element, event: &'static str, handler: Box<dyn FnMut(Event)>) {
    let closure = Closure::wrap(handler);
    let function = closure.as_ref().unchecked_ref();
    // Any element takes any listener.
    let _added = element.add_event_listener_with_callback(event, function);
    let held = SendWrapper::new((element.clone(), closure));
    on_cleanup(move || {
        let (element, closure) = &*held;
        // Taken away first: an element that loses the focus as it goes must not call what is not there any more.
        let _removed =
            element.remove_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        drop(held);
    });
}

/// An event and the element it was listened to at.
#[derive(Clone, Debug)]
pub struct Targeted<E, T> {
    event: E,
    target: T,
}

impl<E, T: Clone> Targeted<E, T> {
    /// The element.
    #[must_use]
    pub fn target(&self) -> T {
        self.target.clone()
    }
}

impl<E, T> Deref for Targeted<E, T> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}
