// What stands here by name hides what Leptos calls the same.
pub use crate::{
    Callback, Children, ChildrenFn, CollectView, Effect, IntoView, Memo, NodeRef, ReadSignal,
    RwSignal, Signal, StoredValue, ToChildren, View, ViewFn, WriteSignal, signal, view,
};
// The traits are for what the router gives: signals of its own.
pub use leptos::prelude::{
    Get, GetUntracked, Owner, WindowListenerHandle, With, WithUntracked, component, document,
    event_target_value, expect_context, on_cleanup, provide_context, request_animation_frame,
    set_interval_with_handle, set_timeout, untrack, use_context, window, window_event_listener,
    window_event_listener_untyped,
};
