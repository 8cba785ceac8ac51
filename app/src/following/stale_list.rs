//! What has not moved for too long (需要跟进), each with its next step.

use crate::desk::duplicates::{Compare, Pair};
use crate::desk::{Desk, use_desk};
use crate::ui::call::Call;
use crate::ui::offline::first_download;
use crate::ui::place;
use crate::ui::shell::Shell;
use crate::ui::trouble;
use crate::words;
use domain::commands::RemindOrder;
use domain::orders::offers::may_remind;
use domain::stale::{Stale, StaleDays, stale};
use domain::{Contact, Day, Entity, Facts, Key, Millis, NeedId, Order, OrderId, Rejection, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;

/// How many rows of a list are shown at first, and how many more each time.
const ROWS: usize = 30;

/// One thing that does not move.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    key: Key,
    why: Stale,
    days: i32,
    title: String,
    meta: String,
    due: Day,
}

/// Everything that does not move, the longest first.
fn rows(desk: Desk, limits: &StaleDays) -> Vec<Row> {
    let today = desk.today();
    let found = desk.list(|facts| stale(facts, limits, today).is_some());
    let row = |item: sync::replica::ListItem| {
        let facts = item.summary.facts();
        let (why, days) = stale(&facts, limits, today)?;
        let (place, more, due) = match (&facts, item.summary.need(), item.summary.order()) {
            (Facts::Need(need), Some(n), _) => (
                format!("{} · {}", n.texts.town_name, n.texts.village_name),
                n.texts.items.clone(),
                need.deadline,
            ),
            (Facts::Order(order), _, Some(o)) => (
                format!("{} · {}", o.texts.town_name, o.texts.village_name),
                format!("{} · {}", o.texts.holder, o.texts.items),
                order.due,
            ),
            _ => return None,
        };
        Some(Row {
            key: item.key,
            why,
            days,
            title: item.summary.title().to_owned(),
            meta: format!("{place} · {more}"),
            due,
        })
    };
    let mut rows: Vec<Row> = found.into_iter().filter_map(row).collect();
    rows.sort_by_key(|row| (row.why, std::cmp::Reverse(row.days), row.key));
    rows
}

fn sentence(row: &Row, today: Day) -> String {
    match row.why {
        Stale::Unmatched if row.due < today => {
            format!("发布 {} 天没人接，截止日已经过了", row.days)
        }
        Stale::Unmatched => format!("发布 {} 天，还没有人接", row.days),
        Stale::Overdue => format!(
            "说好 {}交付，过了 {} 天",
            words::day(row.due, today),
            row.days
        ),
        Stale::Quiet => format!("{} 天没有消息", row.days),
        Stale::Unconfirmed => format!("报告做完 {} 天了，村里还没有答复", row.days),
    }
}

