//! The page of the audit trail: who did what in the region, newest first, asked for from the server.

use crate::desk::{Desk, use_desk};
use crate::device::file;
use crate::trail::export::table;
use crate::trail::labels::{KINDS, act, kind, place, value};
use crate::ui::choice::{Choice, Offer};
use crate::ui::filters::any;
use crate::ui::not_answered::NotAnswered;
use crate::ui::place;
use crate::ui::shell::Shell;
use crate::words;
use api::ApiError;
use api::trail::{TrailEntry, TrailRequest};
use domain::{Day, UserId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// The page size of a query, and of one for a table.
const PAGE: u32 = 50;
const LARGE_PAGE: u32 = 500;
/// A table has at most so many lines: what is more is for a narrower question.
const MOST_LINES: usize = 10_000;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Of the last so many days; of all time without it.
    days: Option<i32>,
    /// Of this day alone.
    day: Option<Day>,
    kind: Option<String>,
    refused: Option<bool>,
    /// Who, with the name to show.
    person: Option<(UserId, String)>,
    /// About which one, with the name to show.
    about: Option<(String, String, String)>,
}

impl Wanted {
    fn request(&self, today: Day, before: Option<i64>, limit: u32) -> TrailRequest {
        let about = self.about.as_ref();
        TrailRequest {
            from: self
                .day
                .or_else(|| self.days.map(|days| today.plus(1 - days))),
            until: self.day,
            person: self.person.as_ref().map(|(person, _)| *person),
            kind: about
                .map(|(kind, _, _)| kind.clone())
                .or_else(|| self.kind.clone()),
            id: about.map(|(_, id, _)| id.clone()),
            refused: self.refused,
            before,
            limit: Some(limit),
            ..TrailRequest::default()
        }
    }
}

/// What the server has answered so far.
#[derive(Clone, Copy)]
struct Answers {
    desk: Desk,
    entries: RwSignal<Vec<TrailEntry>>,
    next: RwSignal<Option<i64>>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<ApiError>>,
    /// The number of the latest question. Late answers to older ones are dropped.
    asked: StoredValue<u64>,
}

impl Answers {
    fn new(desk: Desk) -> Self {
        Self {
            desk,
            entries: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(true),
            trouble: RwSignal::new(None),
            asked: StoredValue::new(0),
        }
    }

    fn ask(self, wanted: &Wanted, before: Option<i64>) {
        let request = wanted.request(self.desk.today(), before, PAGE);
        self.asked.update_value(|n| *n += 1);
        let question = self.asked.get_value();
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let answer = self.desk.trail(request).await;
            if self.asked.try_get_value() != Some(question) {
                return;
            }
            match answer {
                Ok(page) => {
                    self.entries.update(|entries| {
                        if before.is_none() {
                            entries.clear();
                        }
                        entries.extend(page.entries);
                    });
                    self.next.set(page.next);
                }
                Err(error) => self.trouble.set(Some(error)),
            }
            self.busy.set(false);
        });
    }
}

/// The trail of the officer's region.
#[component]
pub fn TrailPage() -> impl IntoView {
    let desk = use_desk();
    let start = Wanted {
        days: Some(7),
        ..Wanted::default()
    };
    let wanted = place::kept(desk.scope(), "trail", start);
    let answers = Answers::new(desk);
    Effect::new(move || wanted.with(|wanted| answers.ask(wanted, None)));
    let again = Callback::new(move |()| wanted.with_untracked(|wanted| answers.ask(wanted, None)));
    let trouble = move || {
        let error = answers.trouble.get();
        error.map(|error| view! { <NotAnswered error=error again=again /> })
    };
    let busy = move || {
        answers.busy.get().then(|| {
            view! {
                <div class="card skeleton" aria-label="正在查"><i></i><i></i><i></i></div>
            }
        })
    };
    let nothing = move || {
        let none = answers.entries.with(Vec::is_empty);
        (none && !answers.busy.get() && answers.trouble.with(Option::is_none)).then(|| {
            view! {
                <div class="empty">
                    <h2>"这段时间没有这样的记录"</h2>
                    <p>"把时间放宽，或者去掉筛选再看。"</p>
                </div>
            }
        })
    };
    let more = move || {
        answers.next.get().filter(|_| !answers.busy.get()).map(|next| view! {
            <button
                class="btn is-quiet is-wide"
                on:click=move |_| wanted.with_untracked(|wanted| answers.ask(wanted, Some(next)))
            >
                "再看 50 条"
            </button>
        })
    };
    view! {
        <Shell title="留痕" back="/me" wide=true>
            <p class="meta">"谁、什么时候、用哪台设备、做了什么，没做成的也记。记录一条扣一条，改不了也抽不走。"</p>
            <Filters wanted=wanted />
            <ul class="list" aria-label="留痕" aria-busy=move || answers.busy.get().to_string()>
                <For each=move || answers.entries.get() key=|entry| entry.no let:entry>
                    <Entry entry=entry wanted=wanted />
                </For>
            </ul>
            {busy}
            {trouble}
            {nothing}
            {more}
            <Export wanted=wanted answers=answers />
        </Shell>
    }
}

