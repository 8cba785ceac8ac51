//! The orders on a need, as its village sees them.

use crate::desk::acts::Recallable;
use crate::desk::use_desk;
use crate::ui::call::Call;
use crate::ui::order_sheet::{DISPUTE, OrderSheet, dispute_again};
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::ui::undo::Undo;
use crate::words;
use domain::commands::ConfirmDelivery;
use domain::orders::OrderStage;
use domain::orders::keeping::offers::may_free;
use domain::orders::offers::may_answer;
use domain::{Command, Day, Key, Order, OrderId, OrderState, Origin, Revision, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// So many of an order's last reports stand above the question.
const REPORTS_SHOWN: usize = 3;

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
        OrderStage::Active | OrderStage::Delivered | OrderStage::Released | OrderStage::Lapsed => {
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
        let what = match &order.state {
            OrderState::Confirmed { .. } => "确认做到了",
            OrderState::Disputed { .. } => "没有做到",
            _ => "你点的",
        };
        return format!("{what}：保存在这部手机上，还没有发到县里。");
    }
    match &order.state {
        OrderState::Active => format!("打算 {}交到村里。", words::before(order.due, today)),
        OrderState::Delivered { .. } if village => {
            "对方说做完了。看过以后：真的做到了吗？".to_owned()
        }
        OrderState::Delivered { .. } => "已报告完成，等村里确认。".to_owned(),
        OrderState::Disputed { reason, .. } => format!("村里说没做到：{}", reason.trim()),
        OrderState::Confirmed { at } if village => {
            format!(
                "做到了：{} {}确认，这一单办完了。",
                order.lines_words,
                words::day(at.day(), today)
            )
        }
        OrderState::Confirmed { at } => {
            format!("村里 {}确认做到了。", words::day(at.day(), today))
        }
        OrderState::Released { reason, words, .. } => {
            format!("放弃了：{}", reason.told(words))
        }
        OrderState::Lapsed { .. } => "一直没有动静，这一单自动作废了。".to_owned(),
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
    // The delivery that was on the screen when the form was opened.
    let seen = RwSignal::new(None::<Revision>);
    let asks = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let confirm = Callback::new(move |(order, seen): (OrderId, Revision)| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            if let Err(error) = desk.submit(confirm_of(order, seen)).await {
                trouble.try_set(Some(trouble::sentence(&error)));
            }
            busy.try_set(false);
        });
    });
    let dispute = Callback::new(move |(order, delivery): (OrderId, Revision)| {
        seen.set(Some(delivery));
        disputed.set(Some(order));
        asks.set(true);
    });
    // The form stays, whatever happens to the order while it is open.
    let over = Signal::derive(move || {
        let id = disputed.get()?;
        let stage = held.with(|all| {
            let found = all.iter().find(|h| h.order.id == id);
            found.map(|h| h.order.state.stage())
        });
        match stage {
            Some(OrderStage::Delivered) => None,
            Some(stage) => Some(format!("这一单现在是“{}”，不用再说明了。", stage.label())),
            None => Some("这一单已经不在这台设备上了。".to_owned()),
        }
    });
    let answers = Answers {
        on_confirm: confirm,
        on_dispute: dispute,
        busy,
    };
    let cards = move || {
        held.get()
            .into_iter()
            .map(|held| view! { <OrderCard held=held village=village answers=answers /> })
            .collect_view()
    };
    view! {
        <div role="alert">
            {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
        </div>
        <div class="list">{cards}</div>
        <OrderSheet form=&DISPUTE order=disputed open=asks over=over seen=seen />
    }
}

/// The village agrees to the delivery that was on the screen.
fn confirm_of(order: OrderId, seen: Revision) -> ConfirmDelivery {
    ConfirmDelivery {
        order,
        seen: Some(seen),
    }
}

/// What the village can answer.
#[derive(Clone, Copy)]
struct Answers {
    on_confirm: Callback<(OrderId, Revision)>,
    on_dispute: Callback<(OrderId, Revision)>,
    /// An answer is being kept.
    busy: RwSignal<bool>,
}

