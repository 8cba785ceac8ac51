//! The list of an organization's orders.

use crate::desk::{Desk, use_desk};
use crate::device::paper::printing;
use crate::orders::order_words::Told;
use crate::ui::offline::first_download;
use crate::ui::place;
use crate::ui::put_away::PutAway;
use crate::ui::shell::Shell;
use domain::asks::{Asked, asked};
use domain::orders::{OrderStage, OrderSummary};
use domain::{Command, Day, Facts, Key, Millis, MutationId, NeedId, OrderId};
use leptos::prelude::*;
use std::cmp::Reverse;
use sync::outbox::Notice;
use sync::replica::ListItem;

/// How many ended orders are shown at first.
const ENDED_SHOWN: usize = 20;

/// The groups of the page, in the order in which somebody has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Waiting,
    Disputed,
    Active,
    Delivered,
    Ended,
}

impl Group {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Disputed,
        Self::Active,
        Self::Delivered,
        Self::Ended,
    ];

    fn of(stage: OrderStage, waiting: bool) -> Self {
        match stage {
            OrderStage::Confirmed | OrderStage::Released | OrderStage::Lapsed => Self::Ended,
            _ if waiting => Self::Waiting,
            OrderStage::Disputed => Self::Disputed,
            OrderStage::Active => Self::Active,
            OrderStage::Delivered => Self::Delivered,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Waiting => "等待确认",
            Self::Disputed => "村里有异议",
            Self::Active => "进行中",
            Self::Delivered => "等村里确认",
            Self::Ended => "已确认、已结束",
        }
    }
}

/// A line of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Card {
    id: OrderId,
    title: String,
    place: String,
    items: String,
    told: Told,
}

/// The cards of one group: open ones by the day they are due, ended ones the newest first.
fn cards(desk: Desk, group: Group) -> Vec<Card> {
    let waiting = desk.own_commands();
    let taking: Vec<Key> = waiting
        .iter()
        .filter_map(Command::order_made)
        .map(Key::Order)
        .collect();
    let mut found = Vec::new();
    for item in desk.list(|facts| matches!(facts, Facts::Order(_))) {
        if let (Key::Order(id), Some(order)) = (item.key, item.summary.order())
            && Group::of(order.facts.stage, taking.contains(&item.key)) == group
        {
            found.push((id, order.clone()));
        }
    }
    found.sort_by_key(|(id, order)| match group {
        Group::Ended => (Day(0), Reverse(order.facts.at), *id),
        _ => (order.facts.due, Reverse(Millis(0)), *id),
    });
    let card = |(id, order): (OrderId, OrderSummary)| {
        let unsent = waiting
            .iter()
            .rev()
            .find(|c| c.subject() == Key::Order(id) || c.order_made() == Some(id));
        Card {
            id,
            title: order.texts.title.clone(),
            place: order.texts.place(),
            items: order.texts.items.clone(),
            told: Told::of(&order.facts, unsent, desk.today(), desk.now()),
        }
    };
    found.into_iter().map(card).collect()
}

/// An organization's orders: what to do first comes first.
#[component]
pub fn Orders() -> impl IntoView {
    let desk = use_desk();
    let groups = Group::ALL.map(|group| Memo::new(move |_| cards(desk, group)));
    let nothing = move || groups.iter().all(|cards| cards.with(Vec::is_empty));
    let sections = Group::ALL
        .into_iter()
        .zip(groups)
        .map(|(group, cards)| view! { <Section group=group cards=cards /> })
        .collect_view();
    view! {
        <Shell title="我的接单">
            <Refused />
            <Asks />
            {sections}
            {move || nothing().then(|| view! { <Nothing /> })}
        </Shell>
    }
}

#[component]
fn Section(group: Group, cards: Memo<Vec<Card>>) -> impl IntoView {
    let kept = place::kept(use_desk().scope(), "orders-ended", false);
    let all = Memo::new(move |_| group != Group::Ended || kept.get());
    let paper = printing();
    let shown = Memo::new(move |_| {
        let most = if all.get() || paper.get() {
            usize::MAX
        } else {
            ENDED_SHOWN
        };
        cards.with(|cards| cards.iter().take(most).cloned().collect::<Vec<_>>())
    });
    let hidden = move || cards.with(Vec::len).saturating_sub(shown.with(Vec::len));
    let list = move || {
        shown
            .get()
            .into_iter()
            .map(|card| view! { <li><OrderCard card=card /></li> })
            .collect_view()
    };
    let id = format!("orders-{}", group as u8);
    let section = move || {
        let id = id.clone();
        (!shown.with(Vec::is_empty)).then(|| view! {
            <section class="stack" aria-labelledby=id.clone()>
                <h2 id=id.clone()>{group.title()}" "<span class="meta">{move || cards.with(Vec::len)}</span></h2>
                <ul class="list">{list}</ul>
                {move || (hidden() > 0).then(|| view! {
                    <button class="btn is-quiet is-wide" on:click=move |_| kept.set(true)>
                        {format!("再看 {} 单", hidden())}
                    </button>
                })}
            </section>
        })
    };
    view! { {section} }
}