/// The lists of what does not move.
#[component]
pub fn StaleList() -> impl IntoView {
    let desk = use_desk();
    let region = match desk.actor().role {
        Role::Bureau { region, .. } => Some(region),
        _ => None,
    };
    let settings = desk.in_force(move || region);
    let all = Memo::new(move |_| settings.with(|set| rows(desk, &StaleDays::of(set))));
    let kept = place::kept(desk.scope(), "follow", String::new());
    let only = Memo::new(move |_| {
        kept.with(|kept| Stale::ALL.into_iter().find(|why| why.label() == kept))
    });
    let count = move |why: Option<Stale>| {
        all.with(|all| {
            all.iter()
                .filter(|row| why.is_none_or(|why| why == row.why))
                .count()
        })
    };
    let chip = move |why: Option<Stale>| {
        let name = why.map_or("全部", Stale::label);
        view! {
            <label class="chip">
                <input
                    type="radio" name="why" prop:checked=move || only.get() == why
                    on:change=move |_| kept.set(why.map_or_else(String::new, |w| w.label().to_owned()))
                />
                <span>{move || format!("{name} {}", count(why))}</span>
            </label>
        }
    };
    let most = RwSignal::new(ROWS);
    let shown = Memo::new(move |_| {
        let only = only.get();
        let fits = |row: &&Row| only.is_none_or(|only| only == row.why);
        all.with(|all| {
            all.iter()
                .filter(fits)
                .take(most.get())
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let hidden = move || count(only.get()).saturating_sub(shown.with(Vec::len));
    // Whom to call stands in the bodies: an order has its holder's number, a need its village's.
    let found = desk.entities(move || {
        let needs = |row: &Row| match row.key {
            Key::Order(_) => desk
                .list_item(&row.key)
                .and_then(|item| item.summary.order()?.facts.need)
                .map(Key::Need),
            _ => None,
        };
        shown.with(|rows| {
            rows.iter()
                .flat_map(|row| [Some(row.key), needs(row)])
                .flatten()
                .collect()
        })
    });
    let bodies = Memo::new(move |_| {
        let found = found.get().unwrap_or_default();
        found
            .into_iter()
            .map(|seen| (seen.entity.key(), seen.entity))
            .collect::<BTreeMap<_, _>>()
    });
    let downloading = first_download(desk);
    let empty = move || {
        shown.with(Vec::is_empty).then(|| {
            let (title, words) = if downloading.get() {
                ("正在下载…", "下载好以后，没有网络也能看。")
            } else {
                (
                    "没有要跟进的",
                    "该接的有人接，接了的有进展，做完的都确认了。",
                )
            };
            view! { <div class="empty"><h2>{title}</h2><p>{words}</p></div> }
        })
    };
    view! {
        <Shell title="需要跟进">
            <div class="chips" role="group" aria-label="为什么要跟进">
                {chip(None)}{Stale::ALL.map(|why| chip(Some(why))).collect_view()}
            </div>
            <CameBack />
            <Pairs />
            <p class="count" role="status" data-testid="follow-count">
                {move || format!("共 {} 件，拖得久的在前", count(only.get()))}
            </p>
            <div class="stack">
                <For each=move || shown.get() key=|row| (row.key, row.why, row.days) let:row>
                    <Line row=row bodies=bodies />
                </For>
            </div>
            {move || (hidden() > 0).then(|| view! {
                <button class="btn is-quiet is-wide" type="button" on:click=move |_| most.update(|n| *n += ROWS)>
                    {format!("还有 {} 件，再看一些", hidden())}
                </button>
            })}
            {empty}
        </Shell>
    }
}

#[component]
fn Line(row: Row, bodies: Memo<BTreeMap<Key, Entity>>) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    let (key, why) = (row.key, row.why);
    let order = Memo::new(move |_| {
        bodies.with(|bodies| match bodies.get(&key) {
            Some(Entity::Order(order)) => Some((**order).clone()),
            _ => None,
        })
    });
    // A delivery waits for the village, everything else for who holds the order; a need that nobody took, for its village.
    let contact = Memo::new(move |_| {
        bodies.with(|bodies| {
            let body = bodies.get(&key)?;
            let village = |need: Option<&Entity>| match need {
                Some(Entity::Need(need)) => need.content.contact.clone(),
                _ => None,
            };
            match (body, why) {
                (Entity::Order(order), Stale::Unconfirmed) => {
                    village(order.need.and_then(|need| bodies.get(&Key::Need(need))))
                }
                (Entity::Order(order), _) => order.contact.clone(),
                (need, _) => village(Some(need)),
            }
        })
    });
    let whom = match why {
        Stale::Unmatched | Stale::Unconfirmed => "村里：",
        Stale::Overdue | Stale::Quiet => "接单的：",
    };
    let call = move |contact: Contact| view! { <p class="row"><span>{whom}<Call contact=contact /></span></p> };
    let href = match key {
        Key::Order(id) => format!("/orders/{id}"),
        _ => format!("/needs/{}", key.id()),
    };
    let dispatch = match key {
        Key::Need(id) if row.due >= today => Some(view! {
            <div class="btn-row"><a class="btn is-quiet" href=format!("/needs/{id}/dispatch")>"派单"</a></div>
        }),
        _ => None,
    };
    view! {
        <article class="card" data-testid="follow-row">
            <div class="row is-top">
                <h2><a class="plain" href=href>{row.title.clone()}</a></h2>
                <span class="pill is-alert">{why.label()}</span>
            </div>
            <p class="meta">{row.meta.clone()}</p>
            <p>{sentence(&row, today)}</p>
            {move || contact.get().map(call)}
            {move || order.get().map(|order| view! { <Remind order=order /> })}
            {dispatch}
        </article>
    }
}

/// Reminds whoever is to do the next step; or says when that was done.
#[component]
fn Remind(order: Order) -> impl IntoView {
    let desk = use_desk();
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let id: OrderId = order.id;
    let remind = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let done = desk.submit(RemindOrder { order: id }).await;
            failed.try_set(done.err().map(|error| trouble::sentence(&error)));
            busy.try_set(false);
        });
    };
    let whom = match order.state {
        domain::OrderState::Delivered { .. } => "提醒村里确认",
        _ => "提醒接单的组织",
    };
    let step = match may_remind(&order, &desk.actor(), desk.now()) {
        Ok(_) => view! {
            <div class="btn-row"><button class="btn is-quiet" type="button" on:click=remind>{whom}</button></div>
        }
        .into_any(),
        Err(Rejection::RemindedAlready { at }) => {
            let waits = desk.own_commands_on(Key::Order(id)).iter().any(|c| matches!(c, domain::Command::RemindOrder(_)));
            let sent = if waits { "（等待发送）" } else { "" };
            view! { <p class="meta">{format!("{}提醒过{sent}，三天里只提醒一次", words::day(at.day(), desk.today()))}</p> }.into_any()
        }
        Err(_) => ().into_any(),
    };
    view! {
        {step}
        <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
    }
}

