//! Cards of supplies and picks, in words.

use crate::desk::{Desk, use_desk};
use crate::ui::need_row::{waited, waits};
use crate::ui::virtual_list::Line;
use crate::words;
use domain::orders::OrderStage;
use domain::picks::{PickFacts, PickStage, PickTexts};
use domain::supplies::{SupplyFacts, SupplyStage, SupplySummary};
use domain::{Facts, Help, Key, PickId, Role, SupplyId};
use leptos::prelude::*;
use std::cmp::Reverse;
use sync::replica::ListItem;

/// How many places are left, in words: `还有 3 个名额`.
pub fn left_words(left: u32) -> String {
    match left {
        0 => "名额满了".to_owned(),
        left => format!("还有 {left} 个名额"),
    }
}

/// A supply's state, as everybody may read it: the class of its meaning, and words.
pub fn supply_pill(supply: &SupplyFacts) -> (&'static str, String) {
    match supply.stage {
        SupplyStage::Published if supply.left == 0 => ("pill", left_words(0)),
        SupplyStage::Published => ("pill is-done", left_words(supply.left)),
        SupplyStage::Submitted => ("pill is-you", supply.stage.label().to_owned()),
        SupplyStage::Returned => ("pill is-alert", supply.stage.label().to_owned()),
        stage => ("pill", stage.label().to_owned()),
    }
}

/// The kind of help, short.
pub fn help_word(help: Help) -> &'static str {
    help.label()
}

/// A line of the list of supplies.
#[must_use]
pub fn supply_row(key: Key, line: Line) -> AnyView {
    let desk = use_desk();
    let own = Memo::new(move |_| match key {
        Key::Supply(id) => asked_of(desk, id).is_some(),
        _ => false,
    });
    let card = move || {
        let item = line.get()?;
        let supply = item.summary.supply()?;
        Some(card(desk, supply, own.get()))
    };
    view! { <a class="card" href=format!("/supplies/{}", key.id())>{card}</a> }.into_any()
}

fn card(desk: Desk, supply: &SupplySummary, asked: bool) -> AnyView {
    let facts = supply.facts;
    let (class, pill) = match asked {
        true => ("pill is-you", "点过，等答复".to_owned()),
        false => supply_pill(&facts),
    };
    let meta = format!(
        "{} · {} · {}",
        supply.texts.org_name,
        facts.topic.label(),
        help_word(facts.help)
    );
    let time = match (facts.from > desk.today(), facts.to) {
        (true, _) => format!("{}起", words::day(facts.from, desk.today())),
        (false, to) => words::time_left(to, desk.today()),
    };
    view! {
        <div class="row is-top"><h2>{supply.texts.title.clone()}</h2><span class=class>{pill}</span></div>
        <p class="meta">{meta}</p>
        <div class="row">
            <span class="one-line">{format!("每村 {}", supply.texts.per_place)}</span>
            <span class="meta">{time}</span>
        </div>
    }
    .into_any()
}

/// The village's pick of a supply that waits for an answer, if there is one. Tracked.
pub fn asked_of(desk: Desk, supply: SupplyId) -> Option<PickId> {
    let Role::Village { place } = desk.actor().role else {
        return None;
    };
    let fits = |facts: &Facts| {
        matches!(facts, Facts::Pick(pick) if pick.supply == supply
            && pick.stage == PickStage::Proposed && pick.village == place.village)
    };
    desk.list(fits).into_iter().find_map(|item| match item.key {
        Key::Pick(id) => Some(id),
        _ => None,
    })
}

/// A pick in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickCard {
    /// The pick.
    pub id: PickId,
    /// Where it stands and of what it is.
    pub facts: PickFacts,
    /// Its words.
    pub texts: PickTexts,
    /// Whether an own act on it has not been answered by the server.
    pub unsent: bool,
    /// Where its order stands, if it has one.
    pub order: Option<OrderStage>,
}

