//! A sheet: a modal dialog with a focus trap.

use crate::ui::steady::steady;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Div;
use leptos::portal::Portal;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The selector of focusable elements inside a sheet.
const REACHABLE: &str = "a[href], button:not([disabled]), input:not([disabled]), select, textarea";

/// A question over the page. Escape and a tap beside it close it, the keyboard stays inside while it is open, and
/// afterwards the focus is where it was. Its children are made anew each time it opens.
#[component]
pub fn Sheet(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What is asked.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let sheet = move || {
        // The dialog is a child of `body` (portal), so that it lies above all bars.
        open.get().then(|| view! {
            <Portal>
                <Opened open=open title=title>{children.with_value(|children| children())}</Opened>
            </Portal>
        })
    };
    view! { {sheet} }
}

#[component]
fn Opened(open: RwSignal<bool>, title: Signal<String>, children: Children) -> impl IntoView {
    let sheet = NodeRef::<Div>::new();
    let before = StoredValue::new_local(focused());
    hold_page(true);
    Effect::new(move || {
        if let Some(sheet) = sheet.get() {
            // The dialog itself gets the focus, not its first field: on a phone the keyboard would cover half of the dialog.
            let _focused = sheet.focus();
        }
    });
    on_cleanup(move || {
        hold_page(false);
        if let Some(Some(element)) = before.try_get_value() {
            let _focused = element.focus();
        }
    });
    let on_key = move |event: KeyboardEvent| {
        // Escape while a Chinese word is being composed only ends the word.
        if event.is_composing() {
            return;
        }
        match event.key().as_str() {
            "Escape" => {
                event.stop_propagation();
                open.set(false);
            }
            "Tab" => {
                if let Some(sheet) = sheet.get_untracked() {
                    stay_inside(&sheet, &event);
                }
            }
            // Single letters are shortcuts of the page below.
            _ => event.stop_propagation(),
        }
    };
    // The second click of a double click on what opened the dialog is not meant for it.
    let still = steady(|| ());
    let on_tap = move |event: MouseEvent| {
        if still.get_untracked() && event.target() == event.current_target() {
            open.set(false);
        }
    };
    view! {
        <div class="sheet-back" on:mousedown=on_tap>
            <div
                class="sheet" role="dialog" aria-modal="true" aria-labelledby="sheet-title" tabindex="-1"
                node_ref=sheet on:keydown=on_key
            >
                <h2 id="sheet-title">{move || title.get()}</h2>
                {children()}
            </div>
        </div>
    }
}

fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// The page below neither scrolls nor moves while a sheet is open.
fn hold_page(hold: bool) {
    if let Some(body) = document().body() {
        // If the style cannot be set, the page below only stays scrollable.
        let _set = if hold {
            body.style().set_property("overflow", "hidden")
        } else {
            body.style().remove_property("overflow").map(drop)
        };
    }
}

/// The focus trap: moves the focus from the last control to the first, and back.
fn stay_inside(sheet: &web_sys::HtmlDivElement, event: &KeyboardEvent) {
    let Ok(controls) = sheet.query_selector_all(REACHABLE) else {
        return;
    };
    let control = |at: u32| {
        controls
            .get(at)
            .and_then(|n| n.dyn_into::<HtmlElement>().ok())
    };
    let (Some(first), Some(last)) = (
        control(0),
        controls.length().checked_sub(1).and_then(control),
    ) else {
        return event.prevent_default();
    };
    let here = focused();
    let is = |element: &HtmlElement| here.as_ref() == Some(element);
    let at_box = here.as_ref().is_some_and(|h| {
        let sheet: &HtmlElement = sheet;
        h == sheet
    });
    let next = if event.shift_key() {
        (is(&first) || at_box).then_some(last)
    } else {
        is(&last).then_some(first)
    };
    if let Some(next) = next {
        event.prevent_default();
        let _focused = next.focus();
    }
}
