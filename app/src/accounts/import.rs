//! Opening many accounts out of a table: first everything is shown row by row, then those that are fine are opened at once.

use super::ask;
use super::list::spaced;
use super::slips::Slips;
use crate::desk::use_desk;
use crate::device::base64;
use crate::device::file;
use crate::ui::shell::Shell;
use api::accounts::{MAX_FILE_BYTES, OpenAnswer, OpenRow, Outcome, Slip};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the browser calls an .xlsx file.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A table that was chosen and read by the server.
#[derive(Clone)]
struct Shown {
    name: String,
    file: String,
    answer: OpenAnswer,
}

/// Accounts out of a table.
#[component]
pub fn Import() -> impl IntoView {
    let desk = use_desk();
    let shown = RwSignal::new(None::<Shown>);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let only_faults = RwSignal::new(false);
    let template = move |_| {
        trouble.set(None);
        spawn_local(async move {
            let said = match ask::template(desk).await {
                Ok(answer) => match base64::decode(&answer.file) {
                    Some(bytes) if file::save_bytes(&answer.name, XLSX, &bytes).is_ok() => None,
                    _ => Some("这个浏览器不让保存文件，请换手机或电脑自带的浏览器。".to_owned()),
                },
                Err(error) => Some(ask::trouble(&error)),
            };
            trouble.try_set(said);
        });
    };
    let ask_server = move |name: String, file: String, open: Option<u32>| {
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let answer = ask::import(desk, file.clone(), open).await;
            busy.try_set(false);
            match answer {
                Ok(answer) => {
                    if let Some(words) = &answer.refused {
                        trouble.try_set(Some(words.clone()));
                        shown.try_set(None);
                        return;
                    }
                    if open.is_some() && !answer.opened {
                        trouble.try_set(Some(
                            "还没有开通：刚才有账号变了，请再看一遍下面的表。".to_owned(),
                        ));
                    }
                    shown.try_set(Some(Shown { name, file, answer }));
                }
                Err(error) => {
                    trouble.try_set(Some(ask::trouble(&error)));
                }
            }
        });
    };
    let chosen = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let Some(chosen) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        shown.set(None);
        spawn_local(async move {
            let name = chosen.name();
            if chosen.size() > MAX_FILE_BYTES as f64 {
                trouble.try_set(Some(
                    "文件太大：最多 512 KB。请删掉图片和多余的表，或者分成几个文件。".to_owned(),
                ));
                return;
            }
            match file::read_base64(&chosen).await {
                Ok(file) => ask_server(name, file, None),
                Err(_) => {
                    trouble.try_set(Some("这个文件读不出来，请重新选一次。".to_owned()));
                }
            }
            // The same file can be chosen again after it was repaired.
            input.set_value("");
        });
    };
    let open = move |_| {
        if let Some(Shown { name, file, answer }) = shown.get_untracked()
            && !busy.get_untracked()
        {
            let fine = u32::try_from(answer.fine()).unwrap_or(u32::MAX);
            ask_server(name, file, Some(fine));
        }
    };
    let start = move || {
        view! {
            <section class="card stack">
                <ol class="steps">
                    <li>"下载表格，里面已经是文本格式，号码不会变样。"</li>
                    <li>"填姓名和手机号，不用的行空着。"</li>
                    <li>"选这个文件，先看一遍，再一次开通。"</li>
                </ol>
                <button class="btn is-quiet is-wide" on:click=template>"下载表格模板"</button>
                <div class="field">
                    <label for="table">"填好的表格（.xlsx）"</label>
                    <input class="input" id="table" type="file" accept=".xlsx" on:change=chosen disabled=move || busy.get() />
                </div>
            </section>
        }
    };
    let preview = move || {
        let shown = shown.get()?;
        let answer = shown.answer;
        if answer.opened {
            let slips: Vec<Slip> = answer.slips().cloned().collect();
            return Some(view! { <Slips slips=slips /> }.into_any());
        }
        let fine = answer.fine();
        let faults = count(&answer.rows, |o| matches!(o, Outcome::Faults(_)));
        let exist = count(&answer.rows, |o| matches!(o, Outcome::Exists(_)));
        let rows = StoredValue::new(answer.rows);
        let lines = move || {
            let only = only_faults.get();
            rows.get_value()
                .into_iter()
                .filter(|row| !only || matches!(row.outcome, Outcome::Faults(_)))
                .map(line)
                .collect_view()
        };
        Some(view! {
            <section class="card" aria-label="先看一遍">
                <h2>"先看一遍"</h2>
                <p class="meta">{format!("{} · 还没有开通任何一个", shown.name)}</p>
                <div class="pills">
                    <span class="pill is-done">{format!("{fine} 行可以开通")}</span>
                    {(faults > 0).then(|| view! { <span class="pill is-alert">{format!("{faults} 行有错")}</span> })}
                    {(exist > 0).then(|| view! { <span class="pill">{format!("{exist} 行已有账号，跳过")}</span> })}
                </div>
                {(faults > 0).then(|| view! {
                    <label class="check">
                        <input
                            type="checkbox" prop:checked=move || only_faults.get()
                            on:change:target=move |event| only_faults.set(event.target().checked())
                        />
                        "只看有错的"
                    </label>
                })}
                <ul class="lines import-rows" aria-label="表里的行">{lines}</ul>
                {(faults > 0).then(|| view! { <p class="meta">"有错的行不影响别的行；改好后再选一次文件，已经开通的会跳过。"</p> })}
            </section>
            <button class="btn is-wide" disabled=fine == 0 aria-busy=move || busy.get().to_string() on:click=open>
                {move || if busy.get() { "正在开通…".to_owned() } else { format!("开通 {fine} 个，印邀请条") }}
            </button>
        }
        .into_any())
    };
    let is_opened = Memo::new(move |_| shown.with(|s| s.as_ref().is_some_and(|s| s.answer.opened)));
    let reading = move || {
        (busy.get() && shown.with(Option::is_none)).then(|| {
            view! { <div class="card skeleton" aria-label="正在看这张表"><i></i><i></i><i></i></div> }
        })
    };
    view! {
        <Shell title="从表格开通" back="/accounts" wide=true>
            {move || (!is_opened.get()).then(start)}
            <p class="error" role="alert">{move || trouble.get()}</p>
            {reading}
            {preview}
        </Shell>
    }
}

fn count(rows: &[OpenRow], is: impl Fn(&Outcome) -> bool) -> usize {
    rows.iter().filter(|row| is(&row.outcome)).count()
}

fn line(row: OpenRow) -> impl IntoView {
    let (class, words) = match row.outcome {
        Outcome::Fine => ("", "可以".to_owned()),
        Outcome::Faults(faults) => ("error", format!("{}。", faults.join("；"))),
        Outcome::Exists(who) => ("meta", format!("已有账号（{who}），跳过")),
        Outcome::Opened(_) => ("", "已开通".to_owned()),
    };
    view! {
        <li data-testid="import-row">
            <span>
                <span class="meta">{format!("第 {} 行　", row.row)}</span>
                <b>{row.name}</b>
                <span class="meta">{format!("　{}　{}", spaced(&row.phone), row.place)}</span>
            </span>
            <span class=class>{words}</span>
        </li>
    }
}
