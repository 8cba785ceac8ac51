//! A supply on one sheet of A4, with a code that opens it; and its link, to be shared.

use crate::desk::{Known, use_desk};
use crate::sheets::foot::{PassOn, address, foot};
use crate::ui::newer::Newer;
use crate::ui::shell::{Shell, path_id};
use crate::words;
use domain::{Entity, Key, Supply, SupplyId};
use leptos::prelude::*;

/// The page with the sheet.
#[component]
pub fn SupplySheet() -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<SupplyId>();
    let known = desk.entity(move || id.map(Key::Supply));
    let back = id.map_or_else(|| "/".to_owned(), |id| format!("/supplies/{id}"));
    let body = move || {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Supply(supply) => view! { <Paper supply=(**supply).clone() /> }.into_any(),
                _ => ().into_any(),
            },
            Known::Reading => view! {
                <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
            }
            .into_any(),
            Known::Newer => view! { <Newer /> }.into_any(),
            Known::Absent => view! {
                <div class="empty">
                    <h2>"这个项目不在这台设备上"</h2>
                    <p>"打开项目看得到，才能打印。有网时同步后再试。"</p>
                </div>
            }
            .into_any(),
        })
    };
    view! { <Shell title="打印、分享" back=back>{body}</Shell> }
}

#[component]
fn Paper(supply: Supply) -> impl IntoView {
    let today = use_desk().today();
    let content = &supply.content;
    let regions: Vec<&str> = content.regions.iter().map(|r| r.name.as_str()).collect();
    let path = format!("supplies/{}", supply.id);
    let text = format!(
        "{}（{}）\n{}\n要登录乡单才能打开；服务地区里的村都看得到。",
        content.title,
        supply.org_name,
        address(&path)
    );
    let per_place = format!(
        "{} {}",
        content.per_place.name,
        content.per_place.unit.amount(content.per_place.quantity)
    );
    let left = content.places.saturating_sub(supply.taken());
    let said = |name: &'static str, words: &str| {
        let words = words.trim().to_owned();
        (!words.is_empty()).then(|| view! { <dt>{name}</dt><dd class="words">{words}</dd> })
    };
    view! {
        <article class="card a4" aria-label="供给项目单">
            <div class="row is-top">
                <h2>{content.title.clone()}</h2>
                <span class="meta">"供给项目单"</span>
            </div>
            <p>{supply.org_name.clone()}</p>
            <dl class="facts">
                {said("给什么", &content.offer)}
                <dt>"每村"</dt><dd>{per_place}</dd>
                <dt>"还有"</dt><dd>{format!("{left} 个村的名额（共 {} 个）", content.places)}</dd>
                <dt>"类别"</dt><dd>{format!("{} · {}", content.topic.label(), content.help.label())}</dd>
                <dt>"哪里"</dt><dd>{regions.join("、")}</dd>
                <dt>"时间"</dt><dd>{format!("{} 到 {}", words::day(content.from, today), words::day(content.to, today))}</dd>
                {said("要村里", &content.conditions)}
                {said("谁来做", &content.team)}
                {said("做过", &content.cases)}
            </dl>
            {foot(&path, "打开这个项目的二维码")}
        </article>
        <PassOn title=content.title.clone() text=text />
        <p class="hint">"收到的人要登录乡单；不在服务地区的村，打开会看到说明，看不到内容。"</p>
    }
}
