use crate::desk::need_answers::{Answers, QUESTIONS};
use crate::desk::{Desk, use_desk};
use crate::needs::draft_keeper::{DraftKeeper, Kept};
use crate::needs::need_questions::{Questions, State};
use crate::ui::shell::Shell;
use crate::ui::shell::path_id;
use crate::ui::trouble;
use crate::words;
use domain::command::{EditNeed, PostNeed, SaveNeed};
use domain::need::NeedStage;
use domain::{Entity, Key, Need, NeedId, NeedState, Role, Table};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::cmp::Reverse;
use sync::engine::SubmitError;

/// What the page found out before it can show the form.
#[derive(Clone, Debug)]
enum Opened {
    /// It is being read.
    Reading,
    /// There is no such need on this device.
    Absent,
    /// It is too late to change it.
    Over(NeedStage),
    /// Here is the form.
    Ready(Box<Start>),
}

/// A form to begin or go on with.
#[derive(Clone, Debug)]
struct Start {
    answers: Answers,
    /// Where the need stands; none for one that nobody has seen yet.
    need: Option<Need>,
    /// Whether it was left unfinished.
    restored: bool,
}

/// Writing a new need.
#[component]
pub fn NewNeed() -> impl IntoView {
    view! { <NeedForm is_new=true /> }
}

/// Writing a need again.
#[component]
pub fn EditNeed() -> impl IntoView {
    view! { <NeedForm is_new=false /> }
}

/// Writing a need, new or again.
#[component]
fn NeedForm(
    /// Whether it is a new need; else the address names one.
    is_new: bool,
) -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<NeedId>();
    let opened = RwSignal::new(Opened::Reading);
    let open = move |fresh: bool| {
        opened.set(Opened::Reading);
        spawn_local(async move {
            let found = match (is_new, id) {
                (true, _) => start_new(desk, fresh).await,
                (false, Some(id)) => start_again(desk, id, fresh).await,
                (false, None) => Opened::Absent,
            };
            // The page may be gone by now.
            opened.try_set(found);
        });
    };
    open(false);
    let open = Callback::new(move |()| open(true));
    let title = if is_new {
        "发一条需求"
    } else {
        "修改需求"
    };
    move || match opened.get() {
        Opened::Ready(start) => {
            view! { <Form title=title start=*start on_fresh=open /> }.into_any()
        }
        Opened::Reading => view! {
            <Shell title=title back="/" form=true>
                <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
            </Shell>
        }
        .into_any(),
        Opened::Absent => view! {
            <Shell title=title back="/">
                <div class="empty">
                    <h2>"这条需求不在这台设备上"</h2>
                    <p>"可能还没有同步到，也可能不是本村的。请回到首页，有网时再看。"</p>
                    <a class="btn" href="/">"回到首页"</a>
                </div>
            </Shell>
        }
        .into_any(),
        Opened::Over(stage) => view! {
            <Shell title=title back="/">
                <div class="empty">
                    <h2>{format!("这条需求{}，不能再改", stage.label())}</h2>
                    <p>"如果村里还需要，请另外发一条。"</p>
                    <a class="btn" href="/needs/new">"另发一条需求"</a>
                </div>
            </Shell>
        }
        .into_any(),
    }
}

/// A new form, or the one for a new need that was left last.
async fn start_new(desk: Desk, fresh: bool) -> Opened {
    let mut drafts = if fresh {
        Vec::new()
    } else {
        desk.drafts::<Answers>().await
    };
    drafts.retain(|(name, form)| {
        *name == Answers::draft_name(form.need)
            && untrack(|| desk.head(&Key::Need(form.need))).is_none()
    });
    drafts.sort_by_key(|(_, form)| Reverse(form.kept_at));
    if let Some((_, answers)) = drafts.into_iter().next() {
        return Opened::Ready(Box::new(Start {
            answers,
            need: None,
            restored: true,
        }));
    }
    let need = NeedId::from_random(desk.random());
    let mut answers = Answers::new(need, desk.today());
    match last_contact(desk).await {
        Some(contact) => {
            answers.contact_name = contact.name;
            answers.contact_phone = contact.phone;
        }
        None => answers.contact_name = desk.actor().name,
    }
    Opened::Ready(Box::new(Start {
        answers,
        need: None,
        restored: false,
    }))
}

/// The contact of the village's last need.
async fn last_contact(desk: Desk) -> Option<domain::Contact> {
    let Role::Village { place } = desk.actor().role else {
        return None;
    };
    let own = untrack(|| {
        desk.heads(|key, head| matches!(key, Key::Need(_)) && head.village == place.village)
    });
    let last = own.into_iter().max_by_key(|l| l.head.at)?;
    match desk.read(last.key).await?.entity {
        Entity::Need(need) => need.content.contact,
        _ => None,
    }
}

/// The form of a need that exists, as it was left or as the need is.
async fn start_again(desk: Desk, id: NeedId, fresh: bool) -> Opened {
    let need = match desk.read(Key::Need(id)).await.map(|seen| seen.entity) {
        Some(Entity::Need(need)) => Some(*need),
        _ => None,
    };
    if let Some(stage @ (NeedStage::Withdrawn | NeedStage::Closed)) =
        need.as_ref().map(|n| n.state.stage())
    {
        return Opened::Over(stage);
    }
    let name = Answers::draft_name(id);
    let draft = if fresh {
        // What is thrown away on purpose.
        let _gone = desk.delete_draft(&name).await;
        None
    } else {
        desk.draft::<Answers>(&name).await
    };
    let restored = draft.is_some();
    let answers = draft.or_else(|| need.as_ref().map(|n| Answers::of(id, &n.content)));
    match answers {
        Some(answers) => Opened::Ready(Box::new(Start {
            answers,
            need,
            restored,
        })),
        None => Opened::Absent,
    }
}

