//! An organization's own supplies: the picks that wait for its answer, what it has begun to write, and where each supply stands.

use crate::desk::{Desk, use_desk};
use crate::supplies::cards::{PickCard, picks, supplies, supply_pill};
use crate::ui::need_row::waited;
use crate::ui::offline::first_download;
use crate::ui::shell::Shell;
use crate::words;
use domain::supplies::form::SupplyAnswers;
use domain::supplies::{SupplyStage, SupplySummary};
use domain::{Key, Role, SupplyId};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A supply that is being written and was never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Begun {
    id: SupplyId,
    title: String,
}

/// The forms of supplies that nobody has but this device. Tracked.
fn begun(desk: Desk) -> RwSignal<Vec<Begun>> {
    let all = RwSignal::new(Vec::new());
    Effect::new(move || {
        desk.track();
        spawn_local(async move {
            let found: Vec<(String, SupplyAnswers)> = desk.drafts().await;
            let fits = |(name, form): (String, SupplyAnswers)| {
                let is_own = name == SupplyAnswers::draft_name(form.supply);
                let is_new = untrack(|| desk.list_item(&Key::Supply(form.supply))).is_none();
                (is_own && is_new).then(|| Begun {
                    id: form.supply,
                    title: form.title.trim().to_owned(),
                })
            };
            let found: Vec<Begun> = found.into_iter().filter_map(fits).collect();
            // The page may be gone by now.
            if all.try_with_untracked(|now| *now != found) == Some(true) {
                all.try_set(found);
            }
        });
    });
    all
}

/// In which order supplies are listed: what has to be done first.
fn rank(stage: SupplyStage) -> u8 {
    match stage {
        SupplyStage::Returned => 0,
        SupplyStage::Draft => 1,
        SupplyStage::Submitted => 2,
        SupplyStage::Published => 3,
        SupplyStage::Paused => 4,
        SupplyStage::Ended | SupplyStage::Withdrawn => 5,
    }
}

/// An organization's own supplies.
#[component]
pub fn Own() -> impl IntoView {
    let desk = use_desk();
    let Role::Member { org, .. } = desk.actor().role else {
        return ().into_any();
    };
    let asked = Memo::new(move |_| picks(desk, domain::picks::PickFacts::asks_supplier));
    let own = Memo::new(move |_| {
        let mut own = supplies(desk, |supply| supply.org == org);
        own.sort_by_key(|(_, supply, _)| rank(supply.facts.stage));
        own
    });
    let begun = begun(desk);
    let nothing = move || own.with(Vec::is_empty) && begun.with(Vec::is_empty);
    view! {
        <Shell title="供给项目">
            <Asked asked=asked />
            <a class="btn is-wide" href="/supplies/new">"写一个供给项目"</a>
            {move || begun.get().into_iter().map(|form| view! { <BegunCard form=form /> }).collect_view()}
            <div class="list">
                {move || own.get().into_iter().map(|one| view! { <Card one=one /> }).collect_view()}
            </div>
            {move || nothing().then(|| view! { <Nothing /> })}
        </Shell>
    }
    .into_any()
}

#[component]
fn Asked(asked: Memo<Vec<PickCard>>) -> impl IntoView {
    move || {
        (!asked.with(Vec::is_empty)).then(|| view! {
            <section class="stack" aria-labelledby="asked">
                <h2 id="asked">"村里点单，等你们答复 "<span class="meta">{move || asked.with(Vec::len)}</span></h2>
                <div class="list">
                    {move || asked.get().into_iter().map(|card| view! { <AskedCard card=card /> }).collect_view()}
                </div>
            </section>
        })
    }
}

#[component]
fn AskedCard(card: PickCard) -> impl IntoView {
    let desk = use_desk();
    view! {
        <a class="card" href=format!("/supplies/{}", card.facts.supply) data-testid="pick-to-answer">
            <div class="row is-top">
                <h3>{card.texts.title.clone()}</h3>
                <span class="pill is-you">{waited(card.facts.picked_at, desk.now())}</span>
            </div>
            <p class="meta">{card.texts.place()}</p>
            <p class="status">{format!("要 {} 个名额：{}", card.facts.places, card.texts.wanted)}</p>
        </a>
    }
}

#[component]
fn BegunCard(form: Begun) -> impl IntoView {
    let title = match form.title.as_str() {
        "" => "还没有写标题".to_owned(),
        title => title.to_owned(),
    };
    view! {
        <a class="card" href=format!("/supplies/{}/edit", form.id) data-testid="supply-begun">
            <div class="row is-top"><h2>{title}</h2><span class="pill is-wait">"没写完"</span></div>
            <p class="status">"存在这台设备上，点开接着写"</p>
        </a>
    }
}

#[component]
fn Card(one: (SupplyId, SupplySummary, bool)) -> impl IntoView {
    let desk = use_desk();
    let (id, supply, unsent) = one;
    let facts = supply.facts;
    let (class, pill) = match unsent {
        true => ("pill is-wait", "等待发送".to_owned()),
        false => supply_pill(&facts),
    };
    let sentence = match facts.stage {
        SupplyStage::Draft => "草稿，还没有发去审核".to_owned(),
        SupplyStage::Submitted => "等登记地的民政部门审核".to_owned(),
        SupplyStage::Returned => "退回了，请改好再发".to_owned(),
        SupplyStage::Published | SupplyStage::Paused => {
            let taken = facts.places.saturating_sub(facts.left);
            let mut words = format!("{} 个名额，用了 {taken} 个", facts.places);
            if facts.asked > 0 {
                words.push_str(&format!(" · {} 个村等答复", facts.asked));
            }
            words
        }
        SupplyStage::Ended => "已经结束，不再接受点单".to_owned(),
        SupplyStage::Withdrawn => "已经撤回".to_owned(),
    };
    let meta = format!(
        "{} · {} · {}",
        facts.action.label(),
        facts.topic.label(),
        words::time_left(facts.to, desk.today())
    );
    view! {
        <a class="card" href=format!("/supplies/{id}") data-testid="supply-card">
            <div class="row is-top"><h2>{supply.texts.title.clone()}</h2><span class=class>{pill}</span></div>
            <p class="meta">{meta}</p>
            <p class="status">{sentence}</p>
        </a>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    let desk = use_desk();
    let downloading = first_download(desk);
    let words = move || match (downloading.get(), desk.status().last_contact) {
        (true, _) => ("正在下载…", "下载好以后，没有网络也能看。"),
        (false, None) => (
            "还没有下载",
            "第一次要用网络下载。下载好以后，没有网络也能写、能看。",
        ),
        (false, Some(_)) => (
            "还没有供给项目",
            "写下你们能为村里做什么。民政部门审核后，服务地区的村就能点单。",
        ),
    };
    view! {
        <div class="empty">
            <h2>{move || words().0}</h2>
            <p>{move || words().1}</p>
        </div>
    }
}
