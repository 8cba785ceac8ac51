//! The form for withdrawing a need.

use crate::desk::use_desk;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use domain::NeedId;
use domain::commands::WithdrawNeed;
use domain::needs::WithdrawReason;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Why a village takes its need back.
#[component]
pub fn WithdrawForm(
    /// The need.
    need: NeedId,
    /// Whether the question is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let reason = RwSignal::new(None::<WithdrawReason>);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get());
    let withdraw = move |()| {
        let Some(reason) = reason.get_untracked() else {
            return trouble.set(Some("请选一个原因。".to_owned()));
        };
        busy.set(true);
        spawn_local(async move {
            match desk.submit(WithdrawNeed { need, reason }).await {
                Ok(_) => {
                    open.try_set(false);
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let reasons = WithdrawReason::ALL
        .into_iter()
        .map(|r| {
            view! {
                <label class="check">
                    <input type="radio" name="withdraw" on:change=move |_| reason.set(Some(r)) />
                    {r.label()}
                </label>
            }
        })
        .collect_view();
    view! {
        <form on:submit=|event| event.prevent_default() novalidate>
            <fieldset class="field is-group">
                <legend>"为什么撤回"</legend>
                <div>{reasons}</div>
            </fieldset>
            <p class="hint">"撤回后项目库里就看不到了。以后还要的话，可以另外发一条。"</p>
            <div role="alert">
                {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <div class="btn-row">
                <button class="btn is-quiet is-main" type="button" on:click=move |_| open.set(false)>"先不撤回"</button>
                <Act class="btn is-alert" ready=ready on_press=withdraw>"撤回"</Act>
            </div>
        </form>
    }
}
