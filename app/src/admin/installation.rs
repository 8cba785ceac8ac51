//! The state of the installation: database, copies, checks, who is signed in, faults that pages reported.

use crate::desk::{Desk, use_desk};
use crate::device::http::call;
use crate::ui::not_answered::NotAnswered;
use crate::ui::shell::Shell;
use crate::words;
use api::{
    ApiError, CheckResult, InstallationAnswer, InstallationRequest, SignedInPerson, StoredFault,
};
use domain::money::grouped;
use domain::{Level, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What an administrator sees first of the installation.
#[component]
pub fn Installation() -> impl IntoView {
    let desk = use_desk();
    let told = RwSignal::new(None::<InstallationAnswer>);
    let trouble = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let ask = move |check: bool| {
        busy.set(true);
        spawn_local(async move {
            let request = InstallationRequest {
                user: Some(desk.actor().user),
                check,
            };
            match call::<_, InstallationAnswer>(api::INSTALLATION_PATH, &request).await {
                Ok(answer) => {
                    trouble.try_set(None);
                    told.try_set(Some(answer));
                }
                Err(error) => {
                    trouble.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    ask(false);
    let again = Callback::new(move |()| ask(false));
    let page = move || match (told.get(), trouble.get()) {
        (_, Some(error)) => view! { <NotAnswered error=error again=again /> }.into_any(),
        (None, None) => {
            view! { <div class="card skeleton" aria-label="正在查"><i></i><i></i><i></i></div> }
                .into_any()
        }
        (Some(told), None) => view! {
            <State told=told.clone() busy=busy check=Callback::new(move |()| ask(true)) />
            <People people=told.people all=told.signed_in />
            <Faults all=told.faults />
        }
        .into_any(),
    };
    view! {
        <Shell title="系统">
            <section class="card" aria-label="管理什么">
                <div class="lines">
                    <a href="/accounts"><span>"账号"</span><span class="meta">"开通、邀请条、停用"</span></a>
                    <a href="/admin/regions"><span>"区划表"</span><span class="meta">"导入、核对、接替"</span></a>
                    <a href="/designations"><span>"名录"</span><span class="meta">"重点帮扶村这些名单"</span></a>
                </div>
            </section>
            {page}
        </Shell>
    }
}

fn checked(check: &CheckResult, desk: Desk) -> String {
    let when = words::moment(check.at, desk.now());
    if check.wrong == 0 {
        format!("{when}核对过 {} 条，都对得上", grouped(check.entities))
    } else {
        format!(
            "{when}核对过 {} 条，有 {} 处不对",
            grouped(check.entities),
            grouped(check.wrong)
        )
    }
}

#[component]
fn State(told: InstallationAnswer, busy: RwSignal<bool>, check: Callback<()>) -> impl IntoView {
    let desk = use_desk();
    let backup = match told.last_backup {
        Some(at) => words::moment(at, desk.now()),
        None if told.database == "SQLite" => {
            "没有备份过。请在服务器上运行 xiangdan backup".to_owned()
        }
        None => "由数据库自己的工具备份".to_owned(),
    };
    let results = [told.last_check.as_ref(), told.last_recount.as_ref()];
    let wrong: Vec<String> = results
        .into_iter()
        .flatten()
        .flat_map(|check| check.lines.iter().cloned())
        .collect();
    let last_recount = told.last_recount.as_ref().map_or_else(
        || "还没有过，每天凌晨 3 点自动做".to_owned(),
        |c| checked(c, desk),
    );
    let last_check = told
        .last_check
        .as_ref()
        .map_or_else(|| "还没有核对过".to_owned(), |c| checked(c, desk));
    let lines = [
        ("版本", told.version),
        (
            "数据库",
            format!("{}，{}", told.database, words::bytes(told.bytes as f64)),
        ),
        (
            "数据结构",
            format!(
                "第 {} 版",
                told.migration.split(' ').next().unwrap_or_default()
            ),
        ),
        ("上次备份", backup),
        ("账号", format!("{} 个", grouped(told.accounts))),
        ("区划", format!("{} 个", grouped(told.regions))),
        ("核对结果", last_check),
        ("夜间重算", last_recount),
    ];
    let lines =
        lines.map(|(name, value)| view! { <div><span>{name}</span><span>{value}</span></div> });
    view! {
        {told.failing.map(|why| view! {
            <div class="banner is-alert" role="alert">{format!("现在写不进去：{why}。请看服务器的磁盘和数据库。")}</div>
        })}
        <section class="card stack" aria-label="数据" data-testid="installation">
            <h2>"数据"</h2>
            <div class="lines">{lines.into_iter().collect_view()}</div>
            {(!wrong.is_empty()).then(|| view! {
                <ul class="list is-told">{wrong.into_iter().map(|line| view! { <li class="meta">{line}</li> }).collect_view()}</ul>
            })}
            <button class="btn is-quiet" disabled=move || busy.get() on:click=move |_| check.run(())>
                {move || if busy.get() { "正在核对…" } else { "现在核对一遍" }}
            </button>
        </section>
    }
}

fn role(person: &SignedInPerson) -> String {
    match &person.actor.role {
        Role::Village { place } => format!("村干部 · {}", place.line()),
        Role::Member { org_name, .. } => format!("社会组织 · {org_name}"),
        Role::Applicant => "社会组织 · 正在登记".to_owned(),
        Role::Bureau {
            region,
            region_name,
            department,
        } => {
            let level = match region.level() {
                Level::Province => "省级",
                Level::City => "市级",
                _ => "县级",
            };
            format!("{level} · {region_name}{}", department.label())
        }
        Role::Administrator => "管理员".to_owned(),
    }
}

#[component]
fn People(people: u64, all: Vec<SignedInPerson>) -> impl IntoView {
    let desk = use_desk();
    let shown = all.len() as u64;
    let one = move |person: SignedInPerson| {
        let what = role(&person);
        let last = words::ago(person.last, desk.now());
        view! {
            <div data-testid="signed-in">
                <span>{person.actor.name}<br /><span class="meta">{what}</span></span>
                <span class="meta">{format!("{} 台设备 · {last}", person.devices)}</span>
            </div>
        }
    };
    view! {
        <section class="card stack" aria-label="谁登录着">
            <h2>{format!("登录着 {} 人", grouped(people))}</h2>
            <div class="lines">{all.into_iter().map(one).collect_view()}</div>
            {(people > shown).then(|| view! { <p class="meta">{format!("只列出最近的 {shown} 人。")}</p> })}
        </section>
    }
}

#[component]
fn Faults(all: Vec<StoredFault>) -> impl IntoView {
    let desk = use_desk();
    let none = all.is_empty();
    let one = move |fault: StoredFault| {
        let last = words::moment(fault.last, desk.now());
        view! {
            <div data-testid="fault">
                <span>{format!("{} · {}", fault.code, fault.page)}<br />
                    <span class="meta">{format!("{} · 版本 {}", fault.kind, fault.build)}</span></span>
                <span class="meta">{format!("{} 次 · {last}", fault.times)}</span>
            </div>
        }
    };
    view! {
        <section class="card stack" aria-label="页面故障">
            <h2>"页面报来的故障"</h2>
            {none.then(|| view! { <p class="meta">"还没有人报过故障。"</p> })}
            <div class="lines">{all.into_iter().map(one).collect_view()}</div>
        </section>
    }
}
