//! Loading the table of regions: codes that change, with what takes their place.

use crate::ui::load_table::LoadTable;
use crate::ui::shell::Shell;
use leptos::prelude::*;

/// What a table looks like.
const TEMPLATE: &str = "code,name,valid_from,valid_to,successor\r\n";

/// The table of regions is compared with a new one before that takes its place.
#[component]
pub fn LoadRegions() -> impl IntoView {
    view! {
        <Shell title="区划表" back="/admin">
            <p>"行政区划变了，就导入一份新的区划表。先看有哪些不同，再换上。"</p>
            <LoadTable
                path=api::LOAD_REGIONS_PATH
                template=("区划表模板.csv", TEMPLATE)
                hint="要一整份表，按代码从小到大排。停用的代码不要删：写上停用日期（valid_to）和接替的代码（successor），下面的记录就还找得到。"
                on_loaded=|()| ()
            />
        </Shell>
    }
}