#[component]
fn Filters(wanted: RwSignal<Wanted>) -> impl IntoView {
    let times = || {
        let days = [
            ("1", "今天"),
            ("7", "近 7 天"),
            ("30", "近 30 天"),
            ("365", "近一年"),
        ];
        let mut offers: Vec<Offer> = days.map(|(value, name)| Offer::new(value, name)).into();
        offers.extend(any("全部时间"));
        offers
    };
    let kinds = || {
        let mut offers = any("所有对象");
        offers.extend(KINDS.map(|(value, name)| Offer::new(value, name)));
        offers
    };
    let outcomes = || {
        let mut offers = any("成没成都看");
        offers.extend([
            Offer::new("false", "生效的"),
            Offer::new("true", "没通过的"),
        ]);
        offers
    };
    // A day alone stands for itself.
    let days = move || {
        wanted.with(|w| {
            let days = w.days.filter(|_| w.day.is_none());
            days.map_or_else(String::new, |days| days.to_string())
        })
    };
    let kind = move || wanted.with(|w| w.kind.clone().unwrap_or_default());
    let refused = move || {
        wanted.with(|w| {
            w.refused
                .map_or_else(String::new, |refused| refused.to_string())
        })
    };
    let of_whom = move || {
        let person = wanted.with(|w| w.person.clone());
        let about = wanted.with(|w| w.about.clone());
        let person = person.map(|(_, name)| {
            view! {
                <button type="button" class="chip" aria-pressed="true" on:click=move |_| wanted.update(|w| w.person = None)>
                    {format!("只看 {name} ×")}
                </button>
            }
        });
        let about = about.map(|(_, _, title)| {
            view! {
                <button type="button" class="chip" aria-pressed="true" on:click=move |_| wanted.update(|w| w.about = None)>
                    {format!("只看“{title}” ×")}
                </button>
            }
        });
        view! { {person}{about} }
    };
    let day = move || wanted.with(|w| w.day.map_or_else(String::new, |day| day.to_string()));
    view! {
        <div class="chips is-line" role="group" aria-label="筛选">
            <Choice
                label="时间" options=Signal::derive(times) value=Signal::derive(days)
                on_choose=move |value: String| wanted.update(|w| {
                    w.days = value.parse().ok();
                    w.day = None;
                })
            />
            <input
                type="date" class="chip" aria-label="某一天" prop:value=day
                on:change:target=move |event| {
                    let day = event.target().value().parse().ok();
                    wanted.update(|w| w.day = day);
                }
            />
            <Choice
                label="对象" options=Signal::derive(kinds) value=Signal::derive(kind)
                on_choose=move |value: String| wanted.update(|w| w.kind = Some(value).filter(|v| !v.is_empty()))
            />
            <Choice
                label="结果" options=Signal::derive(outcomes) value=Signal::derive(refused)
                on_choose=move |value: String| wanted.update(|w| w.refused = value.parse().ok())
            />
            {of_whom}
        </div>
    }
}

