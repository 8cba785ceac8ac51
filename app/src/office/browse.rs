//! The page that browses needs on the server (keyset paging), for regions too large for a replica.

use crate::desk::use_desk;
use crate::device::remote;
use crate::ui::choice::Choice;
use crate::ui::filters::{stage_of, stages, topic_of, topics};
use crate::ui::need_facts::NeedFacts;
use crate::ui::need_row::stage_pill;
use crate::ui::not_answered::NotAnswered;
use crate::ui::search::Search;
use crate::ui::sheet::Sheet;
use crate::ui::shell::Shell;
use crate::words;
use api::{ApiError, BrowseRequest};
use domain::needs::NeedStage;
use domain::{Kind, Need, RegionCode, Topic};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;
use std::time::Duration;

/// The page size of a query.
const PAGE: u32 = 50;
/// The server is asked this long after the last keystroke (debounce).
const TYPING: Duration = Duration::from_millis(350);

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    text: String,
    region: Option<RegionCode>,
    topic: Option<Topic>,
    stage: Option<NeedStage>,
}

impl Wanted {
    fn request(&self, after: Option<String>) -> BrowseRequest {
        BrowseRequest {
            region: self.region,
            topic: self.topic,
            stage: self.stage,
            text: self.text.trim().to_owned(),
            after,
            limit: Some(PAGE),
            need: None,
        }
    }
}

/// What the server has answered so far.
#[derive(Clone, Copy)]
struct Answers {
    needs: RwSignal<Vec<Need>>,
    next: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<ApiError>>,
    /// Names of the counties that have been seen, to choose from.
    counties: RwSignal<BTreeMap<RegionCode, String>>,
    /// How many a newer version wrote, which this one cannot show.
    newer: RwSignal<usize>,
    /// The number of the latest query. Late answers to older ones are dropped.
    asked: StoredValue<u64>,
}

impl Answers {
    fn new() -> Self {
        Self {
            needs: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(true),
            trouble: RwSignal::new(None),
            counties: RwSignal::default(),
            newer: RwSignal::new(0),
            asked: StoredValue::new(0),
        }
    }

    /// Asks for the first page, or for the one after `after`.
    fn ask(self, wanted: &Wanted, after: Option<String>) {
        let first = after.is_none();
        let request = wanted.request(after);
        self.asked.update_value(|n| *n += 1);
        let question = self.asked.get_value();
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let answer = remote::browse(request).await;
            if self.asked.try_get_value() != Some(question) {
                return;
            }
            match answer {
                Ok(page) => {
                    let (found, newer) = page.read();
                    self.newer
                        .try_update(|n| *n = if first { newer } else { *n + newer });
                    self.counties.try_update(|counties| {
                        for need in &found {
                            let place = &need.place;
                            counties.entry(place.county()).or_insert_with(|| {
                                format!("{} {}", place.city_name, place.county_name)
                            });
                        }
                    });
                    self.needs.try_update(|needs| {
                        if first {
                            needs.clear();
                        }
                        needs.extend(found);
                    });
                    self.next.try_set(page.next);
                }
                Err(error) => {
                    self.trouble.try_set(Some(error));
                }
            }
            self.busy.try_set(false);
        });
    }
}

