//! The browser's history: the back button closes a sheet before it leaves the page, and an arrow leads back to where one came from.
//!
//! An open sheet has an entry of its own, with the address of its page. Steps that only add or remove such an entry are kept from the
//! router, which would take them for a change of the page.

use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use wasm_bindgen::JsValue;
use web_sys::History;

/// The state of a sheet's entry.
const SHEET: &str = "sheet";
/// How long a page takes at most to be put into the history.
const SETTLING: Duration = Duration::from_millis(50);

/// An open sheet.
struct Opened {
    id: u32,
    open: RwSignal<bool>,
    /// The address it was opened at.
    at: String,
}

thread_local! {
    /// The open sheets, the upper one last.
    static SHEETS: RefCell<Vec<Opened>> = const { RefCell::new(Vec::new()) };
    static LAST_ID: Cell<u32> = const { Cell::new(0) };
    /// Steps back to come that only remove a sheet's entry.
    static OWN_STEPS: Cell<u32> = const { Cell::new(0) };
    /// How many entries of this program lie behind the present one, as far as it has seen them.
    static BEHIND: Cell<u32> = const { Cell::new(0) };
    /// Whether the page that is shown next is reached by a step through the history.
    static STEPS: Cell<bool> = const { Cell::new(false) };
}

fn history() -> Option<History> {
    web_sys::window()?.history().ok()
}

fn address() -> String {
    window().location().href().unwrap_or_default()
}

fn is_at_sheet() -> bool {
    history()
        .and_then(|history| history.state().ok())
        .and_then(|state| state.as_string())
        .as_deref()
        == Some(SHEET)
}

fn step_back() {
    if let Some(history) = history() {
        // It fails only in a document that is not active.
        let _going = history.back();
    }
}

fn remove_entry() {
    OWN_STEPS.set(OWN_STEPS.get() + 1);
    step_back();
}

/// Watches the back button. Called before the router listens.
pub fn watch() {
    let _for_good = window_event_listener(leptos::ev::popstate, |event| {
        if !changes_page() {
            event.stop_immediate_propagation();
        }
    });
    // The page was loaded again while a sheet was open.
    if is_at_sheet() {
        remove_entry();
    }
}

/// Whether a step through the history leads to another page.
fn changes_page() -> bool {
    if let Some(left) = OWN_STEPS.get().checked_sub(1) {
        OWN_STEPS.set(left);
        return false;
    }
    if let Some(sheet) = SHEETS.with_borrow_mut(Vec::pop) {
        sheet.open.try_set(false);
        return sheet.at != address();
    }
    if is_at_sheet() {
        // Its sheet was left by a link: the page below is the next entry.
        step_back();
        return false;
    }
    STEPS.set(true);
    BEHIND.set(BEHIND.get().saturating_sub(1));
    true
}

/// Another page is shown.
pub fn page_changed() {
    if !STEPS.replace(false) {
        BEHIND.set(BEHIND.get() + 1);
    }
}

/// A sheet was opened; gives what [`sheet_closed`] takes.
pub fn sheet_opened(open: RwSignal<bool>) -> u32 {
    let id = LAST_ID.get() + 1;
    LAST_ID.set(id);
    if let Some(history) = history() {
        // Without an entry of its own the sheet is closed by its buttons only.
        let _added = history.push_state_with_url(&JsValue::from_str(SHEET), "", None);
    }
    let at = address();
    SHEETS.with_borrow_mut(|sheets| sheets.push(Opened { id, open, at }));
    id
}

/// A sheet was closed. `page` is the path that the router shows or is about to show.
pub fn sheet_closed(id: u32, page: Memo<String>) {
    let at = SHEETS.with_borrow_mut(|sheets| {
        let at = sheets.iter().position(|sheet| sheet.id == id)?;
        Some(sheets.remove(at))
    });
    // The back button has removed its entry.
    if at.is_none() {
        return;
    }
    // A link that closed the sheet is followed first; its entry is passed over on the way back.
    set_timeout(
        move || {
            let here = window().location().pathname().ok();
            if is_at_sheet() && page.try_get_untracked() == here {
                remove_entry();
            }
        },
        Duration::ZERO,
    );
}

/// Calls `then` once the present entry is that of the page alone: a new page is put into the history a moment after it is made.
pub fn when_settled(then: impl FnOnce() + 'static) {
    set_timeout(
        move || {
            if OWN_STEPS.get() > 0 || is_at_sheet() {
                when_settled(then);
            } else {
                then();
            }
        },
        SETTLING,
    );
}

/// Whether the entry before this one is a page of this program.
fn came_from_here() -> bool {
    let navigation = js_sys::Reflect::get(&window(), &"navigation".into());
    let known = navigation
        .and_then(|navigation| js_sys::Reflect::get(&navigation, &"canGoBack".into()))
        .ok()
        .and_then(|can| can.as_bool());
    known.unwrap_or(BEHIND.get() > 0)
}

/// Goes back to where the person came from; false where that is no page of this program.
pub fn go_back() -> bool {
    let can = came_from_here();
    if can {
        step_back();
    }
    can
}
