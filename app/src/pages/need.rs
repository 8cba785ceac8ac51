use crate::desk::{Desk, Known, use_desk};
use crate::parts::need_card::{TakenBar, unsent, unsent_all};
use crate::parts::order_lines::{Held, Orders};
use crate::parts::sheet::Sheet;
use crate::parts::shell::Shell;
use crate::parts::take_sheet::TakeSheet;
use crate::parts::timeline::{Timeline, steps};
use crate::parts::trouble;
use crate::program::path_id;
use crate::words;
use domain::command::WithdrawNeed;
use domain::need::{NeedStage, WithdrawReason};
use domain::{
    Command, Entity, HeadState, Key, MutationId, Need, NeedId, NeedState, OrderId, Rejection, Role,
};
use leptos::task::spawn_local;
use view::prelude::*;

/// How many other needs are offered to whom came too late.
const ALIKE: usize = 3;

/// What the page knows of its need.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Reading,
    Absent,
    Here(Box<Need>),
}

impl Shown {
    fn need(&self) -> Option<&Need> {
        match self {
            Self::Here(need) => Some(need),
            _ => None,
        }
    }
}

/// A refused take of this need, not yet put away.
#[derive(Clone, Debug, PartialEq)]
struct Refused {
    notice: MutationId,
    rejection: Rejection,
}

/// One need: facts, how much is left, orders on it, what happened and what comes next.
#[component]
pub fn NeedPage() -> View {
    let desk = use_desk();
    let path_id = path_id::<NeedId>();
    let id = Memo::new(move |_| path_id);
    let known = desk.entity(move || id.get().map(Key::Need));
    let shown = Memo::new(move |_| {
        known.with(|known| match known {
            Known::Reading => Shown::Reading,
            Known::Absent => Shown::Absent,
            Known::Here(seen) => match &seen.entity {
                Entity::Need(need) => Shown::Here(need.clone()),
                _ => Shown::Absent,
            },
        })
    });
    let title = Memo::new(move |_| {
        shown.with(|s| {
            s.need()
                .map_or_else(|| "需求".to_owned(), |n| n.content.title.clone())
        })
    });
    let orders = orders_on(desk, id);
    let taking = RwSignal::new(false);
    let withdrawing = RwSignal::new(false);
    let role = StoredValue::new(desk.actor().role);
    let is_member = role.with_value(|r| matches!(r, Role::Member { .. }));
    let refused = Memo::new(move |_| id.get().map(|id| refusals(desk, id)).unwrap_or_default());
    let take = move || {
        let can_take = is_member && shown.with(|s| s.need().is_some_and(may_be_taken));
        can_take.then(|| {
            view! {
                <button class="btn is-main" on:click=move |_| taking.set(true)>"接单"</button>
            }
        })
    };
    let actions = move || view! { {take} };
    // Own orders on it that the server has not confirmed: they are only meant.
    let meant = Memo::new(move |_| {
        let all = id.get().map(|id| unsent_all(desk, id)).unwrap_or_default();
        let order = |(_, command): (_, Command)| match command {
            Command::TakeOrder(take) => Some(take.order),
            _ => None,
        };
        all.into_iter().filter_map(order).collect::<Vec<OrderId>>()
    });
    let body = move || match shown.get() {
        Shown::Reading => view! {
            <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
        },
        Shown::Absent => view! { <NotHere desk=desk /> },
        Shown::Here(need) => view! {
            <Facts settled=settled(&need, &meant.get()) need=(*need).clone() withdrawing=withdrawing />
        },
    };
    let history = move || {
        let shown = shown.get();
        let need = shown.need()?;
        let unsent: Vec<_> = unsent_all(desk, need.id)
            .into_iter()
            .map(|(at, _)| at)
            .collect();
        let orders: Vec<_> = orders.with(|all| all.iter().map(|h| h.order.clone()).collect());
        let steps = steps(need, &orders, &unsent, desk.now());
        Some(view! {
            <h2>"经过"</h2>
            <Timeline steps=steps />
        })
    };
    // Made once for a need, so that what is typed in it outlives news from the server.
    let sheet = move || {
        let need = taking
            .get()
            .then(|| shown.with_untracked(|s| s.need().cloned()))??;
        Some(view! { <TakeSheet need=need open=taking /> })
    };
    let withdraw_form = move || {
        id.get()
            .map(|id| view! { <WithdrawForm desk=desk need=id open=withdrawing /> })
    };
    view! {
        <Shell title=title back="/" actions=actions>
            <For each=move || refused.get() key=|r| r.notice let:refused>
                <TooLate desk=desk id=id refused=refused taking=taking />
            </For>
            {body}
            <Orders held=orders />
            {history}
            {move || (!refused.with(Vec::is_empty)).then(|| view! { <Alike desk=desk id=id /> })}
            {sheet}
            <Sheet open=withdrawing title="撤回这条需求？">{withdraw_form}</Sheet>
        </Shell>
    }
}

