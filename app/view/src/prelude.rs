// What stands here by name hides what Leptos calls the same.
pub use crate::{
    Children, ChildrenFn, CollectView, IntoView, NodeRef, ToChildren, View, ViewFn, view,
};
pub use leptos::prelude::*;
