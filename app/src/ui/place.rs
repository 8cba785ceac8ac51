//! Where somebody was in a list, kept in sessionStorage: its search words and filters, how much of it was shown, how far it was scrolled.

use domain::text::read_json;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}

fn key(scope: &str, list: &str) -> String {
    format!("xiangdan-place-{scope}-{list}")
}

/// Remembers the place in a list.
pub fn remember<T: Serialize>(scope: &str, list: &str, place: &T) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(place)) {
        // If storing fails, the list starts at its top next time.
        let _kept = storage.set_item(&key(scope, list), &text);
    }
}

/// The place in a list, if there was one.
#[must_use]
pub fn recall<T: DeserializeOwned>(scope: &str, list: &str) -> Option<T> {
    let text = storage()?.get_item(&key(scope, list)).ok()??;
    read_json(&text).ok()
}

/// What was chosen on a list. It is kept at every change, so that a page that is made anew shows what the old one showed.
#[must_use]
pub fn kept<T>(scope: String, name: &'static str, otherwise: T) -> RwSignal<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let chosen = RwSignal::new(recall(&scope, name).unwrap_or(otherwise));
    Effect::new(move |before: Option<()>| {
        chosen.with(|chosen| {
            if before.is_some() {
                remember(&scope, name, chosen);
            }
        });
    });
    chosen
}

/// How many frames a list gets to become as long as it was, about five seconds.
const FRAMES: u16 = 300;
/// How many frames it must then stay where it is: the router's own jump to the top comes after the first.
const STEADY: u16 = 3;

/// Keeps how far a page is scrolled, and goes there again when it is opened anew, unless the person scrolls first.
pub fn keep_top(scope: String, page: &str) {
    let name = format!("top{page}");
    let before: i32 = recall(&scope, &name).unwrap_or(0);
    let top = StoredValue::new(before);
    let restores = StoredValue::new(before > 0);
    let mut listeners = follow_scrolling(top, restores, || true);
    let keep = move || {
        if let Some(top) = top.try_get_value() {
            remember(&scope, &name, &top);
        }
    };
    let leaving = keep.clone();
    listeners.push(window_event_listener_untyped("pagehide", move |_| {
        leaving();
    }));
    on_cleanup(move || {
        keep();
        listeners.into_iter().for_each(WindowListenerHandle::remove);
    });
    if before > 0 {
        go_to(f64::from(before), restores, FRAMES, STEADY);
    }
}

/// Keeps how far a list is scrolled that gives way to one of its things on the same page: what is opened is read from its beginning, and
/// afterwards the list is where it was. `alone` says whether the list has the page to itself.
pub fn keep_list_top(scope: String, name: &'static str, alone: Memo<bool>) {
    let top = StoredValue::new(recall(&scope, name).unwrap_or(0));
    // Scrolling is the person's own while the list is there and stands where it was.
    let restores = StoredValue::new(!alone.get_untracked());
    let listeners = follow_scrolling(top, restores, move || {
        alone.try_get_untracked() == Some(true)
    });
    on_cleanup(move || {
        listeners.into_iter().for_each(WindowListenerHandle::remove);
    });
    Effect::new(move |before: Option<bool>| {
        let now = alone.get();
        match (before, now) {
            (Some(true), false) => {
                restores.set_value(true);
                remember(&scope, name, &top.get_value());
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
            (Some(false), true) => {
                go_to(f64::from(top.get_value()), restores, FRAMES, STEADY);
            }
            _ => {}
        }
        now
    });
}

/// Follows how far the page is scrolled, but not while it goes back to where it was. What the person does while the list `is_there`
/// ends the going back.
fn follow_scrolling(
    top: StoredValue<i32>,
    restores: StoredValue<bool>,
    is_there: impl Fn() -> bool + Copy + 'static,
) -> Vec<WindowListenerHandle> {
    let scrolled = move |_| {
        if restores.try_get_value() == Some(false) {
            top.try_set_value(window().scroll_y().unwrap_or(0.0) as i32);
        }
    };
    let mut listeners = vec![window_event_listener_untyped("scroll", scrolled)];
    for event in ["pointerdown", "wheel", "keydown"] {
        let stop = move |_| {
            if is_there() {
                restores.try_set_value(false);
            }
        };
        listeners.push(window_event_listener_untyped(event, stop));
    }
    listeners
}

fn go_to(top: f64, restores: StoredValue<bool>, frames: u16, steady: u16) {
    request_animation_frame(move || {
        if restores.try_get_value() != Some(true) {
            return;
        }
        let here = || (window().scroll_y().unwrap_or(0.0) - top).abs() <= 1.0;
        let was_here = here();
        if !was_here {
            window().scroll_to_with_x_and_y(0.0, top);
        }
        let steady = if was_here { steady - 1 } else { STEADY };
        if frames == 0 || steady == 0 {
            restores.set_value(false);
        } else {
            go_to(top, restores, frames - 1, steady);
        }
    });
}
