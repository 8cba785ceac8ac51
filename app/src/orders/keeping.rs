//! Keeping an order honest, on its page: answering a request to hand over, saying that it goes on, moving its day, and what happens when
//! nothing is heard of it; for the village and the bureaus, taking it away then.

use crate::desk::use_desk;
use crate::ui::call::Call;
use crate::ui::order_sheet::{On, OrderForm, OrderSheet, Question, answer};
use crate::ui::recall::Recall;
use crate::ui::steady::{Act, steady};
use crate::words;
use domain::commands::{AnswerHandOver, FreeOrder, MoveDue, ReleaseOrder, RenewOrder};
use domain::jobs::Job;
use domain::orders::ReleaseReason;
use domain::orders::keeping::Side;
use domain::orders::keeping::offers::{may_answer_hand_over, may_free, may_move_due, may_renew};
use domain::read::day::day;
use domain::{Command, Contact, Key, Level, Millis, Order, Role};
use leptos::prelude::*;

/// The form for saying that an order of which nothing was heard goes on.
static RENEW: OrderForm = OrderForm {
    name: "renew",
    title: "还在做？",
    says: "写一句现在做到哪了，村里会看到。写了就重新算日子。",
    choice: None,
    questions: &[Question {
        id: "renew-words",
        label: "现在怎么样了",
    }],
    hint: "",
    send: ("btn is-wide", "还在做，告诉村里"),
    stay: "先不写",
    command: |On { order, .. }, answers, _| match answer(answers, 0) {
        "" => Err("请写一句现在做到哪了。".to_owned()),
        words => Ok(RenewOrder {
            order,
            words: words.to_owned(),
        }
        .into()),
    },
};

/// The form for delivering on another day.
static MOVE_DUE: OrderForm = OrderForm {
    name: "move-due",
    title: "改交付的日子",
    says: "村里会看到新的日子和原因。",
    choice: None,
    questions: &[
        Question {
            id: "move-words",
            label: "为什么改",
        },
        Question {
            id: "move-due",
            label: "改到哪天",
        },
    ],
    hint: "不能晚过村里最晚要用的那天。",
    send: ("btn is-wide", "改日子"),
    stay: "先不改",
    command: |On { order, .. }, answers, _| {
        let words = match answer(answers, 0) {
            "" => return Err("请写一句为什么改，村里会看到。".to_owned()),
            words => words.to_owned(),
        };
        let due = day(answer(answers, 1)).map_err(|_| "请选改到哪天。".to_owned())?;
        Ok(MoveDue { order, due, words }.into())
    },
};

/// The form for answering that an order is kept.
static KEEP: OrderForm = OrderForm {
    name: "keep",
    title: "还由你们做？",
    says: "写一句什么时候能做好。看得到这条需求的人都会看到。",
    choice: None,
    questions: &[Question {
        id: "keep-words",
        label: "答复",
    }],
    hint: "",
    send: ("btn is-wide", "答复：还由我们做"),
    stay: "再想想",
    command: |On { order, .. }, answers, _| match answer(answers, 0) {
        "" => Err("请写一句答复。".to_owned()),
        words => Ok(AnswerHandOver {
            order,
            words: words.to_owned(),
        }
        .into()),
    },
};

/// The form for handing an order over.
static HAND: OrderForm = OrderForm {
    name: "release",
    title: "让出这一单？",
    says: "让出后，数量会放回项目库，由排队的或别的组织来接，不能撤回。",
    choice: None,
    questions: &[Question {
        id: "hand-words",
        label: "写一句给村里和接手的（村里会看到）",
    }],
    hint: "",
    send: ("btn is-alert is-wide", "让出来"),
    stay: "再想想",
    command: |On { order, .. }, answers, _| {
        Ok(ReleaseOrder {
            order,
            reason: ReleaseReason::HandedOver,
            words: answer(answers, 0).to_owned(),
        }
        .into())
    },
};

/// The form for taking an order away of which nothing was heard.
static FREE: OrderForm = OrderForm {
    name: "free",
    title: "收回这一单？",
    says: "收回后，数量会放回项目库，由别的组织来接。对方会看到你写的原因。",
    choice: None,
    questions: &[Question {
        id: "free-words",
        label: "写给对方",
    }],
    hint: "",
    send: ("btn is-alert is-wide", "收回"),
    stay: "再等等",
    command: |On { order, .. }, answers, _| match answer(answers, 0) {
        "" => Err("请写一句原因，对方会看到。".to_owned()),
        words => Ok(FreeOrder {
            order,
            words: words.to_owned(),
        }
        .into()),
    },
};

/// What happens by itself if nothing is heard, in words; nothing while that is far away.
fn what_comes(order: &Order, holder: bool, now: Millis) -> Option<String> {
    let next = order.next_if_silent()?;
    let when = words::day(next.at.day(), now.day());
    let who = if holder { "你们" } else { "对方" };
    Some(match next.job {
        Job::MarkReleasable => format!("{when}还没有动静，村里和部门就可以收回这一单。"),
        Job::LapseOrder if holder => {
            format!("村里和部门现在可以收回。{when}还没有动静，这一单自动作废。")
        }
        Job::LapseOrder => format!("{when}还没有动静，这一单自动作废。"),
        _ => format!("到 {when}都没有动静的话，系统会请{who}说明。"),
    })
}

