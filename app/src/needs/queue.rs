//! The waiting list of a need that is fully ordered: an organization joins and leaves it, and answers when something is offered to it.

use crate::desk::use_desk;
use crate::needs::take_sheet::TakeSheet;
use crate::needs::taking::Way;
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::quantity::{self, Quantity};
use crate::ui::recall::Recall;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::words;
use domain::commands::{AnswerOffer, JoinWaiting, LeaveWaiting, OfferAnswer};
use domain::needs::waiting::{may_answer_offer, may_join};
use domain::{Command, Key, Need, NeedItem, OrderLine, Organization, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The waiting list, and what this person can do about it.
#[component]
pub fn Queue(
    /// The need, once it is read.
    need: Memo<Option<Need>>,
    /// The organization of who is signed in.
    org: Memo<Option<Organization>>,
) -> impl IntoView {
    let desk = use_desk();
    let taking = RwSignal::new(false);
    let joining = RwSignal::new(false);
    let own = match desk.actor().role {
        Role::Member { org, .. } => Some(org),
        _ => None,
    };
    let take = move || {
        let need = taking.get().then(|| need.get_untracked())??;
        let offer = need.offer_to(own?)?;
        let way = Way::Offered(offer.lines.clone());
        Some(view! { <TakeSheet need=need.clone() open=taking way=way /> })
    };
    let join = move || {
        let need = need.get_untracked()?;
        Some(view! { <Join need=need open=joining /> })
    };
    let shown = move || {
        let need = need.get()?;
        let waits = !desk.own_commands_on(Key::Need(need.id)).is_empty();
        match own {
            Some(own) => {
                let may = org.with(|org| may_join(&need, org.as_ref(), &desk.actor(), desk.now()));
                let offered = need.offer_to(own).is_some();
                let place = need.place_in_line(own);
                if place.is_none() && may.is_err() {
                    return None;
                }
                let card = match place {
                    _ if offered => {
                        view! { <Offered need=need taking=taking waits=waits /> }.into_any()
                    }
                    Some(place) => view! { <InLine need=need place=place /> }.into_any(),
                    None => view! {
                        <p>"都有人接了。要是有人放弃，会先问排队的组织。"</p>
                        <button class="btn is-quiet is-wide" type="button" on:click=move |_| joining.set(true)>"排队"</button>
                    }
                    .into_any(),
                };
                Some(view! { <section class="card" aria-label="排队" data-testid="queue"><h2>"排队"</h2>{card}</section> }.into_any())
            }
            None => (!need.waiting.is_empty()).then(|| view! { <Others need=need /> }.into_any()),
        }
    };
    view! {
        {shown}
        {take}
        <Sheet open=joining title="排队等什么？">{join}</Sheet>
    }
}

/// What is offered, until when, and the two answers.
#[component]
fn Offered(need: Need, taking: RwSignal<bool>, waits: bool) -> impl IntoView {
    let desk = use_desk();
    let id = need.id;
    let failed = RwSignal::new(None::<String>);
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !waits);
    let pass = move |()| {
        spawn_local(async move {
            let answer = OfferAnswer::Pass;
            let done = desk.submit(AnswerOffer { need: id, answer }).await;
            failed.try_set(done.err().map(|error| trouble::sentence(&error)));
        });
    };
    let words = match may_answer_offer(&need, &desk.actor(), desk.now()) {
        Ok(offer) => format!(
            "空出了 {}，先问你们，留到{}。过了就问下一家。",
            need.words_of(&offer.lines),
            words::until(offer.until, desk.now())
        ),
        Err(why) => why.sentence(),
    };
    view! {
        <p class="note is-you"><b>"排队轮到你们了。"</b>{words}</p>
        <div class="btn-row">
            <Act class="btn is-quiet" ready=ready on_press=pass>"让给下一家"</Act>
            <Act class="btn is-main" ready=ready on_press=move |()| taking.set(true)>"接下"</Act>
        </div>
        <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
    }
}

