//! List virtualization: of a long list only the visible rows are in the document, but all of them are on paper.

use crate::device::paper::printing;
use domain::Key;
use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use std::rc::Rc;
use sync::replica::ListItem;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// A row is this many times as high as the root's text (`--row-h` in `style/tokens.css`).
const ROW_HEIGHT_REM: f64 = 10.0;
/// Overscan: rows kept above and below the viewport, so that quick scrolling shows no gaps.
const SPARE_ROWS: usize = 5;

/// The lines of a list; shared, because it is replaced as a whole.
pub type Rows = ReadSignal<Rc<Vec<ListItem>>, LocalStorage>;
/// One line as it is shown; nothing when the list has become shorter.
pub type Line = Signal<Option<ListItem>, LocalStorage>;

/// The viewport relative to the list, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    /// How far the list's top lies above the window's.
    above: f64,
    /// The window's height.
    height: f64,
    /// One row's height.
    row: f64,
}

impl View {
    fn of(list: Option<&web_sys::HtmlDivElement>) -> Self {
        let root = document().document_element();
        let rem = root
            .and_then(|root| window().get_computed_style(&root).ok()?)
            .and_then(|style| style.get_property_value("font-size").ok())
            .map(|size| js_sys::Number::parse_float(&size))
            .filter(|size| size.is_finite());
        let height = window().inner_height().ok().and_then(|h| h.as_f64());
        Self {
            above: list.map_or(0.0, |list| -list.get_bounding_client_rect().top()),
            height: height.unwrap_or(800.0),
            row: rem.unwrap_or(17.0) * ROW_HEIGHT_REM,
        }
    }

    /// The rows to keep in the document.
    fn rows(self, len: usize) -> (usize, usize) {
        let first = (self.above / self.row).floor().max(0.0) as usize;
        let seen = (self.height / self.row).ceil().max(0.0) as usize + 1;
        let from = first.min(len).saturating_sub(SPARE_ROWS);
        (from, first.saturating_add(seen + SPARE_ROWS).min(len))
    }
}

/// A virtualized list: only the visible rows are in the document. The document scrolls; rows have one height.
#[component]
pub fn VirtualList(
    /// The lines.
    rows: Rows,
    /// What the list is called.
    #[prop(into)]
    label: Signal<String>,
    /// How tests find its rows.
    testid: &'static str,
    /// How one line looks; a `.card` that is a link.
    row: fn(Key, Line) -> AnyView,
) -> impl IntoView {
    let list = NodeRef::<Div>::new();
    let (view, set_view) = signal(View::of(None));
    let len = Memo::new(move |_| rows.with(|rows| rows.len()));
    let paper = printing();
    let range = Memo::new(move |_| {
        if paper.get() {
            (0, len.get())
        } else {
            view.get().rows(len.get())
        }
    });
    let (focused, set_focused) = signal(None::<usize>);

    let measure = move || {
        if let Some(Some(list)) = list.try_get_untracked() {
            let now = View::of(Some(&list));
            if view.try_get_untracked().is_some_and(|before| before != now) {
                set_view.try_set(now);
            }
        }
    };
    let measuring = StoredValue::new(false);
    let on_move = move || {
        // Measured once per animation frame, when reading the layout does not force a reflow.
        if measuring.try_get_value() == Some(false) {
            measuring.set_value(true);
            request_animation_frame(move || {
                measuring.try_set_value(false);
                measure();
            });
        }
    };
    let listeners =
        ["scroll", "resize"].map(|name| window_event_listener_untyped(name, move |_| on_move()));
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    // The list moves when what stands above it changes.
    Effect::new(move || {
        len.track();
        on_move();
    });

    let window_rows = move || {
        let (from, to) = range.get();
        let kept = focused.get().filter(|at| !(from..to).contains(at));
        rows.with(|rows| {
            (from..to)
                .chain(kept)
                .filter_map(|at| rows.get(at).map(|listed| (at, listed.key)))
                .collect::<Vec<_>>()
        })
    };
    let window_rows = Memo::new(move |_| window_rows());
    let one = move |(_, key): (usize, Key)| {
        let at = Memo::new(move |before: Option<&usize>| {
            window_rows.with(|rows| {
                let found = rows.iter().find(|(_, k)| *k == key).map(|(at, _)| *at);
                found.or(before.copied()).unwrap_or(0)
            })
        });
        let line = line_at(rows, at, key);
        let shift = move || format!("translateY(calc(var(--row-h) * {}))", at.get());
        view! {
            <div
                class="vrow" role="listitem" data-testid=testid
                aria-setsize=move || len.get() aria-posinset=move || at.get() + 1
                style:transform=shift
                on:focusin=move |_| set_focused.set(Some(at.get_untracked()))
            >
                {row(key, line)}
            </div>
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let Some(at) = focused.get_untracked() else {
            return;
        };
        let to = match event.key().as_str() {
            "ArrowDown" => at + 1,
            "ArrowUp" if at > 0 => at - 1,
            _ => return,
        };
        let link = format!(".vrow[aria-posinset=\"{}\"] a", to + 1);
        let found = list
            .get_untracked()
            .and_then(|l| l.query_selector(&link).ok()?);
        if let Some(found) = found.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            let _focused = found.focus();
        }
    };
    let height = move || format!("calc(var(--row-h) * {})", len.get());
    view! {
        <div
            class="vlist" role="list" aria-label=move || label.get() node_ref=list style:height=height
            on:keydown=on_key on:focusout=move |_| set_focused.set(None)
        >
            <For each=move || window_rows.get() key=|(_, key)| *key children=one />
        </div>
    }
}

/// One row. It is memoized, so that it is rendered again only when its line has changed.
fn line_at(rows: Rows, at: Memo<usize>, key: Key) -> Line {
    let find = move || {
        let at = at.get();
        rows.with(|rows| rows.get(at).filter(|listed| listed.key == key).cloned())
    };
    let line = RwSignal::new_local(untrack(find));
    Effect::new(move || {
        let now = find();
        let same = line.with_untracked(|before| match (before, &now) {
            (Some(a), Some(b)) => Rc::ptr_eq(&a.summary, &b.summary) && a.pending == b.pending,
            (a, b) => a.is_none() && b.is_none(),
        });
        if !same && now.is_some() {
            line.set(now);
        }
    });
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_and_a_little_more_is_kept() {
        let view = |above| View {
            above,
            height: 800.0,
            row: 170.0,
        };
        assert_eq!(view(-300.0).rows(10_000), (0, 11));
        assert_eq!(view(170.0 * 5000.0).rows(10_000), (4995, 5011));
        assert_eq!(view(170.0 * 9995.0).rows(10_000), (9990, 10_000));
        assert_eq!(view(0.0).rows(0), (0, 0));
        assert_eq!(view(1e9).rows(3), (0, 3));
    }
}
