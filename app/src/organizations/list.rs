//! The organizations that a county knows: those that wait for its civil affairs bureau, those it registered, and those that serve it.

use crate::desk::use_desk;
use crate::organizations::words::pill;
use crate::ui::offline::first_download;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use domain::asks::asks;
use domain::organizations::{OrgStage, OrganizationFacts};
use domain::text::words as search_words;
use domain::{Facts, Key, Role};
use leptos::prelude::*;
use std::cmp::Reverse;

/// The groups, in the order in which somebody has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Asked,
    Suspended,
    Own,
    Others,
    Refused,
}

impl Group {
    const ALL: [Self; 5] = [
        Self::Asked,
        Self::Suspended,
        Self::Own,
        Self::Others,
        Self::Refused,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Asked => "等民政部门审核",
            Self::Suspended => "暂停接单的",
            Self::Own => "本级登记的",
            Self::Others => "别处登记、服务这里的",
            Self::Refused => "没有通过的",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    key: Key,
    name: String,
    facts: OrganizationFacts,
    asked: bool,
}

/// All organizations of the county.
#[component]
pub fn Organizations() -> impl IntoView {
    let desk = use_desk();
    let text = RwSignal::new(String::new());
    let lines = Memo::new(move |_| {
        let actor = desk.actor();
        let own = match &actor.role {
            Role::Bureau { region, .. } => Some(*region),
            _ => None,
        };
        let wanted = search_words(&text.get());
        let mut found: Vec<(Group, Line)> = desk
            .list(|facts| matches!(facts, Facts::Organization(_)))
            .into_iter()
            .filter_map(|item| {
                let org = item.summary.organization()?;
                let searched = item.summary.searched();
                if !wanted.iter().all(|word| searched.contains(word.as_str())) {
                    return None;
                }
                let group = match org.facts.stage {
                    _ if org.facts.waits && own == Some(org.facts.registered_in) => Group::Asked,
                    OrgStage::Suspended => Group::Suspended,
                    OrgStage::Refused | OrgStage::Pending => Group::Refused,
                    OrgStage::Approved if own == Some(org.facts.registered_in) => Group::Own,
                    OrgStage::Approved => Group::Others,
                };
                let line = Line {
                    key: item.key,
                    name: org.texts.name.clone(),
                    facts: org.facts,
                    asked: asks(&Facts::Organization(org.facts), &actor),
                };
                Some((group, line))
            })
            .collect();
        found.sort_by(|(a, x), (b, y)| {
            (a, Reverse(x.asked), &x.name).cmp(&(b, Reverse(y.asked), &y.name))
        });
        found
    });
    let downloading = first_download(desk);
    let section = move |group: Group| {
        let of = lines.with(|lines| {
            let of = lines.iter().filter(|(g, _)| *g == group);
            of.map(|(_, line)| line.clone()).collect::<Vec<_>>()
        });
        (!of.is_empty()).then(|| {
            let n = of.len();
            let rows = of.into_iter().map(row).collect_view();
            view! {
                <section class="card" aria-label=group.title()>
                    <h2>{group.title()}" "<span class="meta">{n}</span></h2>
                    <div class="lines">{rows}</div>
                </section>
            }
        })
    };
    let nothing = move || {
        lines.with(Vec::is_empty).then(|| {
            let (title, words) = match (downloading.get(), text.with(String::is_empty)) {
                (true, _) => ("正在下载…", "下载好以后，没有网络也能看。"),
                (false, true) => ("还没有社会组织", "有组织在这里登记，就会出现在这里。"),
                (false, false) => ("没有找到", "换个词试试。"),
            };
            view! { <div class="empty"><h2>{title}</h2><p>{words}</p></div> }
        })
    };
    view! {
        <Shell title="社会组织">
            <Search text=text placeholder="搜组织名称" />
            {move || Group::ALL.into_iter().map(section).collect_view()}
            {nothing}
        </Shell>
    }
}

fn row(line: Line) -> impl IntoView {
    let today = use_desk().today();
    let Line {
        key, name, facts, ..
    } = line;
    let rating = facts.rating.map(|rating| {
        let expired = if rating.has_expired(today) {
            "，已过期"
        } else {
            ""
        };
        format!("{}A{expired}", rating.grade)
    });
    let kind = match key {
        Key::Organization(code) => code.kind().label(),
        _ => "",
    };
    let what = if facts.waits && facts.stage.is_known() {
        "资料有改动"
    } else {
        facts.stage.label()
    };
    let class = if facts.waits {
        "pill is-you"
    } else {
        pill(facts.stage)
    };
    let meta: Vec<String> = [Some(kind.to_owned()), rating]
        .into_iter()
        .flatten()
        .collect();
    view! {
        <a href=format!("/organizations/{}", key.id())>
            <span>{name}<span class="meta is-line">{meta.join(" · ")}</span></span>
            <span class=class>{what}</span>
        </a>
    }
}