/// What its holder is asked: to hand it over, or to say that it goes on. Others read the request.
#[component]
pub fn Questions(
    /// The order, once it is read.
    order: Memo<Option<Order>>,
    /// The village's contact, as far as this person sees it.
    contact: Memo<Option<Contact>>,
    /// Why its forms cannot be sent any more.
    over: Signal<Option<String>>,
) -> impl IntoView {
    let desk = use_desk();
    let id = Memo::new(move |_| order.with(|o| o.as_ref().map(|o| o.id)));
    let (renew, keep, hand) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let renews = move || {
        let may = |o: &Order| may_renew(o, &desk.actor()).is_ok();
        let may = order.with(|o| o.as_ref().is_some_and(may));
        may.then(|| opens("btn is-wide", renew, "还在做，说明一句"))
    };
    let asked = move || {
        let order = order.get()?;
        order.hand_over.as_ref()?;
        Some(view! { <Asked order=order contact=contact.get() keep=keep hand=hand /> })
    };
    view! {
        {asked}
        {renews}
        <OrderSheet form=&RENEW order=id open=renew over=over />
        <OrderSheet form=&KEEP order=id open=keep over=over />
        <OrderSheet form=&HAND order=id open=hand over=over />
    }
}

/// A button that opens a form.
fn opens(class: &'static str, sheet: RwSignal<bool>, words: &'static str) -> impl IntoView {
    let still = steady(|| ());
    view! { <Act class=class ready=still on_press=move |()| sheet.set(true)>{words}</Act> }
}

/// Who asks for it, why, whom one may call, and the two answers.
#[component]
fn Asked(
    order: Order,
    contact: Option<Contact>,
    keep: RwSignal<bool>,
    hand: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let now = desk.now();
    let may = may_answer_hand_over(&order, &desk.actor()).is_ok();
    order.hand_over.map(|asked| {
        let village = match &asked.by {
            Side::Village => contact,
            _ => None,
        };
        let call = asked.contact.clone().or(village).filter(|_| may);
        let who = if may { "你们" } else { "对方" };
        let said = format!(
            "{}{}请{who}让出这一单：{}",
            words::day(asked.at.day(), now.day()),
            asked.by.words(),
            asked.reason.label()
        );
        view! {
            <section class="note is-you" aria-label="请让出来" data-testid="hand-over">
                <p><b>{said}</b></p>
                {(!asked.words.trim().is_empty()).then(|| view! { <p class="words">{asked.words.clone()}</p> })}
                {call.map(|contact| view! { <p>"可以先打电话商量："<Call contact=contact /></p> })}
                {may.then(|| view! {
                    <div class="btn-row">
                        {opens("btn is-quiet", hand, "让出来")}
                        {opens("btn is-main", keep, "还由我们做")}
                    </div>
                })}
            </section>
        }
    })
}

/// What else keeps the order honest: another day, taking it away, and what happens if nothing is heard.
#[component]
pub fn Keeping(
    /// The order, once it is read.
    order: Memo<Option<Order>>,
    /// Why its forms cannot be sent any more.
    over: Signal<Option<String>>,
) -> impl IntoView {
    let desk = use_desk();
    let id = Memo::new(move |_| order.with(|o| o.as_ref().map(|o| o.id)));
    let (due, free) = (RwSignal::new(false), RwSignal::new(false));
    let shown = move || {
        let order = order.get()?;
        let (actor, now) = (desk.actor(), desk.now());
        let own = desk.own_commands_on(Key::Order(order.id));
        // What the server has not confirmed yet is not this organization's.
        let is_new = own.iter().any(|command| command.order_made().is_some());
        let holder = may_move_due(&order, &actor).is_ok() && !is_new;
        // A city's and the province's officers keep no orders on their devices, so nothing could be decided there.
        let is_above =
            matches!(&actor.role, Role::Bureau { region, .. } if region.level() < Level::County);
        let frees = !is_above && may_free(&order, &actor).is_ok();
        let is_other = !matches!(actor.role, Role::Member { .. });
        let tells = holder || (is_other && !order.stale().is_fresh());
        let comes = tells.then(|| what_comes(&order, holder, now)).flatten();
        Some(view! {
            {holder.then(|| opens("btn is-quiet is-wide", due, "改交付的日子"))}
            {frees.then(|| opens("btn is-alert is-wide", free, "收回这一单"))}
            {comes.map(|words| view! { <p class="meta" data-testid="what-comes">{words}</p> })}
            <Recall key=Key::Order(order.id) fits=|command| matches!(command, Command::FreeOrder(_)) on_recalled=|_| () />
        })
    };
    view! {
        {shown}
        <OrderSheet form=&MOVE_DUE order=id open=due over=over />
        <OrderSheet form=&FREE order=id open=free over=over />
    }
}
