//! The sync page: pending mutations, rejections, and the device's storage.

use crate::account::unfinished::UnfinishedWork;
use crate::account::unsent_file::{ReadBackIn, SaveUnsent};
use crate::desk::need_answers::Answers;
use crate::desk::{Desk, use_desk};
use crate::device::storage;
use crate::ui::offline::offline;
use crate::ui::put_away::PutAway;
use crate::ui::shell::Shell;
use crate::ui::status_line::{is_officer, network};
use crate::words;
use domain::{Command, Key, NeedContent, NeedId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use sync::engine::{Status, SyncError};
use sync::outbox::{Notice, Pending};
use sync::ports::RemoteError;

/// A line of what waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiting {
    seq: u64,
    words: String,
    since: String,
}

/// A rejection on the page.
#[derive(Clone, Debug, PartialEq)]
struct Refusal {
    notice: Notice,
    words: String,
    /// The need it is about.
    need: Option<NeedId>,
}

fn title_of(desk: Desk, command: &Command) -> Option<String> {
    let key = match command {
        Command::TakeOrder(take) => Key::Need(take.need),
        Command::PickSupply(pick) => Key::Supply(pick.supply),
        other => other.subject(),
    };
    desk.list_item(&key)
        .map(|item| item.summary.title().to_owned())
}

fn said(desk: Desk, command: Result<&Command, ()>) -> String {
    match command {
        Ok(command) => words::act(command, title_of(desk, command).as_deref()),
        Err(()) => "更新的版本写的一步，更新页面后再看".to_owned(),
    }
}

fn waiting(desk: Desk) -> Vec<Waiting> {
    let now = desk.now();
    let line = |p: Pending| Waiting {
        seq: p.seq,
        words: said(desk, p.command.as_ref().map_err(|_| ())),
        since: words::moment(p.entry.at, now),
    };
    desk.waiting().into_iter().map(line).collect()
}

fn refusals(desk: Desk) -> Vec<Refusal> {
    let line = |notice: Notice| {
        let command = notice.entry.command();
        let need = match &command {
            Ok(Command::TakeOrder(take)) => Some(take.need),
            Ok(command) => match command.subject() {
                Key::Need(id) => Some(id),
                // The village answers a delivery on the page of its need.
                key @ Key::Order(_) => desk
                    .list_item(&key)
                    .and_then(|item| item.summary.order()?.facts.need),
                key @ Key::Dispatch(_) => desk
                    .list_item(&key)
                    .and_then(|item| Some(item.summary.dispatch()?.facts.need)),
                _ => None,
            },
            Err(_) => None,
        };
        Refusal {
            words: said(desk, command.as_ref().map_err(|_| ())),
            need,
            notice,
        }
    };
    desk.notices().into_iter().map(line).collect()
}

/// What waits to be sent, in words. Tracked.
#[must_use]
pub fn unsent_words(desk: Desk) -> Vec<String> {
    waiting(desk).into_iter().map(|line| line.words).collect()
}

/// What was rejected and not put away, in words. Tracked.
#[must_use]
pub fn refused_words(desk: Desk) -> Vec<String> {
    refusals(desk).into_iter().map(|line| line.words).collect()
}

/// The text of a rejected need, shown so that it is not lost.
fn written(command: &Command) -> Option<(NeedId, &NeedContent)> {
    match command {
        Command::SaveNeed(c) => Some((c.need, &c.content)),
        Command::PostNeed(c) => Some((c.need, &c.content)),
        Command::EditNeed(c) => Some((c.need, &c.content)),
        _ => None,
    }
}

