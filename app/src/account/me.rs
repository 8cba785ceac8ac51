//! The account page: who is signed in, with links to sync and settings.

use crate::account::unfinished::UnfinishedWork;
use crate::desk::{Desk, use_desk};
use crate::ui::shell::Shell;
use domain::accounts::looks_after_some;
use domain::needs::NeedStage;
use domain::orders::OrderStage;
use domain::{Facts, Role};
use leptos::prelude::*;

/// `怀化市通道侗族自治县坪坦乡木脚村 · 村干部`
fn who(desk: Desk) -> String {
    match desk.actor().role {
        Role::Village { place } => format!("村干部 · {}", place.line()),
        Role::Member {
            org_name, owner, ..
        } => {
            let what = if owner { "负责人" } else { "成员" };
            format!("社会组织{what} · {org_name}")
        }
        Role::Bureau {
            region_name,
            department,
            ..
        } => format!("{region_name} · {}", department.label()),
        Role::Applicant => "社会组织 · 还没有登记好".to_owned(),
        Role::Administrator => "管理员 · 备份请在服务器上做".to_owned(),
    }
}

/// Names and numbers of what this person has done.
fn counts(desk: Desk) -> Vec<(&'static str, usize)> {
    match desk.actor().role {
        Role::Village { place } => {
            let of = |wanted: fn(NeedStage) -> bool| {
                desk.list(|facts| {
                    matches!(facts, Facts::Need(need) if need.village == place.village && wanted(need.stage))
                })
                .len()
            };
            vec![
                ("等县里审核", of(|s| s == NeedStage::Submitted)),
                ("已发布", of(|s| s == NeedStage::Published)),
                ("已办结", of(|s| s == NeedStage::Closed)),
            ]
        }
        Role::Member { .. } => {
            let of = |wanted: fn(OrderStage) -> bool| {
                desk.list(|facts| matches!(facts, Facts::Order(order) if wanted(order.stage)))
                    .len()
            };
            vec![
                ("手上的接单", of(OrderStage::is_open)),
                ("村里已确认", of(|s| s == OrderStage::Confirmed)),
            ]
        }
        Role::Bureau { .. } | Role::Applicant | Role::Administrator => Vec::new(),
    }
}

/// Where this person finds organizations: a member the own one, a county all that it knows.
fn organizations(desk: Desk) -> Option<(String, &'static str)> {
    match desk.actor().role {
        Role::Member { org, .. } => Some((format!("/organizations/{org}"), "我们组织")),
        Role::Bureau { .. } => Some(("/organizations".to_owned(), "社会组织")),
        _ => None,
    }
}

/// What an officer or an administrator looks after, beside their daily work.
#[component]
fn Office() -> impl IntoView {
    let desk = use_desk();
    let links: Vec<(&str, &str, &str)> = match desk.actor().role {
        Role::Bureau { .. } => vec![
            ("/regions", "地区和数字", "各地有多少，点开看是哪些"),
            ("/rules", "规则设置", "谁同意才发布、期限、限制"),
            ("/designations", "名录", "重点帮扶村这些名单"),
        ],
        Role::Administrator => vec![
            ("/admin", "系统", "数据、谁登录着、故障"),
            ("/rules", "规则设置", "全省的期限、限制，各地可以另定"),
            ("/admin/regions", "区划表", "导入、核对"),
            ("/designations", "名录", "重点帮扶村这些名单"),
        ],
        Role::Village { .. } | Role::Member { .. } | Role::Applicant => Vec::new(),
    };
    (!links.is_empty()).then(|| {
        let link = |(href, name, words)| {
            view! { <a href=href><span>{name}</span><span class="meta">{words}</span></a> }
        };
        let links = links.into_iter().map(link).collect_view();
        view! { <section class="card" aria-label="管理"><div class="lines">{links}</div></section> }
    })
}

/// Who is signed in, and the ways to sync and settings.
#[component]
pub fn Me() -> impl IntoView {
    let desk = use_desk();
    let counted = Memo::new(move |_| {
        desk.track();
        counts(desk)
    });
    let waiting = Memo::new(move |_| {
        let status = desk.status();
        (status.waiting, status.refused)
    });
    let lines = move || {
        counted
            .get()
            .into_iter()
            .map(|(name, n)| view! { <div><span>{name}</span><b>{n}</b></div> })
            .collect_view()
    };
    let sync = move || match waiting.get() {
        (0, 0) => view! { <span class="meta">"都发出了"</span> }.into_any(),
        (n, 0) => {
            view! { <span class="pill is-wait">{format!("{n} 条等待发送")}</span> }.into_any()
        }
        (_, n) => {
            view! { <span class="pill is-alert">{format!("{n} 条没有成功")}</span> }.into_any()
        }
    };
    view! {
        <Shell title="我的">
            <section class="card">
                <h2>{move || { desk.track(); desk.actor().name }}</h2>
                <p class="meta">{move || { desk.track(); who(desk) }}</p>
            </section>
            {move || (!counted.with(Vec::is_empty)).then(|| view! {
                <section class="card" aria-label="数一数"><div class="lines">{lines}</div></section>
            })}
            <UnfinishedWork />
            <Office />
            <section class="card" aria-label="同步和设置">
                <div class="lines">
                    {organizations(desk).map(|(href, words)| view! { <a href=href><span>{words}</span></a> })}
                    <a href="/sync"><span>"同步"</span>{sync}</a>
                    {move || { desk.track(); domain::trail::readable(&desk.actor()).is_some() }.then(|| view! {
                        <a href="/trail"><span>"留痕"</span><span class="meta">"谁做了什么，可以查、可以导出"</span></a>
                    })}
                    {looks_after_some(&desk.actor().role).then(|| view! {
                        <a href="/accounts"><span>"账号"</span><span class="meta">"开通、邀请条、停用"</span></a>
                    })}
                    <a href="/devices"><span>"登录的设备"</span><span class="meta">"看看、退出"</span></a>
                    <a href="/settings"><span>"设置"</span><span class="meta">"大字、版本、换人、退出登录"</span></a>
                </div>
            </section>
        </Shell>
    }
}
