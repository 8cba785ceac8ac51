//! Whether the page is being printed: paper shows every row of a list, the screen only those that are seen.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Whether the page is being printed. Watched from the first call on, for as long as the program runs.
#[must_use]
pub fn printing() -> ReadSignal<bool> {
    thread_local! {
        static PRINTING: std::cell::OnceCell<ArcRwSignal<bool>> = const { std::cell::OnceCell::new() };
    }
    PRINTING.with(|printing| {
        let printing = printing.get_or_init(watch);
        printing.read_only().into()
    })
}

fn watch() -> ArcRwSignal<bool> {
    let printing = ArcRwSignal::new(false);
    for (event, is) in [("beforeprint", true), ("afterprint", false)] {
        let printing = printing.clone();
        let _for_good = window_event_listener_untyped(event, move |_| printing.set(is));
    }
    // Some browsers tell only by the medium.
    if let Ok(Some(query)) = window().match_media("print") {
        let (printing, paper) = (printing.clone(), query.clone());
        let closure = Closure::<dyn Fn()>::new(move || printing.set(paper.matches()));
        query.set_onchange(Some(closure.as_ref().unchecked_ref()));
        closure.forget();
        // The query is heard only while it lives.
        std::mem::forget(query);
    }
    printing
}
