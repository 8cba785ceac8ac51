//! One account: another invitation, another place, another name, closing it, where it is signed in.

use super::ask;
use super::list::{pill, spaced, used};
use super::post::PostFields;
use super::slips::Slips;
use crate::desk::{Desk, use_desk};
use crate::ui::fields::{Bound, Field};
use crate::ui::not_answered::NotAnswered;
use crate::ui::sheet::Sheet;
use crate::ui::shell::{Shell, path_id};
use crate::ui::steady::{Act, steady};
use crate::words;
use api::ApiError;
use api::accounts::{AccountChange, AccountLine, AccountsRequest, SessionLine, Slip};
use domain::UserId;
use domain::accounts::{self, AccountState, Post, role_line};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is asked before it is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Invite,
    Move,
    Rename,
    Close,
    EndSessions,
}

impl Question {
    fn title(self) -> &'static str {
        match self {
            Self::Invite => "重开一张邀请条？",
            Self::Move => "调到哪里？",
            Self::Rename => "改姓名",
            Self::Close => "停用这个账号？",
            Self::EndSessions => "让他在所有设备上退出？",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Invite => {
                "旧的邀请条和现在的密码马上作废，他在所有设备上都要重新进来。没发出去的内容还在他的设备上。"
            }
            Self::Move => "账号跟着人走，以前办的事都留在原来的地方。",
            Self::Rename => "只改显示的姓名，以前的记录不变。",
            Self::Close => "停用后马上不能再登录。他办过的事都留着。以后可以重开邀请条恢复。",
            Self::EndSessions => "他要重新输密码才能进来。没发出去的内容还在他的设备上。",
        }
    }
}

