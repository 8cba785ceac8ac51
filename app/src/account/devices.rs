//! Where this person is signed in, and ending it there.

use crate::desk::use_desk;
use crate::device::http::call;
use crate::ui::not_answered::NotAnswered;
use crate::ui::shell::Shell;
use crate::words;
use api::ApiError;
use api::accounts::{EndSessionRequest, SessionLine, SessionsRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The devices on which this person is signed in.
#[component]
pub fn Devices() -> impl IntoView {
    let desk = use_desk();
    let sessions = RwSignal::new(None::<Vec<SessionLine>>);
    let trouble = RwSignal::new(None::<ApiError>);
    let said = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let ask = move || {
        trouble.set(None);
        let request = SessionsRequest {
            user: desk.actor().user,
            account: None,
        };
        spawn_local(async move {
            match call(api::SESSIONS_PATH, &request).await {
                Ok(found) => {
                    sessions.try_set(Some(found));
                }
                Err(error) => {
                    trouble.try_set(Some(error));
                }
            }
        });
    };
    ask();
    let end = move |session: Option<String>| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        said.set(None);
        let request = EndSessionRequest {
            user: desk.actor().user,
            session,
        };
        spawn_local(async move {
            match call(api::END_SESSION_PATH, &request).await {
                Ok(found) => {
                    sessions.try_set(Some(found));
                    said.try_set(Some("已经退出。".to_owned()));
                }
                Err(error) => {
                    let error: ApiError = error;
                    said.try_set(Some(format!(
                        "没有退出：{}{}",
                        error.message(),
                        error.action()
                    )));
                }
            }
            busy.try_set(false);
        });
    };
    let line = move |session: SessionLine| {
        let now = desk.now();
        let id = session.id.clone();
        let device = if session.device.is_empty() {
            "设备".to_owned()
        } else {
            session.device
        };
        let when = format!(
            "{}登录，{}用过",
            words::ago(session.started_at, now),
            words::ago(session.seen_at, now)
        );
        view! {
            <li data-testid="session">
                <span>{device}<br /><span class="meta">{when}</span></span>
                {if session.is_this {
                    view! { <span class="pill is-done">"这台设备"</span> }.into_any()
                } else {
                    view! {
                        <button class="btn is-quiet is-small" on:click=move |_| end(Some(id.clone()))>"退出这台"</button>
                    }
                    .into_any()
                }}
            </li>
        }
    };
    let shown = move || {
        if let Some(error) = trouble.get() {
            let again = Callback::new(move |()| ask());
            return match error {
                ApiError::Offline { .. } => view! {
                    <div class="empty" role="alert">
                        <h2>"这里要联网才能看"</h2>
                        <p>"连上网络后再看你在哪些设备上登录。"</p>
                        <button class="btn is-quiet" on:click=move |_| again.run(())>"再试一次"</button>
                    </div>
                }
                .into_any(),
                error => view! { <NotAnswered error=error again=again /> }.into_any(),
            };
        }
        let Some(found) = sessions.get() else {
            return view! { <div class="card skeleton" aria-label="正在查"><i></i><i></i></div> }
                .into_any();
        };
        let others = found.iter().any(|session| !session.is_this);
        view! {
            <section class="card" aria-label="登录的设备">
                <ul class="lines">{found.into_iter().map(line).collect_view()}</ul>
            </section>
            {others.then(|| view! {
                <button class="btn is-alert is-wide" on:click=move |_| end(None)>"别的设备全部退出"</button>
            })}
            <p class="meta">"手机丢了：在这里让它退出，再请上一级重开邀请条换密码。没登录的设备打不开你的账号，但它上面存过的内容还在。"</p>
        }
        .into_any()
    };
    view! {
        <Shell title="登录的设备" back="/me">
            {shown}
            <p class="meta" role="status">{move || said.get()}</p>
        </Shell>
    }
}
