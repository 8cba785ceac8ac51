//! What a view does to the document, in a browser.

#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    reason = "in tests a broken assumption should stop the test"
)]

use any_spawner::Executor;
use view::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

/// Shows a view in an element of its own; it lives as long as the owner.
fn show(make: impl FnOnce() -> View) -> (Owner, HtmlElement) {
    // Every test asks for it; the first one gets it.
    let _started = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let place: HtmlElement = document()
        .create_element("div")
        .unwrap()
        .dyn_into()
        .unwrap();
    document().body().unwrap().append_child(&place).unwrap();
    owner.with(|| make().append_to(&place));
    (owner, place)
}

fn first(place: &Element, selector: &str) -> HtmlElement {
    let found = place.query_selector(selector).unwrap().unwrap();
    found.dyn_into().unwrap()
}

#[wasm_bindgen_test]
async fn elements_attributes_and_text_are_what_was_written() {
    let (_owner, place) = show(|| {
        let name = "a\"b".to_owned();
        let none: Option<String> = None;
        view! {
            <p class="card" title=name data-none=none hidden=true>"1 < 2 & 3"<b>{7_usize}</b></p>
        }
    });
    assert_eq!(
        place.inner_html(),
        "<p class=\"card\" title=\"a&quot;b\" hidden=\"\">1 &lt; 2 &amp; 3<b>7</b></p>"
    );
}

#[wasm_bindgen_test]
async fn what_follows_a_signal_changes_in_its_place() {
    let n = RwSignal::new(1_usize);
    let (_owner, place) = show(move || {
        let shown = move || (n.get() > 1).then(|| view! { <i>"many"</i> });
        view! { <p class:many=move || { n.get() > 1 }>"n="{move || n.get()}", "{shown}"."</p> }
    });
    assert_eq!(place.inner_text(), "n=1, .");
    n.set(2);
    Executor::tick().await;
    assert_eq!(place.inner_text(), "n=2, many.");
    assert_eq!(first(&place, "p").class_name(), "many");
    n.set(1);
    Executor::tick().await;
    assert_eq!(place.inner_text(), "n=1, .");
}

#[wasm_bindgen_test]
async fn rows_of_a_list_stay_the_same_elements_while_others_come_and_go() {
    let rows = RwSignal::new(vec![1_u32, 2, 3]);
    let (_owner, place) = show(move || {
        view! { <ul><For each=move || rows.get() key=|n| *n let:n><li id=format!("row-{n}")>{n}</li></For></ul> }
    });
    let second = first(&place, "#row-2");
    rows.set(vec![4, 2, 1]);
    Executor::tick().await;
    assert_eq!(first(&place, "ul").text_content().unwrap(), "421");
    assert!(second.is_same_node(Some(&first(&place, "#row-2"))));
}

#[wasm_bindgen_test]
async fn the_focus_stays_where_it_was_when_a_part_is_made_anew() {
    let n = RwSignal::new(0_usize);
    let (_owner, place) = show(move || {
        let buttons = move || {
            let n = n.get();
            view! { <button>"a"</button><span><button class="here">{n}</button></span> }
        };
        view! { <div><button>"before"</button>{buttons}</div> }
    });
    let before = first(&place, ".here");
    before.focus().unwrap();
    n.set(1);
    Executor::tick().await;
    let focused = document().active_element().unwrap();
    assert_eq!(focused.text_content().unwrap(), "1");
    assert!(!focused.is_same_node(Some(&before)));
}

#[wasm_bindgen_test]
async fn a_listener_is_gone_with_its_owner() {
    let clicks = RwSignal::new(0_usize);
    let outer = Owner::new();
    let (owner, place) = outer.with(|| {
        show(move || view! { <button on:click=move |_| clicks.update(|n| *n += 1)>"+"</button> })
    });
    let button = first(&place, "button");
    button.click();
    owner.cleanup();
    button.click();
    assert_eq!(clicks.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn a_memo_tells_only_what_is_really_another_value() {
    let n = RwSignal::new(1_usize);
    let told = RwSignal::new(0_usize);
    let (_owner, _place) = show(move || {
        let even = Memo::new(move |_| n.get().is_multiple_of(2));
        view::effect(Box::new(move || {
            even.track();
            told.update(|told| *told += 1);
        }));
        View::Empty
    });
    n.set(3);
    Executor::tick().await;
    assert_eq!(told.get_untracked(), 1);
    n.set(4);
    Executor::tick().await;
    assert_eq!(told.get_untracked(), 2);
}
