//! How a need ends before it is delivered, how it is asked for again, and asking a holder to hand over.

use crate::desk::{Desk, use_desk};
use crate::needs::taking::CONTACT_DRAFT;
use crate::ui::reason_form::{ReasonForm, ReasonWords, Reasoned};
use crate::ui::recall::Recall;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::words;
use domain::commands::{AskAgain, AskHandOver, CloseNeed};
use domain::needs::offers::{may_ask_again, may_close, may_withdraw};
use domain::needs::{CloseReason, PledgeStage};
use domain::orders::keeping::HandOverReason;
use domain::orders::keeping::offers::may_ask_hand_over;
use domain::{Command, Contact, Key, Level, Need, NeedId, OrderId, Organization, Rejection, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A need that is asked for again is of use for so many days, unless another day is chosen.
const AGAIN_DAYS: i32 = 30;

/// Closing it and asking for it again, as far as this person may; and asking a holder to hand over.
#[component]
pub fn Endings(
    /// The need, once it is read.
    need: Memo<Option<Need>>,
    /// The organization of the member who looks.
    org: Memo<Option<Organization>>,
) -> impl IntoView {
    let closing = RwSignal::new(false);
    let handing = RwSignal::new(false);
    let whom = RwSignal::new(None::<OrderId>);
    let close = move || {
        let need = need.get_untracked()?;
        let (id, seen) = (need.id, need.revision);
        let command = move |(n, words): (usize, String)| {
            let reason = CloseReason::GIVEN.get(n).copied();
            CloseNeed {
                need: id,
                reason: reason.unwrap_or(CloseReason::Other),
                words,
                seen: Some(seen),
            }
            .into()
        };
        let active = need
            .pledges
            .iter()
            .filter(|p| p.stage == PledgeStage::Active);
        let told: Vec<&str> = active.map(|p| p.org_name.as_str()).collect();
        let told = match told.len() {
            0 => "关闭以后，项目库里看不到它，不能再打开。".to_owned(),
            _ => format!(
                "关闭以后不能再打开。{}的单到此为止，会看到下面的原因，不算它们没做到。",
                told.join("、")
            ),
        };
        let asks = ReasonWords {
            label: "为什么",
            reasons: CloseReason::GIVEN.map(CloseReason::label).to_vec(),
            words: "写给接单的组织（可以不填）",
            send: ("btn is-alert is-wide", "关闭这条需求"),
            stay: "先不关",
        };
        Some(view! {
            <p>{told}</p>
            <ReasonForm name=close_name(id) asks=asks command=command open=closing />
        })
    };
    let hand_over = move || {
        let need = need.get_untracked()?;
        let order = whom.get_untracked()?;
        Some(view! { <HandOverForm need=need order=order open=handing /> })
    };
    let acts = move || {
        let need = need.get()?;
        Some(view! { <Acts need=need org=org.get() closing=closing handing=handing whom=whom /> })
    };
    view! {
        {acts}
        <Sheet open=closing title="关闭这条需求？">{close}</Sheet>
        <Sheet open=handing title="请对方让出来">{hand_over}</Sheet>
    }
}

fn close_name(need: NeedId) -> String {
    format!("close/{need}")
}

#[component]
fn Acts(
    need: Need,
    org: Option<Organization>,
    closing: RwSignal<bool>,
    handing: RwSignal<bool>,
    whom: RwSignal<Option<OrderId>>,
) -> impl IntoView {
    let desk = use_desk();
    let (actor, now) = (desk.actor(), desk.now());
    let id = need.id;
    let is_village = matches!(actor.role, Role::Village { .. });
    let is_above =
        matches!(&actor.role, Role::Bureau { region, .. } if region.level() < Level::County);
    // What nobody has taken, a village takes back.
    let may_end = match may_close(&need, &actor) {
        Ok(_) => !(is_above || is_village && may_withdraw(&need, &actor).is_ok()),
        Err(_) => false,
    };
    let may_again = may_ask_again(&need, &actor, now).is_ok();
    let asked = move |order: OrderId| {
        let own = desk.own_commands_on(Key::Need(id));
        own.iter()
            .any(|c| matches!(c, Command::AskHandOver(ask) if ask.order == order))
    };
    let holders: Vec<_> = need
        .pledges
        .iter()
        .filter(|_| !is_above)
        .filter_map(|p| {
            let may = may_ask_hand_over(&need, p.order, org.as_ref(), &actor, now);
            let why_not = match may {
                Ok(_) => None,
                Err(
                    why @ (Rejection::AlreadyAsked { .. } | Rejection::AskedLately { .. }),
                ) => Some(why.sentence()),
                Err(_) => return None,
            };
            Some((p.order, p.org_name.clone(), why_not))
        })
        .map(|(order, name, why_not)| {
            move || {
                if asked(order) {
                    let said = format!("已请{name}让出来（等待发送）");
                    return view! { <p class="meta">{said}</p> }.into_any();
                }
                if let Some(why) = why_not.clone() {
                    return view! { <p class="meta">{why}</p> }.into_any();
                }
                let ask = move |_| {
                    whom.set(Some(order));
                    handing.set(true);
                };
                let words = format!("请{name}让出来");
                view! { <button class="btn is-quiet is-wide" type="button" on:click=ask>{words}</button> }
                    .into_any()
            }
        })
        .collect();
    let holders = (!holders.is_empty()).then(|| {
        view! {
            <details class="card">
                <summary>"接了的做不了？可以请对方让出来"</summary>
                {holders}
            </details>
        }
    });
    let again = move |command: Command| {
        spawn_local(async move { close_again(desk, &command).await });
    };
    view! {
        {holders}
        {may_again.then(|| view! { <Again need=need.clone() /> })}
        {may_end.then(|| view! {
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| closing.set(true)>
                "不用办了，关闭需求"
            </button>
        })}
        <Recall key=Key::Need(id) fits=|command| matches!(command, Command::CloseNeed(_)) on_recalled=again />
    }
}

/// What was recalled stands in its form again.
async fn close_again(desk: Desk, command: &Command) {
    if let Command::CloseNeed(CloseNeed {
        need,
        reason,
        words,
        ..
    }) = command
    {
        let form = Reasoned {
            reason: CloseReason::GIVEN.iter().position(|r| r == reason),
            words: words.clone(),
        };
        // If it cannot be stored, the person writes it again.
        let _kept = desk.put_draft(&close_name(*need), &form).await;
    }
}

/// Asking again for what nobody brought in time: one tap, with another day if that is wanted.
#[component]
fn Again(need: Need) -> impl IntoView {
    let desk = use_desk();
    let id = need.id;
    let today = desk.today();
    let day = RwSignal::new(today.plus(AGAIN_DAYS).to_string());
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get());
    let ask = move |()| {
        let Ok(deadline) = domain::read::day::day(&day.get_untracked()) else {
            return failed.set(Some("请选一个日期。".to_owned()));
        };
        busy.set(true);
        spawn_local(async move {
            let done = desk.submit(AskAgain { need: id, deadline }).await;
            failed.try_set(done.err().map(|error| trouble::sentence(&error)));
            busy.try_set(false);
        });
    };
    view! {
        <section class="card" aria-label="再提一次">
            <p>"内容不用重写，发给县里再审一次，就能重新让组织来接。"</p>
            <div class="field">
                <label for="again-day">"最晚什么时候要"</label>
                <input
                    class="input" id="again-day" type="date" min=today.plus(1).to_string()
                    prop:value=move || day.get() on:input:target=move |e| day.set(e.target().value())
                />
            </div>
            <Act class="btn is-wide" ready=ready on_press=ask>"再提一次"</Act>
            <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
        </section>
    }
}

