//! The page of one organization: what it is, what it has done, and what its owner or its bureau may do with it.

use crate::desk::{Known, use_desk};
use crate::organizations::decision::{Asked, Decisions};
use crate::organizations::words;
use crate::ui::areas::Areas;
use crate::ui::call::Call;
use crate::ui::newer::Newer;
use crate::ui::shell::{Shell, path_id};
use crate::ui::timeline::Timeline;
use crate::words as common;
use domain::orders::OrderStage;
use domain::organizations::Proposed;
use domain::organizations::offers::{may_change, may_manage_members};
use domain::reviews::Side;
use domain::{CreditCode, Entity, Facts, Key, Millis, Organization, Review};
use leptos::prelude::*;
use std::cmp::Reverse;
use sync::replica::ListItem;

/// So many orders and reviews are shown.
const SHOWN: usize = 30;

/// One organization, for its members and bureaus; villages see the public part.
#[component]
pub fn OrganizationPage() -> impl IntoView {
    let desk = use_desk();
    let code = path_id::<CreditCode>();
    let known = desk.entity_or_told(code.map(Key::Organization));
    let org = Memo::new(move |_| {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Organization(org) => Some((**org).clone()),
                _ => None,
            },
            Known::Reading | Known::Absent | Known::Newer => None,
        })
    });
    let areas = Areas::new(desk);
    let title = move || {
        let listed = code.and_then(|code| desk.list_item(&Key::Organization(code)));
        let listed = listed.map(|item| item.summary.title().to_owned());
        let read = || org.with(|org| org.as_ref().map(|org| org.name.clone()));
        listed.or_else(read).unwrap_or("社会组织".to_owned())
    };
    // Each part is made anew only when what it shows has changed: a sheet that is open stays under the finger.
    let here = Memo::new(move |_| org.with(|org| org.as_ref().map(|org| org.code)));
    let is = Memo::new(move |_| known.with(std::mem::discriminant));
    let asked = Memo::new(move |_| {
        let actor = desk.actor();
        org.with(|org| org.as_ref().map(|org| Asked::of(org, &actor)))
    });
    let facts = move || {
        org.get()
            .map(|org| view! { <Facts_ org=org areas=areas /> })
    };
    let decisions = move || asked.get().map(|asked| view! { <Decisions asked=asked /> });
    let rest = move || org.get().map(|org| view! { <Rest org=org /> });
    let page = move || match (here.get(), is.get()) {
        (Some(code), _) => view! {
            {facts}
            {decisions}
            {rest}
            <Orders code=code />
            <Reviews code=code />
        }
        .into_any(),
        (None, is) if is == std::mem::discriminant(&Known::Newer) => view! { <Newer /> }.into_any(),
        (None, is) if is == std::mem::discriminant(&Known::Absent) => view! {
            <div class="empty">
                <h2>"这台设备上没有这家组织"</h2>
                <p>"它可能不服务你们这里，或者还没有下载。请连上网络同步后再看。"</p>
                <button class="btn is-quiet" on:click=move |_| desk.sync_now()>"现在同步"</button>
            </div>
        }
        .into_any(),
        (None, _) => {
            view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }
                .into_any()
        }
    };
    view! { <Shell title=Signal::derive(title) back="/">{page}</Shell> }
}

#[component]
fn Facts_(org: Organization, areas: Areas) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    let stage = org.stage();
    let key = Key::Organization(org.code);
    let waits = Memo::new(move |_| !desk.own_commands_on(key).is_empty());
    let registered_in = org.registered_in;
    let serves = StoredValue::new(org.serves.clone());
    let directions: Vec<&str> = org.directions.iter().map(|topic| topic.label()).collect();
    let ended = org.confirmed_orders + org.released_orders;
    let closing = if ended == 0 {
        "还没有办结的单".to_owned()
    } else {
        format!(
            "{}%（办完 {} 单，放弃 {} 单）",
            org.closing_percent(),
            org.confirmed_orders,
            org.released_orders
        )
    };
    let pill = move || {
        if waits.get() {
            view! { <span class="pill is-wait">"等待发送"</span> }
        } else {
            view! { <span class=words::pill(stage)>{stage.label()}</span> }
        }
    };
    view! {
        <div class="card" data-testid="organization">
            <div class="row is-top"><h2>{org.code.kind().label()}</h2>{pill}</div>
            <dl class="facts">
                <dt>"名称"</dt><dd>{org.name.clone()}</dd>
                <dt>"信用代码"</dt><dd>{org.code.to_string()}</dd>
                <dt>"登记地"</dt><dd>{move || areas.name(registered_in)}</dd>
                <dt>"评估等级"</dt><dd>{words::rating(org.rating, today)}</dd>
                {(!org.scope.is_empty()).then(|| view! { <dt>"业务范围"</dt><dd class="words">{org.scope.clone()}</dd> })}
                {(!directions.is_empty()).then(|| view! { <dt>"擅长"</dt><dd>{directions.join("、")}</dd> })}
                <dt>"服务的县"</dt><dd>{move || serves.with_value(|serves| areas.served(serves))}</dd>
                <dt>"办结率"</dt><dd>{closing}</dd>
                {org.contact.clone().map(|contact| view! { <dt>"联系人"</dt><dd><Call contact=contact /></dd> })}
            </dl>
        </div>
        {words::why(&org, today).map(|why| view! { <p class="note is-alert">{why}</p> })}
        {org.proposed.clone().map(|proposed| view! { <Change_ org=org.clone() proposed=proposed areas=areas /> })}
    }
}

