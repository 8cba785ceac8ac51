use crate::view::View;
use std::rc::Rc;

/// The children of a component that shows them once.
pub type Children = Box<dyn FnOnce() -> View>;

/// The children of a component that makes them anew each time it shows them.
pub type ChildrenFn = Rc<dyn Fn() -> View>;

/// What the macro makes children with.
pub trait ToChildren<F> {
    /// Children that `f` makes.
    fn to_children(f: F) -> Self;
}

impl<F: FnOnce() -> View + 'static> ToChildren<F> for Children {
    fn to_children(f: F) -> Self {
        Box::new(f)
    }
}

impl<F: Fn() -> View + 'static> ToChildren<F> for ChildrenFn {
    fn to_children(f: F) -> Self {
        Rc::new(f)
    }
}

/// A view that a component asks for when it shows it.
#[derive(Clone)]
pub struct ViewFn(Rc<dyn Fn() -> View>);

impl ViewFn {
    /// Makes the view.
    #[must_use]
    pub fn run(&self) -> View {
        (self.0)()
    }
}

/// Nothing to show.
impl Default for ViewFn {
    fn default() -> Self {
        Self(Rc::new(|| View::Empty))
    }
}

impl<F, T> From<F> for ViewFn
where
    F: Fn() -> T + 'static,
    T: crate::IntoView,
{
    fn from(f: F) -> Self {
        Self(Rc::new(move || f().into_view()))
    }
}