/// One entry: a line to read, and below it what changed.
#[component]
fn Entry(entry: TrailEntry, wanted: RwSignal<Wanted>) -> impl IntoView {
    let now = use_desk().now();
    let who = match (&entry.name, &entry.person) {
        (name, _) if !name.is_empty() => name.clone(),
        (_, Some(_)) => "已注销的账号".to_owned(),
        (_, None) => "系统".to_owned(),
    };
    let outcome = entry
        .refused
        .clone()
        .map(|why| view! { <p class="note is-alert">{format!("没通过：{why}")}</p> });
    let device = entry.device.as_deref().map(|device| {
        let short: String = device.chars().take(8).collect();
        format!("设备 {short}")
    });
    let meta = [
        Some(words::moment(entry.at, now)),
        Some(entry.role.clone()),
        device,
    ]
    .into_iter()
    .flatten()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" · ");
    let title = match entry.title.is_empty() {
        true => kind(&entry.kind).to_owned(),
        false => entry.title.clone(),
    };
    let folded = match entry.kind == "contact" {
        true => "给谁看的、因为什么",
        false => "前后的变化",
    };
    let person = entry.person.map(|person| (person, who.clone()));
    let about = (entry.kind.clone(), entry.id.clone(), title.clone());
    let mut changes = entry.changes;
    if entry.kind == "contact" {
        // Which ones it were says the title; here stands to whom they were shown.
        changes.retain(|change| matches!(change.at.as_str(), "/org" | "/command"));
    }
    let changed = (!changes.is_empty()).then(|| {
        let rows = changes.into_iter().map(|change| {
            let none = || "（无）".to_owned();
            let say = |text: Option<String>| text.map(|text| value(&change.at, text));
            view! {
                <li>
                    <span class="meta">{place(&change.at)}</span><br/>
                    {say(change.before).unwrap_or_else(none)}" → "{say(change.after).unwrap_or_else(none)}
                </li>
            }
        });
        view! {
            <details>
                <summary>{folded}</summary>
                <ul class="trail-changes">{rows.collect_view()}</ul>
            </details>
        }
    });
    view! {
        <li class="card" data-testid="trail-entry">
            <h2>{format!("{who}：{}", act(&entry.command))}</h2>
            <p>{title}</p>
            <p class="meta">{meta}</p>
            {outcome}
            {changed}
            <div class="chips is-line">
                {person.map(|person| view! {
                    <button class="chip" on:click=move |_| wanted.update(|w| w.person = Some(person.clone()))>"只看这个人"</button>
                })}
                <button class="chip" on:click=move |_| wanted.update(|w| w.about = Some(about.clone()))>"只看这一条"</button>
            </div>
        </li>
    }
}

/// Everything that the question finds, as a file for a spreadsheet program.
#[component]
fn Export(wanted: RwSignal<Wanted>, answers: Answers) -> impl IntoView {
    let busy = RwSignal::new(false);
    let said = RwSignal::new(None::<String>);
    let save = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        said.set(None);
        let desk = answers.desk;
        let wanted = wanted.get_untracked();
        spawn_local(async move {
            let words = match all(desk, &wanted).await {
                Err(error) => format!("没有导出：{}{}", error.message(), error.action()),
                Ok((entries, more)) => {
                    let name = format!("乡单留痕-{}.csv", desk.today());
                    match file::save_bytes(&name, "text/csv", table(&entries).as_bytes()) {
                        Err(_) => "这个浏览器存不了文件，请换一个浏览器再试。".to_owned(),
                        Ok(()) if more => format!(
                            "交给浏览器保存了最近的 {} 条，更早的请缩小时间再导出。",
                            entries.len()
                        ),
                        Ok(()) => format!(
                            "交给浏览器保存了，共 {} 条。请到“下载”里看一眼有没有存好。",
                            entries.len()
                        ),
                    }
                }
            };
            said.try_set(Some(words));
            busy.try_set(false);
        });
    };
    view! {
        <div class="card no-print">
            <button class="btn is-quiet is-wide" aria-busy=move || busy.get().to_string() on:click=save>
                {move || if busy.get() { "正在导出…" } else { "导出成表格" }}
            </button>
            <p class="meta" role="status">{move || said.get()}</p>
        </div>
    }
}

/// All entries that the question finds, up to [`MOST_LINES`], and whether there are more.
async fn all(desk: Desk, wanted: &Wanted) -> Result<(Vec<TrailEntry>, bool), ApiError> {
    let mut entries = Vec::new();
    let mut before = None;
    loop {
        let page = desk
            .trail(wanted.request(desk.today(), before, LARGE_PAGE))
            .await?;
        entries.extend(page.entries);
        before = page.next;
        if before.is_none() || entries.len() >= MOST_LINES {
            return Ok((entries, before.is_some()));
        }
    }
}
