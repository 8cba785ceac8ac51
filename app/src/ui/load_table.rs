//! Loading a table from a file: it is looked through first, the difference is shown, and only then it is applied.

use crate::desk::use_desk;
use crate::device::file;
use crate::device::http::call;
use api::{ApiError, Differs, LoadAnswer, LoadRequest};
use domain::money::grouped;
use leptos::ev::Event;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

/// What is being loaded.
#[derive(Clone, Debug)]
struct Chosen {
    file: String,
    content: String,
}

/// Chooses a file, shows what it would change, and applies it.
#[component]
pub fn LoadTable(
    /// The server's path.
    path: &'static str,
    /// The name and the text of a table to fill in.
    template: (&'static str, &'static str),
    /// What a table must have.
    hint: &'static str,
    /// Called when it was applied.
    #[prop(into)]
    on_loaded: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    let chosen = RwSignal::new(None::<Chosen>);
    let answer = RwSignal::new(None::<LoadAnswer>);
    let trouble = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let send = move |apply: Option<String>| {
        let Some(Chosen { file, content }) = chosen.get_untracked() else {
            return;
        };
        let request = LoadRequest {
            user: Some(desk.actor().user),
            file,
            content,
            apply,
        };
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            match call::<_, LoadAnswer>(path, &request).await {
                Ok(told) => {
                    if told.applied {
                        on_loaded.try_run(());
                    }
                    answer.try_set(Some(told));
                }
                Err(error) => {
                    trouble.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let choose = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        answer.set(None);
        spawn_local(async move {
            if let Ok(content) = file::read_base64(&file).await {
                chosen.try_set(Some(Chosen {
                    file: file.name(),
                    content,
                }));
                send(None);
            } else {
                trouble.try_set(Some(ApiError::Malformed {
                    detail: "file".to_owned(),
                }));
            }
            // The same file may be chosen again.
            input.set_value("");
        });
    };
    let save = move |_| {
        // Where the browser saves nothing, the hint says what the columns are.
        let _saved = file::save_table(template.0, template.1);
    };
    let told = move || {
        let told = answer.get()?;
        Some(
            view! { <Told told=told busy=busy apply=Callback::new(move |difference| send(Some(difference))) /> },
        )
    };
    let failed = move || {
        trouble.get().map(|error| {
            view! { <div class="banner is-alert" role="alert">{format!("{}{}", error.message(), error.action())}</div> }
        })
    };
    let working = move || {
        busy.get().then(
            || view! { <div class="card skeleton" aria-label="正在核对"><i></i><i></i></div> },
        )
    };
    view! {
        <section class="card stack" aria-label="导入">
            <p class="hint">{hint}</p>
            <label class="field">
                <span>"选文件"</span>
                <input class="input" type="file" accept=".csv,.xlsx,text/csv" on:change=choose />
            </label>
            <button class="btn is-quiet is-small" on:click=save>"下载模板"</button>
        </section>
        {failed}
        {working}
        {told}
    }
}

/// What the file holds, compared with what is there.
#[component]
fn Told(told: LoadAnswer, busy: RwSignal<bool>, apply: Callback<String>) -> impl IntoView {
    let n = |n: u32| grouped(u64::from(n));
    let changes = told.new + told.changed + told.gone;
    let summary = match (told.applied, told.bad) {
        (true, _) => "已经导入。".to_owned(),
        (false, 0) if changes == 0 => "和现在的一样，不用导入。".to_owned(),
        (false, 0) => "核对过了，还没有导入。".to_owned(),
        (false, bad) => format!("有 {} 处要改，改好再选一次。现在什么都没有导入。", n(bad)),
    };
    let counts = format!(
        "表里 {} 行：新增 {}，改动 {}，去掉 {}，不变 {}",
        n(told.rows),
        n(told.new),
        n(told.changed),
        n(told.gone),
        n(told.same)
    );
    let bad = told.bad_rows.into_iter().map(|row| {
        let line = if row.line > 0 {
            format!("第 {} 行　{}", row.line, row.text)
        } else {
            row.text
        };
        view! { <li><p>{line}</p><p class="error">{row.problem}</p></li> }
    });
    let bad = bad.collect_view();
    let shown = told.differences.len();
    let differences = told.differences.into_iter().map(|one| {
        let (class, word) = match one.what {
            Differs::New => ("pill is-done", "新增"),
            Differs::Changed => ("pill is-wait", "改动"),
            Differs::Gone => ("pill is-alert", "去掉"),
        };
        view! {
            <li data-testid="difference">
                <div class="row"><span>{one.title}</span><span class=class>{word}</span></div>
                {(!one.words.is_empty()).then(|| view! { <p class="meta">{one.words}</p> })}
            </li>
        }
    });
    let differences = differences.collect_view();
    let more = (changes as usize > shown && told.bad == 0).then(|| {
        view! { <p class="meta">{format!("只列出前 {shown} 处，一共 {} 处。", n(changes))}</p> }
    });
    let ready = !told.applied && told.bad == 0 && changes > 0;
    let difference = told.difference;
    view! {
        <section class="card stack" aria-label="核对结果" data-testid="loaded">
            <h2 role="status">{summary}</h2>
            <p>{counts}</p>
            <ul class="list is-told">{bad}</ul>
            <ul class="list is-told">{differences}</ul>
            {more}
            {ready.then(|| view! {
                <button
                    class="btn is-wide" disabled=move || busy.get()
                    on:click=move |_| apply.run(difference.clone())
                >{format!("导入这 {} 处改动", n(changes))}</button>
            })}
        </section>
    }
}
