//! A select box in the form of a chip, for filters.

use leptos::prelude::*;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its value.
    pub value: String,
    /// Its name.
    pub name: String,
    /// The heading it stands under; none above all headings.
    pub under: Option<String>,
}

impl Offer {
    /// Under no heading.
    #[must_use]
    pub fn new(value: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            name: name.into(),
            under: None,
        }
    }
}

/// The heading, and the values below it.
type Group = (Option<String>, Vec<String>);

fn groups(offers: &[Offer]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for offer in offers {
        match groups.last_mut() {
            Some((under, values)) if *under == offer.under => values.push(offer.value.clone()),
            _ => groups.push((offer.under.clone(), vec![offer.value.clone()])),
        }
    }
    groups
}

/// One choice of many as a chip, for filters. When only names change, a list that is unfolded stays as it is.
#[component]
pub fn Choice(
    /// What is chosen.
    label: &'static str,
    /// What there is to choose; the first one is "any".
    #[prop(into)]
    options: Signal<Vec<Offer>>,
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value that is chosen.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let groups = Memo::new(move |_| options.with(|offers| groups(offers)));
    let one = move |option: String| {
        let (named, chosen) = (option.clone(), option.clone());
        let name = move || {
            options.with(|offers| {
                let offer = offers.iter().find(|offer| offer.value == named);
                offer.map(|offer| offer.name.clone())
            })
        };
        view! { <option value=option prop:selected=move || value.get() == chosen>{name}</option> }
    };
    let shown = move || {
        let group = |(under, values): Group| {
            let options = values.into_iter().map(one).collect_view();
            match under {
                Some(name) => view! { <optgroup label=name>{options}</optgroup> }.into_any(),
                None => options.into_any(),
            }
        };
        groups.get().into_iter().map(group).collect_view()
    };
    view! {
        <select
            class="chip" aria-label=label
            on:change:target=move |event| on_choose.run(event.target().value())
        >
            {shown}
        </select>
    }
}