/// What the two buttons do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Keep,
    Send,
}

#[component]
fn Form(title: &'static str, start: Start, on_fresh: Callback<()>) -> impl IntoView {
    let desk = use_desk();
    let navigate = use_navigate();
    let Start {
        answers,
        need,
        restored,
    } = start;
    let id = answers.need;
    let is_new = need.is_none();
    let edits = need.as_ref().is_some_and(|n| {
        matches!(
            n.state,
            NeedState::Submitted { .. } | NeedState::Published { .. }
        )
    });
    let answers = RwSignal::new(answers);
    let first = if restored {
        Kept::Kept
    } else {
        Kept::Untouched
    };
    let state = State {
        desk,
        answers,
        faults: RwSignal::new(Table::new()),
        keeper: DraftKeeper::new(desk, answers, first),
    };
    let trouble = RwSignal::new(None::<String>);
    let busy = StoredValue::new(false);
    let act = move |wanted: Wanted| {
        if busy.get_value() {
            return;
        }
        let form = answers.get_untracked();
        let faults = match wanted {
            Wanted::Keep => form.unreadable(),
            Wanted::Send => form.missing(),
        };
        trouble.set(None);
        let leave = navigate.clone();
        let home = move || leave("/", Default::default());
        let content = form.content();
        if wanted == Wanted::Keep && (content.is_none() || form.title.trim().is_empty()) {
            // Not enough for a need yet: it stays a form on this device, and the list says so.
            state.keeper.flush();
            return home();
        }
        let Some(content) = content.filter(|_| faults.is_empty()) else {
            return state.show(faults);
        };
        busy.set_value(true);
        spawn_local(async move {
            let done = match (wanted, edits) {
                (Wanted::Keep, _) => desk.submit(SaveNeed { need: id, content }).await,
                (Wanted::Send, false) => desk.submit(PostNeed { need: id, content }).await,
                (Wanted::Send, true) => desk.submit(EditNeed { need: id, content }).await,
            };
            match done {
                Ok(_) => {
                    state.keeper.done().await;
                    home();
                }
                Err(SubmitError::Rejected(rejection)) if form.fault(&rejection).is_some() => {
                    if state.answers.try_get_untracked().is_some() {
                        state.show(form.fault(&rejection).into_iter().collect());
                    }
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set_value(false);
        });
    };
    let act = StoredValue::new_local(act);
    let press = move |wanted| act.with_value(|act| act(wanted));
    let saved = move || match state.keeper.kept.get() {
        Kept::Untouched => String::new(),
        Kept::Keeping => "正在存…".to_owned(),
        Kept::Kept => format!("已存 {}", words::clock(answers.with(|a| a.kept_at))),
        Kept::Failed => "没存上".to_owned(),
    };
    let saved = move || view! { <span data-testid="draft-saved">{saved}</span> };
    let actions = move || {
        let send = if edits {
            "把改动发给县里"
        } else {
            "发给县里审核"
        };
        view! {
            {(!edits).then(|| view! {
                <button class="btn is-quiet" type="button" on:click=move |_| press(Wanted::Keep)>"先存着"</button>
            })}
            <button class="btn is-main" type="button" on:click=move |_| press(Wanted::Send)>{send}</button>
        }
    };
    let back = if is_new {
        "/".to_owned()
    } else {
        format!("/needs/{id}")
    };
    let not_kept =
        move || {
            (state.keeper.kept.get() == Kept::Failed).then(|| view! {
            <p class="note is-alert" role="alert">
                "这台设备现在存不下写的内容，请不要关掉这一页。可以先删掉一些照片或不用的应用。"
            </p>
        })
        };
    view! {
        <Shell title=title back=back aside=saved actions=actions form=true>
            <Remaining answers=answers />
            {not_kept}
            {need.as_ref().and_then(why_returned)}
            {restored.then(|| view! { <Restored is_new=is_new on_fresh=on_fresh /> })}
            {edits.then(|| view! {
                <p class="note is-fact">"改动要等有网络才会发到县里。已经有人接的，不能改名、改单位，也不能改得更少。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <Questions state=state />
        </Shell>
    }
}

#[component]
fn Remaining(answers: RwSignal<Answers>) -> impl IntoView {
    let left = Memo::new(move |_| answers.with(Answers::unanswered));
    let words = move || match left.get() {
        0 => format!("{QUESTIONS} 个问题都答了，可以发了"),
        n => format!("还有 {n} 个问题 · 共 {QUESTIONS} 个"),
    };
    view! { <p class="meta" data-testid="remaining">{words}</p> }
}

fn why_returned(need: &Need) -> Option<AnyView> {
    let NeedState::Returned {
        by, reason, words, ..
    } = &need.state
    else {
        return None;
    };
    let words = if words.trim().is_empty() {
        reason.label()
    } else {
        words.trim()
    };
    Some(
        view! { <p class="note is-alert">{format!("{}退回修改：{words}", by.label())}</p> }
            .into_any(),
    )
}

#[component]
fn Restored(is_new: bool, on_fresh: Callback<()>) -> impl IntoView {
    let (words, other) = if is_new {
        ("这是上次没写完的，接着写就行。", "另写一条新的")
    } else {
        ("这是上次没改完的，接着改就行。", "不要这些改动")
    };
    view! {
        <p class="note is-you">
            {words}
            <button class="link" type="button" on:click=move |_| on_fresh.run(())>{other}</button>
        </p>
    }
}
