use crate::live;
use leptos::prelude::{document, on_cleanup};
use send_wrapper::SendWrapper;
use std::borrow::Cow;
use web_sys::{Element, Node};

/// What a component makes: nodes that are made but not yet in the document.
#[derive(Debug)]
pub enum View {
    /// Nothing.
    Empty,
    /// Text.
    Text(Cow<'static, str>),
    /// An element, or a fragment of several nodes.
    Node(Node),
}

/// What can stand as a child in a view.
pub trait IntoView: Sized {
    /// Makes the nodes.
    fn into_view(self) -> View;
}

impl View {
    /// Puts it at the end of a parent.
    pub fn append_to(self, parent: &Node) {
        self.insert(parent, None);
    }

    /// Puts it before a node, or at the end.
    pub(crate) fn insert(self, parent: &Node, before: Option<&Node>) {
        let node = match self {
            Self::Empty => return,
            Self::Text(text) => document().create_text_node(&text).into(),
            Self::Node(node) => node,
        };
        // Inserting a node that was just made before one that is there does not fail.
        let _inserted = parent.insert_before(&node, before);
    }
}

impl From<Element> for View {
    fn from(element: Element) -> Self {
        Self::Node(element.into())
    }
}

impl From<&'static str> for View {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl IntoView for View {
    fn into_view(self) -> View {
        self
    }
}

impl IntoView for () {
    fn into_view(self) -> View {
        View::Empty
    }
}

impl IntoView for &'static str {
    fn into_view(self) -> View {
        View::Text(Cow::Borrowed(self))
    }
}

impl IntoView for String {
    fn into_view(self) -> View {
        View::Text(Cow::Owned(self))
    }
}

impl IntoView for Cow<'static, str> {
    fn into_view(self) -> View {
        View::Text(self)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl IntoView for $number {
            fn into_view(self) -> View {
                View::Text(Cow::Owned(self.to_string()))
            }
        })*
    };
}
numbers!(u8, u16, u32, u64, usize);

impl<T: IntoView> IntoView for Option<T> {
    fn into_view(self) -> View {
        self.map_or(View::Empty, T::into_view)
    }
}

impl<T: IntoView> IntoView for Vec<T> {
    fn into_view(self) -> View {
        fragment(self.into_iter().map(T::into_view))
    }
}

impl<F, T> IntoView for F
where
    F: Fn() -> T + 'static,
    T: IntoView,
{
    fn into_view(self) -> View {
        live::region(Box::new(move || self().into_view()))
    }
}

/// Several views side by side.
pub fn fragment(views: impl IntoIterator<Item = View>) -> View {
    let fragment = document().create_document_fragment();
    for view in views {
        view.append_to(&fragment);
    }
    View::Node(fragment.into())
}

/// Views from an iterator.
pub trait CollectView: IntoIterator {
    /// All of them side by side.
    fn collect_view(self) -> View;
}

impl<I: IntoIterator<Item = T>, T: IntoView> CollectView for I {
    fn collect_view(self) -> View {
        fragment(self.into_iter().map(T::into_view))
    }
}

/// A view at the end of the body, above everything else, for as long as its owner lives.
pub fn portal(view: View) {
    let Some(body) = document().body() else {
        return;
    };
    let Ok(place) = document().create_element("div") else {
        return;
    };
    view.append_to(&place);
    // The body takes any element.
    let _shown = body.append_child(&place);
    let place = SendWrapper::new(place);
    on_cleanup(move || place.remove());
}

/// Starts Leptos' runtime and shows a component in the body until the page is left.
pub fn mount_to_body(component: fn() -> View) {
    leptos::mount::mount_to_body(move || {
        if let Some(body) = document().body() {
            component().append_to(&body);
        }
    });
}
