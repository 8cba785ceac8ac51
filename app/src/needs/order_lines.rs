//! The orders on a need, as its village sees them.

use crate::desk::use_desk;
use crate::ui::call::Call;
use crate::ui::order_sheet::{DISPUTE, OrderSheet};
use crate::ui::trouble;
use crate::words;
use domain::commands::ConfirmDelivery;
use domain::orders::OrderStage;
use domain::{Day, Order, OrderId, OrderState, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// An order on a need, with what is not confirmed about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The order.
    pub order: Order,
    /// Whether an own act on it has not been answered by the server.
    pub unsent: bool,
}

/// An order's state: the class of its meaning, and words; `own` for the organization that holds it.
fn pill(held: &Held, village: bool) -> (&'static str, &'static str) {
    let stage = held.order.state.stage();
    match stage {
        OrderStage::Active if held.unsent && !village => ("pill is-wait", "等待确认"),
        _ if held.unsent => ("pill is-wait", "等待发送"),
        OrderStage::Delivered if village => ("pill is-you", "请你确认"),
        OrderStage::Disputed => ("pill is-alert", stage.label()),
        OrderStage::Confirmed => ("pill is-done", stage.label()),
        OrderStage::Active | OrderStage::Delivered | OrderStage::Released => {
            ("pill is-fact", stage.label())
        }
    }
}

fn sentence(held: &Held, village: bool, today: Day) -> String {
    let order = &held.order;
    if held.unsent && !village && order.state.stage() == OrderStage::Active {
        return "你记下的接单意向只在这台设备上：等待确认，还不是你的。".to_owned();
    }
    if held.unsent {
        return "你点的保存在这部手机上，还没有发到县里。".to_owned();
    }
    match &order.state {
        OrderState::Active => format!("打算 {}交到村里。", words::before(order.due, today)),
        OrderState::Delivered { .. } if village => {
            "对方说已完成，请看看是不是真的做到了。不急，看清楚再点。".to_owned()
        }
        OrderState::Delivered { .. } => "已报告完成，等村里确认。".to_owned(),
        OrderState::Disputed { reason, .. } => format!("村里说没做到：{}", reason.trim()),
        OrderState::Confirmed { at } => {
            format!("村里 {}确认做到了。", words::day(at.day(), today))
        }
        OrderState::Released { reason, words, .. } => {
            format!("放弃了：{}", reason.or_words(words).trim())
        }
    }
}

/// The orders on a need. The village confirms or disputes right here.
#[component]
pub fn Orders(
    /// The orders, oldest first.
    held: Memo<Vec<Held>>,
) -> impl IntoView {
    let desk = use_desk();
    let village = matches!(desk.actor().role, Role::Village { .. });
    let disputed = RwSignal::new(None::<OrderId>);
    let asks = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let confirm = Callback::new(move |order: OrderId| {
        trouble.set(None);
        spawn_local(async move {
            if let Err(error) = desk.submit(ConfirmDelivery { order }).await {
                trouble.try_set(Some(trouble::sentence(&error)));
            }
        });
    });
    let dispute = Callback::new(move |order: OrderId| {
        disputed.set(Some(order));
        asks.set(true);
    });
    let cards =
        move || {
            held.get()
            .into_iter()
            .map(|held| view! {
                <OrderCard held=held village=village on_confirm=confirm on_dispute=dispute />
            })
            .collect_view()
        };
    view! {
        <div role="alert">
            {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
        </div>
        <div class="list">{cards}</div>
        <OrderSheet form=&DISPUTE order=disputed open=asks />
    }
}

#[component]
fn OrderCard(
    held: Held,
    village: bool,
    on_confirm: Callback<OrderId>,
    on_dispute: Callback<OrderId>,
) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    let (class, words) = pill(&held, village);
    let sentence = sentence(&held, village, today);
    let only_meant = held.unsent && !village && held.order.state.stage() == OrderStage::Active;
    let took = match held.order.state.stage() {
        OrderStage::Released => "接过",
        _ if only_meant => "想接",
        _ => "接了",
    };
    let Held { order, unsent } = held;
    let id = order.id;
    let is_own = matches!(desk.actor().role, Role::Member { org, .. } if org == order.org);
    let contact = order.contact.clone().map(|contact| {
        view! {
            <p class="row">
                <span>"联系人："<Call contact=contact /></span>
            </p>
        }
    });
    let answers = (village && !unsent && order.state.stage() == OrderStage::Delivered).then(|| {
        view! {
            <div class="btn-row">
                <button class="btn is-alert" on:click=move |_| on_dispute.run(id)>"没有做到"</button>
                <button class="btn is-main" on:click=move |_| on_confirm.run(id)>"确认做到了"</button>
            </div>
        }
    });
    view! {
        <section class="card">
            <div class="row is-top">
                <h3>{order.org_name.clone()}</h3>
                <span class=class>{words}</span>
            </div>
            <p>{format!("{took} {}", order.lines_words)}</p>
            {contact}
            <p class="status">{sentence}</p>
            {answers}
            {is_own.then(|| view! {
                <a class="btn is-quiet is-wide" href=format!("/orders/{id}")>"打开这一单"</a>
            })}
        </section>
    }
}
