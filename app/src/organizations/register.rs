//! Registering an organization, and changing what it says of itself.

use crate::desk::{Known, use_desk};
use crate::organizations::profile_form::{ProfileForm, Typed};
use crate::organizations::words;
use crate::ui::newer::Newer;
use crate::ui::offline::first_download;
use crate::ui::shell::{Shell, path_id};
use crate::ui::timeline::Timeline;
use domain::commands::{ChangeOrganization, RegisterOrganization};
use domain::organizations::offers::may_change;
use domain::organizations::{OrgProfile, OrgStage};
use domain::{Command, CreditCode, Entity, Facts, Key, Organization, RegionCode};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// The first page of whoever has signed up for an organization: the form, or where the registration stands.
#[component]
pub fn Register() -> impl IntoView {
    let desk = use_desk();
    // Nothing but the own registration is on this device.
    let key = Memo::new(move |_| {
        let found = desk.list(|facts| matches!(facts, Facts::Organization(_)));
        let newest = found
            .into_iter()
            .max_by_key(|item| item.summary.organization().map(|org| org.facts.at));
        newest.map(|item| item.key)
    });
    let known = desk.entity(move || key.get());
    let org = Memo::new(move |_| organization(&known.get()));
    let waits = Memo::new(move |_| {
        key.get()
            .is_some_and(|key| !desk.own_commands_on(key).is_empty())
    });
    let downloading = first_download(desk);
    let page = move || {
        match (key.get(), org.get()) {
        (Some(_), Some(org)) => view! { <Standing org=org waits=waits /> }.into_any(),
        (Some(_), None) => skeleton(),
        (None, _) if downloading.get() => skeleton(),
        (None, _) => view! {
            <p class="note is-you">
                "请照登记证书填。交上去以后，由登记你们的民政部门审核；通过了，就能在项目库里接单。"
            </p>
            <ProfileForm
                draft="organization/new".to_owned() start=Typed::default() new=true button="交给民政部门审核"
                send=register
                on_sent=|()| ()
            />
        }
        .into_any(),
    }
    };
    view! { <Shell title="登记社会组织">{page}</Shell> }
}

fn register(organization: CreditCode, registered_in: RegionCode, profile: OrgProfile) -> Command {
    RegisterOrganization {
        organization,
        registered_in,
        profile,
    }
    .into()
}

fn skeleton() -> AnyView {
    view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }.into_any()
}

fn organization(known: &Known) -> Option<Organization> {
    match known {
        Known::Here(seen) => match &seen.entity {
            Entity::Organization(org) => Some((**org).clone()),
            _ => None,
        },
        Known::Reading | Known::Absent | Known::Newer => None,
    }
}

/// Where the registration stands, and what comes next.
#[component]
fn Standing(org: Organization, waits: Memo<bool>) -> impl IntoView {
    let desk = use_desk();
    let (now, stage) = (desk.now(), org.stage());
    let said = match stage {
        OrgStage::Pending => "已经交给民政部门，等它审核。审核好了，这里会告诉你。",
        OrgStage::Approved | OrgStage::Suspended => "通过了！现在可以用乡单接单了。",
        OrgStage::Refused => "没有通过。请照下面说的改好，再交一次。",
    };
    let pill = move || {
        if waits.get() {
            view! { <span class="pill is-wait">"等待发送"</span> }
        } else {
            view! { <span class=words::pill(stage)>{stage.label()}</span> }
        }
    };
    let begin = move |_| {
        // Reloading a live window does not fail. The page is made again for the new role.
        let _reloading = window().location().reload();
    };
    let why = words::why(&org, desk.today()).filter(|_| stage == OrgStage::Refused);
    let code = org.code;
    view! {
        <div class="card" data-testid="standing">
            <div class="row is-top"><h2>{org.name.clone()}</h2>{pill}</div>
            <p class="meta">{org.code.to_string()}</p>
            <p class="status">{said}</p>
        </div>
        {why.map(|why| view! { <p class="note is-alert">{why}</p> })}
        {stage.is_known().then(|| view! { <button class="btn is-wide" on:click=begin>"开始用"</button> })}
        {(!stage.is_known()).then(|| view! {
            <a class="btn is-quiet is-wide" href=format!("/organizations/{code}/edit")>"修改登记资料"</a>
        })}
        <section class="card" aria-label="经过"><h2>"经过"</h2><Timeline steps=words::steps(&org, now) /></section>
    }
}

/// The form of an organization that is there: before it is let in, or its owner changes something.
#[component]
pub fn Edit() -> impl IntoView {
    let desk = use_desk();
    let code = path_id::<CreditCode>();
    let known = desk.entity(move || code.map(Key::Organization));
    // What the form stands on is told once: it is not made anew with every piece of news.
    let is_newer = Memo::new(move |_| known.with(|known| matches!(known, Known::Newer)));
    // The form is made once, from what stood there when it was opened.
    let first = Memo::new(move |before: Option<&Option<Organization>>| {
        before
            .cloned()
            .flatten()
            .or_else(|| organization(&known.get()))
    });
    let navigate = StoredValue::new(use_navigate());
    let above = move || match code {
        Some(code) if first.with(|org| org.as_ref().is_some_and(|o| o.stage().is_known())) => {
            format!("/organizations/{code}")
        }
        _ => "/".to_owned(),
    };
    let page = move || {
        if is_newer.get() {
            return view! { <Newer /> }.into_any();
        }
        let Some(org) = first.get() else {
            return if known.with(|known| matches!(known, Known::Absent)) {
                view! {
                    <div class="empty"><h2>"这台设备上没有这家组织"</h2><p>"请连上网络同步后再看。"</p></div>
                }
                .into_any()
            } else {
                skeleton()
            };
        };
        if let Err(why) = may_change(&org, &desk.actor()) {
            return view! { <p class="note is-alert">{why.sentence()}</p> }.into_any();
        }
        let known_before = org.stage().is_known();
        // Who was refused may have taken another region's bureau, or written another code.
        let again = org.stage() == OrgStage::Refused;
        let leave = move |()| {
            let to = above();
            navigate.try_with_value(|navigate| navigate(&to, Default::default()));
        };
        view! {
            {known_before.then(|| view! {
                <p class="note is-you">
                    "联系人和擅长的，改了马上算。名称、业务范围、服务的县和评估等级，要登记你们的民政部门同意才算，之前还是原来的。"
                </p>
            })}
            <ProfileForm
                draft=format!("organization/{}", org.code)
                start=Typed::of(org.code, org.registered_in, &org.profile())
                new=again button=if known_before { "保存" } else { "交给民政部门审核" }
                send=if again { register } else { |organization, _, profile| ChangeOrganization { organization, profile }.into() }
                on_sent=leave
            />
        }
        .into_any()
    };
    view! { <Shell title="组织资料" back="/" form=true>{page}</Shell> }
}