/// What its owner does with it, and what happened to it.
#[component]
fn Rest(org: Organization) -> impl IntoView {
    let desk = use_desk();
    let actor = desk.actor();
    let code = org.code;
    let changes = may_change(&org, &actor).is_ok();
    let manages = may_manage_members(&actor) == Ok(code);
    let steps = words::steps(&org, desk.now());
    view! {
        {changes.then(|| view! { <a class="btn is-quiet is-wide" href=format!("/organizations/{code}/edit")>"修改组织资料"</a> })}
        {manages.then(|| view! { <a class="btn is-quiet is-wide" href="/accounts">"成员：邀请、移除"</a> })}
        {(!steps.is_empty()).then(|| view! {
            <section class="card" aria-label="经过"><h2>"经过"</h2><Timeline steps=steps /></section>
        })}
    }
}

/// What is to be changed, as it is and as it is to be.
#[component]
fn Change_(org: Organization, proposed: Proposed, areas: Areas) -> impl IntoView {
    let today = use_desk().today();
    let line = |name: &'static str, before: String, after: String| {
        (before != after).then(|| {
            view! { <dt>{name}</dt><dd><s>{before}</s>" → "<b>{after}</b></dd> }
        })
    };
    let name = line("名称", org.name.clone(), proposed.name.clone());
    let scope = line("业务范围", org.scope.clone(), proposed.scope.clone());
    let rating = line(
        "评估等级",
        words::rating(org.rating, today),
        words::rating(proposed.rating, today),
    );
    let serves = move || {
        let (before, after) = (areas.served(&org.serves), areas.served(&proposed.serves));
        line("服务的县", before, after)
    };
    view! {
        <section class="card" aria-label="要改的">
            <h2>"要改的，等民政部门同意"</h2>
            <dl class="facts">{name}{scope}{serves}{rating}</dl>
        </section>
    }
}

/// Its orders, as far as they are on this device: members see all, a county its own, a village those for itself.
#[component]
fn Orders(code: CreditCode) -> impl IntoView {
    let desk = use_desk();
    let orders = Memo::new(move |_| {
        let found = desk.list(|facts| matches!(facts, Facts::Order(order) if order.org == code));
        let mut lines: Vec<Line> = found.iter().filter_map(Line::of).collect();
        lines.sort_by_key(|line| (Reverse(line.stage.is_open()), Reverse(line.at), line.key));
        lines
    });
    let list = move || {
        let line = |line: &Line| {
            view! {
                <a href=format!("/orders/{}", line.key.id())>
                    <span>{line.title.clone()}<span class="meta is-line">{line.village.clone()}</span></span>
                    <span class="meta">{line.stage.label()}</span>
                </a>
            }
        };
        orders.with(|orders| orders.iter().take(SHOWN).map(line).collect_view())
    };
    move || {
        let n = orders.with(Vec::len);
        (n > 0).then(|| view! {
            <section class="card" aria-label="接的单">
                <h2>"接的单 "<span class="meta">{n}</span></h2>
                <div class="lines">{list}</div>
                {(n > SHOWN).then(|| view! { <p class="meta">{format!("这里只列最要紧的 {SHOWN} 单")}</p> })}
            </section>
        })
    }
}

/// An order in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    key: Key,
    title: String,
    village: String,
    stage: OrderStage,
    at: Millis,
}

impl Line {
    fn of(item: &ListItem) -> Option<Self> {
        let order = item.summary.order()?;
        Some(Self {
            key: item.key,
            title: order.texts.title.clone(),
            village: order.texts.village_name.clone(),
            stage: order.facts.stage,
            at: order.facts.at,
        })
    }
}

/// What villages have said of it, as far as this person may read it.
#[component]
fn Reviews(code: CreditCode) -> impl IntoView {
    let desk = use_desk();
    let keys = move || {
        let mut found = desk.list(|facts| {
            matches!(facts, Facts::Review(review) if review.org == code && review.by == Side::Village && review.open)
        });
        found.sort_by_key(|item| Reverse(item.summary.review().map(|review| review.facts.at)));
        found.into_iter().take(SHOWN).map(|item| item.key).collect()
    };
    let reviews = desk.entities(keys);
    let shown = move || {
        let all = reviews.get().unwrap_or_default();
        let reviews: Vec<Review> = all
            .into_iter()
            .filter_map(|seen| match seen.entity {
                Entity::Review(review) => Some(*review),
                _ => None,
            })
            .collect();
        let one = |review: Review| {
            let at = common::day(review.at.day(), desk.today());
            let says = |(n, answer)| Side::Village.says(n, answer);
            let answers: Vec<&str> = review.answers.into_iter().enumerate().map(says).collect();
            view! {
                <li>
                    <b>{format!("{} · {}", review.place.village_name, review.title)}</b>
                    <p>{answers.join("，")}</p>
                    {(!review.words.is_empty()).then(|| view! { <p class="words">{review.words.clone()}</p> })}
                    <p class="meta">{at}</p>
                </li>
            }
        };
        (!reviews.is_empty()).then(|| {
            view! {
                <section class="card" aria-label="村里的评价">
                    <h2>"村里的评价"</h2>
                    <ul class="list">{reviews.into_iter().map(one).collect_view()}</ul>
                </section>
            }
        })
    };
    view! { {shown} }
}
