use leptos::prelude::*;

/// From this width on there is room for a list and what is opened beside it (`style/pages/inbox.css`).
const WIDE_PX: f64 = 900.0;

fn is_wide() -> bool {
    let width = window().inner_width().ok().and_then(|w| w.as_f64());
    width.is_some_and(|width| width >= WIDE_PX)
}

/// Whether the window is wide, as long as the component lives.
#[must_use]
pub fn wide() -> ReadSignal<bool> {
    let (wide, set_wide) = signal(is_wide());
    let listener = window_event_listener_untyped("resize", move |_| {
        let now = is_wide();
        if wide.try_get_untracked() != Some(now) {
            set_wide.try_set(now);
        }
    });
    on_cleanup(move || listener.remove());
    wide
}
