//! Opening one account.

use super::ask;
use super::post::PostFields;
use super::slips::Slips;
use crate::desk::use_desk;
use crate::ui::fields::{Bound, Field, Kind};
use crate::ui::shell::Shell;
use api::accounts::{Outcome, Slip};
use domain::accounts::{self, Opening, Post};
use leptos::prelude::*;
use leptos::task::spawn_local;

fn bound(value: RwSignal<String>, fault: RwSignal<Option<String>>) -> Bound {
    Bound {
        value: value.into(),
        on_input: Callback::new(move |text| {
            value.set(text);
            fault.set(None);
        }),
        on_leave: Callback::new(|()| ()),
        fault: fault.into(),
        understood: Signal::derive(|| None),
    }
}

/// One account, typed.
#[component]
pub fn NewAccount() -> impl IntoView {
    let desk = use_desk();
    let (name, phone) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (name_fault, phone_fault) = (RwSignal::new(None), RwSignal::new(None));
    let post = RwSignal::new(None::<Post>);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let slip = RwSignal::new(None::<Slip>);
    let open = move |()| {
        if busy.get_untracked() {
            return;
        }
        let read_name = name.with_untracked(|typed| accounts::name(typed));
        let read_phone = phone.with_untracked(|typed| accounts::phone(typed));
        name_fault.set(read_name.as_ref().err().map(ToString::to_string));
        phone_fault.set(read_phone.as_ref().err().map(ToString::to_string));
        let (Ok(name), Ok(phone)) = (read_name, read_phone) else {
            return;
        };
        let Some(post) = post.get_untracked() else {
            trouble.set(Some("请选好地方。".to_owned()));
            return;
        };
        trouble.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = ask::open(desk, Opening { name, phone, post }).await;
            busy.try_set(false);
            let said = match answer {
                Ok(answer) => match answer.rows.into_iter().next().map(|row| row.outcome) {
                    Some(Outcome::Opened(made)) => {
                        slip.try_set(Some(made));
                        None
                    }
                    Some(Outcome::Exists(who)) => Some(format!(
                        "这个手机号已经有账号了：{who}。要换地方，请到那个账号里“调动”。"
                    )),
                    Some(Outcome::Faults(faults)) => Some(format!("{}。", faults.join("；"))),
                    _ => Some("没有开通，请再点一次。".to_owned()),
                },
                Err(error) => Some(ask::trouble(&error)),
            };
            trouble.try_set(said);
        });
    };
    let again = move |_| {
        slip.set(None);
        name.set(String::new());
        phone.set(String::new());
        post.set(None);
    };
    let form = move || {
        view! {
            <section class="card stack">
                <Field id="name" label="姓名" bound=bound(name, name_fault) required=true />
                <Field
                    id="phone" label="手机号" kind=Kind::Phone bound=bound(phone, phone_fault) required=true
                    hint="本人的手机号，以后用它登录"
                />
                <PostFields post=post />
            </section>
            <p class="error" role="alert">{move || trouble.get()}</p>
            <button class="btn is-wide" aria-busy=move || busy.get().to_string() on:click=move |_| open(())>
                {move || if busy.get() { "正在开通…" } else { "开通，出邀请条" }}
            </button>
            <p class="meta">"开通后会有一张邀请条，本人用它自己设密码。你看不到他的密码。"</p>
        }
    };
    let shown = move || match slip.get() {
        Some(made) => view! {
            <Slips slips=vec![made] />
            <button class="btn is-quiet is-wide" on:click=again>"再加一个"</button>
        }
        .into_any(),
        None => form().into_any(),
    };
    view! { <Shell title="加一个账号" back="/accounts">{shown}</Shell> }
}
