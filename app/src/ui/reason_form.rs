//! A form that asks for a reason, as a chip, and for a few words.

use crate::desk::use_desk;
use crate::ui::fields::{Chips, Field, Kind};
use crate::ui::kept_form::KeptForm;
use crate::ui::one_tab::InOneTab;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::Command;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// What is typed, kept until it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reasoned {
    /// Which of the reasons, counted from none.
    pub reason: Option<usize>,
    /// In words.
    pub words: String,
}

/// What a form asks and says.
pub struct ReasonWords {
    /// The question of the chips.
    pub label: &'static str,
    /// The reasons.
    pub reasons: Vec<&'static str>,
    /// The question of the text.
    pub words: &'static str,
    /// The button that sends it: its class and its words.
    pub send: (&'static str, &'static str),
    /// The button that leaves it.
    pub stay: &'static str,
}

/// The form.
#[component]
pub fn ReasonForm(
    /// The name of its draft.
    name: String,
    /// What it asks and says.
    asks: ReasonWords,
    /// The command made from the answers.
    #[prop(into)]
    command: Callback<(usize, String), Command>,
    /// Whether the sheet around it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let ReasonWords {
        label,
        reasons,
        words,
        send: (class, button),
        stay,
    } = asks;
    let empty = StoredValue::new(Reasoned::default());
    let kept = KeptForm::new(desk, name, Reasoned::default());
    let chosen = Signal::derive(move || kept.form.with(|form| form.reason));
    let fault = RwSignal::new(None::<String>);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let choose = move |n: usize| {
        fault.set(None);
        empty.with_value(|empty| kept.change(empty, |form| form.reason = Some(n)));
    };
    let send = move |()| {
        let Reasoned { reason, words } = kept.form.get_untracked();
        let Some(reason) = reason else {
            return fault.set(Some("请选一个".to_owned()));
        };
        busy.set(true);
        trouble.set(None);
        let sending = kept.tab.sending();
        let command = command.run((reason, words.trim().to_owned()));
        spawn_local(async move {
            match desk.submit(command).await {
                Ok(_) => {
                    sending.sent().await;
                    open.try_set(false);
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get() && kept.tab.is_here());
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <InOneTab tab=kept.tab>
                <Chips
                    id="reason" label=label options=reasons chosen=chosen on_choose=choose
                    fault=fault.into()
                />
                <Field
                    id="reason-words" label=words kind=Kind::Lines
                    bound=kept.field(empty, |f: &Reasoned| &f.words, |f| &mut f.words)
                />
            </InOneTab>
            {move || desk.is_offline().then(|| view! {
                <p class="note is-wait">"现在没有网络。会先保存在本机，有网后自动发送。"</p>
            })}
            <div role="alert">
                {move || trouble.get().map(|why| view! { <p class="note is-alert">{why}</p> })}
            </div>
            <Act class=class ready=ready on_press=send>{button}</Act>
            <button class="btn is-quiet is-wide" type="button" on:click=move |_| open.set(false)>{stay}</button>
        </form>
    }
}