/// The picks that this device holds and that fit: what waits longest first, then the newest. Tracked.
pub fn picks(desk: Desk, fits: impl Fn(&PickFacts) -> bool) -> Vec<PickCard> {
    let found = desk.list(|facts| matches!(facts, Facts::Pick(pick) if fits(pick)));
    let card = |item: ListItem| {
        let (Key::Pick(id), Some(pick)) = (item.key, item.summary.pick()) else {
            return None;
        };
        let order = pick.facts.order.map(Key::Order);
        let order = order.and_then(|key| {
            let stage = desk.list_item(&key)?.summary.order()?.facts.stage;
            Some((stage, waits(desk, key)))
        });
        Some(PickCard {
            id,
            facts: pick.facts,
            texts: pick.texts.clone(),
            unsent: waits(desk, item.key) || order.is_some_and(|(_, unsent)| unsent),
            order: order.map(|(stage, _)| stage),
        })
    };
    let mut cards: Vec<PickCard> = found.into_iter().filter_map(card).collect();
    cards.sort_by_key(|card| match card.facts.stage {
        PickStage::Proposed => (0, card.facts.picked_at.0, card.id),
        _ => (1, -card.facts.at.0, card.id),
    });
    cards
}

impl PickCard {
    /// Its state for the village: the class of its meaning, and words.
    pub fn pill(&self) -> (&'static str, &'static str) {
        if self.unsent {
            return ("pill is-wait", "等待发送");
        }
        match (self.facts.stage, self.order) {
            (PickStage::Declined, _) => ("pill is-alert", self.facts.stage.label()),
            (PickStage::Accepted, Some(OrderStage::Delivered)) => ("pill is-you", "请你确认"),
            (PickStage::Accepted, Some(OrderStage::Confirmed)) => ("pill is-done", "已确认"),
            (PickStage::Accepted, Some(OrderStage::Released)) => ("pill is-alert", "对方放弃了"),
            (PickStage::Accepted, Some(OrderStage::Disputed)) => ("pill is-alert", "说了没做到"),
            (PickStage::Accepted, _) => ("pill is-done", self.facts.stage.label()),
            (stage, _) => ("pill", stage.label()),
        }
    }

    /// Where one reads on: the order once there is one, else the supply.
    pub fn href(&self) -> String {
        match self.facts.order {
            Some(order) => format!("/orders/{order}"),
            None => format!("/supplies/{}", self.facts.supply),
        }
    }
}

/// A village's own pick.
#[component]
pub fn OwnPick(card: PickCard) -> impl IntoView {
    let desk = use_desk();
    let (class, pill) = card.pill();
    let sentence = match (card.facts.stage, card.unsent) {
        (PickStage::Proposed, true) => "点单保存在这部手机上，还没有发出去，还不算点到".to_owned(),
        (PickStage::Proposed, false) => {
            format!(
                "{}，对方答应以后才算",
                waited(card.facts.picked_at, desk.now())
            )
        }
        _ => String::new(),
    };
    let href = card.href();
    view! {
        <a class="card" href=href data-testid="pick-card">
            <div class="row is-top"><h3>{card.texts.title}</h3><span class=class>{pill}</span></div>
            <p class="meta">{card.texts.org_name}</p>
            <p>{card.texts.wanted}</p>
            {(!sentence.is_empty()).then(|| view! { <p class="status">{sentence}</p> })}
        </a>
    }
}

/// The supplies that this device holds and that fit, the newest first. Tracked.
pub fn supplies(
    desk: Desk,
    fits: impl Fn(&SupplyFacts) -> bool,
) -> Vec<(SupplyId, SupplySummary, bool)> {
    let found = desk.list(|facts| matches!(facts, Facts::Supply(supply) if fits(supply)));
    let mut all: Vec<_> = found
        .into_iter()
        .filter_map(|item| match (item.key, item.summary.supply()) {
            (Key::Supply(id), Some(supply)) => Some((id, supply.clone(), waits(desk, item.key))),
            _ => None,
        })
        .collect();
    all.sort_by_key(|(id, supply, _)| (Reverse(supply.facts.at), *id));
    all
}