#[component]
fn OrderCard(held: Held, village: bool, answers: Answers) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    let (class, words) = pill(&held, village);
    let sentence = sentence(&held, village, today);
    let only_meant = held.unsent && !village && held.order.state.stage() == OrderStage::Active;
    let took = match held.order.state.stage() {
        OrderStage::Released => "接过",
        _ if only_meant => "想接",
        _ if held.order.origin == Origin::Picked => "答应了",
        _ => "接了",
    };
    let Held { order, unsent } = held;
    let id = order.id;
    let stage = order.state.stage();
    let is_own = matches!(desk.actor().role, Role::Member { org, .. } if org == order.org);
    let contact = order.contact.clone().map(|contact| {
        view! {
            <p class="row">
                <span>"联系人："<Call contact=contact /></span>
            </p>
        }
    });
    let is_asked = !unsent && may_answer(&order, &desk.actor()).is_ok();
    let reported = (village && !matches!(stage, OrderStage::Released))
        .then(|| view! { <Reported order=order.clone() /> });
    let question =
        is_asked.then(|| view! { <Question order=(id, order.deliveries) answers=answers /> });
    let decided = village.then(|| view! { <Decided order=id /> });
    // Only bureaus are told how hastily an organization takes and gives back.
    let pace = matches!(desk.actor().role, Role::Bureau { .. })
        .then_some(order.pace)
        .filter(|pace| pace.is_unusual())
        .map(|pace| view! { <p class="note is-alert">{words::pace(pace, today)}</p> });
    view! {
        <section class="card" aria-label=order.org_name.clone()>
            <div class="row is-top">
                <h3>{order.org_name.clone()}</h3>
                <span class=class>{words}</span>
            </div>
            <p>{format!("{took} {}", order.lines_words)}</p>
            {contact}
            {pace}
            {reported}
            <p class="status">{sentence}</p>
            {question}
            {decided}
            {is_own.then(|| view! {
                <a class="btn is-quiet is-wide" href=format!("/orders/{id}")>"打开这一单"</a>
            })}
            {may_free(&order, &desk.actor()).is_ok().then(|| view! {
                <a class="btn is-quiet is-wide" href=format!("/orders/{id}")>"很久没有动静，可以收回"</a>
            })}
        </section>
    }
}

/// The one question to the village, with its two answers.
#[component]
fn Question(order: (OrderId, Revision), answers: Answers) -> impl IntoView {
    let Answers {
        on_confirm,
        on_dispute,
        busy,
    } = answers;
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get());
    view! {
        <div class="btn-row">
            <Act class="btn is-alert" ready=ready on_press=move |()| on_dispute.run(order)>"没有做到"</Act>
            <Act class="btn is-main" ready=ready on_press=move |()| on_confirm.run(order)>"确认做到了"</Act>
        </div>
    }
}

/// The village's own answer, as long as it can be recalled.
#[component]
fn Decided(order: OrderId) -> impl IntoView {
    let desk = use_desk();
    let found = Memo::new(move |_| {
        let all = desk.recallable().into_iter();
        all.rev().find(|r| r.command.subject() == Key::Order(order))
    });
    move || {
        found.get().map(|Recallable { id, command }| {
            let words = match &command {
                Command::DisputeDelivery(_) => "你点了“没有做到”。",
                _ => "你点了“确认做到了”。",
            };
            let again = move |()| {
                let command = command.clone();
                spawn_local(async move { dispute_again(desk, &command).await });
            };
            view! { <p class="row" role="status"><span>{words}</span><Undo id=id on_recalled=again /></p> }
        })
    }
}

/// What the organization has reported and spent, so that the village reads it before it answers.
#[component]
fn Reported(order: Order) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    let hidden = order.progress.len().saturating_sub(REPORTS_SHOWN);
    let lines = order
        .progress
        .iter()
        .skip(hidden)
        .map(|report| {
            let mut facts = vec![words::day(report.at.day(), today)];
            facts.push(words::reported(report));
            facts.retain(|fact| !fact.is_empty());
            view! {
                <li>
                    <span class="words">{report.text.clone()}</span>
                    <span class="meta">{facts.join(" · ")}</span>
                </li>
            }
        })
        .collect_view();
    let note = match &order.state {
        OrderState::Delivered { note, .. } => note.trim().to_owned(),
        _ => String::new(),
    };
    let (cash, goods) = order.spent();
    let spent = match words::spent(cash, goods).join("，") {
        none if none.is_empty() => "没有报支出".to_owned(),
        spent => format!("一共{spent}"),
    };
    if order.progress.is_empty() && note.is_empty() {
        return None;
    }
    Some(view! {
        <div class="reported" role="group" aria-label="对方报告">
            <p class="meta">
                {match hidden {
                    0 => format!("对方报告（{spent}）："),
                    n => format!("对方报告（{spent}；更早的 {n} 次在下面的经过里）："),
                }}
            </p>
            <ul>{lines}</ul>
            {(!note.is_empty()).then(|| view! { <p class="words"><b>"请你看看："</b>{note}</p> })}
        </div>
    })
}