/// The need without the orders that are only meant.
fn settled(need: &Need, meant: &[OrderId]) -> Need {
    let mut settled = need.clone();
    settled.pledges.retain(|p| !meant.contains(&p.order));
    settled
}

fn may_be_taken(need: &Need) -> bool {
    matches!(need.state, NeedState::Published { .. }) && need.has_left()
}

/// The orders on a need that this device may see, oldest first.
fn orders_on(desk: Desk, need: Memo<Option<NeedId>>) -> Memo<Vec<Held>> {
    let keys = move || {
        let Some(id) = need.get() else {
            return Vec::new();
        };
        let is_on = |_: &Key, head: &domain::Head| matches!(head.state, HeadState::Order { need, .. } if need == id);
        desk.heads(is_on).into_iter().map(|l| l.key).collect()
    };
    let found = desk.entities(keys);
    Memo::new(move |_| {
        let waiting = desk.waiting();
        let mut held: Vec<Held> = found.with(|found| {
            let orders = found
                .iter()
                .flatten()
                .filter_map(|seen| match &seen.entity {
                    Entity::Order(order) => Some(order),
                    _ => None,
                });
            orders
                .map(|order| Held {
                    order: (**order).clone(),
                    unsent: waiting
                        .iter()
                        .any(|p| p.subject() == Some(Key::Order(order.id))),
                })
                .collect()
        });
        held.sort_by_key(|h| h.order.created_at);
        held
    })
}

fn refusals(desk: Desk, need: NeedId) -> Vec<Refused> {
    desk.notices()
        .into_iter()
        .filter(|n| matches!(n.entry.command(), Ok(Command::TakeOrder(take)) if take.need == need))
        .map(|n| Refused {
            notice: n.entry.id,
            rejection: n.rejection,
        })
        .collect()
}

/// Somebody else was first: who, what is left, and what to do.
#[component]
fn TooLate(desk: Desk, id: Memo<Option<NeedId>>, refused: Refused, taking: RwSignal<bool>) -> View {
    let left = Memo::new(move |_| {
        let key = Key::Need(id.get()?);
        desk.head(&key).filter(|l| l.head.is_open()).map(|_| ())
    });
    let notice = refused.notice;
    view! {
        <div class="note is-alert" role="alert" data-testid="rejection">
            <p><b>"没有接到。"</b>{refused.rejection.sentence()}</p>
            <div class="btn-row">
                <button class="btn is-quiet is-small" on:click=move |_| desk.dismiss(notice)>"知道了"</button>
                {move || left.get().map(|()| view! {
                    <button class="btn is-small is-main" on:click=move |_| taking.set(true)>"接还剩的"</button>
                })}
            </div>
        </div>
    }
}

/// Other needs like this one.
#[component]
fn Alike(desk: Desk, id: Memo<Option<NeedId>>) -> View {
    let found = move || {
        let Some(id) = id.get() else {
            return Vec::new();
        };
        desk.alike(&Key::Need(id), ALIKE)
    };
    let list = move || {
        let found = found();
        let today = desk.today();
        (!found.is_empty()).then(|| {
            let lines = found
                .into_iter()
                .map(|l| view! {
                    <li>
                        <a class="card" href=format!("/needs/{}", l.key.id())>
                            <h3>{l.head.title.clone()}</h3>
                            <p class="meta">{format!("{} · {} · {}", l.head.county_name, l.head.town_name, l.head.village_name)}</p>
                            <p class="row">
                                <span>{l.head.items.clone()}</span>
                                <span class="meta">{words::time_left(l.head.day, today)}</span>
                            </p>
                        </a>
                    </li>
                })
                .collect_view();
            view! {
                <section class="stack" aria-labelledby="alike">
                    <h2 id="alike">"类似的需求"</h2>
                    <ul class="list">{lines}</ul>
                </section>
            }
        })
    };
    view! { {list} }
}

#[component]
fn NotHere(desk: Desk) -> View {
    view! {
        <div class="empty">
            <h2>"这条需求不在这台设备上"</h2>
            <p>"可能已经撤回，可能不归你看，也可能还没有同步到。有网时点“现在同步”再看一次。"</p>
            <button class="btn" on:click=move |_| desk.sync_now()>"现在同步"</button>
            <p><a class="link" href="/">"回到首页"</a></p>
        </div>
    }
}