/// Needs that organizations were asked to take and did not: they are the bureau's again.
#[component]
fn CameBack() -> impl IntoView {
    let desk = use_desk();
    let left = Memo::new(move |_| {
        let came_back = |facts: &Facts| matches!(facts, Facts::Dispatch(d) if d.stage.came_back());
        let mut needs: BTreeMap<NeedId, (Millis, String)> = BTreeMap::new();
        for item in desk.list(came_back) {
            let Some(dispatch) = item.summary.dispatch() else {
                continue;
            };
            let (at, id) = (dispatch.facts.at, dispatch.facts.need);
            let said = format!(
                "{}：{}",
                dispatch.texts.org_name,
                dispatch.facts.stage.label()
            );
            let newest = needs.entry(id).or_insert((at, said.clone()));
            if newest.0 < at {
                *newest = (at, said);
            }
        }
        let mut left: Vec<(Millis, NeedId, String)> = needs
            .into_iter()
            .filter_map(|(id, (at, said))| {
                let item = desk.list_item(&Key::Need(id))?;
                let need = &item.summary.need()?.facts;
                let waits = need.is_open() && need.asked == 0 && need.deadline >= desk.today();
                waits.then(|| (at, id, format!("{}（{said}）", item.summary.title())))
            })
            .collect();
        left.sort();
        left
    });
    move || {
        let left = left.get();
        (!left.is_empty()).then(|| {
            let n = left.len();
            let links = left
                .into_iter()
                .map(|(_, id, words)| view! { <a class="link" href=format!("/needs/{id}/dispatch")>{words}</a> })
                .collect_view();
            view! {
                <section class="note is-you pairs" aria-label="派单没有接的" data-testid="came-back">
                    <p><b>{format!("派了单没有接的 {n} 条，可以再派别家：")}</b></p>
                    {links}
                </section>
            }
        })
    }
}

/// Needs of one town that are very much alike.
#[component]
fn Pairs() -> impl IntoView {
    let desk = use_desk();
    let pairs = RwSignal::new(Vec::<Pair>::new());
    // Once for each visit: comparing all of a county takes a moment.
    request_animation_frame(move || {
        pairs.try_set(untrack(|| Compare::new(desk).pairs()));
    });
    let keys = move || {
        let both = |pair: &Pair| [Key::Need(pair.a), Key::Need(pair.b)];
        pairs.with(|pairs| pairs.iter().flat_map(both).collect::<Vec<_>>())
    };
    let bodies = desk.entities(keys);
    let left = Memo::new(move |_| {
        let bodies = bodies.get().unwrap_or_default();
        let need = |id| {
            bodies.iter().find_map(|seen| match &seen.entity {
                Entity::Need(need) if need.id == id => Some(need),
                _ => None,
            })
        };
        let open = |pair: &Pair| {
            let (Some(a), Some(b)) = (need(pair.a), need(pair.b)) else {
                return false;
            };
            let stands = |n: &domain::Need| {
                matches!(
                    n.state,
                    domain::NeedState::Submitted { .. } | domain::NeedState::Published { .. }
                )
            };
            stands(a) && stands(b) && !a.is_told_apart_from(b.id) && !b.is_told_apart_from(a.id)
        };
        pairs.with(|pairs| {
            pairs
                .iter()
                .filter(|p| open(p))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    move || {
        let left = left.get();
        (!left.is_empty()).then(|| {
            let links = left
                .iter()
                .map(|pair| {
                    view! {
                        <a class="link" href=format!("/follow/merge?a={}&b={}", pair.a, pair.b)>
                            {format!("{} ／ {}（{}）", pair.titles.0, pair.titles.1, pair.reasons)}
                        </a>
                    }
                })
                .collect_view();
            view! {
                <section class="note is-you pairs" aria-label="像是重复的">
                    <p><b>{format!("像是同一件事的 {} 对：", left.len())}</b></p>
                    {links}
                </section>
            }
        })
    }
}