/// What waits and why, what was rejected, what is stored, and what one can do about it.
#[component]
pub fn SyncPage() -> impl IntoView {
    let desk = use_desk();
    let network = network();
    let status = Memo::new(move |_| desk.status());
    let busy = Memo::new(move |_| status.with(|s| s.syncing));
    let lost = move || {
        status.with(|s| s.storage_lost).then(|| view! {
            <div class="note is-alert" role="alert">
                <p>
                    <b>"浏览器清掉过乡单存在这台设备上的内容。"</b>
                    "已经发到县里的都还在；当时还没发出的可能丢了，请对照着看看，缺的再写一次。"
                </p>
                <button class="btn is-quiet is-small" on:click=move |_| desk.storage_loss_was_told()>"知道了"</button>
            </div>
        })
    };
    let clock = move || {
        let wrong = words::wrong_clock(status.with(|s| s.ahead_ms))?;
        let words = format!(
            "{wrong}。截止日和先后都按县里的时间算，不受影响；请到手机的“设置”里打开“自动设置时间”。"
        );
        Some(
            view! { <p class="note is-wait" data-testid="clock">{words::to(is_officer(&desk), words)}</p> },
        )
    };
    view! {
        <Shell title="同步">
            {lost}
            {clock}
            <Waits desk=desk status=status network=network />
            <Refusals desk=desk />
            <UnfinishedWork />
            <button class="btn is-wide" aria-busy=move || busy.get().to_string() on:click=move |_| desk.sync_now()>
                {move || if busy.get() { "正在同步…" } else { "现在同步" }}
            </button>
            <SaveUnsent desk=desk />
            <ReadBackIn desk=desk />
            <Stored desk=desk />
        </Shell>
    }
}

#[component]
fn Waits(desk: Desk, status: Memo<Status>, network: ReadSignal<bool>) -> impl IntoView {
    let lines = Memo::new(move |_| waiting(desk));
    let count = move || lines.with(Vec::len);
    let officer = is_officer(&desk);
    let last = move || {
        let last = match status.with(|s| s.last_contact) {
            Some(at) => format!("上次联系县里：{}", words::moment(at, desk.now())),
            None => "这台设备还没有联系过县里。".to_owned(),
        };
        words::to(officer, last)
    };
    let why =
        move || {
            let error = status.with(|s| s.last_error.clone());
            let words = match (&error, network.get()) {
                (Some(error), network) => Some(words::trouble(error, network)),
                (None, false) => Some("现在没有网络。有网后会自动发送，不用守着。"),
                (None, true) => None,
            };
            let is_sign_in = matches!(
                error,
                Some(SyncError::Remote(
                    RemoteError::SignIn | RemoteError::OtherUser
                ))
            );
            words.map(|words| view! {
            <p class="note is-wait">
                {words::to(officer, words.to_owned())}
                {is_sign_in.then(|| view! { <a class="link" href="/signin">"重新登录"</a> })}
            </p>
        })
        };
    let since = move || {
        let since = status.with(|s| s.waiting_since)?;
        (count() > 0).then(|| format!("最早的一条从{} 等到现在", words::moment(since, desk.now())))
    };
    let class = move || {
        if count() > 0 {
            "pill is-wait"
        } else {
            "pill is-done"
        }
    };
    let number = move || match count() {
        0 => "都发出了".to_owned(),
        n => n.to_string(),
    };
    view! {
        <section class="card" data-testid="waiting">
            <div class="row">
                <h2>"等待发送"</h2>
                <span class=class>{number}</span>
            </div>
            <ul class="lines">
                <For each=move || lines.get() key=Clone::clone let:line>
                    <li><span>{line.words}</span><span class="meta">{line.since}</span></li>
                </For>
            </ul>
            {move || since().map(|words| view! { <p class="meta">{words}</p> })}
            {why}
            <p class="meta">{last}</p>
        </section>
    }
}

#[component]
fn Refusals(desk: Desk) -> impl IntoView {
    let all = Memo::new(move |_| refusals(desk));
    let count = move || all.with(Vec::len);
    let card = move || {
        (count() > 0).then(|| {
            view! {
                <section class="card" data-testid="rejected">
                    <div class="row">
                        <h2>"没有成功"</h2>
                        <span class="pill is-alert">{count}</span>
                    </div>
                    <div class="stack">
                        <For each=move || all.get() key=|r| r.notice.entry.id let:refusal>
                            <RefusalLine desk=desk refusal=refusal />
                        </For>
                    </div>
                </section>
            }
        })
    };
    view! { {card} }
}

