//! The list of the accounts that this person looks after.

use super::ask;
use super::post::child_word;
use crate::desk::{Desk, use_desk};
use crate::device::paper::printing;
use crate::ui::choice::{Choice, Offer};
use crate::ui::filters::any;
use crate::ui::not_answered::NotAnswered;
use crate::ui::place;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use crate::ui::wide::wide;
use crate::words;
use api::ApiError;
use api::accounts::{AccountLine, AccountsRequest, PlaceLine};
use domain::accounts::{AccountState, role_line};
use domain::{Level, RegionCode, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The server is asked this long after the last keystroke (debounce).
const TYPING: Duration = Duration::from_millis(350);

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    text: String,
    region: Option<RegionCode>,
    state: Option<AccountState>,
}

/// What the server has answered so far.
#[derive(Clone, Copy)]
struct Answers {
    desk: Desk,
    accounts: RwSignal<Vec<AccountLine>>,
    next: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<ApiError>>,
    places: RwSignal<Vec<PlaceLine>>,
    /// The number of the latest query. Late answers to older ones are dropped.
    asked: StoredValue<u64>,
}

impl Answers {
    fn ask(self, wanted: &Wanted, after: Option<String>) {
        let first = after.is_none();
        let request = AccountsRequest {
            region: wanted.region,
            state: wanted.state,
            text: wanted.text.trim().to_owned(),
            after,
            ..AccountsRequest::default()
        };
        self.asked.update_value(|n| *n += 1);
        let question = self.asked.get_value();
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let answer = ask::accounts(self.desk, request).await;
            if self.asked.try_get_value() != Some(question) {
                return;
            }
            match answer {
                Ok(page) => {
                    self.accounts.try_update(|accounts| {
                        if first {
                            accounts.clear();
                        }
                        accounts.extend(page.accounts);
                    });
                    self.next.try_set(page.next);
                    if self.places.try_with(Vec::is_empty) == Some(true)
                        && let Ok(places) = ask::places(self.desk, None).await
                    {
                        self.places.try_set(places);
                    }
                }
                Err(error) => {
                    self.trouble.try_set(Some(error));
                }
            }
            self.busy.try_set(false);
        });
    }
}

/// The class of a state's pill.
pub(super) fn pill(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => "pill is-done",
        AccountState::Invited => "pill is-wait",
        AccountState::Waiting => "pill is-alert",
        AccountState::Closed => "pill",
    }
}

/// `138 0000 0001`, as people read it.
pub(super) fn spaced(phone: &str) -> String {
    match (phone.get(..3), phone.get(3..7), phone.get(7..)) {
        (Some(a), Some(b), Some(c)) if phone.len() == 11 => format!("{a} {b} {c}"),
        _ => phone.to_owned(),
    }
}

/// When it was last used, or until when its invitation can be used.
pub(super) fn used(line: &AccountLine, desk: Desk) -> String {
    let (now, today) = (desk.now(), desk.today());
    match (line.state, line.invited_until, line.seen_at) {
        (AccountState::Invited, Some(until), _) => {
            format!("邀请条 {}前有效", words::day(until.day(), today))
        }
        (_, _, Some(seen)) => format!("{}用过", words::ago(seen, now)),
        _ => "最近没有登录".to_owned(),
    }
}

/// The accounts of the level below.
#[component]
pub fn List() -> impl IntoView {
    let desk = use_desk();
    let wanted = place::kept(desk.scope(), "accounts", Wanted::default());
    let text = RwSignal::new(wanted.with_untracked(|wanted| wanted.text.clone()));
    let answers = Answers {
        desk,
        accounts: RwSignal::new(Vec::new()),
        next: RwSignal::new(None),
        busy: RwSignal::new(true),
        trouble: RwSignal::new(None),
        places: RwSignal::new(Vec::new()),
        asked: StoredValue::new(0),
    };
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
    let again = Callback::new(move |()| wanted.with_untracked(|w| answers.ask(w, None)));
    let (wide, paper) = (wide(), printing());
    let as_table = Memo::new(move |_| wide.get() || paper.get());
    let list = move || {
        if as_table.get() {
            view! { <Table answers=answers /> }.into_any()
        } else {
            view! { <Cards answers=answers /> }.into_any()
        }
    };
    let more = move || {
        answers.next.get().filter(|_| !answers.busy.get()).map(|next| view! {
            <button
                class="btn is-quiet is-wide"
                on:click=move |_| wanted.with_untracked(|w| answers.ask(w, Some(next.clone())))
            >
                "再看 50 个"
            </button>
        })
    };
    let nothing = move || {
        let none = answers.accounts.with(Vec::is_empty);
        let filtered = wanted.with(|wanted| *wanted != Wanted::default());
        (none && !answers.busy.get() && answers.trouble.with(Option::is_none)).then(|| {
            let (title, advice) = if filtered {
                ("没有这样的账号", "换个词，或放宽筛选。")
            } else {
                (
                    "下面还没有账号",
                    "可以一个一个加，也可以下载表格填好，一次开通很多个。",
                )
            };
            view! { <div class="empty"><h2>{title}</h2><p>{advice}</p></div> }
        })
    };
    let trouble = move || {
        let error = answers.trouble.get();
        error.map(|error| match error {
            ApiError::Offline { .. } => view! {
                <div class="empty" role="alert">
                    <h2>"这里要联网才能看"</h2>
                    <p>"账号不存在这台设备上。连上网络后再看。"</p>
                    <button class="btn is-quiet" on:click=move |_| again.run(())>"再试一次"</button>
                </div>
            }
            .into_any(),
            error => view! { <NotAnswered error=error again=again /> }.into_any(),
        })
    };
    let busy = move || {
        answers.busy.get().then(|| {
            view! { <div class="card skeleton" aria-label="正在查"><i></i><i></i><i></i></div> }
        })
    };
    view! {
        <Shell title="账号" back="/me" wide=true>
            <div class="btn-row">
                <a class="btn" href="/accounts/new">"加一个"</a>
                <a class="btn is-quiet" href="/accounts/import">"从表格开通"</a>
            </div>
            <Search text=text placeholder="搜：姓名、手机号、地方…" />
            <Filters wanted=wanted answers=answers />
            {list}
            {busy}
            {trouble}
            {nothing}
            {more}
        </Shell>
    }
}

