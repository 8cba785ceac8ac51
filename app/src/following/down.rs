//! A published need is taken out of the library, with a reason that its village and the holders of its orders read.

use crate::desk::{Known, use_desk};
use crate::ui::kept_form::KeptForm;
use crate::ui::shell::{Shell, path_id};
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::ui::undo::Undo;
use domain::commands::TakeDown;
use domain::needs::offers::may_take_down;
use domain::needs::{PledgeStage, ReturnReason};
use domain::{Entity, Key, MutationId, Need, NeedId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// The form as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Form {
    reason: Option<ReturnReason>,
    words: String,
}

/// The page that takes a need down.
#[component]
pub fn Down() -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<NeedId>();
    let known = desk.entity(move || id.map(Key::Need));
    // What was read when the page opened is what is judged.
    let read = RwSignal::new(None::<Need>);
    let absent = Memo::new(move |_| known.with(|k| matches!(k, Known::Absent | Known::Newer)));
    Effect::new(move || {
        known.with(|known| {
            if let Known::Here(seen) = known
                && let Entity::Need(need) = &seen.entity
                && read.with_untracked(Option::is_none)
            {
                read.set(Some((**need).clone()));
            }
        });
    });
    let back = id.map_or_else(|| "/county".to_owned(), |id| format!("/needs/{id}"));
    let body = move || {
        match read.get() {
        Some(need) => match may_take_down(&need, &desk.actor()) {
            Ok(_) => view! { <Fields need=need /> }.into_any(),
            Err(why) => view! { <div class="empty"><h2>"现在不能下架"</h2><p>{why.sentence()}</p></div> }.into_any(),
        },
        None if absent.get() => view! {
            <div class="empty"><h2>"这条需求不在这台设备上"</h2><p>"可能已经撤回，也可能还没有同步到。"</p></div>
        }
        .into_any(),
        None => view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }.into_any(),
    }
    };
    view! { <Shell title="下架" back=back form=true>{body}</Shell> }
}

#[component]
fn Fields(need: Need) -> impl IntoView {
    let desk = use_desk();
    let (id, seen) = (need.id, need.revision);
    let kept = KeptForm::new(desk, format!("down/{id}"), Form::default());
    let form = kept.form;
    let put = move |change: &dyn Fn(&mut Form)| kept.change(&Form::default(), |form| change(form));
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let done = RwSignal::new(None::<Option<MutationId>>);
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get());
    let take_down = move |()| {
        let Form { reason, words } = form.get_untracked();
        let Some(reason) = reason else {
            return failed.set(Some("请选一个原因。".to_owned()));
        };
        if words.trim().is_empty() {
            return failed.set(Some(
                "请写一句为什么下架，村里和接单的组织都会看到。".to_owned(),
            ));
        }
        busy.set(true);
        spawn_local(async move {
            let command = TakeDown {
                need: id,
                reason,
                words: words.trim().to_owned(),
                seen: Some(seen),
            };
            match desk.submit(command).await {
                Ok(seq) => {
                    // If it cannot be deleted, it is only offered again.
                    let _gone = desk.delete_draft(&format!("down/{id}")).await;
                    done.try_set(Some(desk.mutation(seq)));
                }
                Err(error) => {
                    failed.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let told: Vec<String> = need
        .pledges
        .iter()
        .filter(|p| p.stage == PledgeStage::Active)
        .map(|p| format!("{}（{}）", p.org_name, need.words_of(&p.lines)))
        .collect();
    let told = match told.len() {
        0 => "没有进行中的接单。".to_owned(),
        _ => format!(
            "{}的单到此为止，会看到下面的原因，不算它们没做到。",
            told.join("、")
        ),
    };
    let reasons = ReturnReason::ALL.map(|reason| view! {
        <label class="chip">
            <input
                type="radio" name="reason" prop:checked=move || form.with(|f| f.reason == Some(reason))
                on:change=move |_| put(&|f| f.reason = Some(reason))
            />
            <span>{reason.label()}</span>
        </label>
    }).collect_view();
    let title = need.content.title.clone();
    let said = move || {
        done.get().map(|kept| {
        let undo = kept.map(|id| view! { <Undo id=id on_recalled=move |()| done.set(None) /> });
        view! {
            <div class="note is-done row said"><span class="one-line">{format!("已下架：{title}")}</span>{undo}</div>
            <p><a class="link" href=format!("/needs/{id}")>"看这条需求"</a></p>
        }
    })
    };
    view! {
        <div role="status">{said}</div>
        <div hidden=move || done.with(Option::is_some) class="stack">
        <section class="card">
            <h2>{need.content.title.clone()}</h2>
            <p class="meta">{need.place.line()}</p>
            <p>"下架以后，项目库里看不到它。"{told}</p>
        </section>
        <fieldset class="field is-group"><legend>"为什么"</legend><div class="chips">{reasons}</div></fieldset>
        <div class="field">
            <label for="down-words">"写给村里和接单的组织"</label>
            <textarea
                class="input" id="down-words" rows="3" prop:value=move || form.with(|f| f.words.clone())
                on:input:target=move |e| { let words = e.target().value(); put(&|f| f.words.clone_from(&words)); }
            ></textarea>
        </div>
        <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
        <Act class="btn is-alert is-wide" ready=ready on_press=take_down>"下架"</Act>
        </div>
    }
}