#[component]
fn RefusalLine(desk: Desk, refusal: Refusal) -> impl IntoView {
    let Refusal {
        notice,
        words,
        need,
    } = refusal;
    let id = notice.entry.id;
    let command = notice.entry.command().ok();
    let code = notice.refused.code();
    let (is_taken, has_changed) = (code == "taken", code == "changed_since");
    let look = need
        .filter(|_| command.as_ref().and_then(written).is_none())
        .map(|need| {
            let words = if is_taken {
                "看看还剩的"
            } else if has_changed {
                "再看一遍"
            } else {
                "看这条需求"
            };
            view! { <a class="btn is-quiet is-small" href=format!("/needs/{need}")>{words}</a> }
        });
    let again = command.as_ref().and_then(written).map(|(need, content)| {
        let navigate = use_navigate();
        let answers = Answers {
            kept_at: desk.now(),
            ..Answers::of(need, content)
        };
        let write = move |_| {
            let (answers, navigate) = (answers.clone(), navigate.clone());
            spawn_local(async move {
                let name = Answers::draft_name(answers.need);
                // The rejection is put away only once its content is stored as a draft.
                if desk.put_draft(&name, &answers).await.is_ok() {
                    desk.dismiss(id);
                    navigate(&format!("/needs/{}/edit", answers.need), Default::default());
                }
            });
        };
        view! { <button class="btn is-small is-main" on:click=write>"改一改再发"</button> }
    });
    view! {
        <div>
            <p><b>{words}</b></p>
            <p>{notice.refused.message.clone()}</p>
            <p class="meta">{words::moment(notice.entry.at, desk.now())}</p>
            <div class="btn-row">
                <PutAway id=id />
                {look}
                {again}
            </div>
        </div>
    }
}

/// How much is stored, and whether the browser keeps it.
#[component]
fn Stored(desk: Desk) -> impl IntoView {
    let (stored, set_stored) = signal(storage::Storage::default());
    let look = move || {
        spawn_local(async move {
            // The signals are disposed of if the page was left meanwhile.
            set_stored.try_set(storage::look().await);
        });
    };
    Effect::new(move || {
        desk.track();
        look();
    });
    let offline = offline();
    let used = move || match stored.get().used {
        Some(used) => words::bytes(used),
        None => "浏览器没说".to_owned(),
    };
    let share = move || {
        let storage::Storage { used, quota, .. } = stored.get();
        let (used, quota) = (used?, quota?);
        (quota > 0.0).then(|| (used / quota * 1000.0).clamp(0.0, 1000.0) as u32)
    };
    let of = move || match stored.get().quota {
        Some(quota) => format!("最多能用 {}", words::bytes(quota)),
        None => "\u{a0}".to_owned(),
    };
    let keep = move |_| {
        spawn_local(async move {
            // The answer itself does not matter: the state is read again and shown.
            let _answer = storage::persist().await;
            look();
        });
    };
    let is_kept = Memo::new(move |_| stored.get().persisted);
    let pill = move || match is_kept.get() {
        Some(true) => ("pill is-done", "已开启"),
        Some(false) => ("pill is-wait", "未开启"),
        None => ("pill is-fact", "不知道"),
    };
    view! {
        <section class="card" aria-label="存储">
            <p role="status" data-testid="offline">{move || offline.get().words()}</p>
            <div class="row"><span>"本机已用"</span><b>{used}</b></div>
            <div class="bar" role="img" aria-label=move || format!("用了 {}%", (share().unwrap_or(0) + 5) / 10)>
                <i style:width=move || {
                    let share = share().unwrap_or(0);
                    format!("{}.{}%", share / 10, share % 10)
                }></i>
            </div>
            <p class="meta">{of}</p>
            <div class="row">
                <span>"防止手机自动清理"</span>
                <span class=move || pill().0>{move || pill().1}</span>
            </div>
            {move || (is_kept.get() == Some(false)).then(|| view! {
                <p class="hint">"手机空间不够时，可能会清掉乡单存在这里的内容。装到桌面、常用常开，就容易开启。"</p>
                <button class="btn is-quiet is-small" on:click=keep>"开启防清理"</button>
            })}
        </section>
    }
}