/// The organization's place, and leaving it.
#[component]
fn InLine(need: Need, place: usize) -> impl IntoView {
    let desk = use_desk();
    let id = need.id;
    let own = match desk.actor().role {
        Role::Member { org, .. } => Some(org),
        _ => None,
    };
    let lines = need.waiting.iter().find(|w| Some(w.org) == own);
    let wanted = lines.map(|w| need.words_of(&w.lines)).unwrap_or_default();
    let failed = RwSignal::new(None::<String>);
    let still = steady(|| ());
    let leave = move |()| {
        spawn_local(async move {
            let done = desk.submit(LeaveWaiting { need: id }).await;
            failed.try_set(done.err().map(|error| trouble::sentence(&error)));
        });
    };
    let joins = move || {
        let own = desk.own_commands_on(Key::Need(id));
        let joins = own.iter().any(|c| matches!(c, Command::JoinWaiting(_)));
        joins.then_some("（等待发送）")
    };
    view! {
        <p>{format!("你们排第 {place}，等 {wanted}。空出来会先问你们，在“待办”里能看到。")}{joins}</p>
        <Act class="btn is-quiet is-wide" ready=still on_press=leave>"不排队了"</Act>
        <Recall key=Key::Need(id) fits=|command| matches!(command, Command::AnswerOffer(_)) on_recalled=|_| () />
        <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
    }
}

/// Who waits, for the village, the bureaus and everybody else.
#[component]
fn Others(need: Need) -> impl IntoView {
    let desk = use_desk();
    let lines = need
        .waiting
        .iter()
        .map(|w| {
            let asked = need.offer.as_ref().filter(|offer| offer.org == w.org);
            let asked = asked.map(|offer| {
                format!("正在问，留到{}", words::until(offer.until, desk.now()))
            });
            view! { <div><span>{w.org_name.clone()}</span><span>{need.words_of(&w.lines)}{asked.map(|a| format!(" · {a}"))}</span></div> }
        })
        .collect_view();
    view! {
        <section class="card" aria-label="排队" data-testid="queue">
            <h2>"排队的组织"</h2>
            <p class="meta">"有人放弃时，按这个先后去问。"</p>
            <div class="lines">{lines}</div>
        </section>
    }
}

/// How much of what is fully ordered the organization waits for.
#[component]
fn Join(need: Need, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let (id, seen) = (need.id, need.revision);
    let full: Vec<NeedItem> = need
        .content
        .items
        .iter()
        .filter(|item| need.left(item) == 0)
        .cloned()
        .collect();
    let all: Vec<String> = full
        .iter()
        .map(|item| quantity::write(&item.unit, item.quantity))
        .collect();
    let kept = KeptForm::new(desk, format!("wait/{id}"), all.clone());
    let texts: Vec<RwSignal<String>> = all.iter().cloned().map(RwSignal::new).collect();
    let all = StoredValue::new(all);
    for (n, text) in texts.iter().copied().enumerate() {
        Effect::new(move || {
            let left = kept.form.with(|form| form.get(n).cloned());
            if let Some(left) = left.filter(|left| text.with_untracked(|now| now != left)) {
                text.set(left);
            }
        });
        Effect::new(move || {
            let typed = text.get();
            let same = kept
                .form
                .with_untracked(|form| form.get(n).is_none_or(|left| *left == typed));
            if !same {
                all.with_value(|all| kept.change(all, |form| form[n] = typed));
            }
        });
    }
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let items = StoredValue::new(full.clone());
    let wanted = move || -> Result<Vec<OrderLine>, String> {
        let mut lines = Vec::new();
        let typed = kept.form.get_untracked();
        for (item, text) in items.get_value().iter().zip(&typed) {
            let quantity = quantity::try_read(&item.unit, text)
                .map_err(|why| format!("{}：{why}。", item.name))?;
            if quantity > 0 {
                lines.push(OrderLine {
                    item: item.no,
                    quantity,
                });
            }
        }
        if lines.is_empty() {
            return Err("请至少等一样。".to_owned());
        }
        Ok(lines)
    };
    let send = move |()| {
        let lines = match wanted() {
            Ok(lines) => lines,
            Err(why) => return trouble.set(Some(why)),
        };
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
        spawn_local(async move {
            let command = JoinWaiting {
                need: id,
                lines,
                seen: Some(seen),
            };
            match desk.submit(command).await {
                Ok(_) => {
                    sending.sent().await;
                    open.try_set(false);
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    let fields = full
        .into_iter()
        .zip(texts)
        .map(|(item, text)| {
            let most = item.quantity;
            let label = format!("{}，都有人接了", item.name);
            view! {
                <div class="field is-group">
                    <span class="label">{label}</span>
                    <Quantity name=item.name unit=item.unit text=text most=Signal::derive(move || most) />
                </div>
            }
        })
        .collect_view();
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <p>"有人放弃时，按先后问排队的组织。轮到了再决定接不接，不接也没关系。"</p>
            <InOneTab tab=kept.tab>{fields}</InOneTab>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送，按发到的先后排。"</p>
            })}
            <div role="alert">{move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
            <Act class="btn is-wide" ready=ready on_press=send>"排队"</Act>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"先不排"</button>
        </form>
    }
}