/// Needs of a region that is too large to be kept on a device: asked for page by page, with a network only.
#[component]
pub fn Browse() -> impl IntoView {
    let text = RwSignal::new(String::new());
    let wanted = RwSignal::new(Wanted::default());
    let answers = Answers::new();
    let opened = RwSignal::new(None::<Need>);
    let open = RwSignal::new(false);

    let typed = StoredValue::new(0_u64);
    Effect::new(move |before: Option<()>| {
        let text = text.get();
        typed.update_value(|n| *n += 1);
        let at = typed.get_value();
        if before.is_some() {
            set_timeout(
                move || {
                    if typed.try_get_value() == Some(at) {
                        wanted.try_update(|wanted| wanted.text = text);
                    }
                },
                TYPING,
            );
        }
    });
    Effect::new(move || wanted.with(|wanted| answers.ask(wanted, None)));

    let more = move || {
        answers.next.get().filter(|_| !answers.busy.get()).map(|next| view! {
            <button
                class="btn is-quiet is-wide"
                on:click=move |_| wanted.with_untracked(|w| answers.ask(w, Some(next.clone())))
            >
                "再看 50 条"
            </button>
        })
    };
    let cards = move || {
        answers
            .needs
            .get()
            .into_iter()
            .map(|need| {
                let show = {
                    let need = need.clone();
                    Callback::new(move |()| {
                        opened.set(Some(need.clone()));
                        open.set(true);
                    })
                };
                view! { <li><Card need=need on_open=show /></li> }
            })
            .collect_view()
    };
    let nothing = move || {
        let none = answers.needs.with(Vec::is_empty) && answers.newer.get() == 0;
        (none && !answers.busy.get() && answers.trouble.with(Option::is_none)).then(|| {
            view! {
                <div class="empty">
                    <h2>"没有这样的需求"</h2>
                    <p>"换个词，或放宽筛选。"</p>
                </div>
            }
        })
    };
    let newer = move || {
        let newer = answers.newer.get();
        (newer > 0).then(|| {
            view! {
                <p class="meta">{format!("还有 {newer} 条是新版乡单写的，更新后才能看。")}</p>
            }
        })
    };
    let again = Callback::new(move |()| wanted.with_untracked(|w| answers.ask(w, None)));
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
    let sheet_title = move || {
        opened.with(|need| {
            need.as_ref()
                .map_or_else(String::new, |n| n.content.title.clone())
        })
    };
    let sheet = move || {
        opened.get().map(|need| {
            let page = format!("/needs/{}", need.id);
            view! {
                <NeedFacts need=need />
                <a class="btn is-wide" href=page on:click=move |_| open.set(false)>"看办理经过"</a>
            }
        })
    };
    view! {
        <Shell title="需求">
            <Search text=text placeholder="搜：村名、要什么…" />
            <Filters wanted=wanted answers=answers />
            <ul class="list" aria-label="需求" aria-busy=move || answers.busy.get().to_string()>{cards}</ul>
            {busy}
            {trouble}
            {newer}
            {nothing}
            {more}
            <Sheet open=open title=Signal::derive(sheet_title)>
                {sheet}
                <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>"关上"</button>
            </Sheet>
        </Shell>
    }
}

#[component]
fn Filters(wanted: RwSignal<Wanted>, answers: Answers) -> impl IntoView {
    let counties = move || {
        let named = answers.counties.get();
        let named = named
            .into_iter()
            .map(|(code, name)| (code.to_string(), name));
        std::iter::once((String::new(), "所有县".to_owned()))
            .chain(named)
            .collect::<Vec<_>>()
    };
    let region = move || wanted.with(|w| w.region.map_or_else(String::new, |r| r.to_string()));
    let topic = move || wanted.with(|w| w.topic.map_or("", Topic::label).to_owned());
    let stage = move || wanted.with(|w| w.stage.map_or("", NeedStage::label).to_owned());
    let set_region = move |value: String| wanted.update(|w| w.region = value.parse().ok());
    let set_topic = move |value: String| wanted.update(|w| w.topic = topic_of(&value));
    let set_stage = move |value: String| wanted.update(|w| w.stage = stage_of(&value));
    view! {
        <div class="chips is-line" role="group" aria-label="筛选">
            <Choice label="阶段" options=stages() value=Signal::derive(stage) on_choose=set_stage />
            <Choice label="类别" options=topics() value=Signal::derive(topic) on_choose=set_topic />
            <Choice
                label="县" options=Signal::derive(counties) value=Signal::derive(region)
                on_choose=set_region
            />
        </div>
    }
}

#[component]
fn Card(need: Need, #[prop(into)] on_open: Callback<()>) -> impl IntoView {
    let today = use_desk().today();
    let (class, word) = stage_pill(&need.summary().facts);
    let place = format!("{} · {}", need.place.city_name, need.place.line());
    view! {
        <div class="card">
            <div class="row is-top"><h2>{need.content.title.clone()}</h2><span class=class>{word}</span></div>
            <p class="meta">{place}</p>
            <div class="row">
                <span class="meta">{words::need_meta(&need, today)}</span>
                <button
                    class="link" type="button" aria-label=format!("细看：{}", need.content.title)
                    on:click=move |_| on_open.run(())
                >
                    "细看"
                </button>
            </div>
        </div>
    }
}
