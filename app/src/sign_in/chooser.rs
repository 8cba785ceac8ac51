//! The chooser of people: whoever has signed in on this device finds themselves again.

use crate::app::SignedIn;
use crate::sign_in::page::SigningIn;
use crate::sign_in::people::{self, Person};
use leptos::prelude::*;

/// The people who have signed in on this device. Choosing one fills in whose password is asked for; it opens nothing.
#[component]
pub fn Chooser() -> impl IntoView {
    let SigningIn {
        known,
        chosen,
        phone,
        trouble,
        ..
    } = expect_context();
    let forgets = RwSignal::new(false);
    let signed_in = expect_context::<SignedIn>();
    let line = move |person: Person| {
        let (user, name) = (person.user, person.name.clone());
        let first: String = person.name.chars().take(1).collect();
        let (shown, line, unsent) = (person.name.clone(), person.line.clone(), person.unsent);
        let choose = move |_| {
            trouble.set(None);
            if let Some(actor) = person.locked.clone() {
                signed_in.ask_pin(actor);
                return;
            }
            phone.set(person.phone.clone());
            chosen.set(Some(person.clone()));
        };
        let forget = move |_| {
            people::forget(user);
            known.set(people::people());
            chosen.set(None);
            phone.set(String::new());
        };
        view! {
            <li class="person">
                <button class="pick" type="button" on:click=choose>
                    <span class="face" aria-hidden="true">{first}</span>
                    <span><b>{shown}</b><span class="meta">{line}</span></span>
                    {(unsent > 0).then(|| view! { <span class="pill is-wait">{format!("{unsent} 条没发出")}</span> })}
                </button>
                {move || forgets.get().then(|| view! {
                    <button class="btn is-quiet is-small" type="button" on:click=forget>{format!("去掉{name}")}</button>
                })}
            </li>
        }
    };
    move || {
        let people = known.get();
        (!people.is_empty()).then(|| view! {
            <section class="card people" aria-label="这台设备上的人">
                <h2>"你是哪一位？"</h2>
                <ul class="lines">{people.into_iter().map(line).collect_view()}</ul>
                <p class="meta">
                    "各人的资料分开放，换了人看不到前一个人的。"
                    <button class="link" type="button" on:click=move |_| forgets.update(|f| *f = !*f)>
                        {move || if forgets.get() { "不去掉了" } else { "从这里去掉名字" }}
                    </button>
                </p>
                {move || forgets.get().then(|| view! {
                    <p class="meta">"去掉的只是名字和记住的手机号。没发出的内容还在，本人用手机号和密码进来就接着发。"</p>
                })}
            </section>
        })
    }
}
