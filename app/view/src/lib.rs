//! Leptos views as plain DOM nodes.
//!
//! Signals, effects, owners, components and routing are Leptos'. Only what `view!` makes is ours: not a value of a type
//! that mirrors the page's structure, which costs functions of its own for every structure there is, but the nodes
//! themselves, made by functions that are compiled once. There is no server-side rendering and no hydration here, and
//! nothing is compared with what was there before: a closure in a view is run again when a signal it read changes, and
//! what it made is replaced. `docs/decisions/0004-small-views.md` says why and what it saves.
#![forbid(unsafe_code)]

/// Values of attributes, classes and properties.
mod attribute;
/// Children of components.
mod children;
/// What the macro calls.
pub mod dom;
/// Keyed lists.
mod each;
/// Parts of a view that follow signals.
mod live;
/// Elements that a component wants to hold.
mod node_ref;
/// What a page needs to write views.
pub mod prelude;
/// Signals of any type, compiled once.
mod signal;
/// What a view is.
mod view;

pub use attribute::{Attribute, IntoAttribute};
pub use children::{Children, ChildrenFn, ToChildren, ViewFn};
pub use dom::Targeted;
pub use each::each;
pub use live::effect;
pub use node_ref::NodeRef;
pub use signal::{
    Callback, Effect, Memo, ReadSignal, RwSignal, Signal, StoredValue, WriteSignal, signal,
};
pub use view::{CollectView, IntoView, View, fragment, mount_to_body, portal};
pub use view_macros::view;

// For what the macro writes.
#[doc(hidden)]
pub use {leptos, web_sys};
