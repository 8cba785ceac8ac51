//! Supplies of the library that might fit a village's need, with the reasons. Computed on the device; nothing happens by itself.

use crate::desk::use_desk;
use domain::organizations::OrgStage;
use domain::picks::PickStage;
use domain::suggestions::{supplies_for, wants_supplies};
use domain::supplies::{SupplyFacts, SupplySummary};
use domain::{Facts, Key, Need, Role, SupplyId};
use leptos::prelude::*;

/// One supply that is suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fitting {
    id: SupplyId,
    title: String,
    from: String,
    why: String,
}

/// At most three supplies for the village whose need it is.
#[component]
pub fn FittingSupplies(
    /// The need, once it is read.
    need: Memo<Option<Need>>,
) -> impl IntoView {
    let desk = use_desk();
    let found = Memo::new(move |_| {
        let today = desk.today();
        let need = need.get()?;
        let Role::Village { place } = desk.actor().role else {
            return None;
        };
        if place.village != need.place.village || !wants_supplies(&need, today) {
            return None;
        }
        let mut picked: Vec<SupplyId> = Vec::new();
        let mut suspended = Vec::new();
        let mut supplies: Vec<(Key, SupplySummary)> = Vec::new();
        let wanted = |facts: &Facts| {
            matches!(
                facts,
                Facts::Supply(_) | Facts::Pick(_) | Facts::Organization(_)
            )
        };
        for item in desk.list(wanted) {
            match item.summary.facts() {
                Facts::Pick(pick) if pick.village == place.village => {
                    let lives = matches!(pick.stage, PickStage::Proposed | PickStage::Accepted);
                    picked.extend(lives.then_some(pick.supply));
                }
                Facts::Organization(org) if org.stage == OrgStage::Suspended => {
                    suspended.push(item.key);
                }
                _ => supplies.extend(item.summary.supply().map(|s| (item.key, s.clone()))),
            }
        }
        let listed: Vec<_> = supplies
            .iter()
            .map(|(key, supply)| (*key, &supply.facts, &supply.texts))
            .collect();
        let left_out = |key: Key, facts: &SupplyFacts| {
            suspended.contains(&Key::Organization(facts.org))
                || matches!(key, Key::Supply(id) if picked.contains(&id))
        };
        let found = supplies_for(&need, &listed, left_out, today);
        let shown = found.iter().filter_map(|suggestion| {
            let Key::Supply(id) = suggestion.what else {
                return None;
            };
            let (_, _, texts) = listed.iter().find(|(key, ..)| *key == suggestion.what)?;
            let why: Vec<String> = suggestion.reasons.iter().map(|r| r.words(false)).collect();
            Some(Fitting {
                id,
                title: texts.title.clone(),
                from: format!("{} · 每村{}", texts.org_name, texts.per_place),
                why: why.join("；"),
            })
        });
        Some(shown.collect::<Vec<_>>())
    });
    let one = |fitting: Fitting| {
        view! {
            <a href=format!("/supplies/{}", fitting.id) data-testid="fitting">
                <span>
                    <b>{fitting.title}</b>
                    <span class="meta is-line">{fitting.from}</span>
                    <span class="meta is-line">{fitting.why}</span>
                </span>
            </a>
        }
    };
    move || {
        let found = found.get().filter(|found| !found.is_empty())?;
        Some(view! {
            <section aria-label="可能合适的供给项目">
                <h2>"可能合适的供给项目"</h2>
                <p class="hint">"社会组织已经在提供的，打开看看，合适就可以直接点。点了以后，这条需求还在。"</p>
                <div class="card"><div class="lines">{found.into_iter().map(one).collect_view()}</div></div>
            </section>
        })
    }
}
