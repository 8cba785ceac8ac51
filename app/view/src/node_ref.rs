use crate::RwSignal;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Holds an element of a view once it is made. Reading it in an effect runs the effect again then.
pub struct NodeRef<E: 'static = HtmlElement>(RwSignal<Option<E>>);

impl<E> Clone for NodeRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for NodeRef<E> {}

impl<E: JsCast + Clone> Default for NodeRef<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: JsCast + Clone> NodeRef<E> {
    /// One that holds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// The macro gives it the element.
    pub fn load(self, element: &Element) {
        self.0.set(element.dyn_ref().cloned());
    }

    /// The element; follows changes.
    #[must_use]
    pub fn get(self) -> Option<E> {
        self.0.get()
    }

    /// The element at this moment; none also when the component is gone.
    #[must_use]
    pub fn get_untracked(self) -> Option<E> {
        self.0.try_get_untracked().flatten()
    }
}