/// What the page knows of the account.
#[derive(Clone, Copy)]
struct Account {
    desk: Desk,
    user: UserId,
    line: RwSignal<Option<AccountLine>>,
    sessions: RwSignal<Option<Vec<SessionLine>>>,
    slip: RwSignal<Option<Slip>>,
    trouble: RwSignal<Option<ApiError>>,
    said: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Account {
    fn ask(self) {
        self.trouble.set(None);
        spawn_local(async move {
            let request = AccountsRequest {
                account: Some(self.user),
                ..AccountsRequest::default()
            };
            match ask::accounts(self.desk, request).await {
                Ok(answer) => {
                    let found = answer.accounts.into_iter().next();
                    if found.is_none() {
                        self.trouble.try_set(Some(ApiError::NotFound));
                    }
                    self.line.try_set(found);
                    self.ask_sessions().await;
                }
                Err(error) => {
                    self.trouble.try_set(Some(error));
                }
            }
        });
    }

    async fn ask_sessions(self) {
        if let Ok(sessions) = ask::sessions(self.desk, self.user).await {
            self.sessions.try_set(Some(sessions));
        }
    }

    fn change(self, change: AccountChange, open: RwSignal<bool>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.said.set(None);
        spawn_local(async move {
            match ask::change(self.desk, self.user, change).await {
                Ok(answer) => {
                    open.try_set(false);
                    self.line.try_set(Some(answer.account));
                    self.slip.try_set(answer.slip);
                    self.ask_sessions().await;
                }
                Err(error) => {
                    self.said.try_set(Some(ask::trouble(&error)));
                }
            }
            self.busy.try_set(false);
        });
    }
}

/// One account.
#[component]
pub fn AccountPage() -> impl IntoView {
    let desk = use_desk();
    let Some(user) = path_id::<UserId>() else {
        return view! {
            <Shell title="账号" back="/accounts">
                <div class="empty"><h2>"没有这个账号"</h2><a class="btn" href="/accounts">"回到账号"</a></div>
            </Shell>
        }
        .into_any();
    };
    let account = Account {
        desk,
        user,
        line: RwSignal::new(None),
        sessions: RwSignal::new(None),
        slip: RwSignal::new(None),
        trouble: RwSignal::new(None),
        said: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    account.ask();
    let (question, open) = (RwSignal::new(Question::Invite), RwSignal::new(false));
    let asks = move |what: Question| {
        account.said.set(None);
        question.set(what);
        open.set(true);
    };
    let again = Callback::new(move |()| account.ask());
    let shown = move || {
        if let Some(error) = account.trouble.get() {
            return match error {
                ApiError::NotFound | ApiError::Forbidden => view! {
                    <div class="empty" role="alert">
                        <h2>"没有这个账号"</h2>
                        <p>"它可能不归你管，或者已经调走了。"</p>
                        <a class="btn" href="/accounts">"回到账号"</a>
                    </div>
                }
                .into_any(),
                error => view! { <NotAnswered error=error again=again /> }.into_any(),
            };
        }
        match account.line.get() {
            None => {
                view! { <div class="card skeleton" aria-label="正在查"><i></i><i></i><i></i></div> }
                    .into_any()
            }
            Some(line) => view! { <About account=account line=line asks=asks /> }.into_any(),
        }
    };
    view! {
        <Shell title="账号" back="/accounts">
            {shown}
            <Sheet open=open title=Signal::derive(move || question.get().title().to_owned())>
                <Ask account=account question=question.get_untracked() open=open />
            </Sheet>
        </Shell>
    }
    .into_any()
}

#[component]
fn About(
    account: Account,
    line: AccountLine,
    asks: impl Fn(Question) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let closed = line.state == AccountState::Closed;
    let moves = matches!(Post::of(&line.role), Post::Village(_) | Post::Bureau { .. });
    let invite = match line.state {
        AccountState::Active => "忘了密码：重开邀请条",
        AccountState::Closed => "恢复：重开邀请条",
        _ => "重开邀请条",
    };
    let button = move |what: Question, words: &'static str, class: &'static str| {
        view! { <button class=class on:click=move |_| asks(what)>{words}</button> }
    };
    view! {
        <section class="card">
            <div class="row is-top"><h2>{line.name.clone()}</h2><span class=pill(line.state)>{line.state.label()}</span></div>
            <p>{role_line(&line.role)}</p>
            <p class="meta">{format!("{} · {}", spaced(&line.phone), used(&line, account.desk))}</p>
        </section>
        {move || account.slip.get().map(|slip| view! { <Slips slips=vec![slip] /> })}
        <section class="card stack" aria-label="能做什么">
            {button(Question::Invite, invite, "btn is-quiet is-wide")}
            {(!closed && moves).then(|| button(Question::Move, "调动：换个地方", "btn is-quiet is-wide"))}
            {(!closed).then(|| button(Question::Rename, "改姓名", "btn is-quiet is-wide"))}
            {(!closed).then(|| button(Question::Close, "停用账号", "btn is-alert is-wide"))}
        </section>
        {(!closed).then(|| view! { <Sessions account=account asks=asks /> })}
    }
}

#[component]
fn Sessions(
    account: Account,
    asks: impl Fn(Question) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let lines = move || {
        let now = account.desk.now();
        let sessions = account.sessions.get()?;
        if sessions.is_empty() {
            return Some(view! { <p class="meta">"没有在任何设备上登录。"</p> }.into_any());
        }
        let several = sessions.len() > 1;
        let lines = sessions
            .into_iter()
            .map(|session| {
                let id = session.id.clone();
                let end = move |_| {
                    account.change(AccountChange::EndSession(id.clone()), RwSignal::new(false));
                };
                let device = if session.device.is_empty() { "设备".to_owned() } else { session.device };
                view! {
                    <li data-testid="session">
                        <span>{device}<br /><span class="meta">{format!("{}用过", words::ago(session.seen_at, now))}</span></span>
                        <button class="btn is-quiet is-small" on:click=end>"退出这台"</button>
                    </li>
                }
            })
            .collect_view();
        Some(view! {
            <ul class="lines">{lines}</ul>
            {several.then(|| view! {
                <button class="btn is-quiet is-wide" on:click=move |_| asks(Question::EndSessions)>"全部退出"</button>
            })}
        }
        .into_any())
    };
    view! {
        <section class="card" aria-label="登录的设备">
            <h2>"登录的设备"</h2>
            {lines}
        </section>
    }
}

/// The question before something is done.
#[component]
fn Ask(account: Account, question: Question, open: RwSignal<bool>) -> impl IntoView {
    let post = RwSignal::new(None::<Post>);
    let name = RwSignal::new(account.line.with_untracked(|line| {
        line.as_ref()
            .map_or_else(String::new, |line| line.name.clone())
    }));
    let fault = RwSignal::new(None::<String>);
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !account.busy.get());
    let go = move |()| {
        let change = match question {
            Question::Invite => AccountChange::Invite,
            Question::Close => AccountChange::Close,
            Question::EndSessions => AccountChange::EndSessions,
            Question::Move => match post.get_untracked() {
                Some(post) => AccountChange::Move(post),
                None => {
                    account.said.set(Some("请选好地方。".to_owned()));
                    return;
                }
            },
            Question::Rename => match name.with_untracked(|typed| accounts::name(typed)) {
                Ok(name) => AccountChange::Rename(name),
                Err(why) => {
                    fault.set(Some(why.to_string()));
                    return;
                }
            },
        };
        account.change(change, open);
    };
    let (class, word) = match question {
        Question::Invite => ("btn is-main", "重开"),
        Question::Move => ("btn is-main", "调动"),
        Question::Rename => ("btn is-main", "改好了"),
        Question::Close => ("btn is-alert", "停用"),
        Question::EndSessions => ("btn is-alert", "全部退出"),
    };
    let bound = Bound {
        value: name.into(),
        on_input: Callback::new(move |text| {
            name.set(text);
            fault.set(None);
        }),
        on_leave: Callback::new(|()| ()),
        fault: fault.into(),
        understood: Signal::derive(|| None),
    };
    view! {
        <p>{question.words()}</p>
        {(question == Question::Move).then(|| view! { <PostFields post=post /> })}
        {(question == Question::Rename).then(|| view! { <Field id="rename" label="姓名" bound=bound required=true /> })}
        <p class="error" role="alert">{move || account.said.get()}</p>
        <div class="btn-row">
            <button class="btn is-quiet" on:click=move |_| open.set(false)>"先不办"</button>
            <Act class=class ready=ready on_press=go>{word}</Act>
        </div>
    }
}
