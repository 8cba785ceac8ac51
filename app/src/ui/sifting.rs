//! What the lists that are searched on the device have in common: the order beside the button of the filters, the sheet with the filters,
//! and words where nothing is found.

use crate::desk::use_desk;
use crate::ui::choice::{Choice, Offer};
use crate::ui::offline::first_download;
use crate::ui::sheet::Sheet;
use domain::library::Sort;
use domain::money::grouped;
use leptos::prelude::*;

/// The order, and the sheet with all filters.
#[component]
pub fn Sifting(
    /// How many filters hold something back.
    #[prop(into)]
    filters: Signal<usize>,
    /// How many are found; none before the first search.
    found: ReadSignal<Option<usize>>,
    /// What is counted, with its counting word: `条`.
    counted: &'static str,
    /// The orders there are.
    sorts: Vec<Sort>,
    /// The present one.
    #[prop(into)]
    sort: Signal<Sort>,
    /// Another one is chosen.
    #[prop(into)]
    on_sort: Callback<Sort>,
    /// All filters and the text are taken away.
    on_clear: Callback<()>,
    /// The filters.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let children = StoredValue::new(children);
    let pressed = move || (filters.get() > 0).to_string();
    let number = move || match filters.get() {
        0 => None,
        n => Some(view! { " "<b class="badge">{n}<span class="unseen">"项"</span></b> }),
    };
    let shown = move || match found.get() {
        Some(0) => "没有合适的，先关闭".to_owned(),
        Some(n) => format!("看这 {} {counted}", grouped(n as u64)),
        None => "关闭".to_owned(),
    };
    let offers: Vec<Offer> = sorts
        .into_iter()
        .map(|sort| Offer::new(sort_value(sort), sort_name(sort)))
        .collect();
    view! {
        <div class="chips is-line" role="group" aria-label="筛选和排序">
            <button
                type="button" class="chip" aria-haspopup="dialog" aria-pressed=pressed
                on:click=move |_| open.set(true)
            >
                "筛选"{number}
            </button>
            <Choice
                label="排序" options=offers value=Signal::derive(move || sort_value(sort.get()).to_owned())
                on_choose=move |value: String| on_sort.run(sort_of(&value))
            />
        </div>
        <Sheet open=open title="筛选">
            {children.with_value(|children| children())}
            <div class="btn-row">
                <button class="btn is-quiet" type="button" on:click=move |_| on_clear.run(())>"清除筛选"</button>
                <button class="btn is-main" type="button" on:click=move |_| open.set(false)>{shown}</button>
            </div>
        </Sheet>
    }
}

/// What is said where a list is empty: a heading and a sentence for each case.
#[derive(Clone, Copy, Debug)]
pub struct Empty {
    /// While the first download goes on.
    pub downloading: (&'static str, &'static str),
    /// Before it has begun.
    pub not_downloaded: (&'static str, &'static str),
    /// When filters or words hold everything back.
    pub not_found: (&'static str, &'static str),
    /// When there is nothing at all.
    pub none_yet: (&'static str, &'static str),
}

/// Nothing to show, and what to do about it.
#[component]
pub fn Nothing(
    /// Whether there is anything without filters.
    #[prop(into)]
    any: Signal<bool>,
    /// The words.
    says: Empty,
    /// What is said instead, when something else is the reason.
    #[prop(into, optional)]
    instead: Option<Signal<Option<(String, String)>>>,
    /// All filters and the text are taken away.
    on_clear: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    let downloading = first_download(desk);
    let state = Memo::new(move |_| {
        (
            downloading.get(),
            any.get(),
            desk.status().last_contact.is_some(),
        )
    });
    let words = Memo::new(move |_| {
        if let Some(words) = instead.and_then(|instead| instead.get()) {
            return words;
        }
        let (title, words) = match state.get() {
            (true, ..) => says.downloading,
            (false, true, _) => says.not_found,
            (false, false, false) => says.not_downloaded,
            (false, false, true) => says.none_yet,
        };
        (title.to_owned(), words.to_owned())
    });
    view! {
        <div class="empty">
            <h2>{move || words.get().0}</h2>
            <p>{move || words.get().1}</p>
            {move || state.get().1.then(|| view! {
                <button class="btn is-quiet" on:click=move |_| on_clear.run(())>"清除筛选"</button>
            })}
        </div>
    }
}

fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::New => "最新发布",
        Sort::Urgent => "急的在前",
        Sort::Deadline => "快到期的在前",
    }
}

/// The order that was kept; the newest first where nothing was.
#[must_use]
pub fn sort_of(value: &str) -> Sort {
    match value {
        "urgent" => Sort::Urgent,
        "deadline" => Sort::Deadline,
        _ => Sort::New,
    }
}

/// The order as it is kept.
#[must_use]
pub fn sort_value(sort: Sort) -> &'static str {
    match sort {
        Sort::New => "new",
        Sort::Urgent => "urgent",
        Sort::Deadline => "deadline",
    }
}
