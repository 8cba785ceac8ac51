//! What lists can be filtered by, as choices.

use crate::ui::choice::Offer;
use domain::Topic;
use domain::needs::NeedStage;
use leptos::prelude::*;

/// The first choice: anything.
#[must_use]
pub fn any(name: &str) -> Vec<Offer> {
    vec![Offer::new("", name)]
}

/// The topics as a choice, the first one is any.
#[must_use]
pub fn topics() -> Vec<Offer> {
    let mut offers = any("所有类别");
    offers.extend(Topic::ALL.map(|topic| Offer::new(topic_value(topic), topic.label())));
    offers
}

/// The value of a topic in its choice.
#[must_use]
pub fn topic_value(topic: Topic) -> &'static str {
    topic.label()
}

/// The topic of a choice.
#[must_use]
pub fn topic_of(value: &str) -> Option<Topic> {
    Topic::ALL
        .into_iter()
        .find(|topic| topic_value(*topic) == value)
}

/// The stages a bureau sees as a choice; the first one is any.
#[must_use]
pub fn stages() -> Vec<Offer> {
    let mut offers = any("所有阶段");
    let seen = NeedStage::ALL
        .into_iter()
        .filter(|stage| *stage != NeedStage::Draft);
    offers.extend(seen.map(|stage| Offer::new(stage.label(), stage.label())));
    offers
}

/// The stage of a choice.
#[must_use]
pub fn stage_of(value: &str) -> Option<NeedStage> {
    NeedStage::ALL
        .into_iter()
        .find(|stage| stage.label() == value)
}

/// Chips under a name.
#[must_use]
pub fn group<const N: usize>(name: &'static str, chips: [AnyView; N]) -> AnyView {
    view! {
        <p class="label">{name}</p>
        <div class="chips" role="group" aria-label=name>{chips.collect_view()}</div>
    }
    .into_any()
}

/// A chip that is pressed or not.
#[must_use]
pub fn chip(
    name: &'static str,
    is_pressed: impl Fn() -> bool + Send + 'static,
    press: impl Fn() + 'static,
) -> AnyView {
    view! {
        <button
            type="button" class="chip" aria-pressed=move || is_pressed().to_string()
            on:click=move |_| press()
        >
            {name}
        </button>
    }
    .into_any()
}