/// Asks the holder of an order to hand it over. An organization leaves a number, so that the holder can call.
#[component]
fn HandOverForm(need: Need, order: OrderId, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let id = need.id;
    let Some(pledge) = need.pledge(order).cloned() else {
        return ().into_any();
    };
    let contact = RwSignal::new(None::<Contact>);
    let is_member = matches!(desk.actor().role, Role::Member { .. });
    if is_member {
        spawn_local(async move {
            let last = desk.draft::<Contact>(CONTACT_DRAFT).await;
            contact.try_set(last);
        });
    }
    let reasons: Vec<HandOverReason> = HandOverReason::ALL
        .into_iter()
        .filter(|reason| is_member || *reason != HandOverReason::CanDoItNow)
        .collect();
    let labels = reasons.iter().map(|reason| reason.label()).collect();
    let command = move |(n, words): (usize, String)| {
        let reason = reasons.get(n).copied();
        AskHandOver {
            need: id,
            order,
            reason: reason.unwrap_or(HandOverReason::NothingHeard),
            words,
            contact: contact.get_untracked(),
        }
        .into()
    };
    let asks = ReasonWords {
        label: "为什么（看得到这条需求的人都会看到）",
        reasons: labels,
        words: "再写一句（可以不填）",
        send: ("btn is-wide", "发给对方"),
        stay: "先不问",
    };
    let since = words::day(pledge.at.day(), desk.today());
    let says = format!(
        "{} {since}接了 {}。对方可以让出来，也可以答复还由自己做。",
        pledge.org_name,
        need.words_of(&pledge.lines)
    );
    let leaves = move || {
        contact.get().map(|contact| {
            let words = format!(
                "会附上你们的电话：{} {}，方便对方打过来。",
                contact.name, contact.phone
            );
            view! { <p class="hint">{words}</p> }
        })
    };
    view! {
        <p>{says}</p>
        <ReasonForm name=format!("hand-over/{id}") asks=asks command=command open=open />
        {leaves}
    }
    .into_any()
}