/// What the need is.
#[component]
fn Facts(need: Need, settled: Need, withdrawing: RwSignal<bool>) -> View {
    let desk = use_desk();
    let role = desk.actor().role;
    let own = matches!(&role, Role::Village { place } if place.village == need.place.village);
    let today = desk.today();
    let id = need.id;
    let state = {
        let need = need.clone();
        move || {
            let unsent = unsent(desk, id);
            let pill = words::need_pill(&need, own, unsent.is_some());
            let sentence = match (&unsent, own) {
                (Some(command), false) => Some(words::unsent_sentence(command)),
                (_, true) => Some(words::need_sentence(&need, unsent.as_ref(), today)),
                (None, false) => None,
            };
            view! {
                <div class="row">
                    <span class=pill.class data-testid="need-state">{pill.words}</span>
                    <span class="meta">{words::time_left(need.content.deadline, today)}</span>
                </div>
                {sentence.map(|s| view! { <p>{s}</p> })}
            }
        }
    };
    let content = need.content.clone();
    let households = content
        .households
        .map(|h| format!("{h} 户 · "))
        .unwrap_or_default();
    let is_open = matches!(
        need.state,
        NeedState::Published { .. } | NeedState::Closed { .. }
    );
    let items = content
        .items
        .iter()
        .map(|item| {
            let all = item.unit.amount(item.quantity);
            let meant = settled.left(item).saturating_sub(need.left(item));
            let mut left = match (is_open, settled.left(item)) {
                (false, _) => all,
                (true, 0) => format!("{all}，都有人接了"),
                (true, left) => format!("{all}，还剩 {}", item.unit.amount(left)),
            };
            if meant > 0 {
                left.push_str(&format!("（你想接 {}，等待确认）", item.unit.amount(meant)));
            }
            view! { <div><span>{item.name.clone()}</span><span>{left}</span></div> }
        })
        .collect_view();
    let taken = words::taken_percent(&settled);
    let waits = words::taken_percent(&need).saturating_sub(taken);
    let contact = content.contact.clone().map(|contact| {
        view! {
            <dt>"联系人"</dt>
            <dd>
                {contact.name.clone()}
                <a class="link" href=format!("tel:{}", contact.phone)>{contact.phone.clone()}</a>
            </dd>
        }
    });
    let is_screened =
        matches!(role, Role::Bureau { .. }) && matches!(need.state, NeedState::Submitted { .. });
    view! {
        <section class="card">
            {state}
            {content.urgent.then(|| view! { <p><span class="pill is-alert">"急"</span></p> })}
            {(!content.details.is_empty()).then(|| view! { <p class="words">{content.details.clone()}</p> })}
            <div class="lines">{items}</div>
            {(!need.pledges.is_empty()).then(|| view! { <TakenBar percent=taken waits=waits /> })}
            <dl class="facts">
                <dt>"在哪里"</dt><dd>{need.place.line()}</dd>
                <dt>"类别"</dt><dd>{format!("{} · {}", content.topic.label(), content.help.label())}</dd>
                <dt>"最晚"</dt><dd>{words::day(content.deadline, today)}</dd>
                <dt>"受益"</dt><dd>{format!("{households}{} 人", content.persons)}</dd>
                {content.budget.map(|b| view! { <dt>"大约要"</dt><dd>{b.to_string()}</dd> })}
                {contact}
            </dl>
            {own.then(|| view! { <OwnActs need=need.clone() withdrawing=withdrawing /> })}
            {is_screened.then(|| view! { <a class="btn is-quiet is-wide" href="/inbox">"去审核"</a> })}
        </section>
    }
}

/// What the village may do with its need.
#[component]
fn OwnActs(need: Need, withdrawing: RwSignal<bool>) -> View {
    let stage = need.state.stage();
    if matches!(stage, NeedStage::Withdrawn | NeedStage::Closed) {
        return View::Empty;
    }
    let edit = match stage {
        NeedStage::Draft => "接着写",
        _ => "修改",
    };
    let may_withdraw = need.pledges.is_empty();
    view! {
        <div class="btn-row">
            {may_withdraw.then(|| view! {
                <button class="btn is-alert" on:click=move |_| withdrawing.set(true)>"撤回"</button>
            })}
            <a class="btn is-quiet is-main" href=format!("/needs/{}/edit", need.id)>{edit}</a>
        </div>
        {(!may_withdraw).then(|| view! {
            <p class="hint">"已经有人接单，不能直接撤回。要撤回请先和对方商量，由对方放弃。"</p>
        })}
    }
}

#[component]
fn WithdrawForm(desk: Desk, need: NeedId, open: RwSignal<bool>) -> View {
    let reason = RwSignal::new(None::<WithdrawReason>);
    let trouble = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(reason) = reason.get_untracked() else {
            return trouble.set(Some("请选一个原因。".to_owned()));
        };
        spawn_local(async move {
            match desk.submit(WithdrawNeed { need, reason }).await {
                Ok(_) => {
                    open.try_set(false);
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
        });
    };
    let reasons = WithdrawReason::ALL
        .into_iter()
        .map(|r| {
            view! {
                <label class="check">
                    <input type="radio" name="withdraw" on:change=move |_| reason.set(Some(r)) />
                    {r.label()}
                </label>
            }
        })
        .collect_view();
    view! {
        <form on:submit=submit novalidate>
            <fieldset class="field is-group">
                <legend>"为什么撤回"</legend>
                <div>{reasons}</div>
            </fieldset>
            <p class="hint">"撤回后项目库里就看不到了。以后还要的话，可以另外发一条。"</p>
            <div role="alert">
                {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <div class="btn-row">
                <button class="btn is-quiet is-main" type="button" on:click=move |_| open.set(false)>"先不撤回"</button>
                <button class="btn is-alert" type="submit">"撤回"</button>
            </div>
        </form>
    }
}