#[component]
fn Filters(wanted: RwSignal<Wanted>, answers: Answers) -> impl IntoView {
    let states = || {
        let mut offers = any("所有状态");
        offers.extend(AccountState::ALL.map(|state| Offer::new(state.label(), state.label())));
        offers
    };
    let places = move || {
        let mut offers = any("所有地方");
        answers.places.with(|places| {
            offers.extend(
                places
                    .iter()
                    .map(|place| Offer::new(place.code.to_string(), place.name.clone())),
            );
        });
        offers
    };
    let state = move || wanted.with(|w| w.state.map_or("", AccountState::label).to_owned());
    let region = move || wanted.with(|w| w.region.map_or_else(String::new, |r| r.to_string()));
    let set_state = move |value: String| {
        let state = AccountState::ALL.into_iter().find(|s| s.label() == value);
        wanted.update(|w| w.state = state);
    };
    let set_region = move |value: String| wanted.update(|w| w.region = value.parse().ok());
    let has_places = matches!(answers.desk.actor().role, Role::Bureau { .. });
    view! {
        <div class="chips is-line" role="group" aria-label="筛选">
            <Choice label="状态" options=states() value=Signal::derive(state) on_choose=set_state />
            {has_places.then(|| view! {
                <Choice
                    label=child_word(answers.desk) options=Signal::derive(places)
                    value=Signal::derive(region) on_choose=set_region
                />
            })}
        </div>
    }
}

#[component]
fn Cards(answers: Answers) -> impl IntoView {
    let desk = answers.desk;
    let card = move |line: AccountLine| {
        view! {
            <li data-testid="account-row">
                <a class="card" href=format!("/accounts/{}", line.user)>
                    <div class="row is-top"><h2>{line.name.clone()}</h2><span class=pill(line.state)>{line.state.label()}</span></div>
                    <p class="meta">{role_line(&line.role)}</p>
                    <p class="meta">{format!("{} · {}", spaced(&line.phone), used(&line, desk))}</p>
                </a>
            </li>
        }
    };
    let key = |line: &AccountLine| (line.user, line.state, line.name.clone());
    view! {
        <ul class="list" aria-label="账号" aria-busy=move || answers.busy.get().to_string()>
            <For each=move || answers.accounts.get() key=key children=card />
        </ul>
    }
}

#[component]
fn Table(answers: Answers) -> impl IntoView {
    let desk = answers.desk;
    let county =
        matches!(desk.actor().role, Role::Bureau { region, .. } if region.level() == Level::County);
    let row = move |line: AccountLine| {
        let place = match &line.role {
            Role::Village { place } if county => {
                format!("{} {}", place.town_name, place.village_name)
            }
            role => role_line(role),
        };
        view! {
            <tr class="is-link" data-testid="account-row">
                <td><a href=format!("/accounts/{}", line.user)>{line.name.clone()}</a></td>
                <td>{place}</td>
                <td class="is-short">{spaced(&line.phone)}</td>
                <td class="is-short"><span class=pill(line.state)>{line.state.label()}</span></td>
                <td class="is-short">{used(&line, desk)}</td>
            </tr>
        }
    };
    let key = |line: &AccountLine| (line.user, line.state, line.name.clone());
    view! {
        <div class="card table-wrap">
            <table class="table" aria-label="账号" aria-busy=move || answers.busy.get().to_string()>
                <thead>
                    <tr>
                        <th scope="col">"姓名"</th><th scope="col">"管哪里"</th><th scope="col">"手机号"</th>
                        <th scope="col">"状态"</th><th scope="col">"最近"</th>
                    </tr>
                </thead>
                <tbody><For each=move || answers.accounts.get() key=key children=row /></tbody>
            </table>
        </div>
    }
}
