//! The lists of designations of a region, and loading one.

use crate::desk::use_desk;
use crate::ui::as_of::AsOf;
use crate::ui::load_table::LoadTable;
use crate::ui::not_answered::NotAnswered;
use crate::ui::shell::Shell;
use crate::words;
use api::{ApiError, DesignationList, DesignationsAnswer, DesignationsRequest};
use domain::designations::may_load;
use domain::money::grouped;
use domain::{Millis, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What a table looks like.
const TEMPLATE: &str = "区划代码,地名,名录,开始日期,结束日期,来源\r\n";

/// The lists that hold in the person's region. City, province and administrators load them.
#[component]
pub fn Designations() -> impl IntoView {
    let desk = use_desk();
    let told = RwSignal::new(None::<DesignationsAnswer>);
    let kept = RwSignal::new(None::<Millis>);
    let trouble = RwSignal::new(None::<ApiError>);
    let ask = move || {
        let question = DesignationsRequest {
            user: Some(desk.actor().user),
            region: None,
        };
        spawn_local(async move {
            let found = desk.ask::<_, DesignationsAnswer>(api::DESIGNATIONS_PATH, &question);
            match found.await {
                Ok(found) => {
                    trouble.try_set(None);
                    kept.try_set(found.kept);
                    told.try_set(Some(found.answer));
                }
                Err(error) => {
                    trouble.try_set(Some(error));
                }
            }
        });
    };
    ask();
    let again = Callback::new(move |()| ask());
    let is_officer = matches!(desk.actor().role, Role::Bureau { .. });
    let one = move |list: DesignationList| {
        let href = format!(
            "/office/needs?list={}",
            String::from(js_sys::encode_uri_component(&list.name))
        );
        let others = if list.other_days > 0 {
            format!("，另有 {} 个不在有效期", list.other_days)
        } else {
            String::new()
        };
        let loaded = words::moment(list.loaded_at, desk.now());
        view! {
            <li class="card" data-testid="designation-list">
                <div class="row"><h2>{list.name}</h2><b>{format!("{} 个地方", grouped(u64::from(list.regions)))}</b></div>
                <p class="meta">{format!("来源：{}{others}", list.source)}</p>
                <p class="meta">{format!("{loaded}导入")}</p>
                {is_officer.then(|| view! { <a class="btn is-quiet is-small" href=href>"看这些地方的需求"</a> })}
            </li>
        }
    };
    let page = move || match (told.get(), trouble.get()) {
        (_, Some(error)) => view! { <NotAnswered error=error again=again /> }.into_any(),
        (None, None) => {
            view! { <div class="card skeleton" aria-label="正在查"><i></i><i></i></div> }.into_any()
        }
        (Some(told), None) if told.lists.is_empty() => view! {
            <div class="empty">
                <h2>"还没有名录"</h2>
                <p>"重点帮扶村、示范创建村这些名单，由市、省按文件导入，这里不预先放任何名单。"</p>
            </div>
        }
        .into_any(),
        (Some(told), None) => {
            let lists = told.lists.into_iter().map(one).collect_view();
            view! { <ul class="list" aria-label="名录">{lists}</ul> }.into_any()
        }
    };
    let loads = may_load(&desk.actor()).is_some();
    view! {
        <Shell title="名录" back="/me">
            <AsOf kept=kept again=again />
            {page}
            {loads.then(|| view! {
                <h2>"导入一份名录"</h2>
                <LoadTable
                    path=api::LOAD_DESIGNATIONS_PATH
                    template=("名录模板.csv", TEMPLATE)
                    hint="照模板填，一行一个地方，每份名录要写全：表里没有的地方，会从这份名录里去掉。先核对，再导入。"
                    on_loaded=move |()| ask()
                />
            })}
        </Shell>
    }
}