#[component]
fn OrderCard(card: Card) -> impl IntoView {
    view! {
        <a class="card" href=format!("/orders/{}", card.id) data-testid="order-card">
            <div class="row is-top">
                <h3>{card.title}</h3>
                <span class=card.told.class>{card.told.state}</span>
            </div>
            <p class="meta">{card.place}</p>
            <p>{card.items}</p>
            <p class="status">{card.told.sentence}</p>
        </a>
    }
}

/// What may become an order if the organization says so: what bureaus ask for, and what is offered to who has waited.
#[component]
fn Asks() -> impl IntoView {
    let desk = use_desk();
    let found = Memo::new(move |_| {
        let actor = desk.actor();
        let may_become = |facts: &Facts| {
            let asked = asked(facts, &actor);
            matches!(asked, Some(Asked::AnswerOffer | Asked::AnswerDispatch))
        };
        let one = |item: ListItem| {
            let what = asked(&item.summary.facts(), &actor)?.label();
            let need = match (item.key, item.summary.dispatch()) {
                (Key::Need(need), _) => need,
                (_, dispatch) => dispatch?.facts.need,
            };
            Some((need, item.summary.title().to_owned(), what))
        };
        let mut all: Vec<_> = desk.list(may_become).into_iter().filter_map(one).collect();
        all.sort();
        all
    });
    move || {
        let all = found.get();
        (!all.is_empty()).then(|| {
            let links = all
                .into_iter()
                .map(|(need, title, what)| view! {
                    <a href=format!("/needs/{need}")><span><b>{title}</b><span class="meta">{what}</span></span></a>
                })
                .collect_view();
            view! { <section class="card" aria-label="等你们答复"><h2>"等你们答复"</h2><div class="lines todo">{links}</div></section> }
        })
    }
}

/// An order that the server has rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    id: MutationId,
    need: NeedId,
    title: Option<String>,
    message: String,
}

/// Orders that the server has rejected, and what is left of those needs.
#[component]
fn Refused() -> impl IntoView {
    let desk = use_desk();
    let refused = Memo::new(move |_| {
        let refusal = |notice: Notice| {
            let (_, need) = desk.taking(&notice.entry.command().ok()?)?;
            let title = desk.list_item(&Key::Need(need));
            Some(Refusal {
                id: notice.entry.id,
                need,
                title: title.map(|item| item.summary.title().to_owned()),
                message: notice.refused.message,
            })
        };
        let all = desk.notices().into_iter().filter_map(refusal);
        all.collect::<Vec<_>>()
    });
    view! {
        <For each=move || refused.get() key=|refusal| refusal.id let:refusal>
            <div class="note is-alert" role="group" aria-label="没有接到">
                <p>
                    <b>"没有接到"</b>
                    {refusal.title.map_or_else(|| "。".to_owned(), |title| format!("：{title}。"))}
                    {refusal.message}
                </p>
                <a class="link" href=format!("/needs/{}", refusal.need)>"看看还剩的"</a>
                <PutAway id=refusal.id class="link" />
            </div>
        </For>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    let desk = use_desk();
    let downloading = first_download(desk);
    let words = move || match (downloading.get(), desk.status().last_contact) {
        (true, _) => ("正在下载…", "下载好以后，没有网络也能看。"),
        (false, None) => (
            "还没有下载",
            "第一次要用网络下载。下载好以后，没有网络也能看。",
        ),
        (false, Some(_)) => (
            "还没有接单",
            "在项目库里找一条合适的，点“接单”就会出现在这里。",
        ),
    };
    view! {
        <div class="empty">
            <h2>{move || words().0}</h2>
            <p>{move || words().1}</p>
            <a class="btn" href="/library">"去项目库看看"</a>
        </div>
    }
}
